// SPDX-License-Identifier: Apache-2.0
// Where EL2 lies in a machine's memory: what it takes is nobody else's, and a machine without a
// place for it is refused.
#include "service/el2/placement.h"

#include <gtest/gtest.h>

#include <string>

namespace cadastre::el2 {
namespace {

constexpr std::uint64_t kRam = 0x4000'0000;
constexpr std::uint64_t kImage = 0x4020'0000;
constexpr std::uint64_t kMegabyte = 0x10'0000;
constexpr PageSpan kUart[] = {{Pfn(0x9000), 1}};

MachineDescription Machine(std::uint64_t bytes) {
  MachineDescription machine;
  machine.memory[0] = {kRam, bytes};
  machine.memory_count = 1;
  machine.cpu_count = 2;
  return machine;
}

std::uint64_t TwoPagesOfAHundred(const BootInfo& info) {
  std::uint64_t pages = 0;
  for (const PageSpan& span : info.ram) pages += span.count;
  return pages / 50;
}

std::string PlaceIn(const MachineDescription& machine, std::uint64_t image,
                    std::span<const Taken> taken, Placement* placement) {
  const char* wrong = Place(machine, image, 40, kUart, taken, &TwoPagesOfAHundred, placement);
  return wrong == nullptr ? "fine" : wrong;
}

TEST(Placement, LeavesTheImagesGranuleOutOfRam) {
  Placement placement;
  ASSERT_EQ(PlaceIn(Machine(512 * kMegabyte), kImage, {}, &placement), "fine");
  const BootInfo& info = placement.info;
  ASSERT_EQ(info.ram.size(), 2u);
  EXPECT_EQ(info.ram[0].first, Pfn(0x40000));
  EXPECT_EQ(info.ram[0].count, 0x200u);
  EXPECT_EQ(info.ram[1].first, Pfn(0x40400));
  EXPECT_EQ(info.ram[1].count, 0x20000u - 0x400);
}

TEST(Placement, PutsRecordsRootsAndPoolBehindEachOther) {
  Placement placement;
  ASSERT_EQ(PlaceIn(Machine(512 * kMegabyte), kImage, {}, &placement), "fine");
  const BootInfo& info = placement.info;
  EXPECT_EQ(info.records, PhysAddr(kImage + 2 * kMegabyte));
  EXPECT_GE(info.host_root - info.records, (0x20000u - 0x200) * 8);
  EXPECT_EQ(info.host_root.value % 0x2000, 0u) << "two pages of a 40-bit stage 2";
  EXPECT_EQ(info.el2_root - info.host_root, 0x2000u);
  EXPECT_EQ(ToAddress(info.image.first), info.records);
  EXPECT_EQ(ToAddress(info.pool.first), info.el2_root + kPageSize);
  EXPECT_EQ(info.pool.count, (0x20000u - 0x200) / 50);
  EXPECT_EQ(info.cpus, 2u);
}

TEST(Placement, RefusesAnImageOutsideMemory) {
  Placement placement;
  EXPECT_EQ(PlaceIn(Machine(512 * kMegabyte), 0x8000'0000, {}, &placement),
            "the image does not lie in memory");
}

TEST(Placement, RefusesAPoolThatWouldMeetWhatIsThere) {
  Placement placement;
  for (const std::uint64_t at : {kImage + kMegabyte, kImage + 3 * kMegabyte}) {
    const Taken tree[] = {{at, kPageSize}};
    EXPECT_EQ(PlaceIn(Machine(512 * kMegabyte), kImage, tree, &placement),
              "there is too little memory for EL2's pool before "
              "the device tree, the host's image or its initrd");
  }
  const Taken none[] = {{kImage + 3 * kMegabyte, 0}};
  EXPECT_EQ(PlaceIn(Machine(512 * kMegabyte), kImage, none, &placement), "fine");
}

TEST(Placement, RefusesWhatFirmwareKeeps) {
  for (const std::uint64_t base : {kImage, kImage + 3 * kMegabyte}) {
    MachineDescription machine = Machine(512 * kMegabyte);
    machine.reserved[0] = {base, kPageSize};
    machine.reserved_count = 1;
    Placement placement;
    EXPECT_EQ(PlaceIn(machine, kImage, {}, &placement),
              "firmware keeps memory for itself where EL2 would lie");
  }
}

TEST(Placement, GivesNobodyWhatFirmwareLetsNobodyMap) {
  MachineDescription machine = Machine(512 * kMegabyte);
  machine.memory[1] = {0x8000'0000, kMegabyte};
  machine.memory_count = 2;
  // Over a hole of the memory, inside another, and one that may be mapped.
  machine.reserved[0] = {0x5000'0800, 0x1000, true};
  machine.reserved[1] = {0x5fff'f000, 0x2000'2000, true};
  machine.reserved[2] = {0x6000'0000, 0x1000, true};
  machine.reserved[3] = {0x8008'0000, 0x1000, false};
  machine.reserved_count = 4;
  Placement placement;
  ASSERT_EQ(PlaceIn(machine, kImage, {}, &placement), "fine");
  ASSERT_EQ(placement.info.no_map.size(), 3u);
  EXPECT_EQ(placement.info.no_map[0].first, Pfn(0x50000));
  EXPECT_EQ(placement.info.no_map[0].count, 2u) << "whole pages";
  EXPECT_EQ(placement.info.no_map[1].first, Pfn(0x5ffff));
  EXPECT_EQ(placement.info.no_map[1].count, 1u);
  EXPECT_EQ(placement.info.no_map[2].first, Pfn(0x80000));
  EXPECT_EQ(placement.info.no_map[2].count, 1u);
}

TEST(Placement, RefusesTooLittleMemory) {
  Placement placement;
  EXPECT_EQ(PlaceIn(Machine(4 * kMegabyte + kPageSize), kImage, {}, &placement),
            "there is too little memory for EL2's pool");
}

TEST(Placement, RefusesMoreRegionsThanTheCoreTakes) {
  MachineDescription machine = Machine(512 * kMegabyte);
  for (; machine.memory_count < kMaxSpans; ++machine.memory_count)
    machine.memory[machine.memory_count] = {std::uint64_t{machine.memory_count} << 32, kMegabyte};
  Placement placement;
  EXPECT_EQ(PlaceIn(machine, kImage, {}, &placement),
            "the device tree has too many memory regions");
}

}  // namespace
}  // namespace cadastre::el2
