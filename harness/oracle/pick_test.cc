// SPDX-License-Identifier: Apache-2.0
// Operands by class, digests, and the coverage cells.
#include "harness/oracle/pick.h"

#include <gtest/gtest.h>

#include <string>

#include "harness/oracle/testing/corruption.h"

namespace cadastre::oracle {
namespace {

using testing::HandCore;
using testing::kFreeA;

class Picks : public ::testing::Test {
 protected:
  Picks() { testing::PrepareWorld(core_); }
  Oracle& oracle() { return *core_.oracle; }
  HandCore core_;
};

TEST_F(Picks, PagesOfEachClassAscend) {
  using testing::kParkedPage;
  EXPECT_EQ(oracle().PickPage(PageClass::kParked, 0), kParkedPage);
  EXPECT_EQ(oracle().PickPage(PageClass::kParked, 3), kParkedPage + 1);
  EXPECT_EQ(oracle().PickPage(PageClass::kSharedHyp, 0), testing::kSharedHypPage);
  EXPECT_EQ(oracle().PickPage(PageClass::kPinned, 9), testing::kPinnedPage);
  EXPECT_EQ(oracle().PickPage(PageClass::kSharedGuests, 1), testing::kGuestPages + 1);
  EXPECT_EQ(oracle().PickPage(PageClass::kSharedGuests, 2), testing::kGuestBlock);
  EXPECT_EQ(oracle().PickPage(PageClass::kVmTable, 8), kFreeA + 0x30);
  EXPECT_EQ(oracle().PickPage(PageClass::kVmMeta, 0), kFreeA);
  EXPECT_EQ(oracle().PickPage(PageClass::kImage, 0x20), testing::kImage);
  EXPECT_EQ(oracle().PickPage(PageClass::kPool, 1), testing::kPool + 1);
  EXPECT_EQ(oracle().PickPage(PageClass::kNoMap, 2), testing::kNoMap + 2);
  EXPECT_EQ(oracle().PickPage(PageClass::kDevice, 0x201), testing::kDevicePages + 1);
  EXPECT_EQ(oracle().PickPage(PageClass::kOutside, 0), 0U);
  EXPECT_EQ(oracle().PickPage(PageClass::kOutside, testing::kDeviceGranule),
            testing::kDeviceGranule + 0x200);
}

TEST_F(Picks, PagesOfProtectedGuests) {
  EXPECT_EQ(oracle().PickPage(PageClass::kGiven, 0), std::nullopt);
  testing::PrepareGuest(core_);
  EXPECT_EQ(oracle().PickPage(PageClass::kGiven, 1), testing::kGivenPages + 1);
  EXPECT_EQ(oracle().PickPage(PageClass::kLent, 0), testing::kLentPage);
  EXPECT_EQ(oracle().PickPage(PageClass::kGuestShared, 7), testing::kOpenPage);
  EXPECT_EQ(oracle().PickPage(PageClass::kVmVcpu, 0), testing::kVcpuPage);
  EXPECT_EQ(oracle().PickPage(PageClass::kPinned, 1), testing::kRunningPage);
  EXPECT_EQ(oracle().PickGfn(testing::kSecretVm, 4), testing::kPoisonedGfn);
  EXPECT_NE(oracle().DescribePage(testing::kLentPage).find("S: LENT"), std::string::npos);
}

// Registers are left out of the digest; power, load and run page are not.
TEST_F(Picks, DigestOfVcpus) {
  testing::PrepareGuest(core_);
  const std::uint64_t loaded = oracle().StateDigest();
  core_.Call(0x5C, {});
  EXPECT_NE(oracle().StateDigest(), loaded);
  core_.guest.x[5] = 5;
  core_.GuestTrap({.trap = Trap::kInterrupt});
  EXPECT_EQ(oracle().StateDigest(), loaded);
  core_.Call(0x5B, {});
  EXPECT_NE(oracle().StateDigest(), loaded);
  core_.CallOn(1, 0x5A, {testing::kSecretVm, 0});
  EXPECT_NE(oracle().StateDigest(), loaded);
  core_.CallOn(1, 0x5B, {});
  core_.Call(0x5A, {testing::kSecretVm, 0});
  EXPECT_EQ(oracle().StateDigest(), loaded);
}

TEST_F(Picks, PrivatePagesAreThoseLeft) {
  std::uint64_t last = 0;
  for (std::uint64_t i = 0; i < 100; ++i) {
    const auto pfn = oracle().PickPage(PageClass::kPrivate, i);
    ASSERT_TRUE(pfn.has_value());
    EXPECT_GT(*pfn, last);
    EXPECT_NE(oracle().DescribePage(*pfn).find("S: PRIVATE"), std::string::npos);
    last = *pfn;
  }
}

TEST_F(Picks, VmsByPhaseAndKind) {
  EXPECT_EQ(oracle().PickVm(VmClass::kLive, 3), testing::kProtectedVm);
  EXPECT_EQ(oracle().PickVm(VmClass::kPlainLive, 1), testing::kPlainVm);
  EXPECT_EQ(oracle().PickVm(VmClass::kProtectedLive, 0), testing::kProtectedVm);
  EXPECT_EQ(oracle().PickVm(VmClass::kDying, 0), std::nullopt);
  core_.Call(0x5E, {testing::kProtectedVm});
  EXPECT_EQ(oracle().PickVm(VmClass::kDying, 0), testing::kProtectedVm);
  core_.Call(0x60, {testing::kProtectedVm, kFreeA + 0x30, 2});
  core_.Call(0x61, {testing::kProtectedVm});
  EXPECT_EQ(oracle().PickVm(VmClass::kStale, 0), testing::kProtectedVm);
}

TEST_F(Picks, GfnsOfAVm) {
  EXPECT_EQ(oracle().PickGfn(testing::kPlainVm, 0), testing::kGfn);
  EXPECT_EQ(oracle().PickGfn(testing::kPlainVm, 2), testing::kBlockGfn);
  EXPECT_EQ(oracle().PickGfn(testing::kPlainVm, 514), testing::kGfn);
  EXPECT_EQ(oracle().PickGfn(testing::kProtectedVm, 0), std::nullopt);
  EXPECT_EQ(oracle().PickGfn(0x900, 0), std::nullopt);
}

TEST_F(Picks, DescribesWhatIsNotRam) {
  EXPECT_EQ(oracle().DescribePage(testing::kHole), "page 0x80700: outside RAM");
  EXPECT_EQ(oracle().DescribePage(testing::kDevicePages), "page 0x9300: a device");
}

TEST_F(Picks, DigestDependsOnTheStateAlone) {
  const std::uint64_t before = oracle().StateDigest();
  core_.Call(0x46, {kFreeA + 0x170, 1});
  core_.Call(0x42, {kFreeA + 0x171, 1});
  const std::uint64_t one_way = oracle().StateDigest();
  core_.Call(0x47, {kFreeA + 0x170, 1});
  core_.Call(0x43, {kFreeA + 0x171, 1});
  EXPECT_EQ(oracle().StateDigest(), before);
  core_.Call(0x42, {kFreeA + 0x171, 1});
  core_.Call(0x46, {kFreeA + 0x170, 1});
  EXPECT_EQ(oracle().StateDigest(), one_way);
  EXPECT_NE(one_way, before);
  core_.Call(0x4D, {testing::kPlainVm, testing::kGfn, 1, 1});  // age is left out
  EXPECT_EQ(oracle().StateDigest(), one_way);
  core_.Call(0x4C, {testing::kPlainVm, testing::kGfn, 1});
  EXPECT_NE(oracle().StateDigest(), one_way);
}

TEST_F(Picks, CellsCountCallsRowsAndAborts) {
  const auto count = [&](const std::string& name) {
    for (std::size_t i = 0; i < oracle().CellCounters().size(); ++i) {
      if (oracle().CellName(i) == name) return oracle().CellCounters()[i];
    }
    ADD_FAILURE() << "no cell " << name;
    return 0U;
  };
  EXPECT_EQ(count("donate_hyp/ok"), 1U);
  core_.Call(0x46, {testing::kParkedPage, 1});
  EXPECT_EQ(count("donate_hyp/503 NOT_PRIVATE"), 1U);
  EXPECT_EQ(count("host abort/retry"), 1U);
  EXPECT_EQ(count("row SHARED_HYP"), 3U);  // two pages shared, one of them pinned
  core_.Call(0x7F, {});
  EXPECT_EQ(count("unknown call"), 1U);
  testing::PrepareGuest(core_);
  EXPECT_EQ(count("share_host/ok"), 1U);
  EXPECT_EQ(count("exit IRQ"), 1U);
  EXPECT_EQ(count("row TRANSIT"), 1U);
  core_.Reset();
  EXPECT_EQ(count("unknown call"), 1U);
}

}  // namespace
}  // namespace cadastre::oracle
