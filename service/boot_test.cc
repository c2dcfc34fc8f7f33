// SPDX-License-Identifier: Apache-2.0
// What Boot refuses, before it touches the machine: the platform here has no memory at all.
#include <gtest/gtest.h>

#include <array>

#include "pgtable/null_platform.h"
#include "service/hypervisor_impl.h"

namespace cadastre {
namespace {

using TestPlatform = NullPlatform<Granule4K>;

// A machine without a fault but one: its pool is a page too small.
class BootTest : public ::testing::Test {
 protected:
  BootTest() {
    info_.ram = ram_;
    info_.image = {Pfn(0x80000), 0x20};
    info_.records = PhysAddr(0x8000'1000);
    info_.host_root = PhysAddr(0x8001'0000);
    info_.el2_root = PhysAddr(0x8001'2000);
    info_.pool = {Pfn(0x80020), Hypervisor<TestPlatform>::PoolPagesNeeded(info_) - 1};
  }

  Errno Refusal() {
    TestPlatform platform(PhysAddr(0), {}, {});
    Hypervisor<TestPlatform> hypervisor;
    const Status status = hypervisor.Boot(platform, info_);
    EXPECT_FALSE(status.ok());
    return status.error();
  }

  std::array<PageSpan, 1> ram_{{{Pfn(0x80000), 0x1000}}};
  BootInfo info_;
};

TEST_F(BootTest, RefusesAPoolThatCouldRunDry) { EXPECT_EQ(Refusal(), Errno::kNoMem); }

TEST_F(BootTest, RefusesNumbersOutsideTheirRange) {
  for (const unsigned cpus : {0u, kMaxCpus + 1}) {
    info_.cpus = cpus;
    EXPECT_EQ(Refusal(), Errno::kInval) << cpus;
  }
  info_.cpus = kMaxCpus;
  EXPECT_EQ(Refusal(), Errno::kNoMem);
  for (const unsigned borrowers : {0u, 65536u}) {
    info_.max_borrowers = borrowers;
    EXPECT_EQ(Refusal(), Errno::kInval) << borrowers;
  }
}

TEST_F(BootTest, RefusesRootsAndRecordsThatAreNotAlignedInTheImage) {
  const BootInfo good = info_;
  info_.host_root = PhysAddr(0x8001'1000);
  EXPECT_EQ(Refusal(), Errno::kInval) << "two pages, aligned to one";
  info_ = good;
  info_.host_root = PhysAddr(0x8002'0000);
  EXPECT_EQ(Refusal(), Errno::kInval) << "behind the image";
  info_ = good;
  info_.el2_root = PhysAddr(0x8001'2800);
  EXPECT_EQ(Refusal(), Errno::kInval) << "not a page";
  info_ = good;
  info_.el2_root = PhysAddr(0x7fff'f000);
  EXPECT_EQ(Refusal(), Errno::kInval) << "before the image";
  info_ = good;
  info_.records = PhysAddr(0x8001'9000);
  EXPECT_EQ(Refusal(), Errno::kInval) << "end behind the image";
}

TEST_F(BootTest, RefusesRootsAndRecordsThatMeet) {
  const BootInfo good = info_;
  info_.el2_root = PhysAddr(0x8001'1000);
  EXPECT_EQ(Refusal(), Errno::kInval) << "EL2's root is the host's second root page";
  info_ = good;
  info_.records = PhysAddr(0x8001'1ff8);
  EXPECT_EQ(Refusal(), Errno::kInval) << "the first record is the host root's last word";
  info_ = good;
  info_.el2_root = PhysAddr(0x8000'2000);
  EXPECT_EQ(Refusal(), Errno::kInval) << "EL2's root lies among the records";
}

// EL2 maps RAM at a fixed offset: the last page that fits lies right below the windows.
TEST_F(BootTest, RefusesRamWhoseLinearMapMeetsTheScrubWindows) {
  const Pfn limit((kScrubWindows.value - kHypVaOffset) >> kPageShift);
  const std::array<PageSpan, 2> below{{ram_[0], {Pfn(limit.value - 1), 1}}};
  const std::array<PageSpan, 2> beyond{{ram_[0], {limit, 1}}};
  info_.pa_bits = 48;
  info_.ram = below;
  EXPECT_EQ(Refusal(), Errno::kNoMem);
  info_.ram = beyond;
  EXPECT_EQ(Refusal(), Errno::kInval);
}

}  // namespace
}  // namespace cadastre
