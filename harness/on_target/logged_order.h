// SPDX-License-Identifier: Apache-2.0
// Operations that ran beside each other on the target, made again on the host in the order in which
// their events came there.
#ifndef CADASTRE_HARNESS_ON_TARGET_LOGGED_ORDER_H_
#define CADASTRE_HARNESS_ON_TARGET_LOGGED_ORDER_H_

#include <cstddef>
#include <span>
#include <string>

#include "absl/status/statusor.h"
#include "harness/on_target/trace.h"
#include "harness/run/runner.h"

namespace cadastre::on_target {

// The trace with what the host answers in the order that `answers` tell, and with its states at
// quiet operations; S and the core step together, the oracle judges. What the order does not tell
// is marked as not compared: an access without an event, while others had some.
// kFailedPrecondition, with a line: a violation on the host, or more events than an answer holds.
// Preconditions: the runner is of the machine that the target was; one answer for each operation.
absl::StatusOr<Trace> InLoggedOrder(run::Runner& runner, const Trace& trace,
                                    std::span<const TargetAnswer> answers);

struct Verdict {
  std::string difference;        // as DifferenceOf's
  std::size_t not_compared = 0;  // operations
};
// Of a trace of either kind.
Verdict Judge(run::Runner& runner, const Trace& trace, std::span<const TargetAnswer> answers);

}  // namespace cadastre::on_target

#endif  // CADASTRE_HARNESS_ON_TARGET_LOGGED_ORDER_H_
