// SPDX-License-Identifier: Apache-2.0
// An explorer of a small world meets a planted bug, by the shortest script that shows it.
#include <cstddef>

#include "gtest/gtest.h"
#include "harness/explore/explorer.h"
#include "harness/explore/worlds.h"

namespace cadastre::explore {
namespace {

// The run page of the world's other VM, vm_create, vm_donate_tables, then the share of two pages
// that is counted wrong.
constexpr std::size_t kShortest = 4;

TEST(Explorer, FindsMiscountedBorrowers) {
  const World world = *MakeWorld("own");
  Explorer explorer(world);
  while (explorer.TakeState()) {
  }
  ASSERT_TRUE(explorer.finding());
  EXPECT_STREQ(explorer.finding()->failure.violation.id, "BORROWERS_COUNTED");
  EXPECT_EQ(explorer.finding()->failure.call, "share_guest");
  EXPECT_EQ(explorer.finding()->ops.size(), kShortest);
}

}  // namespace
}  // namespace cadastre::explore
