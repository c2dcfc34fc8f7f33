// SPDX-License-Identifier: Apache-2.0
#include "harness/cli/script_file.h"

#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "harness/cli/whole_file.h"
#include "harness/script/codec.h"
#include "harness/script/text.h"

namespace cadastre {
namespace {

constexpr std::string_view kTextStart = "cadastre-ops ";

// The header of a text, or a comment above it. A byte script may begin with any byte, but not with
// this many.
bool LooksLikeText(std::string_view content) {
  return content.starts_with(kTextStart) || content.starts_with("# SPDX-");
}

}  // namespace

absl::StatusOr<script::Script> ReadScriptFile(const std::string& path, Bytes bytes) {
  const absl::StatusOr<std::string> content = ReadWholeFile(path);
  if (!content.ok()) return content.status();
  const std::vector<std::uint8_t> raw(content->begin(), content->end());
  const bool text = path.ends_with(".ops") || LooksLikeText(*content);
  if (!text && bytes == Bytes::kAny) return script::DecodeAny(raw);
  absl::StatusOr<script::Script> script =
      text ? script::Parse(*content) : script::DecodeStrict(raw);
  if (script.ok()) return script;
  return absl::InvalidArgumentError(path + ": " + std::string(script.status().message()) +
                                    (text ? "" : " (if a fuzzer wrote this file: --fuzzer=NAME)"));
}

}  // namespace cadastre
