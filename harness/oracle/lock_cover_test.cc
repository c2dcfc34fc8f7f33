// SPDX-License-Identifier: Apache-2.0
// Which lock the machine is told that a load needs.
#include "harness/oracle/lock_cover.h"

#include <gtest/gtest.h>

#include "harness/oracle/testing/corruption.h"

namespace cadastre::oracle {
namespace {

using testing::HandCore;
using testing::kFreeA;

class LoadCover : public ::testing::Test {
 protected:
  LoadCover() {
    testing::PrepareWorld(core_);
    testing::PrepareGuest(core_);
  }
  Cover CoverOfPage(std::uint64_t pfn) const {
    return core_.oracle->LoadCovers()[*Ram(core_.machine.facts).IndexOf(pfn)];
  }
  std::uint64_t TableOf(const testing::Tree& tree, std::uint64_t input) const {
    return core_.machine.EntryAddress(tree, input) >> kPageShift;
  }
  HandCore core_;
};

TEST_F(LoadCover, IsTheTablesThatAPageIs) {
  const testing::RawMachine& machine = core_.machine;
  EXPECT_EQ(CoverOfPage(testing::kHostRoot), kHostCover);
  EXPECT_EQ(CoverOfPage(machine.HostEntry(testing::kPrivatePage) >> kPageShift), kHostCover);
  EXPECT_EQ(CoverOfPage(testing::kEl2Root), kEl2Cover);
  EXPECT_EQ(CoverOfPage(machine.El2Entry(testing::kParkedPage) >> kPageShift), kEl2Cover);
  EXPECT_EQ(CoverOfPage(TableOf(core_.VmTree(0), testing::kGfn << kPageShift)), VmCover(0));
  EXPECT_EQ(CoverOfPage(kFreeA + 4), VmCover(0)) << "a root";
}

TEST_F(LoadCover, IsThePoolsOrTheVmsOfPagesThatNoTreeReaches) {
  EXPECT_EQ(CoverOfPage(*core_.machine.pool_free.rbegin()), kPoolCover);
  EXPECT_EQ(CoverOfPage(*core_.machine.vm_free.at(2).rbegin()), VmCover(2));
  EXPECT_EQ(CoverOfPage(kFreeA), VmCover(0)) << "metadata";
}

TEST_F(LoadCover, IsNoneOfWhatACpuMayHaveForItself) {
  EXPECT_EQ(CoverOfPage(testing::kVcpuPage), kNoCover);
  EXPECT_EQ(CoverOfPage(core_.machine.ScrubWindowEntry(0) >> kPageShift), kNoCover);
  EXPECT_EQ(CoverOfPage(testing::kPrivatePage), kNoCover);
  EXPECT_EQ(CoverOfPage(testing::kGivenPages), kNoCover);
}

TEST_F(LoadCover, FollowsThePagesAndResets) {
  const std::uint64_t page = testing::kPrivatePage + 8;
  core_.Call(0x57, {testing::kPlainVm, page, 1});
  EXPECT_EQ(CoverOfPage(page), VmCover(0));
  core_.Reset();
  EXPECT_EQ(CoverOfPage(page), kNoCover);
  EXPECT_EQ(CoverOfPage(kFreeA), kNoCover);
  EXPECT_EQ(CoverOfPage(testing::kHostRoot), kHostCover);
}

TEST(HeldLocksTest, AreThoseOfTheEvents) {
  HeldLocks locks;
  const auto step = [&](EventKind kind, std::uint64_t lock) {
    locks.Follow({.kind = kind, .cpu = 0, .address = lock});
  };
  EXPECT_TRUE(locks.Holds(kNoCover));
  for (const auto& [lock, cover] : {std::pair<std::uint64_t, Cover>{1, kHostCover},
                                    {2, kEl2Cover},
                                    {3, kPoolCover},
                                    {0x107, VmCover(7)}}) {
    EXPECT_FALSE(locks.Holds(cover));
    step(EventKind::kLock, lock);
    EXPECT_TRUE(locks.Holds(cover));
    EXPECT_FALSE(locks.Holds(VmCover(6)));
    step(EventKind::kUnlock, lock);
    EXPECT_FALSE(locks.Holds(cover));
  }
  step(EventKind::kLock, 0);
  EXPECT_FALSE(locks.Holds(kHostCover));
}

}  // namespace
}  // namespace cadastre::oracle
