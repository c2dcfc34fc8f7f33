// SPDX-License-Identifier: Apache-2.0
// The worlds of ABI.md's model, section 12 of its draft, on the real code.
#ifndef CADASTRE_HARNESS_EXPLORE_WORLDS_H_
#define CADASTRE_HARNESS_EXPLORE_WORLDS_H_

#include <optional>
#include <string_view>
#include <vector>

#include "harness/explore/world.h"

namespace cadastre::explore {

// Their names, in the order of reports.
std::vector<std::string_view> WorldNames();
std::optional<World> MakeWorld(std::string_view name);

}  // namespace cadastre::explore

#endif  // CADASTRE_HARNESS_EXPLORE_WORLDS_H_
