// SPDX-License-Identifier: Apache-2.0
// cadastre abi: the hypercalls, from the tables that the core decodes by.
#include <cstdio>
#include <span>
#include <string>

#include "absl/status/statusor.h"
#include "harness/cli/abi_text.h"
#include "harness/cli/commands.h"
#include "harness/cli/flags.h"
#include "service/abi/c_header.h"

namespace cadastre {
namespace {

int Misuse(const std::string& mistake) {
  std::fprintf(stderr, "cadastre abi: %s\n", mistake.c_str());
  return kExitMisuse;
}

int Print(const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
  return kExitOk;
}

}  // namespace

int RunAbi(std::span<const std::string> args) {
  std::string call;
  bool c_header = false;
  bool json = false;
  CommandFlags flags("abi", "[--call=NAME | --c-header | --json]",
                     {.ok = "printed", .found = "never"});
  flags.Text("call", "the call of this name alone, in full", call);
  flags.Switch("c-header", "the C header for clients, as //service/abi:cadastre_h", c_header);
  flags.Switch("json", "everything as one JSON object", json);
  const absl::StatusOr<ParsedFlags> parsed = flags.Parse(args);
  if (!parsed.ok()) return Misuse(std::string(parsed.status().message()));
  if (parsed->wish == ParsedFlags::Wish::kHelp) {
    return Print(flags.Help() + "\nPrints every hypercall with its arguments and refusals.\n");
  }
  const int wishes = (call.empty() ? 0 : 1) + (c_header ? 1 : 0) + (json ? 1 : 0);
  if (wishes > 1) return Misuse("--call, --c-header and --json exclude each other");
  if (c_header) return Print(abi::CHeader());
  if (json) return Print(AbiJson());
  if (call.empty()) return Print(AbiTable());
  const std::string text = AbiCall(call);
  if (text.empty()) return Misuse("no call '" + call + "' (cadastre abi lists them)");
  return Print(text);
}

}  // namespace cadastre
