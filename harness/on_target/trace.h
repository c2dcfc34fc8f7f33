// SPDX-License-Identifier: Apache-2.0
// A script as the target gets it: run on the host first, which gives each operation in concrete
// numbers, what it answers, and the `state` digest behind it.
#ifndef CADASTRE_HARNESS_ON_TARGET_TRACE_H_
#define CADASTRE_HARNESS_ON_TARGET_TRACE_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "harness/machine/profile.h"
#include "harness/on_target/protocol.h"
#include "harness/run/runner.h"
#include "harness/script/script.h"

namespace cadastre::on_target {

struct TracedOp {
  TargetOp op;
  std::size_t index = 0;  // in the script, from 0; of the next one if it was implied
  std::string text;       // the operation as a script says it
  script::ResolvedOp resolved;
  script::Expectation expected;
  std::uint64_t state = 0;  // of a quiet operation
  // The answer follows from the order of events (logged_order.h); else it is not held against one.
  bool is_compared = true;
};

struct Trace {
  std::vector<TracedOp> ops;
  // Some run beside others: what they answer depends on the order in which the target runs them.
  bool overlaps = false;
  // Why the script can't be carried over; empty if it can.
  std::string reason;
};

// Precondition: the runner is of the machine that the target will be.
Trace TraceOf(run::Runner& runner, const script::Script& script);

// The machine in the protocol's words. Precondition: it has at most TargetMachine::kSpans of each.
TargetMachine MachineFor(const Profile& profile);

// The answer in the words of a script; nullopt if it is none that an operation gives.
std::optional<script::Expectation> ExpectationOf(const TargetOp& op, const TargetAnswer& answer);

}  // namespace cadastre::on_target

#endif  // CADASTRE_HARNESS_ON_TARGET_TRACE_H_
