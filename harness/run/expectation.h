// SPDX-License-Identifier: Apache-2.0
// Answers in the words of a script, and a script's own expectations against what happened.
#ifndef CADASTRE_HARNESS_RUN_EXPECTATION_H_
#define CADASTRE_HARNESS_RUN_EXPECTATION_H_

#include <optional>

#include "harness/oracle/oracle.h"
#include "harness/run/outcome.h"

namespace cadastre::run {

// What an answer says, as the expectation of exactly that.
script::Expectation ExpectationOf(oracle::Trap trap, const oracle::Answer& answer);
// The same of a guest that goes on.
script::Expectation ExpectationOf(const oracle::GuestRegisters& guest);

// Did the operation do what it is there for? A guest's call that is refused did not, nor did one
// that found nothing to do.
bool IsSuccess(script::OpCode code, const script::Expectation& answer);

// EXPECTATION if the op expects something else than it got; nullopt too if it expects nothing.
std::optional<Violation> JudgeExpectation(const script::Op& op, const script::Expectation& got);

}  // namespace cadastre::run

#endif  // CADASTRE_HARNESS_RUN_EXPECTATION_H_
