// SPDX-License-Identifier: Apache-2.0
// How each engine is started, and where it leaves what it found.
#ifndef CADASTRE_HARNESS_CLI_FUZZ_ENGINE_H_
#define CADASTRE_HARNESS_CLI_FUZZ_ENGINE_H_

#include <cstddef>
#include <filesystem>
#include <vector>

#include "harness/cli/fuzz_options.h"
#include "harness/cli/fuzz_process.h"
#include "harness/cli/fuzz_progress.h"
#include "harness/cli/fuzz_workspace.h"

namespace cadastre {

// The folder of one AFL++ job, which holds fuzzer_stats, queue/ and crashes/.
std::filesystem::path AflJobFolder(const FuzzWorkspace& work, const FuzzOptions& options,
                                   std::size_t job);

// Makes the engine's input folders ready; to be called once, before the first job starts.
void LayOutInputs(const FuzzWorkspace& work, const FuzzOptions& options);

// The command line of job number `job`, counted from 0.
CommandLine EngineCommand(const FuzzWorkspace& work, const FuzzOptions& options, std::size_t job);

// Moves what the jobs found into the work folder's corpus/ and crashes/, and returns the crash
// files of this run.
std::vector<std::filesystem::path> CollectFindings(const FuzzWorkspace& work,
                                                   const FuzzOptions& options,
                                                   const std::vector<FuzzProgress>& jobs);

// The command that shows a crash file, for a shell: `cadastre replay`, which takes the bytes as the
// target did; a target that it does not know shows its own inputs.
std::string ShowCommand(const std::string& cadastre, const std::string& binary,
                        const FuzzOptions& options, const std::string& crash);

}  // namespace cadastre

#endif  // CADASTRE_HARNESS_CLI_FUZZ_ENGINE_H_
