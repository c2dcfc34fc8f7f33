// SPDX-License-Identifier: Apache-2.0
// Random legal scripts for property tests: every class, index, note and expectation turns up.
#ifndef CADASTRE_HARNESS_SCRIPT_RANDOM_SCRIPT_H_
#define CADASTRE_HARNESS_SCRIPT_RANDOM_SCRIPT_H_

#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

#include "harness/script/script.h"

namespace cadastre::script {

// The same seed gives the same values everywhere: the standard fixes this engine, and no
// distribution is used.
using Random = std::mt19937_64;

// Precondition: limit > 0.
std::uint64_t Below(Random& random, std::uint64_t limit);

Operand RandomOperand(Random& random, OperandKind kind);
Op RandomOp(Random& random);
// Up to `most_ops` operations, with expectations and notes.
Script RandomScript(Random& random, std::size_t most_ops);

// Up to `most_records` records, and a partial one. Op bytes are mostly those of operations, so that
// operands matter; the rest is noise.
std::vector<std::uint8_t> RandomBytes(Random& random, std::size_t most_records);

}  // namespace cadastre::script

#endif  // CADASTRE_HARNESS_SCRIPT_RANDOM_SCRIPT_H_
