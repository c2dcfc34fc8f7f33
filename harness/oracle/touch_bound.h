// SPDX-License-Identifier: Apache-2.0
// How many entries a call may store at most: what ABI.md says behind "Touches" of each call, with
// the terms of section 4.
#ifndef CADASTRE_HARNESS_ORACLE_TOUCH_BOUND_H_
#define CADASTRE_HARNESS_ORACLE_TOUCH_BOUND_H_

#include <cstdint>
#include <span>
#include <string_view>

#include "harness/oracle/specification.h"

namespace cadastre::oracle {

struct TouchRule {
  unsigned number = 0;       // of the call; a list form has its single call's
  std::string_view touches;  // in the manual's words: "h + g + n"
};

// By call, ascending. A test holds them against the manual.
std::span<const TouchRule> TouchRules();

// What the rule comes to for `ranges` ranges with `pages` pages in all.
std::uint64_t TouchBound(std::string_view touches, std::uint64_t pages, std::uint64_t ranges);

}  // namespace cadastre::oracle

#endif  // CADASTRE_HARNESS_ORACLE_TOUCH_BOUND_H_
