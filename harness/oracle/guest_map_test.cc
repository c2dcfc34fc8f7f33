// SPDX-License-Identifier: Apache-2.0
// The memory formula of ABI.md section 3, against a count over all gfns.
#include "harness/oracle/guest_map.h"

#include <gtest/gtest.h>

#include <random>
#include <set>

namespace cadastre::oracle {
namespace {

std::uint64_t CountUsed(const std::set<std::uint64_t>& live, unsigned start_level) {
  const auto distinct = [&](unsigned shift) {
    std::set<std::uint64_t> spans;
    for (const std::uint64_t gfn : live) spans.insert(gfn >> shift);
    return spans.size();
  };
  return distinct(9) + (start_level <= 1 ? distinct(18) : 0) +
         (start_level == 0 ? distinct(27) : 0);
}

class GuestMaps : public ::testing::TestWithParam<unsigned> {};

TEST_P(GuestMaps, UsedAndNeedAreThoseOfTheFormula) {
  const unsigned start_level = GetParam();
  std::mt19937_64 random(start_level);
  GuestMap map;
  std::set<std::uint64_t> live;
  for (int step = 0; step < 400; ++step) {
    const std::uint64_t region = (random() % 3) << (9 * (1 + random() % 3));
    const std::uint64_t gfn = region + random() % 1030;
    const std::uint64_t count = 1 + random() % 600;
    if (map.Slice(gfn, count).empty()) {
      std::set<std::uint64_t> more = live;
      for (std::uint64_t i = 0; i < count; ++i) more.insert(gfn + i);
      EXPECT_EQ(map.Need(start_level, gfn, count),
                CountUsed(more, start_level) - CountUsed(live, start_level));
      map.Insert({.gfn = gfn, .pfn = gfn + 7, .prot = 1}, count);
      live = more;
    } else {
      map.Erase(gfn, count);
      for (std::uint64_t i = 0; i < count; ++i) live.erase(gfn + i);
    }
    ASSERT_EQ(map.Used(start_level), CountUsed(live, start_level));
    ASSERT_EQ(map.All().size(), live.size());
  }
}

INSTANTIATE_TEST_SUITE_P(StartLevels, GuestMaps, ::testing::Values(0U, 1U, 2U));

TEST(GuestMap, RangeOfFiveHundredAndTwelvePagesNeedsSixAtMost) {
  const GuestMap empty;
  const std::uint64_t corner = (std::uint64_t{1} << 27) - 256;
  EXPECT_EQ(empty.Need(0, corner, 512), 6U);
  EXPECT_EQ(empty.Need(1, corner, 512), 4U);
  EXPECT_EQ(empty.Need(2, corner, 512), 2U);
  EXPECT_EQ(empty.Need(0, 0, 512), 3U);
}

TEST(RootGeometry, IsTheTableOfSectionThree) {
  const std::pair<unsigned, RootGeometry> table[] = {
      {32, {2, 4}}, {33, {2, 8}}, {34, {2, 16}}, {35, {1, 1}}, {39, {1, 1}}, {40, {1, 2}},
      {41, {1, 4}}, {42, {1, 8}}, {43, {1, 16}}, {44, {0, 1}}, {48, {0, 1}},
  };
  for (const auto& [bits, expected] : table) {
    EXPECT_EQ(RootGeometryOf(bits).start_level, expected.start_level) << bits;
    EXPECT_EQ(RootGeometryOf(bits).pages, expected.pages) << bits;
  }
}

}  // namespace
}  // namespace cadastre::oracle
