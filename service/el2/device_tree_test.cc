// SPDX-License-Identifier: Apache-2.0
// The device tree that firmware hands over is not trusted: what is read of a good one, and one line
// for each way in which it can be wrong.
#include "service/el2/device_tree.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "service/el2/testing/tree.h"

namespace cadastre::el2 {
namespace {

using trees::AddCpus;
using trees::AddMemory;
using trees::Rooted;
using trees::Tree;

std::vector<std::byte> Good() {
  return Rooted([](Tree& tree) {
    AddCpus(tree, 2);
    AddMemory(tree, {0, 0x8000'0000, 0, 0x1000'0000, 0, 0x4000'0000, 0, 0x2000'0000});
    tree.Begin("chosen").Cells("linux,initrd-start", {0x4800'0000});
    tree.Cells("linux,initrd-end", {0, 0x4900'0000}).End();
    tree.Begin("secram@e000000").Property("device_type", "memory").Property("status", "disabled");
    tree.Cells("reg", {0, 0xe00'0000, 0, 0x100'0000}).End();
    tree.Begin("psci").Property("method", "smc").End();
    tree.Begin("reserved-memory").Cells("#address-cells", {2}).Cells("#size-cells", {2});
    tree.Begin("secure@50000000").Cells("reg", {0, 0x5000'0000, 0, 0x1000}).Cells("no-map", {});
    tree.End();
    tree.End();
  });
}

std::string Read(const std::vector<std::byte>& bytes) {
  MachineDescription machine;
  const char* wrong = ReadDeviceTree(bytes, &machine);
  return wrong == nullptr ? "fine" : wrong;
}

TEST(DeviceTree, TellsMemoryInOrderCpusReservedPagesInitrdAndPsci) {
  MachineDescription machine;
  ASSERT_EQ(ReadDeviceTree(Good(), &machine), nullptr);
  ASSERT_EQ(machine.memory_count, 2u);
  EXPECT_EQ(machine.memory[0].base, 0x4000'0000u);
  EXPECT_EQ(machine.memory[0].size, 0x2000'0000u);
  EXPECT_EQ(machine.memory[1].base, 0x8000'0000u);
  ASSERT_EQ(machine.cpu_count, 2u);
  EXPECT_EQ(machine.cpu[1], 1u);
  ASSERT_EQ(machine.reserved_count, 1u);
  EXPECT_EQ(machine.reserved[0].base, 0x5000'0000u);
  EXPECT_TRUE(machine.reserved[0].no_map);
  EXPECT_EQ(machine.initrd.base, 0x4800'0000u);
  EXPECT_EQ(machine.initrd.size, 0x100'0000u);
  EXPECT_EQ(machine.psci, MachineDescription::Conduit::kSmc);
}

TEST(DeviceTree, CutAnywhereIsRefused) {
  const std::vector<std::byte> good = Good();
  for (std::size_t size = 0; size < good.size(); ++size) {
    const std::vector<std::byte> cut(good.begin(),
                                     good.begin() + static_cast<std::ptrdiff_t>(size));
    EXPECT_NE(Read(cut), "fine") << size;
  }
}

// Nothing but a fault would be wrong: the tests with sanitizers look for one.
TEST(DeviceTree, AnyOneByteMayBeAnything) {
  std::vector<std::byte> bytes = Good();
  for (std::byte& byte : bytes) {
    const std::byte before = byte;
    for (const unsigned value : {0x00u, 0x01u, 0x7fu, 0x80u, 0xffu}) {
      byte = std::byte(value);
      MachineDescription machine;
      if (ReadDeviceTree(bytes, &machine) != nullptr) continue;
      EXPECT_GT(machine.memory_count, 0u);
      EXPECT_LE(machine.memory_count, kMaxSpans);
      EXPECT_LE(machine.cpu_count, kMaxCpus);
    }
    byte = before;
  }
}

struct Mistake {
  const char* name;
  std::function<std::vector<std::byte>()> bytes;
  const char* line;
};

std::vector<std::byte> WithWord(std::size_t at, std::uint32_t word) {
  std::vector<std::byte> bytes = Good();
  for (unsigned i = 0; i < 4; ++i) bytes[at + i] = std::byte(word >> (24 - 8 * i) & 0xff);
  return bytes;
}
std::vector<std::byte> WithMemory(const std::vector<std::uint32_t>& reg) {
  return Rooted([&](Tree& tree) {
    AddCpus(tree, 1);
    AddMemory(tree, reg);
  });
}

const Mistake kMistakes[] = {
    {"NoMagic", [] { return WithWord(0, 1); }, "there is no device tree"},
    {"SizeBeyond", [] { return WithWord(4, 1 << 20); }, "the device tree's size is wrong"},
    {"OldVersion", [] { return WithWord(20, 16); }, "the device tree's version is too old"},
    {"BlockOutside", [] { return WithWord(8, 1 << 20); },
     "the device tree's blocks lie outside it"},
    {"UnknownToken", [] { return WithWord(40, 5); }, "the device tree has an unknown token"},
    {"EndFirst", [] { return WithWord(40, 2); },
     "the device tree ends a node that it did not begin"},
    {"PropertyFirst", [] { return WithWord(40, 3); },
     "the device tree has a property outside every node"},
    {"LongProperty", [] { return WithWord(52, 1 << 20); },
     "a property is longer than the device tree"},
    {"NameOutside", [] { return WithWord(56, 1 << 20); },
     "a property's name lies outside the strings"},
    {"NoMemory", [] { return Rooted([](Tree& tree) { AddCpus(tree, 1); }); },
     "the device tree has no memory"},
    {"EmptyMemory", [] { return WithMemory({0, 0x4000'0000, 0, 0}); },
     "the device tree has no memory"},
    {"NoCpu", [] { return Rooted([](Tree& tree) { AddMemory(tree, {0, 0, 0, 0x1000}); }); },
     "the device tree has no CPU"},
    {"HalfARegion", [] { return WithMemory({0, 0x4000'0000, 0}); },
     "a memory node's reg is no list of regions"},
    {"MemoryWraps", [] { return WithMemory({0xffff'ffff, 0xffff'f000, 0, 0x2000}); },
     "a memory region wraps"},
    {"MemoryOverlaps", [] { return WithMemory({0, 0x1000, 0, 0x2000, 0, 0x2000, 0, 0x1000}); },
     "the device tree has memory regions that overlap"},
    {"NineRegions",
     [] {
       std::vector<std::uint32_t> reg;
       for (std::uint32_t i = 0; i < 9; ++i) reg.insert(reg.end(), {i, 0, 0, 0x1000});
       return WithMemory(reg);
     },
     "the device tree has too many memory regions"},
    {"InitrdEndsFirst",
     [] {
       return Rooted([](Tree& tree) {
         tree.Begin("chosen").Cells("linux,initrd-start", {2}).Cells("linux,initrd-end", {1}).End();
       });
     },
     "the device tree's initrd ends before it begins"},
    {"SeventeenCpus", [] { return Rooted([](Tree& tree) { AddCpus(tree, 17); }); },
     "the device tree has too many CPUs"},
    {"TooDeep",
     [] {
       return Rooted([](Tree& tree) {
         for (int i = 0; i < 16; ++i) tree.Begin("n");
       });
     },
     "the device tree is nested too deep"},
    {"NotEnded", [] { return Rooted([](Tree& tree) { tree.Begin("n"); }); },
     "the device tree ends inside a node"},
};

class Mistaken : public testing::TestWithParam<Mistake> {};

TEST_P(Mistaken, IsToldInOneLine) { EXPECT_EQ(Read(GetParam().bytes()), GetParam().line); }

INSTANTIATE_TEST_SUITE_P(Trees, Mistaken, testing::ValuesIn(kMistakes),
                         [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace cadastre::el2
