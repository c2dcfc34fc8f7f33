// SPDX-License-Identifier: Apache-2.0
#include "harness/machine/hardware_walk.h"

#include <gtest/gtest.h>

namespace cadastre {
namespace {

using oracle::Access;

// Stage 2 with a 40-bit input: two root pages, level 1.
class StageTwoWalk : public testing::Test {
 protected:
  static constexpr std::uint64_t kRoot = 0x40300000;
  static constexpr unsigned kBits = 40;
  static constexpr std::uint64_t kLeaf = 0x7fd;  // block: RWX, Normal, young
  static constexpr std::uint64_t kYoung = 1 << 10;

  WalkResult Walk(std::uint64_t ipa) { return WalkStageTwo(memory_, kRoot, kBits, ipa); }
  // The fault of a read at `ipa`, with a level that no fault has if there is none.
  GuestFault FaultAt(std::uint64_t ipa) {
    return Walk(ipa).FaultOf(Access::kRead).value_or(GuestFault{FaultKind::kTranslation, 9});
  }
  void Store(std::uint64_t offset, std::uint64_t word) { memory_.Write(kRoot + offset, word); }

  Profile profile_ = *Profile::Make(0);
  SimMemory memory_{profile_};
};

TEST_F(StageTwoWalk, FindsBlocksAndPagesBelowConcatenatedRoots) {
  Store(513 * 8, (kRoot + 0x2000) | 3);                     // second root page: IPA 513 GiB
  Store(0x2000 + 1 * 8, 0x40200000 | kLeaf);                // block
  Store(0x2000 + 2 * 8, (kRoot + 0x3000) | 3);              // table
  Store(0x3000 + 5 * 8, 0x40a05000 | (kLeaf & ~0x80) | 2);  // page without write
  const std::uint64_t gib = std::uint64_t{513} << 30;
  const auto block = Walk(gib + 0x200000 + 0x12345);
  ASSERT_TRUE(block.has_value());
  EXPECT_EQ(block->address, 0x40200000u + 0x12345);
  EXPECT_EQ(block->level, 2u);
  EXPECT_TRUE(block->read && block->write && block->execute);
  const auto page = Walk(gib + 0x400000 + 0x5678);
  ASSERT_TRUE(page.has_value());
  EXPECT_EQ(page->address, 0x40a05678u);
  EXPECT_EQ(page->level, 3u);
  EXPECT_FALSE(page->write);
}

TEST_F(StageTwoWalk, EachFaultNamesItsKindAndTheLevelWhereTheWalkEnded) {
  const GuestFault absent_at_1{FaultKind::kTranslation, 1};
  EXPECT_EQ(FaultAt(0), absent_at_1);
  EXPECT_EQ(FaultAt(std::uint64_t{1} << 40), (GuestFault{FaultKind::kTranslation, 0}))
      << "beyond the input size";
  Store(0, (kRoot + 0x2000) | 3);
  EXPECT_EQ(FaultAt(0), (GuestFault{FaultKind::kTranslation, 2}));
  Store(0x2000, (0x40200000 | kLeaf) & ~kYoung);
  EXPECT_EQ(FaultAt(0), (GuestFault{FaultKind::kAccessFlag, 2}));
  Store(0x2000 + 8, (kRoot + 0x3000) | 3);
  EXPECT_EQ(FaultAt(0x200000), (GuestFault{FaultKind::kTranslation, 3}));
  Store(0x3000, 0x40200000 | kLeaf);  // bit 1 clear at level 3
  EXPECT_EQ(FaultAt(0x200000), (GuestFault{FaultKind::kTranslation, 3})) << "reserved";
  Store(0x2000 + 16, 0x9000000 | 3);
  EXPECT_EQ(FaultAt(0x400000), (GuestFault{FaultKind::kWalkAbort, 3}));
  Store(0x2000 + 24, (std::uint64_t{1} << 40) | kLeaf);
  EXPECT_EQ(FaultAt(0x600000), (GuestFault{FaultKind::kAddressSize, 2}));
  Store(0x2000 + 32, ((std::uint64_t{1} << 40) | kLeaf) & ~kYoung);
  EXPECT_EQ(FaultAt(0x800000), (GuestFault{FaultKind::kAddressSize, 2})) << "before access flag";
  Store(8, (std::uint64_t{1} << 47) | 3);
  EXPECT_EQ(FaultAt(std::uint64_t{1} << 30), (GuestFault{FaultKind::kAddressSize, 1})) << "table";
}

TEST_F(StageTwoWalk, PermissionsAreThoseOfTheLeaf) {
  Store(0, (kRoot + 0x2000) | 3);
  Store(0x2000, 0x40200000 | (kLeaf & ~0x80));
  EXPECT_EQ(Walk(0).FaultOf(Access::kRead), std::nullopt);
  EXPECT_EQ(Walk(0).FaultOf(Access::kExecute), std::nullopt);
  EXPECT_EQ(Walk(0).FaultOf(Access::kWrite), (GuestFault{FaultKind::kPermission, 2}));
  Store(0x2000 + 8, (0x40200000 | kLeaf) | std::uint64_t{1} << 54);
  EXPECT_EQ(Walk(0x200000).FaultOf(Access::kExecute), (GuestFault{FaultKind::kPermission, 2}));
  Store(0x2000 + 16, 0xa000000 | (kLeaf & ~std::uint64_t{0x38}));  // Device: nothing to execute
  EXPECT_EQ(Walk(0x400000).FaultOf(Access::kExecute), (GuestFault{FaultKind::kPermission, 2}));
}

// Hand-assembled from Arm ARM D24, ESR_EL2.
TEST(SyndromeTest, IsWhatTheHardwareWouldReport) {
  EXPECT_EQ(SyndromeOf({FaultKind::kTranslation, 3}, Access::kRead, 5), 0x93c58007u);
  EXPECT_EQ(SyndromeOf({FaultKind::kPermission, 2}, Access::kWrite, 31), 0x93df804eu);
  EXPECT_EQ(SyndromeOf({FaultKind::kAccessFlag, 1}, Access::kRead, 0), 0x93c08009u);
  EXPECT_EQ(SyndromeOf({FaultKind::kAddressSize, 0}, Access::kRead, 0), 0x93c08000u);
  EXPECT_EQ(SyndromeOf({FaultKind::kWalkAbort, 2}, Access::kRead, 0), 0x93c08016u);
  EXPECT_EQ(SyndromeOf({FaultKind::kTranslation, 0}, Access::kExecute, 7), 0x82000004u);
  EXPECT_EQ(SyndromeOf({FaultKind::kPermission, 3}, Access::kExecute, 7), 0x8200000fu);
}

}  // namespace
}  // namespace cadastre
