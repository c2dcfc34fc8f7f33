// SPDX-License-Identifier: Apache-2.0
// Invariants of groups A and B: one function for each, over the entry, page, table or VM that it
// speaks of. Their sentences are in the registry (invariants.cc).
#ifndef CADASTRE_HARNESS_ORACLE_CHECKS_H_
#define CADASTRE_HARNESS_ORACLE_CHECKS_H_

#include <optional>
#include <span>

#include "harness/oracle/report.h"
#include "harness/oracle/specification.h"
#include "harness/oracle/views.h"

namespace cadastre::oracle {

// An entry, decoded once for all that is asked of it.
struct EntryFacts {
  const EntryView& entry;
  EntryKind kind;
  Leaf leaf;                            // of a leaf
  std::span<const GuestLeaf> expected;  // of a guest's that is no table: what S has there

  EntryFacts(const World& world, const EntryView& view)
      : entry(view),
        kind(KindOf(view.word, view.level)),
        leaf(kind == EntryKind::kLeaf ? DecodeLeaf(view.root.stage(), view.word) : Leaf{}) {
    if (view.root.regime == Regime::kGuest && kind != EntryKind::kTable)
      expected = world.state.vm(view.root.slot).map.Slice(input_pfn(), pages());
  }
  // First of the pages that it maps, by input.
  std::uint64_t input_pfn() const { return entry.input >> kPageShift; }
  std::uint64_t pages() const { return entry.level == kBlockLevel ? kEntries : 1; }
};

// Of an entry.
bool AssertDecodableEntry(const World& world, const EntryFacts& facts, Report& report);
// Of an annotation.
void AssertAnnotationLegal(const EntryFacts& facts, Report& report);
void AssertAnnotatedUnowned(const World& world, const EntryFacts& facts, Report& report);
// Of a leaf.
void AssertBlockLegal(const World& world, const EntryFacts& facts, Report& report);
void AssertIdentityMap(const EntryFacts& facts, Report& report);
void AssertPermissionBound(const World& world, const EntryFacts& facts, Report& report);
void AssertMemoryType(const World& world, const EntryFacts& facts, Report& report);
// Whether the leaf passes.
bool AssertImageProtected(const World& world, const EntryFacts& facts, Report& report);
void AssertNonRamUnowned(const World& world, const EntryFacts& facts, Report& report);
// Of either.
void AssertGfnAgrees(const EntryFacts& facts, Report& report);

// Of gfns of the VM in `slot`: those that S maps are mapped, and no others.
void AssertGfnAgrees(const World& world, unsigned slot, const GfnSpan& span, Report& report);

// Of a page.
// Whether the page passes.
bool AssertExclusiveOwner(const PageView& view, Report& report);
bool AssertLegalRow(const PageView& view, Report& report);
void AssertPageAgrees(const PageView& view, Report& report);
void AssertNonRamUnowned(const PageView& view, Report& report);
void AssertBorrowersCounted(const PageView& view, Report& report);
void AssertRecordAgrees(const PageView& view, Report& report);
void AssertTablePrivate(const PageView& view, Report& report);
void AssertTableCount(const PageView& view, Report& report);
void AssertPoolAccounted(const PageView& view, Report& report);

// Of a table page, of a table pointer, and of a VM.
void AssertGranuleComplete(const Table& table, Report& report);
void AssertSingleParent(const BadLink& link, Report& report);
void AssertTablePrivate(const BadLink& link, Report& report);
void AssertPoolAccounted(const World& world, unsigned slot, Report& report);

// Runs all of the above over what an update of the walker found.
void AssertEntry(const World& world, const EntryView& entry, Report& report);
void AssertPage(const World& world, PageIndex index, Report& report);
void AssertPage(const PageView& view, Report& report);
// The same of every page of RAM.
void AssertAllPages(const World& world, Report& report);
// Which of the touched pages to look at. Without the host lock only those that belong to the VM
// whose lock is held: of the others another operation may be half-way through a change.
struct Reach {
  bool all_pages = true;
  std::optional<unsigned> vm_slot;
};
void AssertChanges(const World& world, const WalkChanges& changes, const Reach& reach,
                   Report& report);

}  // namespace cadastre::oracle

#endif  // CADASTRE_HARNESS_ORACLE_CHECKS_H_
