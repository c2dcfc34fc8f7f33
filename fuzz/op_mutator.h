// SPDX-License-Identifier: Apache-2.0
// Mutates op scripts as scripts: whole operations come, go, repeat and are undone, operands move to
// their neighbours. Knows no engine; the shims (libfuzzer_mutator.cc, afl_mutator.cc) lend it to
// libFuzzer and to AFL++.
#ifndef CADASTRE_FUZZ_OP_MUTATOR_H_
#define CADASTRE_FUZZ_OP_MUTATOR_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "harness/script/script.h"

namespace cadastre::fuzz {

// One to three changes, decided by the seed alone. An empty script becomes one of the op mix.
script::Script Mutate(script::Script script, std::uint64_t seed);

// The beginning of `first` and the end of `second`, on the machine of `first`.
script::Script CrossOver(script::Script first, const script::Script& second, std::uint64_t seed);

// An operation that undoes this one, or leads on to it, with its operands where kinds agree;
// nullopt if none does.
std::optional<script::Op> UndoingOf(const script::Op& done, std::uint64_t seed);

// The script as bytes, cut at an operation so that it fits into `capacity`. Empty if not even its
// header fits.
std::vector<std::uint8_t> EncodeWithin(script::Script script, std::size_t capacity);

}  // namespace cadastre::fuzz

#endif  // CADASTRE_FUZZ_OP_MUTATOR_H_
