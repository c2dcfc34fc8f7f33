// SPDX-License-Identifier: Apache-2.0
// Runs the jobs of one fuzzing session and watches them until the time is up, a violation, or
// Ctrl-C.
#ifndef CADASTRE_HARNESS_CLI_FUZZ_MONITOR_H_
#define CADASTRE_HARNESS_CLI_FUZZ_MONITOR_H_

#include <chrono>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "harness/cli/fuzz_interrupt.h"
#include "harness/cli/fuzz_options.h"
#include "harness/cli/fuzz_progress.h"
#include "harness/cli/fuzz_workspace.h"

namespace cadastre {

enum class FuzzEnd { kTimeUp, kViolation, kInterrupted, kDiskFull, kEngineFailed };

struct FuzzSession {
  FuzzEnd end = FuzzEnd::kTimeUp;
  std::chrono::milliseconds elapsed{0};
  std::vector<FuzzProgress> jobs = {};
  // Why there is no room for more, at kDiskFull.
  absl::Status disk = absl::OkStatus();
  // Of the job that failed, when one did.
  std::vector<std::string> last_lines = {};
};

// One line about a running session: time, speed, coverage, corpus, rows, violations.
std::string StatusLine(const FuzzTotals& now, const FuzzTotals& before,
                       std::chrono::milliseconds between, std::chrono::milliseconds elapsed,
                       std::chrono::seconds duration);

// A count in at most five characters: 950, 9.5k, 95k, 1.2M.
std::string ShortCount(std::uint64_t count);

// Starts the jobs and returns when all have ended, which is soon once the guard has noted an
// interrupt or the disk is nearly full. Status lines go to standard error; each job's lines to its
// log.
absl::StatusOr<FuzzSession> RunFuzzSession(const FuzzWorkspace& work, const FuzzOptions& options,
                                           const InterruptGuard& guard);

}  // namespace cadastre

#endif  // CADASTRE_HARNESS_CLI_FUZZ_MONITOR_H_
