// SPDX-License-Identifier: Apache-2.0
// Everything of one fuzz target that lies on disk: the built fuzzer and its package, and the work
// folder.
#ifndef CADASTRE_HARNESS_CLI_FUZZ_WORKSPACE_H_
#define CADASTRE_HARNESS_CLI_FUZZ_WORKSPACE_H_

#include <filesystem>
#include <map>
#include <string>

#include "absl/status/statusor.h"
#include "harness/cli/fuzz_options.h"

namespace cadastre {

struct FuzzWorkspace {
  std::filesystem::path binary = {};
  // Empty: none.
  std::filesystem::path dictionary = {};
  // A shared object; empty: none.
  std::filesystem::path afl_mutator = {};
  // [libfuzzer] of the package, e.g. max_len.
  std::map<std::string, std::string> options = {};
  // out/fuzz/TARGET-ENGINE, where all below lies.
  std::filesystem::path directory = {};
  // The committed inputs, unpacked anew for each run.
  std::filesystem::path seeds = {};
  // What runs found, and inputs with a violation: both kept from run to run.
  std::filesystem::path corpus = {};
  std::filesystem::path crashes = {};
};

// Builds the fuzzer and its seeds with Bazel and lays the folders out. kInvalidArgument when there
// is no such target, kInternal when the build fails; Bazel has then said why on standard error.
absl::StatusOr<FuzzWorkspace> PrepareFuzzWorkspace(const std::filesystem::path& root,
                                                   const FuzzOptions& options);

// The [libfuzzer] section of an .options file, without its `dict`.
std::map<std::string, std::string> ParseLibFuzzerOptions(const std::string& file);

}  // namespace cadastre

#endif  // CADASTRE_HARNESS_CLI_FUZZ_WORKSPACE_H_
