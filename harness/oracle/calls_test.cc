// SPDX-License-Identifier: Apache-2.0
// The oracle is silent over a core that does what the manual says, through every call and back.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "harness/oracle/testing/hand_core.h"

namespace cadastre::oracle {
namespace {

using testing::CallResult;
using testing::HandCore;
using testing::kFreeA;

std::string Told(const std::optional<Violation>& violation) {
  return violation ? std::string(violation->id) + ": " + violation->detail : "silent";
}

class Calls : public ::testing::Test {
 protected:
  // The call succeeds, and nothing fires.
  CallResult Succeeds(unsigned number, std::initializer_list<std::uint64_t> arguments) {
    const CallResult result = core_.Call(number, arguments);
    EXPECT_EQ(result.row(), 0U);
    EXPECT_EQ(Told(result.violation), "silent");
    EXPECT_EQ(Told(core_.oracle->FullSweep()), "silent");
    return result;
  }
  std::uint64_t Digest() const { return core_.oracle->StateDigest(); }

  HandCore core_;
};

TEST_F(Calls, BootIsSilent) { EXPECT_EQ(Told(core_.attached), "silent"); }

TEST_F(Calls, ShareHypAndBackRestoresTheState) {
  const std::uint64_t before = Digest();
  Succeeds(0x42, {kFreeA + 5, 3});
  EXPECT_NE(Digest(), before);
  Succeeds(0x43, {kFreeA + 5, 3});
  EXPECT_EQ(Digest(), before);
}

TEST_F(Calls, DonateHypAndReclaimRestoresTheState) {
  const std::uint64_t before = Digest();
  Succeeds(0x46, {kFreeA + 0x1FF, 2});
  EXPECT_NE(Digest(), before);
  Succeeds(0x47, {kFreeA + 0x1FF, 2});
  EXPECT_EQ(Digest(), before);
}

TEST_F(Calls, ListPageGainsAPinAndLosesIt) {
  Succeeds(0x42, {kFreeA, 2});
  const std::uint64_t before = Digest();
  Succeeds(0x51, {1, kFreeA});
  Succeeds(0x51, {1, kFreeA});
  EXPECT_EQ(core_.CallOn(1, 0x51, {1, kFreeA}).violation, std::nullopt);
  EXPECT_EQ(core_.Call(0x43, {kFreeA, 1}).row(), 309U);
  Succeeds(0x51, {1, kFreeA + 1});
  Succeeds(0x51, {0, 0});
  EXPECT_EQ(core_.CallOn(1, 0x51, {0, 0}).violation, std::nullopt);
  EXPECT_EQ(Digest(), before);
}

TEST_F(Calls, VmLivesAndGoes) {
  const std::uint64_t before = Digest();
  const std::uint64_t vm = Succeeds(0x56, {0, 40, kFreeA, kFreeA + 4}).x(2);
  EXPECT_EQ(vm, 0x100U);
  Succeeds(0x57, {vm, kFreeA + 0x10, 6});
  Succeeds(0x44, {vm, kFreeA + 0x100, 0x3FFFE, 4, 3});
  EXPECT_EQ(Succeeds(0x4D, {vm, 0x3FFFE, 4, 1}).x(2), 4U);
  EXPECT_EQ(Succeeds(0x4D, {vm, 0x3FFFE, 4, 0}).x(2), 0U);
  Succeeds(0x4E, {vm, 0x3FFFF, 1});
  EXPECT_EQ(Succeeds(0x4D, {vm, 0x3FFFE, 4, 0}).x(2), 1U);
  Succeeds(0x4C, {vm, 0x3FFFE, 2});
  Succeeds(0x4B, {vm, 0x3FFFE, 4, 4});
  Succeeds(0x4F, {vm, 0x3FFF0, 512});
  Succeeds(0x50, {kFreeA, 512});
  Succeeds(0x5E, {vm});
  Succeeds(0x45, {vm, 0x3FFFE, 4});
  Succeeds(0x60, {vm, kFreeA + 0x10, 6});
  Succeeds(0x61, {vm});
  EXPECT_EQ(Digest(), before);
  EXPECT_EQ(Succeeds(0x56, {1, 32, kFreeA, kFreeA + 4}).x(2), 0x200U);
}

TEST_F(Calls, BlockIsSharedAndSplit) {
  const std::uint64_t vm = core_.MakeVm(0, 40, kFreeA, kFreeA + 4, kFreeA + 0x10, 8);
  Succeeds(0x44, {vm, kFreeA + 0x200, 0x400, 512, 7});
  Succeeds(0x4C, {vm, 0x410, 1});
  Succeeds(0x45, {vm, 0x400, 512});
}

TEST_F(Calls, SecondBorrowerIsCounted) {
  const std::uint64_t vm = core_.MakeVm(0, 48 - 8, kFreeA, kFreeA + 4, kFreeA + 0x10, 8);
  Succeeds(0x44, {vm, kFreeA + 0x100, 7, 1, 1});
  Succeeds(0x44, {vm, kFreeA + 0x100, 9, 1, 3});
  Succeeds(0x45, {vm, 7, 1});
  Succeeds(0x45, {vm, 9, 1});
}

TEST_F(Calls, UnknownCallsAnswerMinusOneAlone) {
  for (const std::uint64_t x0 : {0xC600003FU, 0xC6000003U, 0xC6000063U, 0xC6000065U, 0x86000040U,
                                 0xC6000070U, 0xC6000080U}) {
    Operation operation;
    operation.registers[0] = x0;
    const CallResult result = core_.Run(operation);
    EXPECT_FALSE(result.expected.known) << x0;
    EXPECT_EQ(result.x(0), ~std::uint64_t{0});
    EXPECT_EQ(Told(result.violation), "silent");
  }
  Operation operation;
  operation.registers[0] = 0xC6000040;
  operation.immediate = 1;
  EXPECT_FALSE(core_.Run(operation).expected.known);
  operation.immediate = 0;
  operation.registers[0] |= std::uint64_t{1} << 32;
  EXPECT_FALSE(core_.Run(operation).expected.known);
  operation.registers[0] = 0xC6010040;  // SMCCC's hint bit
  EXPECT_TRUE(core_.Run(operation).expected.known);
}

TEST_F(Calls, FeaturesTellTheConstants) {
  EXPECT_EQ(Succeeds(0x40, {}).x(2), 2U);
  EXPECT_EQ(Succeeds(0x41, {0}).x(2), 0x17'FFFF'FFFFULL);
  EXPECT_EQ(Succeeds(0x41, {1}).x(2), 2U);
  EXPECT_EQ(Succeeds(0x41, {2}).x(3), 36U);
  EXPECT_EQ(Succeeds(0x41, {3}).x(3), 64U);
  EXPECT_EQ(Succeeds(0x41, {4}).x(3), 512U);
  EXPECT_EQ(Succeeds(0x41, {5}).x(2), 3U);
  EXPECT_EQ(Succeeds(0x41, {6}).x(3), 2U);
}

TEST_F(Calls, HostAborts) {
  EXPECT_EQ(Told(core_.Abort((kFreeA + 0x234) << 12, Access::kWrite)), "silent");
  EXPECT_EQ(Told(core_.Abort((testing::kRamB + 2) << 12, Access::kRead)), "silent");
  EXPECT_EQ(Told(core_.Abort((testing::kRamC + 2) << 12 | 0xFF8, Access::kExecute)), "silent");
  EXPECT_EQ(Told(core_.Abort(testing::kDevicePages << 12, Access::kWrite)), "silent");
  EXPECT_EQ(Told(core_.Abort(testing::kDevicePages << 12, Access::kExecute)), "silent");
  EXPECT_EQ(Told(core_.Abort(testing::kNoMap << 12, Access::kRead)), "silent");
  EXPECT_EQ(Told(core_.Abort(testing::kHole << 12, Access::kRead)), "silent");
  EXPECT_EQ(Told(core_.Abort(testing::kPool << 12, Access::kRead)), "silent");
  EXPECT_EQ(Told(core_.oracle->FullSweep()), "silent");
}

// Random calls over few pages, with resets in between: the incremental checks and the sweep stay
// silent and agree.
TEST_F(Calls, RandomCallsStaySilentAcrossResets) {
  std::mt19937_64 random(1);
  const std::uint64_t boot = Digest();
  const unsigned numbers[] = {0x42, 0x43, 0x44, 0x44, 0x45, 0x46, 0x47, 0x4B, 0x4C, 0x4D,
                              0x4E, 0x4F, 0x50, 0x51, 0x56, 0x57, 0x57, 0x5E, 0x60, 0x61};
  for (int round = 0; round < 40; ++round) {
    for (int step = 0; step < 60; ++step) {
      const unsigned number = numbers[random() % std::size(numbers)];
      const std::uint64_t vm =
          core_.oracle->PickVm(VmClass::kLive, random())
              .value_or(core_.oracle->PickVm(VmClass::kDying, random()).value_or(0x100));
      const std::uint64_t pfn = testing::kRamB - 8 + random() % 32;
      const std::uint64_t gfn = 0x1FC + random() % 8;
      const std::uint64_t count = 1 + random() % 3;
      CallResult result;
      if (number == 0x44) {
        result = core_.Call(number, {vm, pfn, gfn, count, 1 + random() % 8});
      } else if (number == 0x56) {
        result = core_.Call(number, {random() % 2, 32 + random() % 9, pfn, pfn + 2 + random() % 8});
      } else if (number == 0x57 || number == 0x60) {
        result = core_.Call(number, {vm, pfn, count});
      } else if (number == 0x5E || number == 0x61) {
        if (random() % 3 != 0) continue;
        result = core_.Call(number, {vm});
      } else if (number == 0x51) {
        result = core_.Call(number, {random() % 2, pfn});
      } else if (number < 0x48 || number == 0x50) {
        result = number == 0x45 ? core_.Call(number, {vm, gfn, count})
                                : core_.Call(number, {pfn, count});
      } else {
        result = core_.Call(number, {vm, gfn, count, 1});
      }
      ASSERT_EQ(Told(result.violation), "silent") << std::hex << number;
    }
    ASSERT_EQ(Told(core_.oracle->FullSweep()), "silent");
    core_.Reset();
    ASSERT_EQ(Digest(), boot);
    ASSERT_EQ(Told(core_.oracle->FullSweep()), "silent");
  }
}

}  // namespace
}  // namespace cadastre::oracle
