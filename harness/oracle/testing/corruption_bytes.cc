// SPDX-License-Identifier: Apache-2.0
// Group A: shapes of entries, tables and counts.
#include "harness/oracle/testing/corruption.h"

namespace cadastre::oracle::testing {
namespace {

constexpr std::uint64_t kReservedBit = std::uint64_t{1} << 59;

std::uint64_t GuestEntry(HandCore& core, std::uint64_t gfn, unsigned level = kPageLevel) {
  return core.machine.EntryAddress(core.VmTree(0), gfn << kPageShift, level);
}

std::optional<Violation> ReservedBitOfLeaf(HandCore& core) {
  const std::uint64_t entry = core.machine.HostEntry(kPrivatePage);
  core.machine.Poke(entry, core.machine.Read(entry) | kReservedBit);
  return core.oracle->FullSweep();
}

std::optional<Violation> HierarchicalBitOfTable(HandCore& core) {
  const std::uint64_t entry = GuestEntry(core, kGfn, 2);
  core.machine.Poke(entry, core.machine.Read(entry) | kReservedBit);
  return core.oracle->FullSweep();
}

std::optional<Violation> El2LeafWithoutAf(HandCore& core) {
  const std::uint64_t entry = core.machine.El2Entry(kParkedPage);
  core.machine.Poke(entry, core.machine.Read(entry) & ~std::uint64_t{1 << 10});
  return core.oracle->FullSweep();
}

std::optional<Violation> BlockAtLevelOne(HandCore& core) {
  PokeEntry(core, core.VmTree(0).root_pfn << kPageShift | 9 * 8,
            GuestPage(kFreeA, 3, 2, 1) & ~std::uint64_t{2}, 1);
  return core.oracle->FullSweep();
}

std::optional<Violation> OutputAbovePhysicalSpace(HandCore& core) {
  PokeEntry(core, core.VmTree(0).root_pfn << kPageShift | 9 * 8, std::uint64_t{1} << 40 | 3, 1);
  return core.oracle->FullSweep();
}

std::optional<Violation> TableLinkedTwice(HandCore& core) {
  const std::uint64_t pointer = core.machine.Read(GuestEntry(core, kGfn, 2));
  PokeEntry(core, GuestEntry(core, 0x800, 2), pointer, 1);
  return core.oracle->FullSweep();
}

std::optional<Violation> TableOfTwoTrees(HandCore& core) {
  const std::uint64_t pointer = core.machine.Read(GuestEntry(core, kGfn, 2));
  core.machine.Poke((kHostRoot << kPageShift) | 40 * 8, pointer);
  return core.oracle->FullSweep();
}

std::optional<Violation> TableOutsideRam(HandCore& core) {
  core.machine.Poke((kHostRoot << kPageShift) | 40 * 8, kHole << kPageShift | 3);
  return core.oracle->FullSweep();
}

std::optional<Violation> TableOnHostPage(HandCore& core) {
  PokeEntry(core, (kEl2Root << kPageShift) | 9 * 8, kPrivatePage << kPageShift | 3, 1);
  return core.oracle->FullSweep();
}

std::optional<Violation> HostTableCountOff(HandCore& core) {
  PokeRecord(core, core.machine.HostEntry(kPrivatePage) >> kPageShift, 32, 1);
  return core.oracle->FullSweep();
}

std::optional<Violation> CountOfNoTable(HandCore& core) {
  PokeRecord(core, kPrivatePage, 32, 1);
  return core.oracle->FullSweep();
}

std::optional<Violation> FreePoolPageCalledTable(HandCore& core) {
  PokeRecord(core, kPool + 0x5F, 48, 1);
  return core.oracle->FullSweep();
}

std::optional<Violation> EmptyGuestTable(HandCore& core) {
  const std::uint64_t table = *core.machine.vm_free.at(0).begin();
  PokeEntry(core, GuestEntry(core, 0x800, 2), table << kPageShift | 3, 1);
  return core.oracle->FullSweep();
}

std::optional<Violation> AnnotationFieldSet(HandCore& core) {
  const std::uint64_t entry = core.machine.HostEntry(kParkedPage);
  core.machine.Poke(entry, core.machine.Read(entry) | std::uint64_t{1} << 20);
  return core.oracle->FullSweep();
}

std::optional<Violation> AnnotationAboveLevelThree(HandCore& core) {
  core.machine.Poke((kHostRoot << kPageShift) | 40 * 8, HypAnnotation(6, 0));
  PokeRecord(core, kHostRoot, 32, 1);
  return core.oracle->FullSweep();
}

std::optional<Violation> BlockOverRamAndDevice(HandCore& core) {
  core.machine.Poke(core.machine.EntryAddress(core.machine.HostTree(), kRamD << kPageShift, 2),
                    HostBlock(kRamD));
  return core.oracle->FullSweep();
}

std::optional<Violation> BlockOverSharedPage(HandCore& core) {
  const auto tree = core.machine.HostTree();
  core.machine.Poke(core.machine.EntryAddress(tree, kFreeA << kPageShift, 2), HostBlock(kFreeA));
  return core.oracle->FullSweep();
}

std::optional<Violation> RamPageAbsentInTable(HandCore& core) {
  core.machine.Poke(core.machine.HostEntry(kPrivatePage), 0);
  return core.oracle->FullSweep();
}

std::optional<Violation> StoreWithoutAnEvent(HandCore& core) {
  core.Reset();
  core.machine.Poke(
      core.machine.EntryAddress(core.machine.HostTree(), (kFreeA + 0x200) << kPageShift, 2),
      HostBlock(kFreeA + 0x200));
  return core.oracle->FullSweep();
}

}  // namespace

std::span<const Corruption> CorruptedBytes() {
  using enum Invariant;
  static const std::vector<Corruption> corruptions = {
      {"ReservedBitOfLeaf", kDecodableEntry, {}, ReservedBitOfLeaf},
      {"HierarchicalBitOfTable", kDecodableEntry, {}, HierarchicalBitOfTable},
      {"El2LeafWithoutAf", kDecodableEntry, {}, El2LeafWithoutAf},
      {"BlockAtLevelOne", kDecodableEntry, {}, BlockAtLevelOne},
      {"OutputAbovePhysicalSpace", kDecodableEntry, {kTablePrivate}, OutputAbovePhysicalSpace},
      {"TableLinkedTwice", kSingleParent, {}, TableLinkedTwice},
      {"TableOfTwoTrees",
       kSingleParent,
       {kDecodableEntry, kTablePrivate, kLegalRow, kBorrowersCounted, kTableCount, kPoolAccounted},
       TableOfTwoTrees},
      {"TableOutsideRam", kTablePrivate, {}, TableOutsideRam},
      {"TableOnHostPage", kTablePrivate, {}, TableOnHostPage},
      {"HostTableCountOff", kTableCount, {}, HostTableCountOff},
      {"CountOfNoTable", kTableCount, {}, CountOfNoTable},
      {"FreePoolPageCalledTable", kPoolAccounted, {}, FreePoolPageCalledTable},
      {"EmptyGuestTable", kPoolAccounted, {}, EmptyGuestTable},
      {"AnnotationFieldSet", kAnnotationLegal, {}, AnnotationFieldSet},
      {"AnnotationAboveLevelThree", kAnnotationLegal, {}, AnnotationAboveLevelThree},
      {"BlockOverRamAndDevice", kBlockLegal, {}, BlockOverRamAndDevice},
      {"BlockOverSharedPage",
       kTablePrivate,
       {kExclusiveOwner, kLegalRow, kBlockLegal, kTableCount, kPoolAccounted},
       BlockOverSharedPage},
      {"RamPageAbsentInTable", kGranuleComplete, {}, RamPageAbsentInTable},
      {"StoreWithoutAnEvent", kIncrementalDisagrees, {}, StoreWithoutAnEvent},
  };
  return corruptions;
}

}  // namespace cadastre::oracle::testing
