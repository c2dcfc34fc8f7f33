// SPDX-License-Identifier: Apache-2.0
// What one entry may be: DECODABLE_ENTRY, ANNOTATION_LEGAL, BLOCK_LEGAL, IDENTITY_MAP,
// PERMISSION_BOUND, MEMORY_TYPE, IMAGE_PROTECTED, NON_RAM_UNOWNED.
#include "harness/oracle/address_space.h"
#include "harness/oracle/checks.h"

namespace cadastre::oracle {
namespace {

// Out of line: a check that passes makes no string.
[[gnu::noinline, gnu::cold]] void Fire(Invariant invariant, const EntryView& entry,
                                       Report& report) {
  report.Fire(invariant,
              Format("%s, level %u, input 0x%llx: entry 0x%llx", NameOf(entry.root).c_str(),
                     entry.level, static_cast<unsigned long long>(entry.input),
                     static_cast<unsigned long long>(entry.word)));
}

// Whether S lets a block of this table cover the page.
bool MayCover(const World& world, const EntryView& entry, std::uint64_t pfn) {
  const auto index = world.state.ram().OwnableIndexOf(pfn);
  if (!index) return entry.root.regime == Regime::kHost && world.state.ram().IsDevice(pfn);
  const Row row = world.state.page(*index).row;
  switch (entry.root.regime) {
    case Regime::kHost:
      return row == Row::kPrivate;
    case Regime::kEl2:
      return row == Row::kHyp;
    case Regime::kGuest:
      return true;
  }
  return false;
}

bool IsBlockLegal(const World& world, const EntryFacts& facts) {
  const EntryView& entry = facts.entry;
  const Leaf& leaf = facts.leaf;
  if (leaf.pfn % kEntries != 0) return false;
  if (entry.root.regime == Regime::kHost && leaf.state != LeafState::kOwned) return false;
  const Ram& ram = world.state.ram();
  if (!ram.IsOwnableGranule(leaf.pfn) && !ram.IsDeviceGranule(leaf.pfn)) return false;
  for (std::uint64_t i = 0; i < kEntries; ++i) {
    if (!MayCover(world, entry, leaf.pfn + i)) return false;
  }
  return true;
}

// Of a gfn that S does not map GFN_AGREES speaks.
bool IsWithinGuestBound(const EntryFacts& facts) {
  for (const GuestLeaf& expected : facts.expected) {
    if ((facts.leaf.prot & ~std::uint64_t{expected.prot}) != 0) return false;
  }
  return true;
}

bool IsWithinBound(const World& world, const EntryFacts& facts) {
  const Leaf& leaf = facts.leaf;
  switch (facts.entry.root.regime) {
    case Regime::kHost: {
      if (world.state.ram().OwnableIndexOf(leaf.pfn)) return leaf.young && leaf.prot == kProtAll;
      const bool device = world.state.ram().IsDevice(leaf.pfn);
      return !device || (leaf.young &&
                         leaf.prot == (kProtRead | kProtWrite));  // else NON_RAM_UNOWNED's matter
    }
    case Regime::kEl2:
      return leaf.prot == (kProtRead | kProtWrite);
    case Regime::kGuest:
      return IsWithinGuestBound(facts);
  }
  return false;
}

// Whether the table of the leaf may map a page: ownable RAM, or in the host's a listed device in
// state 00.
bool MayMap(const World& world, const EntryFacts& facts, std::uint64_t pfn) {
  if (world.state.ram().OwnableIndexOf(pfn)) return true;
  return facts.entry.root.regime == Regime::kHost && facts.leaf.state == LeafState::kOwned &&
         world.state.ram().IsDevice(pfn);
}

}  // namespace

// DECODABLE_ENTRY: a kind that the level knows, and every bit it does not define zero.
bool AssertDecodableEntry(const World& world, const EntryFacts& facts, Report& report) {
  if (IsDecodable(facts.entry, world.state.facts().pa_bits)) return true;
  Fire(Invariant::kDecodableEntry, facts.entry, report);
  return false;
}

// ANNOTATION_LEGAL: at level three, of a kind that its table knows, every other field zero.
void AssertAnnotationLegal(const EntryFacts& facts, Report& report) {
  if (!IsAnnotationLegal(facts.entry)) Fire(Invariant::kAnnotationLegal, facts.entry, report);
}

// BLOCK_LEGAL: aligned, in one kind of memory, and in the host only over what has the default
// owner.
void AssertBlockLegal(const World& world, const EntryFacts& facts, Report& report) {
  if (facts.entry.level == kBlockLevel && !IsBlockLegal(world, facts))
    Fire(Invariant::kBlockLegal, facts.entry, report);
}

// IDENTITY_MAP: the host sees a page at its own address, EL2 at its linear address and nowhere
// else.
void AssertIdentityMap(const EntryFacts& facts, Report& report) {
  if (!IsIdentity(facts.entry)) Fire(Invariant::kIdentityMap, facts.entry, report);
}

// PERMISSION_BOUND: the host has RWX on RAM and RW on devices, EL2 RW, a guest at most what S says.
void AssertPermissionBound(const World& world, const EntryFacts& facts, Report& report) {
  if (!IsWithinBound(world, facts)) Fire(Invariant::kPermissionBound, facts.entry, report);
}

// MEMORY_TYPE: RAM is Normal, everything else Device.
void AssertMemoryType(const World& world, const EntryFacts& facts, Report& report) {
  const bool ram = world.state.ram().IndexOf(facts.leaf.pfn).has_value();
  if (ram != (facts.leaf.type == MemoryType::kNormal))
    Fire(Invariant::kMemoryType, facts.entry, report);
}

// IMAGE_PROTECTED: no stage 2 leaf outputs a page of the image.
bool AssertImageProtected(const World& world, const EntryFacts& facts, Report& report) {
  if (facts.entry.root.regime == Regime::kEl2) return true;
  const PageSpan& image = world.state.facts().image;
  const std::uint64_t first = facts.leaf.pfn;
  if (first < image.first + image.count && image.first < first + facts.pages()) {
    Fire(Invariant::kImageProtected, facts.entry, report);
    return false;
  }
  return true;
}

// NON_RAM_UNOWNED, of an annotation of the host: only what can have an owner bears one.
void AssertAnnotatedUnowned(const World& world, const EntryFacts& facts, Report& report) {
  const EntryView& entry = facts.entry;
  if (entry.root.regime == Regime::kHost && entry.level == kPageLevel &&
      !world.state.ram().OwnableIndexOf(facts.input_pfn()))
    Fire(Invariant::kNonRamUnowned, entry, report);
}

// NON_RAM_UNOWNED, of a leaf: it maps only what can have an owner, or is the host's device.
void AssertNonRamUnowned(const World& world, const EntryFacts& facts, Report& report) {
  const std::uint64_t first = facts.leaf.pfn;
  if (facts.entry.level == kBlockLevel && world.state.ram().IsOwnableGranule(first)) return;
  for (std::uint64_t i = 0; i < facts.pages(); ++i) {
    if (!MayMap(world, facts, first + i)) Fire(Invariant::kNonRamUnowned, facts.entry, report);
  }
}

// One body: each check alone is smaller than its call.
[[gnu::flatten]] void AssertEntry(const World& world, const EntryView& entry, Report& report) {
  const EntryFacts facts(world, entry);
  if (!AssertDecodableEntry(world, facts, report)) return;
  if (facts.kind == EntryKind::kTable) return;  // what it reaches is judged
  if (facts.kind == EntryKind::kAnnotation) {
    AssertAnnotationLegal(facts, report);
    AssertAnnotatedUnowned(world, facts, report);
  } else {
    AssertBlockLegal(world, facts, report);
    // A leaf that reaches the image is named for that alone, wherever it stands.
    if (AssertImageProtected(world, facts, report)) AssertIdentityMap(facts, report);
    AssertPermissionBound(world, facts, report);
    AssertMemoryType(world, facts, report);
    AssertNonRamUnowned(world, facts, report);
  }
  AssertGfnAgrees(facts, report);
}

}  // namespace cadastre::oracle
