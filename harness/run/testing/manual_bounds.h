// SPDX-License-Identifier: Apache-2.0
// What service/ABI.md says that a call touches, read from the manual itself.
#ifndef CADASTRE_HARNESS_RUN_TESTING_MANUAL_BOUNDS_H_
#define CADASTRE_HARNESS_RUN_TESTING_MANUAL_BOUNDS_H_

#include <cstdint>
#include <map>
#include <string>

namespace cadastre::run {

std::string Manual();

// What stands behind "Touches" in each call's paragraph, by name: "h + g + n".
std::map<std::string, std::string> TouchesOfManual();

// Section 4: what a term, h, g, e, n, a number or so many times R, may come to for r ranges with n
// pages in all.
std::uint64_t TermOf(const std::string& term, std::uint64_t n, std::uint64_t r);

struct Bound {
  std::uint64_t entries = 0;
  std::uint64_t records = 0;
  std::uint64_t cells = 0;
};

// Of "h + e, r = 2", where what follows a comma explains; "2 for each span"; "64 records, 65
// cells".
Bound BoundOf(const std::string& touches, std::uint64_t n, std::uint64_t r);

}  // namespace cadastre::run

#endif  // CADASTRE_HARNESS_RUN_TESTING_MANUAL_BOUNDS_H_
