// SPDX-License-Identifier: Apache-2.0
// The other half of the planted bugs: where they are found, the true core is silent.
#include <gtest/gtest.h>

#include <algorithm>

#include "fuzz/planted/hunt.h"

namespace cadastre::planted {
namespace {

TEST(TrueCoreTest, IsSilentFromEverySeedThroughTheLargestBudget) {
  std::size_t budget = 0;
  for (const Bug& bug : Bugs()) budget = std::max(budget, bug.budget);
  run::Runner runner(*Profile::Make(0));
  for (const std::uint64_t seed : kSeeds) {
    const Catch result = Hunt(runner, seed, budget);
    EXPECT_FALSE(result.failure.has_value())
        << "seed " << seed << ", execution " << result.executions << ": "
        << result.failure->violation.id << " in " << result.failure->call << ": "
        << result.failure->violation.detail;
    EXPECT_EQ(result.executions, budget);
  }
}

TEST(TrueCoreTest, EveryBugIsKnownByItsName) {
  for (const Bug& bug : Bugs()) {
    const auto named = BugsNamed(bug.name);
    EXPECT_TRUE(named.data() <= &bug && &bug < named.data() + named.size()) << bug.name;
  }
  EXPECT_TRUE(BugsNamed("no_such_bug").empty());
}

}  // namespace
}  // namespace cadastre::planted
