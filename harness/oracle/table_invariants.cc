// SPDX-License-Identifier: Apache-2.0
// What table pages and their trees must be: SINGLE_PARENT, TABLE_PRIVATE, TABLE_COUNT,
// GRANULE_COMPLETE, POOL_ACCOUNTED.
#include "harness/oracle/checks.h"

namespace cadastre::oracle {
namespace {

using Hex = unsigned long long;

bool IsRootPage(const Table& table) { return !table.parent.has_value(); }

// A table of the host or EL2 is a pool page, or as a root a page of the image; of a VM a page the
// VM was given.
bool IsOfItsClass(const PageView& view) {
  const Root& root = view.table->role.root;
  const AbstractPage& page = view.expected;
  if (page.row != Row::kHyp) return false;
  if (root.regime != Regime::kGuest)
    return page.use == (IsRootPage(*view.table) ? Use::kImage : Use::kPoolFree);
  return page.use == (IsRootPage(*view.table) ? Use::kVmMeta : Use::kTable) &&
         page.vm_tag == root.slot + 1;
}

unsigned CountOf(const Table* table) {
  if (table == nullptr) return 0;
  return table->role.root.regime == Regime::kHost ? table->special : table->non_zero;
}

std::string Describe(const BadLink& link) {
  const std::string from =
      Format("%s, level %u, input 0x%llx: entry 0x%llx", NameOf(link.entry.root).c_str(),
             link.entry.level, Hex{link.entry.input}, Hex{link.entry.word});
  if (!link.other) return from + " points outside RAM";
  return from + Format(" points to a table of %s, level %u, input 0x%llx",
                       NameOf(link.other->root).c_str(), link.other->level,
                       Hex{link.other->input_base});
}

}  // namespace

// SINGLE_PARENT: no second entry reaches a table.
void AssertSingleParent(const BadLink& link, Report& report) {
  if (link.other) report.Fire(Invariant::kSingleParent, Describe(link));
}

// TABLE_PRIVATE, of a pointer: what it reaches is RAM that EL2 can own.
void AssertTablePrivate(const BadLink& link, Report& report) {
  if (!link.other) report.Fire(Invariant::kTablePrivate, Describe(link));
}

// TABLE_PRIVATE, of a page: a table is EL2's, of its root's class, and no stage 2 leaf outputs it.
void AssertTablePrivate(const PageView& view, Report& report) {
  if (view.table == nullptr) return;
  if (IsOfItsClass(view) && !view.IsMappedByHost() && view.guests.Total() == 0) return;
  report.Fire(Invariant::kTablePrivate,
              Format("table of %s, level %u; %s", NameOf(view.table->role.root).c_str(),
                     view.table->role.level, Describe(view).c_str()));
}

// TABLE_COUNT: special entries in the host's tables, non-zero ones in all others, zero for what is
// no table.
void AssertTableCount(const PageView& view, Report& report) {
  if (view.record.count == CountOf(view.table)) return;
  report.Fire(Invariant::kTableCount,
              Format("expected count %u; %s", CountOf(view.table), Describe(view).c_str()));
}

// GRANULE_COMPLETE: a level three table of the host has an entry for each RAM page.
void AssertGranuleComplete(const Table& table, Report& report) {
  if (table.absent_ram == 0) return;
  report.Fire(Invariant::kGranuleComplete, Format("%u absent pages in the granule at 0x%llx",
                                                  table.absent_ram, Hex{table.role.input_base}));
}

// POOL_ACCOUNTED, of a pool page: TABLE exactly when the host's or EL2's root reaches it.
void AssertPoolAccounted(const PageView& view, Report& report) {
  if (view.expected.use != Use::kPoolFree) return;
  const Use expected = view.table != nullptr ? Use::kTable : Use::kPoolFree;
  if (view.record.use != static_cast<unsigned>(expected))
    Fire(Invariant::kPoolAccounted, view, report);
}

// POOL_ACCOUNTED, of a VM: the tables below its root and the deposits of its blocks number
// used(VM).
void AssertPoolAccounted(const World& world, unsigned slot, Report& report) {
  const Vm& vm = world.state.vm(slot);
  if (vm.phase == VmPhase::kFree) return;
  const Root root{.regime = Regime::kGuest, .slot = slot};
  const std::uint64_t held = world.walker.TablesBelow(root) + world.walker.Blocks(root);
  if (held == vm.Used()) return;
  report.Fire(Invariant::kPoolAccounted,
              Format("guest %u holds %llu tables and deposits, used(VM) is %llu", slot, Hex{held},
                     Hex{vm.Used()}));
}

namespace {

bool IsWithin(const Reach& reach, const AbstractPage& page) {
  return reach.all_pages ||
         (reach.vm_slot && page.row == Row::kHyp && page.vm_tag == *reach.vm_slot + 1);
}

}  // namespace

void AssertChanges(const World& world, const WalkChanges& changes, const Reach& reach,
                   Report& report) {
  for (const EntryView& entry : changes.entries) AssertEntry(world, entry, report);
  for (const BadLink& link : changes.bad_links) {
    AssertSingleParent(link, report);
    AssertTablePrivate(link, report);
  }
  for (const PageIndex page : changes.tables.members()) {
    if (const Table* table = world.walker.TableAt(page)) AssertGranuleComplete(*table, report);
  }
  for (const PageIndex page : changes.pages.members()) {
    if (IsWithin(reach, world.state.page(page))) AssertPage(world, page, report);
  }
}

}  // namespace cadastre::oracle
