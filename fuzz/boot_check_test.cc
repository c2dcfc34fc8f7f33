// SPDX-License-Identifier: Apache-2.0
// Each thing that WrongPlacement knows to be wrong, planted in a placement that boot made.
#include "fuzz/boot_check.h"

#include <gtest/gtest.h>

#include <string>

namespace cadastre::fuzz {
namespace {

constexpr std::uint64_t kImage = 0x4020'0000;
constexpr el2::Taken kTaken[] = {{0x4400'0000, 0x400'0000}};

std::uint64_t PoolPages(const BootInfo&) { return 100; }

class WrongPlacementTest : public testing::Test {
 protected:
  WrongPlacementTest() {
    machine_.memory[machine_.memory_count++] = {0x4000'0000, 0x1000'0000};
    machine_.cpu_count = 1;
    EXPECT_EQ(el2::Place(machine_, kImage, 40, {}, kTaken, &PoolPages, &placement_), nullptr);
  }
  std::string Wrong() {
    const char* wrong = WrongPlacement(machine_, kImage, kTaken, placement_);
    return wrong == nullptr ? "" : wrong;
  }

  el2::MachineDescription machine_;
  el2::Placement placement_;
};

TEST_F(WrongPlacementTest, IsNoneOfWhatBootMakes) { EXPECT_EQ(Wrong(), ""); }

TEST_F(WrongPlacementTest, TellsAProgramInRam) {
  placement_.ram[0] = {Pfn(0x40000), 0x300};
  EXPECT_EQ(Wrong(), "EL2's program lies in RAM that others may own");
}

TEST_F(WrongPlacementTest, TellsAPoolThatLeavesItsSpan) {
  placement_.info.pool.count = 0x10000;
  EXPECT_EQ(Wrong(), "EL2's records and pool do not lie in one span of RAM");
}

TEST_F(WrongPlacementTest, TellsAPoolOnTheRecords) {
  placement_.info.pool.first = placement_.info.image.first;
  EXPECT_EQ(Wrong(), "the pool meets the records");
}

TEST_F(WrongPlacementTest, TellsWhereThereIsNoMemory) {
  machine_.memory[0].size = 0x40'0000;
  EXPECT_EQ(Wrong(), "EL2 lies where there is no memory");
}

TEST_F(WrongPlacementTest, TellsFirmwaresMemory) {
  machine_.reserved[machine_.reserved_count++] = {kImage + 0x1000, 0x1000};
  EXPECT_EQ(Wrong(), "EL2 lies where firmware keeps memory");
}

TEST_F(WrongPlacementTest, TellsWhatIsTaken) {
  const std::uint64_t hosts = 0x4400'0000 >> 12;
  placement_.info.image = {Pfn(hosts - 16), 8};
  placement_.info.pool = {Pfn(hosts - 8), 100};
  EXPECT_EQ(Wrong(), "EL2 lies where something else does");
}

}  // namespace
}  // namespace cadastre::fuzz
