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
  bool c_header = false;
  bool json = false;
  CommandFlags flags("abi [NAME]");
  flags.Switch("c-header", "the C header for clients, as //service/abi:cadastre_h", c_header);
  flags.Switch("json", "everything as one JSON object", json);
  const absl::StatusOr<ParsedFlags> parsed = flags.Parse(args, FileArguments::kAny);
  if (!parsed.ok()) return Misuse(std::string(parsed.status().message()));
  if (parsed->wish == ParsedFlags::Wish::kHelp) {
    return Print(flags.Help() +
                 "\nPrints every hypercall with its arguments and refusals, or the call NAME "
                 "alone.\n\nExit status: 0, or 2 on misuse.\n");
  }
  const std::size_t wishes = parsed->files.size() + (c_header ? 1 : 0) + (json ? 1 : 0);
  if (wishes > 1) return Misuse("NAME, --c-header and --json exclude each other, and NAME is one");
  if (c_header) return Print(abi::CHeader());
  if (json) return Print(AbiJson());
  if (parsed->files.empty()) return Print(AbiTable());
  const std::string call = AbiCall(parsed->files[0]);
  if (call.empty()) return Misuse("no call '" + parsed->files[0] + "' (cadastre abi lists them)");
  return Print(call);
}

}  // namespace cadastre
