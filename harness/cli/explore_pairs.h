// SPDX-License-Identifier: Apache-2.0
// cadastre explore --pairs: every schedule of two operations.
#ifndef CADASTRE_HARNESS_CLI_EXPLORE_PAIRS_H_
#define CADASTRE_HARNESS_CLI_EXPLORE_PAIRS_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "harness/interleave/pairs.h"

namespace cadastre {

enum class ReportForm : std::uint8_t { kText, kJson };

// Explores all pairs, shows how far it is, prints what came of it, and returns the exit status.
int ExploreAllPairs(ReportForm form);

// What is printed of a result; ends with a line end.
std::string FormatPairs(const interleave::PairsResult& result, std::size_t pairs, double seconds,
                        ReportForm form);

}  // namespace cadastre

#endif  // CADASTRE_HARNESS_CLI_EXPLORE_PAIRS_H_
