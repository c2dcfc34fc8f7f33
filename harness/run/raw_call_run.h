// SPDX-License-Identifier: Apache-2.0
// A run of raw calls (raw_calls.h), as dispatch_fuzz makes it: for the target, and for those who
// show its inputs.
#ifndef CADASTRE_HARNESS_RUN_RAW_CALL_RUN_H_
#define CADASTRE_HARNESS_RUN_RAW_CALL_RUN_H_

#include <optional>
#include <span>

#include "harness/run/raw_calls.h"
#include "harness/run/runner.h"

namespace cadastre::run {

// What stands before the calls of every input of dispatch_fuzz: VMs, shares and donations, so that
// handles, gfns and pages in every row exist to be named.
const script::Script& RawCallPrefix();

// From boot: the operations of `prefix`, whose expectations are checked, then the calls, a sweep
// after each 64 and at the end. Stops at the first violation. The observer sees the calls as
// operations of a script, numbered on from the prefix: the nearest that a script can say.
std::optional<Failure> RunRawCalls(Runner& runner, const script::Script& prefix,
                                   std::span<const RawCall> calls, Observer* observer = nullptr);

}  // namespace cadastre::run

#endif  // CADASTRE_HARNESS_RUN_RAW_CALL_RUN_H_
