// SPDX-License-Identifier: Apache-2.0
// The measurement behind cadastre bench.
#ifndef CADASTRE_HARNESS_CLI_BENCH_RUN_H_
#define CADASTRE_HARNESS_CLI_BENCH_RUN_H_

#include <chrono>
#include <cstdint>
#include <optional>

#include "harness/run/runner.h"

namespace cadastre {

struct BenchResult {
  std::uint64_t scripts = 0;
  std::uint64_t ops_per_script = 0;
  std::uint64_t ops = 0;
  std::uint64_t successes = 0;
  std::uint64_t pages = 0;   // counts of the successful operations that take one
  std::uint64_t ranges = 0;  // operations that take a count
  std::uint64_t longer = 0;  // those whose count is above 1
  std::uint64_t beside = 0;  // operations that ran beside those of the other CPU
  double seconds = 0;
  double reset_microseconds = 0;  // median of the resets after a script; not counted in `seconds`
  std::optional<run::Failure> failure;  // ends the measurement
  std::uint64_t failing_seed = 0;

  static double Percent(std::uint64_t part, std::uint64_t whole) {
    return whole == 0 ? 0 : 100.0 * static_cast<double>(part) / static_cast<double>(whole);
  }
};

// Runs mixed scripts of `ops` operations on machine 0 for about `time`, at least one.
BenchResult Measure(std::chrono::milliseconds time, std::uint64_t ops);

}  // namespace cadastre

#endif  // CADASTRE_HARNESS_CLI_BENCH_RUN_H_
