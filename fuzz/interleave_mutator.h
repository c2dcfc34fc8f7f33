// SPDX-License-Identifier: Apache-2.0
// Mutates inputs of interleave_fuzz: the script with the op mutator, and the schedule as a
// schedule. Knows no engine.
#ifndef CADASTRE_FUZZ_INTERLEAVE_MUTATOR_H_
#define CADASTRE_FUZZ_INTERLEAVE_MUTATOR_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "harness/interleave/program.h"

namespace cadastre::fuzz {

// The script or the schedule changes, decided by the seed alone. An input without a script becomes
// one of the op mix, whose opening runs by itself, all of it or a part.
interleave::Input MutateInput(interleave::Input input, std::uint64_t seed);

// Scripts are joined; the schedule is that of one of them.
interleave::Input CrossOverInputs(interleave::Input first, const interleave::Input& second,
                                  std::uint64_t seed);

// As bytes, the script cut at an operation so that it fits into `capacity`. Empty if not even the
// schedule fits.
std::vector<std::uint8_t> EncodeInputWithin(const interleave::Input& input, std::size_t capacity);

}  // namespace cadastre::fuzz

#endif  // CADASTRE_FUZZ_INTERLEAVE_MUTATOR_H_
