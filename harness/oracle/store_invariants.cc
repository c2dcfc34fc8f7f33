// SPDX-License-Identifier: Apache-2.0
// Where an operation stores, and what it leaves behind: FOOTPRINT, NO_WRITE_OUTSIDE_HYP,
// SCRUBBED_CLEAN.
#include "harness/oracle/operation.h"

namespace cadastre::oracle {
namespace {

using Hex = unsigned long long;

// The record that an address of the record array belongs to; nullopt elsewhere.
std::optional<PageIndex> RecordAt(const State& state, std::uint64_t address) {
  const std::uint64_t offset = address - state.facts().record_base;
  return offset < std::uint64_t{state.ram().size()} * 8
             ? std::optional(static_cast<PageIndex>(offset / 8))
             : std::nullopt;
}

const TableRole* Find(const std::vector<TableRole>& roles, PageIndex page) {
  for (const TableRole& role : roles) {
    if (role.page == page) return &role;
  }
  return nullptr;
}

bool IsPageOfVm(const StepView& view, PageIndex page) {
  const AbstractPage& now = view.world.state.page(page);
  return view.effect.vm_slot && now.row == Row::kHyp && now.vm_tag == *view.effect.vm_slot + 1;
}

// A page of the VM that the operation may store to though no tree names it: any, where it stores to
// tables; its metadata, where its vCPUs end; else those of the vCPUs that it is on.
bool IsStorablePageOfVm(const StepView& view, PageIndex page) {
  if (view.judgement.vcpu_page == page || view.effect.vcpu_page == page) return true;
  if (!IsPageOfVm(view, page)) return false;
  const bool metadata = view.world.state.page(page).use == Use::kVmMeta;
  return view.effect.stores_tables || (view.effect.ends_vcpus && metadata);
}

bool IsTablePage(const StepView& view, PageIndex page) {
  return view.world.walker.TableAt(page) != nullptr || Find(view.changes.unlinked, page) != nullptr;
}

// Records of the pages that changed, and counts of the tables and table pages that served the
// operation.
bool AllowsRecord(const StepView& view, PageIndex page) {
  if (view.footprint.Changed(page)) return true;
  if (!view.effect.stores_tables) return false;
  const bool pool = view.world.state.page(page).use == Use::kPoolFree;
  const bool root = view.world.state.page(page).use == Use::kImage && IsTablePage(view, page);
  return IsPageOfVm(view, page) || ((pool || root) && view.footprint.ReachesHostTables());
}

bool AllowsEntries(const StepView& view, const Event& event, const TableRole& role) {
  const bool word = event.kind == EventKind::kStore;
  const unsigned first = word ? static_cast<unsigned>(event.address / 8 % kEntries) : 0;
  const unsigned last = word ? first : kEntries - 1;
  for (unsigned entry = first; entry <= last; ++entry) {
    if (!view.footprint.AllowsEntry(view.world.state, role, entry)) return false;
  }
  return true;
}

// What an exit stores to the run page is RUN_PAGE's matter.
bool IsRunPage(const StepView& view, const Event& event) {
  return view.judgement.run_page && event.address >> kPageShift == view.judgement.run_page->pfn;
}

bool AllowsStore(const StepView& view, const MemoryStore& store) {
  const State& state = view.world.state;
  const auto& [at, page] = store;
  if (!page) return false;
  const Event& event = *at;
  if (IsRunPage(view, event)) return true;
  if (const auto record = RecordAt(state, event.address)) return AllowsRecord(view, *record);
  if (view.footprint.Changed(*page)) return view.effect.stores_tables;
  const TableRole* gone = Find(view.changes.unlinked, *page);
  if (gone != nullptr && view.footprint.AllowsTable(*gone)) return true;
  const TableRole* came = Find(view.changes.linked, *page);
  if (came != nullptr) return view.footprint.AllowsTable(*came);
  if (const Table* table = view.world.walker.TableAt(*page))
    return AllowsEntries(view, event, table->role);
  const bool pool = state.page(*page).use == Use::kPoolFree;
  return (pool && view.footprint.ReachesHostTables()) || IsStorablePageOfVm(view, *page);
}

// EL2's in the sense of this operation: also while it is being scrubbed.
bool IsHyp(Row row) { return row == Row::kHyp || row == Row::kTransit; }

bool ReadsZero(const World& world, PageIndex page) {
  const std::uint64_t* words = world.memory.PageWords(world.state.ram().PfnOf(page));
  std::uint64_t any = 0;
  for (unsigned i = 0; words != nullptr && i < kEntries; ++i) any |= words[i];
  return any == 0;
}

}  // namespace

// FOOTPRINT: a store hits an entry, a record or a page that the operation names, or a table that it
// needs.
void AssertFootprint(const StepView& view, Report& report) {
  for (const MemoryStore& store : view.stores) {
    if (AllowsStore(view, store)) continue;
    const Event& event = *store.event;
    report.Fire(Invariant::kFootprint, Format("store of kind %u at 0x%llx (0x%llx to 0x%llx)",
                                              static_cast<unsigned>(event.kind), Hex{event.address},
                                              Hex{event.old_value}, Hex{event.value}));
    return;
  }
}

// NO_WRITE_OUTSIDE_HYP: a store hits a page that is EL2's before or after the operation.
void AssertNoWriteOutsideHyp(const StepView& view, Report& report) {
  for (const auto& [at, page] : view.stores) {
    if (page && (IsHyp(view.world.state.page(*page).row) || view.footprint.WasHyp(*page))) continue;
    const Event& event = *at;
    if (IsRunPage(view, event)) continue;
    report.Fire(Invariant::kNoWriteOutsideHyp,
                Format("store of kind %u at 0x%llx, not EL2's", static_cast<unsigned>(event.kind),
                       Hex{event.address}));
    return;
  }
}

// SCRUBBED_CLEAN: what went back to the host reads zero, and so does a new root.
void AssertScrubbedClean(const StepView& view, Report& report) {
  for (const PageChange& change : view.world.state.changes()) {
    if (!view.effect.is_scrubbed || ReadsZero(view.world, change.index)) continue;
    report.Fire(Invariant::kScrubbedClean,
                Format("page 0x%llx is not zero", Hex{view.world.state.ram().PfnOf(change.index)}));
  }
  if (!view.effect.created) return;
  const Vm& vm = view.world.state.vm(*view.effect.created);
  for (unsigned i = 0; i < vm.RootPages(); ++i) {
    const auto page = view.world.state.ram().IndexOf(vm.root_pfn + i);
    if (page && ReadsZero(view.world, *page)) continue;
    report.Fire(Invariant::kScrubbedClean,
                Format("root page 0x%llx is not zero", Hex{vm.root_pfn + i}));
  }
}

}  // namespace cadastre::oracle
