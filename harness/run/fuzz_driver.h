// SPDX-License-Identifier: Apache-2.0
// What the fuzz targets share: run an input, count what it reached, and on a violation report and
// trap.
#ifndef CADASTRE_HARNESS_RUN_FUZZ_DRIVER_H_
#define CADASTRE_HARNESS_RUN_FUZZ_DRIVER_H_

#include <span>

#include "harness/run/fuzz_stats.h"
#include "harness/run/raw_calls.h"
#include "harness/run/runner.h"

namespace cadastre::run {

class FuzzDriver {
 public:
  // One input. Neither returns from a violation.
  void RunScript(const script::Script& script);
  // Raw calls after the operations of `prefix`, on its machine.
  void RunCalls(const script::Script& prefix, std::span<const RawCall> calls);

 private:
  // Runs the script once more, for the report, and traps.
  [[noreturn]] void assert_script_holds(const script::Script& script, const Failure& failure);

  Runners runners_;
  FuzzStats stats_;
};

}  // namespace cadastre::run

#endif  // CADASTRE_HARNESS_RUN_FUZZ_DRIVER_H_
