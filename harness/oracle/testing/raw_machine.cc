// SPDX-License-Identifier: Apache-2.0
#include "harness/oracle/testing/raw_machine.h"

namespace cadastre::oracle::testing {
namespace {

constexpr std::uint64_t kLinear = 0x4000'0000'0000;
constexpr std::uint64_t kScrubWindows = 0x7000'0000'0000;
constexpr std::uint64_t kTablePointer = 3;
constexpr std::uint64_t kAddressMask = 0xFFFF'FFFF'F000;
constexpr unsigned kUseImage = 1;
constexpr unsigned kUsePoolFree = 2;
constexpr unsigned kUseTable = 3;

bool IsTablePointer(std::uint64_t word, unsigned level) {
  return level < kPageLevel && (word & 3) == kTablePointer;
}

}  // namespace

MachineFacts SmallMachine() {
  MachineFacts facts;
  facts.pa_bits = 36;
  facts.largest_ipa_bits = 40;
  facts.cpus = 2;
  facts.vm_slots = 3;
  facts.max_borrowers = 2;
  facts.ram = {{kRamA, 0x600}, {kRamB, 0x100}, {kRamC, kRamCPages}, {kRamD, 0x100}};
  facts.no_map = {{kNoMap, 4}};
  facts.devices = {{kDeviceGranule, 0x200}, {kDevicePages, 3}, {kRamD + 0x100, 0x100}};
  facts.image = {kImage, 0x20};
  facts.pool = {kPool, 0x60};
  facts.record_base = kRecords << kPageShift;
  return facts;
}

RawMachine::RawMachine() {
  for (std::uint64_t i = 0; i < facts.pool.count; ++i) pool_free.insert(kPool + i);
}

void RawMachine::Log(EventKind kind, std::uint64_t address, std::uint64_t value) {
  events.push_back(
      {.kind = kind, .cpu = static_cast<std::uint8_t>(cpu), .address = address, .value = value});
}

void RawMachine::Store(std::uint64_t address, std::uint64_t value) {
  events.push_back({.kind = EventKind::kStore,
                    .cpu = static_cast<std::uint8_t>(cpu),
                    .address = address,
                    .value = value,
                    .old_value = Read(address)});
  memory.At(address) = value;
}

void RawMachine::Scrub(std::uint64_t pfn) {
  Store(ScrubWindowEntry(cpu), El2Page(pfn, 0));
  for (unsigned i = 0; i < kEntries; ++i) memory.At((pfn << kPageShift) + i * 8) = 0;
  Log(EventKind::kZeroPage, pfn << kPageShift);
  Log(EventKind::kCleanInvalidate, pfn << kPageShift);
  Store(ScrubWindowEntry(cpu), 0);
}

std::uint64_t RawMachine::ScrubWindowEntry(unsigned of_cpu) const {
  return EntryAddress(El2Tree(), kScrubWindows + (std::uint64_t{of_cpu} << kPageShift));
}

bool RawMachine::IsOwnable(std::uint64_t pfn) const {
  for (const PageSpan& span : facts.no_map) {
    if (pfn - span.first < span.count) return false;
  }
  for (const PageSpan& span : facts.ram) {
    if (pfn - span.first < span.count) return true;
  }
  return false;
}

std::uint64_t RawMachine::RecordAddress(std::uint64_t pfn) const {
  std::uint64_t index = 0;
  for (const PageSpan& span : facts.ram) {
    if (pfn - span.first < span.count) return facts.record_base + (index + pfn - span.first) * 8;
    index += span.count;
  }
  return 0;
}

void RawMachine::SetRecord(std::uint64_t pfn, unsigned high, unsigned low, std::uint64_t value) {
  const std::uint64_t mask = (~std::uint64_t{0} >> (63 - high + low)) << low;
  const std::uint64_t was = Read(RecordAddress(pfn));
  const std::uint64_t now = (was & ~mask) | value << low;
  if (now != was) Store(RecordAddress(pfn), now);
}

std::uint64_t RawMachine::TakeTable(const Tree& tree) {
  auto& free = tree.owner == Tree::Owner::kVm ? vm_free.at(tree.slot) : pool_free;
  const std::uint64_t pfn = *free.begin();
  free.erase(free.begin());
  if (tree.owner != Tree::Owner::kVm) SetUse(pfn, kUseTable);
  for (unsigned i = 0; i < kEntries; ++i) memory.At((pfn << kPageShift) + i * 8) = 0;
  Log(EventKind::kFill, pfn << kPageShift);
  return pfn;
}

void RawMachine::GiveTable(const Tree& tree, std::uint64_t pfn) {
  SetRecord(pfn, 47, 32, 0);
  (tree.owner == Tree::Owner::kVm ? vm_free.at(tree.slot) : pool_free).insert(pfn);
  if (tree.owner != Tree::Owner::kVm) SetUse(pfn, kUsePoolFree);
}

void RawMachine::FillDefaults(std::uint64_t table, std::uint64_t first_pfn) {
  for (unsigned i = 0; i < kEntries; ++i) {
    if (IsOwnable(first_pfn + i))
      memory.At((table << kPageShift) + i * 8) = HostPage(first_pfn + i, 0);
  }
  Log(EventKind::kFill, table << kPageShift);
}

void RawMachine::Recount(const Tree& tree, std::uint64_t table) {
  unsigned special = 0;
  unsigned non_zero = 0;
  for (unsigned i = 0; i < kEntries; ++i) {
    const std::uint64_t word = Read((table << kPageShift) + i * 8);
    if (word != 0) ++non_zero;
    if (word != 0 && ((word & 1) == 0 || (word >> 55 & 0xF) != 0)) ++special;
  }
  SetRecord(table, 47, 32, tree.owner == Tree::Owner::kHost ? special : non_zero);
}

void RawMachine::StoreEntry(const Tree& tree, std::uint64_t address, std::uint64_t word) {
  Store(address, word);
  Recount(tree, address >> kPageShift);
}

std::uint64_t RawMachine::EntryAddress(const Tree& tree, std::uint64_t input,
                                       unsigned deepest) const {
  std::uint64_t table = tree.root_pfn << kPageShift;
  for (unsigned level = tree.level;; ++level) {
    const std::uint64_t index =
        level == tree.level ? input >> LevelShift(level) : input >> LevelShift(level) & 511;
    const std::uint64_t address = table + index * 8;
    if (level == deepest || !IsTablePointer(Read(address), level)) return address;
    table = Read(address) & kAddressMask;
  }
}

std::uint64_t RawMachine::El2Entry(std::uint64_t pfn) const {
  return EntryAddress(El2Tree(), kLinear + (pfn << kPageShift));
}

void RawMachine::SetEl2(std::uint64_t pfn, std::uint64_t word) {
  SetEntry(El2Tree(), kLinear + (pfn << kPageShift), word);
}

void RawMachine::Split(const Tree& tree, std::uint64_t address, std::uint64_t input) {
  const std::uint64_t block = Read(address);
  const std::uint64_t span = input >> 21;
  std::uint64_t table = 0;
  if (tree.owner == Tree::Owner::kVm) {
    table = deposits.at({tree.slot, span});
    deposits.erase({tree.slot, span});
    for (std::uint64_t i = 0; i < kEntries; ++i) {
      memory.At((table << kPageShift) + i * 8) = (block | 2) + (i << kPageShift);
    }
    Log(EventKind::kFill, table << kPageShift);
  } else {
    table = TakeTable(tree);
    FillDefaults(table, span << 9);
  }
  Recount(tree, table);
  StoreEntry(tree, address, table << kPageShift | kTablePointer);
}

bool RawMachine::IsEmptyTable(std::uint64_t table) const {
  for (unsigned i = 0; i < kEntries; ++i) {
    if (Read((table << kPageShift) + i * 8) != 0) return false;
  }
  return true;
}

void RawMachine::SetEntry(const Tree& tree, std::uint64_t input, std::uint64_t word) {
  for (unsigned level = tree.level; level < kPageLevel; ++level) {
    const std::uint64_t address = EntryAddress(tree, input, level);
    const std::uint64_t found = Read(address);
    if (IsTablePointer(found, level)) continue;
    if (found != 0 || (tree.owner == Tree::Owner::kHost && level == kBlockLevel)) {
      Split(tree, address, input);
    } else {
      StoreEntry(tree, address, TakeTable(tree) << kPageShift | kTablePointer);
    }
  }
  StoreEntry(tree, EntryAddress(tree, input), word);
  if (word != 0 || tree.owner != Tree::Owner::kVm) return;
  for (unsigned level = kPageLevel; level > tree.level; --level) {
    const std::uint64_t table = EntryAddress(tree, input, level) >> kPageShift;
    if (!IsEmptyTable(table)) return;
    StoreEntry(tree, EntryAddress(tree, input, level - 1), 0);
    GiveTable(tree, table);
  }
}

void RawMachine::SetBlock(const Tree& tree, std::uint64_t input, std::uint64_t word) {
  SetEntry(tree, input, word | 2);
  const std::uint64_t address = EntryAddress(tree, input, kBlockLevel);
  const std::uint64_t table = Read(address) >> kPageShift;
  SetRecord(table, 47, 32, 0);
  deposits[{tree.slot, input >> 21}] = table;
  StoreEntry(tree, address, word & ~std::uint64_t{2});
}

void RawMachine::MapGranule(std::uint64_t pfn) {
  const std::uint64_t first = pfn & ~std::uint64_t{511};
  bool whole = true;
  for (unsigned i = 0; i < kEntries; ++i) whole = whole && IsOwnable(first + i);
  SetHost(first, IsOwnable(first) ? HostPage(first, 0) : 0);
  if (!whole) return;
  const std::uint64_t address = EntryAddress(HostTree(), first << kPageShift, kBlockLevel);
  const std::uint64_t table = Read(address) >> kPageShift;
  StoreEntry(HostTree(), address, HostBlock(first));
  GiveTable(HostTree(), table);
}

void RawMachine::Boot() {
  for (std::uint64_t i = 0; i < facts.image.count; ++i) SetUse(kImage + i, kUseImage);
  for (std::uint64_t i = 0; i < facts.pool.count; ++i) SetUse(kPool + i, kUsePoolFree);
  const auto take = [&](const PageSpan& span, unsigned use) {
    for (std::uint64_t i = 0; i < span.count; ++i) {
      SetHost(span.first + i, HypAnnotation(use, 0));
      SetEl2(span.first + i, El2Page(span.first + i, 0));
    }
  };
  take(facts.image, kUseImage);
  take(facts.pool, kUsePoolFree);
  MapGranule(kFreeA);
  for (const std::uint64_t word : {El2Page(kImage, 0), std::uint64_t{0}})
    SetEntry(El2Tree(), kScrubWindows, word);
  Log(EventKind::kWriteTtbr0El2, 0, kEl2Root << kPageShift);
  Log(EventKind::kWriteVttbr, 0, kHostRoot << kPageShift);
  events.push_back({.kind = EventKind::kWriteVttbr, .cpu = 1, .value = kHostRoot << kPageShift});
}

}  // namespace cadastre::oracle::testing
