// SPDX-License-Identifier: Apache-2.0
// What the host's device tree says after boot has edited it, and what can't be edited.
#include "service/el2/host_tree.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "service/el2/testing/tree.h"

namespace cadastre::el2 {
namespace {

using trees::AddCpus;
using trees::AddMemory;
using trees::Rooted;
using trees::Tree;
using trees::WithRoom;

constexpr PageSpan kDevices[] = {{Pfn(0x08000), 0x10}, {Pfn(0x09000), 1}};
constexpr MachineDescription::Region kEl2 = {0x4020'0000, 0x40'0000};

void AddDevices(Tree& tree) {
  tree.Begin("pl011@9000000").Cells("reg", {0, 0x900'0000, 0, 0x1000}).End();
  tree.Begin("virtio_mmio@a000000").Cells("reg", {0, 0xa00'0000, 0, 0x200});
  tree.Begin("below").Cells("reg", {0, 0x900'0000, 0, 4}).End();
  tree.End();
  tree.Begin("intc@8000000").Cells("#address-cells", {2}).Cells("#size-cells", {2});
  tree.Cells("reg", {0, 0x800'0000, 0, 0x1'0000});
  tree.Begin("its@8080000").Cells("reg", {0, 0x808'0000, 0, 0x2'0000}).End();
  tree.End();
  tree.Begin("timer").Cells("interrupts", {1, 2}).End();
}

std::vector<std::byte> Machine(bool with_reserved) {
  return Rooted([&](Tree& tree) {
    AddCpus(tree, 2);
    AddMemory(tree, {0, 0x4000'0000, 0, 0x2000'0000});
    AddDevices(tree);
    if (!with_reserved) return;
    tree.Begin("reserved-memory").Cells("#address-cells", {1}).Cells("#size-cells", {1});
    tree.Begin("firmware").Cells("reg", {0x5000'0000, 0x1000}).End();
    tree.End();
  });
}

bool Says(const std::vector<std::byte>& bytes, std::string_view text) {
  const auto* first = reinterpret_cast<const char*>(bytes.data());
  return std::string_view(first, bytes.size()).find(text) != std::string_view::npos;
}

MachineDescription Read(const std::vector<std::byte>& bytes) {
  MachineDescription machine;
  EXPECT_EQ(ReadDeviceTree(bytes, &machine), nullptr);
  return machine;
}

TEST(PrepareHostTree, ReservesTheMemoryOfEl2) {
  std::vector<std::byte> bytes = WithRoom(Machine(false), 256);
  ASSERT_EQ(PrepareHostTree(bytes, kDevices, kEl2), nullptr);
  const MachineDescription machine = Read(bytes);
  ASSERT_EQ(machine.reserved_count, 1u);
  EXPECT_EQ(machine.reserved[0].base, kEl2.base);
  EXPECT_EQ(machine.reserved[0].size, kEl2.size);
  EXPECT_EQ(machine.memory_count, 1u);
  EXPECT_EQ(machine.cpu_count, 2u);
  EXPECT_TRUE(Says(bytes, "no-map"));
}

TEST(PrepareHostTree, AddsToWhatFirmwareReserves) {
  std::vector<std::byte> bytes = WithRoom(Machine(true), 256);
  ASSERT_EQ(PrepareHostTree(bytes, kDevices, kEl2), nullptr);
  const MachineDescription machine = Read(bytes);
  ASSERT_EQ(machine.reserved_count, 2u);
  EXPECT_EQ(machine.reserved[0].base, kEl2.base);
  EXPECT_EQ(machine.reserved[1].base, 0x5000'0000u);
}

TEST(PrepareHostTree, TakesOutTheDevicesThatTheHostIsNotGiven) {
  std::vector<std::byte> bytes = WithRoom(Machine(false), 256);
  ASSERT_EQ(PrepareHostTree(bytes, kDevices, kEl2), nullptr);
  for (const char* gone : {"virtio_mmio", "below", "its@"}) EXPECT_FALSE(Says(bytes, gone)) << gone;
  for (const char* kept : {"pl011@", "intc@", "timer", "cpu@1", "memory@"})
    EXPECT_TRUE(Says(bytes, kept)) << kept;
}

TEST(PrepareHostTree, KnowsMemoryByItsTypeAndNotByItsName) {
  std::vector<std::byte> bytes = WithRoom(Rooted([](Tree& tree) {
                                            AddCpus(tree, 1);
                                            tree.Begin("ram@40000000");
                                            tree.Cells("reg", {0, 0x4000'0000, 0, 0x2000'0000});
                                            tree.Property("device_type", "memory").End();
                                          }),
                                          256);
  ASSERT_EQ(PrepareHostTree(bytes, kDevices, kEl2), nullptr);
  EXPECT_EQ(Read(bytes).memory_count, 1u);
}

TEST(PrepareHostTree, ChangesNothingWithoutRoom) {
  for (std::size_t room = 0; room < 256; room += 4) {
    std::vector<std::byte> bytes = WithRoom(Machine(false), room);
    const std::vector<std::byte> before = bytes;
    const char* wrong = PrepareHostTree(bytes, kDevices, kEl2);
    if (wrong == nullptr) {
      EXPECT_GT(room, 100u);
      return;
    }
    EXPECT_EQ(std::string(wrong), "the device tree has no room for EL2's memory");
    EXPECT_EQ(bytes, before);
  }
  FAIL() << "there is never room";
}

TEST(PrepareHostTree, RefusesReservedMemoryOfNoSize) {
  std::vector<std::byte> bytes = WithRoom(Rooted([](Tree& tree) {
                                            AddCpus(tree, 1);
                                            AddMemory(tree, {0, 0x4000'0000, 0, 0x2000'0000});
                                            tree.Begin("reserved-memory");
                                            tree.Cells("#address-cells", {2});
                                            tree.Cells("#size-cells", {0}).End();
                                          }),
                                          256);
  const std::vector<std::byte> before = bytes;
  EXPECT_NE(PrepareHostTree(bytes, kDevices, kEl2), nullptr);
  EXPECT_EQ(bytes, before);
}

}  // namespace
}  // namespace cadastre::el2
