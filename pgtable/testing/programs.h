// SPDX-License-Identifier: Apache-2.0
// One checked program: which table it runs on, and its operations, from bytes.
#ifndef CADASTRE_PGTABLE_TESTING_PROGRAMS_H_
#define CADASTRE_PGTABLE_TESTING_PROGRAMS_H_

#include <cstdint>
#include <optional>
#include <span>

#include "pgtable/testing/mismatch.h"

namespace cadastre::testing {

// The first byte chooses granule, stage and policy, the second the input size and the stock; the
// rest are operations. Every byte string is a program.
std::optional<Mismatch> RunProgram(std::span<const std::uint8_t> bytes);

}  // namespace cadastre::testing

#endif  // CADASTRE_PGTABLE_TESTING_PROGRAMS_H_
