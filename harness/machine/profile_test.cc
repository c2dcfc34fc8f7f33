// SPDX-License-Identifier: Apache-2.0
#include "harness/machine/profile.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "harness/machine/stage_two_shape.h"

namespace cadastre {
namespace {

class EveryProfile : public testing::TestWithParam<unsigned> {
 protected:
  Profile profile_ = *Profile::Make(GetParam());
  BootInfo boot_ = profile_.Boot();
};

INSTANTIATE_TEST_SUITE_P(All, EveryProfile, testing::Range(0u, Profile::kCount));

bool IsIn(const std::vector<PageSpan>& spans, Pfn pfn) {
  return std::any_of(spans.begin(), spans.end(),
                     [&](const PageSpan& s) { return s.Contains(pfn); });
}

// A granule whose pages are all RAM and open to everybody.
bool IsDefaultGranule(const Profile& profile, std::uint64_t first) {
  for (std::uint64_t pfn = first; pfn < first + 512; ++pfn) {
    if (!IsIn(profile.ram(), Pfn(pfn)) || IsIn(profile.no_map(), Pfn(pfn))) return false;
    if (profile.image().Contains(Pfn(pfn)) || profile.Boot().pool.Contains(Pfn(pfn))) return false;
  }
  return true;
}

TEST_P(EveryProfile, SpansAreSortedAndDisjoint) {
  for (const auto* spans : {&profile_.ram(), &profile_.no_map(), &profile_.devices()}) {
    for (std::size_t i = 1; i < spans->size(); ++i) {
      EXPECT_GE((*spans)[i].first, (*spans)[i - 1].first + (*spans)[i - 1].count);
    }
  }
}

TEST_P(EveryProfile, CarveOutsLieInRamAndApart) {
  for (const PageSpan& span : {boot_.image, boot_.pool}) {
    EXPECT_TRUE(IsIn(profile_.ram(), span.first));
    EXPECT_TRUE(IsIn(profile_.ram(), span.first + (span.count - 1)));
  }
  EXPECT_GE(boot_.pool.first, boot_.image.first + boot_.image.count);
  for (const PageSpan& span : profile_.no_map()) EXPECT_TRUE(IsIn(profile_.ram(), span.first));
  for (const PageSpan& span : profile_.devices()) EXPECT_FALSE(IsIn(profile_.ram(), span.first));
}

TEST_P(EveryProfile, RecordsAndRootsFitInTheImage) {
  const std::uint64_t roots = StageTwoShape(boot_.pa_bits).root_pages;
  const PhysAddr records_end = boot_.records + profile_.RamPages() * 8;
  EXPECT_GT(ToPfn(boot_.records), boot_.image.first);
  EXPECT_LE(records_end, boot_.host_root);
  EXPECT_LE(boot_.host_root + roots * kPageSize, boot_.el2_root);
  EXPECT_LT(ToPfn(boot_.el2_root), boot_.image.first + boot_.image.count);
  EXPECT_EQ(boot_.host_root.value % (roots * kPageSize), 0u);
}

TEST_P(EveryProfile, OracleIsToldTheSame) {
  const oracle::MachineFacts facts = profile_.Facts();
  ASSERT_EQ(facts.ram.size(), boot_.ram.size());
  for (std::size_t i = 0; i < facts.ram.size(); ++i) {
    EXPECT_EQ(facts.ram[i].first, boot_.ram[i].first.value);
    EXPECT_EQ(facts.ram[i].count, boot_.ram[i].count);
  }
  EXPECT_EQ(facts.record_base, boot_.records.value);
  EXPECT_EQ(facts.pa_bits, boot_.pa_bits);
  EXPECT_EQ(facts.max_borrowers, boot_.max_borrowers);
  EXPECT_EQ(facts.image.first, boot_.image.first.value);
  EXPECT_EQ(facts.pool.count, boot_.pool.count);
}

TEST(ProfileTest, UnknownNumberIsNoMachine) {
  EXPECT_FALSE(Profile::Make(Profile::kCount).has_value());
}

TEST(ProfileTest, SmallHasOddEdges) {
  const Profile small = *Profile::Make(0);
  const auto& ram = small.ram();
  ASSERT_EQ(ram.size(), 3u);
  EXPECT_NE(ram[0].first.value % 512, 0u);
  EXPECT_EQ(ram[0].first + ram[0].count, ram[1].first) << "a call may cross from A into B";
  EXPECT_GT(ram[2].first, ram[1].first + ram[1].count) << "a hole";
  EXPECT_LT(ram[2].count, 512u);
  EXPECT_FALSE(small.no_map().empty());
  EXPECT_EQ(small.Boot().max_borrowers, 3u);
}

TEST(ProfileTest, SmallHasDefaultGranulesOneOfThemAcrossTwoRegions) {
  const Profile small = *Profile::Make(0);
  unsigned whole = 0;
  for (std::uint64_t first = 0x40000; first < 0x41000; first += 512) {
    whole += IsDefaultGranule(small, first) ? 1 : 0;
  }
  EXPECT_GE(whole, 3u);
  EXPECT_TRUE(IsDefaultGranule(small, 0x40a00));
  EXPECT_FALSE(small.ram()[0].Contains(Pfn(0x40bff)));
}

}  // namespace
}  // namespace cadastre
