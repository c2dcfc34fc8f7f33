// SPDX-License-Identifier: Apache-2.0
// A script's own expectations against what happened, and both in the words of a script.
#ifndef CADASTRE_HARNESS_RUN_EXPECTATION_H_
#define CADASTRE_HARNESS_RUN_EXPECTATION_H_

#include <optional>
#include <string>

#include "harness/run/runner.h"

namespace cadastre::run {

// What an operation answered or should answer, as the expectation that says exactly that.
script::Expectation AnswerOf(const script::ResolvedOp& op, const oracle::Registers& after,
                             AccessResult access);

// EXPECTATION if the op expects something else than happened; nullopt too if it expects nothing.
std::optional<Violation> JudgeExpectation(const script::Op& op, const script::ResolvedOp& resolved,
                                          const Outcome& outcome);

}  // namespace cadastre::run

#endif  // CADASTRE_HARNESS_RUN_EXPECTATION_H_
