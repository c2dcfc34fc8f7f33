// SPDX-License-Identifier: Apache-2.0
// What the fuzz targets share: run an input, count what it reached, and on a violation report and
// trap.
#ifndef CADASTRE_HARNESS_RUN_FUZZ_DRIVER_H_
#define CADASTRE_HARNESS_RUN_FUZZ_DRIVER_H_

#include <functional>
#include <optional>
#include <span>
#include <string_view>

#include "harness/run/fuzz_stats.h"
#include "harness/run/raw_calls.h"
#include "harness/run/runner.h"
#include "harness/run/transcript.h"

namespace cadastre::run {

// What a target of its own made of an input.
struct InputRun {
  std::optional<Failure> failure;
  script::Script script;  // that runs to the same failure
};

// With CADASTRE_ONLY=ID in the environment only a violation in which the invariant ID fires, first
// or beside others, is one: any other ends its input and the hunt goes on. So a known bug can be
// passed by, and a test can ask for one invariant by name.
class FuzzDriver {
 public:
  // Exits with 2 when CADASTRE_ONLY names no invariant.
  FuzzDriver();
  // One input. Neither returns from a violation.
  void RunScript(const script::Script& script);
  // A script twice, with other secrets (secret_pair.h).
  void RunSecretPair(const script::Script& script);
  // Raw calls after the operations of `prefix`, on its machine.
  void RunCalls(const script::Script& prefix, std::span<const RawCall> calls);
  // An input of `target`, which runs it on the machine of the profile as it sees fit.
  void RunInput(std::string_view target, script::Profile profile,
                const std::function<InputRun(Runner&)>& run);

 private:
  // Reports what the input, run once more, did, and traps.
  [[noreturn]] void assert_input_holds(const Failure& failure, const Transcript& transcript,
                                       script::Profile profile, std::string_view target);
  bool IsHunted(const Violation& violation) const;

  std::string_view only_;  // empty: any invariant
  Runners runners_;
  FuzzStats stats_;
};

}  // namespace cadastre::run

#endif  // CADASTRE_HARNESS_RUN_FUZZ_DRIVER_H_
