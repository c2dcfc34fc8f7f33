// SPDX-License-Identifier: Apache-2.0
#include "service/memory_map.h"

#include <array>

#include "gtest/gtest.h"

namespace cadastre {
namespace {

// Two regions that touch in the middle of a granule, a no-map part, a device, a hole.
class MemoryMapTest : public ::testing::Test {
 protected:
  std::array<PageSpan, 2> ram_{{{Pfn(0x1003), 0x9fd}, {Pfn(0x1a00), 0x500}}};
  std::array<PageSpan, 1> no_map_{{{Pfn(0x1810), 4}}};
  std::array<PageSpan, 2> devices_{{{Pfn(0x800), 0x200}, {Pfn(0xa10), 3}}};
  BootInfo info_{.pa_bits = 40,
                 .cpus = 1,
                 .max_borrowers = 3,
                 .ram = ram_,
                 .no_map = no_map_,
                 .devices = devices_,
                 .image = {Pfn(0x1010), 16},
                 .pool = {Pfn(0x1020), 16},
                 .records = PhysAddr(0x1010000),
                 .host_root = PhysAddr(0x1012000),
                 .el2_root = PhysAddr(0x1014000)};

  Status Init() { return map_.Init(info_); }
  MemoryMap map_;
};

TEST_F(MemoryMapTest, NoMapIsNotRam) {
  ASSERT_TRUE(Init().ok());
  EXPECT_TRUE(map_.IsRam(Pfn(0x180f)));
  EXPECT_FALSE(map_.IsRam(Pfn(0x1810)));
  EXPECT_FALSE(map_.IsRam(Pfn(0x1813)));
  EXPECT_TRUE(map_.IsRam(Pfn(0x1814)));
}

TEST_F(MemoryMapTest, EdgesOfRegionsAreExact) {
  ASSERT_TRUE(Init().ok());
  EXPECT_FALSE(map_.IsRam(Pfn(0x1002)));
  EXPECT_TRUE(map_.IsRam(Pfn(0x1003)));
  EXPECT_TRUE(map_.IsRam(Pfn(0x1eff)));
  EXPECT_FALSE(map_.IsRam(Pfn(0x1f00)));
}

TEST_F(MemoryMapTest, GranuleAcrossTouchingRegionsIsRam) {
  ASSERT_TRUE(Init().ok());
  EXPECT_FALSE(map_.GranuleIsRam(Pfn(0x1000))) << "starts below RAM";
  EXPECT_TRUE(map_.GranuleIsRam(Pfn(0x1200)));
  EXPECT_FALSE(map_.GranuleIsRam(Pfn(0x1800))) << "holds a no-map part";
  EXPECT_TRUE(map_.GranuleIsRam(Pfn(0x1a00)));
  EXPECT_FALSE(map_.GranuleIsRam(Pfn(0x1e00))) << "ends above RAM";
}

TEST_F(MemoryMapTest, OnlyAGranuleListedWholeIsADeviceBlock) {
  ASSERT_TRUE(Init().ok());
  EXPECT_TRUE(map_.GranuleIsDevice(Pfn(0x800)));
  EXPECT_FALSE(map_.GranuleIsDevice(Pfn(0xa00)));
  EXPECT_TRUE(map_.IsDevice(Pfn(0xa12)));
  EXPECT_FALSE(map_.IsDevice(Pfn(0xa13)));
}

TEST_F(MemoryMapTest, GranuleAcrossTouchingDevicesIsADeviceBlock) {
  devices_ = {{{Pfn(0x800), 0x180}, {Pfn(0x980), 0x80}}};
  ASSERT_TRUE(Init().ok());
  EXPECT_TRUE(map_.GranuleIsDevice(Pfn(0x800)));
}

TEST_F(MemoryMapTest, NoMapLiesInRam) {
  no_map_[0] = {Pfn(0x19fe), 4};
  EXPECT_TRUE(Init().ok()) << "it may lie across regions that touch";
  no_map_[0] = {Pfn(0x1002), 4};
  EXPECT_EQ(Init().error(), Errno::kInval) << "begins below RAM";
  no_map_[0] = {Pfn(0x1efe), 4};
  EXPECT_EQ(Init().error(), Errno::kInval) << "ends above RAM";
  no_map_[0] = {Pfn(0x2000), 4};
  EXPECT_EQ(Init().error(), Errno::kInval) << "in a hole";
}

TEST_F(MemoryMapTest, RecordsRunOnOverRegions) {
  ASSERT_TRUE(Init().ok());
  EXPECT_EQ(map_.RecordOf(Pfn(0x1003)), PhysAddr(0x1010000));
  EXPECT_EQ(map_.RecordOf(Pfn(0x1a00)), PhysAddr(0x1010000 + 0x9fd * 8));
}

TEST_F(MemoryMapTest, RefusesOverlapsAndDisorder) {
  ram_[1].first = Pfn(0x19ff);
  EXPECT_EQ(Init().error(), Errno::kInval) << "regions overlap";
  ram_[1].first = Pfn(0x1a00);
  devices_[1].first = Pfn(0x1100);
  EXPECT_EQ(Init().error(), Errno::kInval) << "a device in RAM";
  devices_[1].first = Pfn(0xa10);
  info_.pool.first = Pfn(0x101f);
  EXPECT_EQ(Init().error(), Errno::kInval) << "pool over image";
  info_.pool.first = Pfn(0x180e);
  EXPECT_EQ(Init().error(), Errno::kInval) << "pool over no-map";
  info_.pool.first = Pfn(0x1ef8);
  EXPECT_EQ(Init().error(), Errno::kInval) << "pool beyond RAM";
  info_.pool.first = Pfn(0x1020);
  ram_[1].count = std::uint64_t{1} << 60;
  EXPECT_EQ(Init().error(), Errno::kInval) << "a region beyond the PA space";
}

TEST_F(MemoryMapTest, RefusesPaBitsOutsideTheArchitecture) {
  for (const unsigned bits : {0u, 31u, 49u, 64u}) {
    info_.pa_bits = bits;
    EXPECT_EQ(Init().error(), Errno::kInval) << bits;
  }
}

}  // namespace
}  // namespace cadastre
