// SPDX-License-Identifier: Apache-2.0
// The part of a script's line behind the arrow.
#ifndef CADASTRE_HARNESS_SCRIPT_PARSE_EXPECTATION_H_
#define CADASTRE_HARNESS_SCRIPT_PARSE_EXPECTATION_H_

#include "absl/status/statusor.h"
#include "harness/script/script.h"
#include "harness/script/words.h"

namespace cadastre::script {

// What the words at the cursor say that the operation should answer. The error names what it could.
absl::StatusOr<Expectation> ParseExpectation(Words& words, OpCode code);

}  // namespace cadastre::script

#endif  // CADASTRE_HARNESS_SCRIPT_PARSE_EXPECTATION_H_
