// SPDX-License-Identifier: Apache-2.0
// Cells of the manual, (call, row) and the like, that the worlds of a session reached, and why the
// others cannot be.
#ifndef CADASTRE_HARNESS_EXPLORE_UNREACHED_H_
#define CADASTRE_HARNESS_EXPLORE_UNREACHED_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "harness/explore/session.h"

namespace cadastre::explore {

struct Unreached {
  std::string name;         // of the cell, as the oracle has it
  std::string_view reason;  // empty: no reason is known
};

struct Coverage {
  std::size_t cells = 0;
  std::size_t reached = 0;
  std::size_t legal_rows = 0;
  std::size_t legal_rows_reached = 0;
  std::vector<Unreached> unreached;
};

Coverage CoverageOf(const Session& session);

}  // namespace cadastre::explore

#endif  // CADASTRE_HARNESS_EXPLORE_UNREACHED_H_
