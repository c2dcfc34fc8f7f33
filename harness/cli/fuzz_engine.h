// SPDX-License-Identifier: Apache-2.0
// How each engine is started, and where it leaves what it found.
#ifndef CADASTRE_HARNESS_CLI_FUZZ_ENGINE_H_
#define CADASTRE_HARNESS_CLI_FUZZ_ENGINE_H_

#include <cstddef>
#include <filesystem>
#include <vector>

#include "harness/cli/fuzz_options.h"
#include "harness/process/process.h"
#include "harness/cli/fuzz_progress.h"
#include "harness/cli/fuzz_workspace.h"

namespace cadastre {

// The folder of one AFL++ job, which holds fuzzer_stats, queue/ and crashes/.
std::filesystem::path AflJobFolder(const FuzzWorkspace& work, const FuzzOptions& options,
                                   std::size_t job);

// Makes the engine's input folders ready; to be called once, before the first job starts. Keeps
// what a run that was killed had found. kInternal, with a message for the user, when a file can't
// be written.
absl::Status LayOutInputs(const FuzzWorkspace& work, const FuzzOptions& options);

// The command line of job number `job`, counted from 0.
CommandLine EngineCommand(const FuzzWorkspace& work, const FuzzOptions& options, std::size_t job);

// The crash files of a run, and the first failure to keep something.
struct Findings {
  std::vector<std::filesystem::path> crashes = {};
  absl::Status status = absl::OkStatus();
};

// Moves what the jobs found into the work folder's corpus/ and crashes/. A crash that can't be
// moved is named where it is.
Findings CollectFindings(const FuzzWorkspace& work, const std::vector<FuzzProgress>& jobs);

// The command that shows a crash file, for a shell: `cadastre replay`, which takes the bytes as the
// target did; a target that it does not know shows its own inputs.
std::string ShowCommand(const std::string& cadastre, const std::string& binary,
                        const FuzzOptions& options, const std::string& crash);

}  // namespace cadastre

#endif  // CADASTRE_HARNESS_CLI_FUZZ_ENGINE_H_
