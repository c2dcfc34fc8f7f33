// SPDX-License-Identifier: Apache-2.0
// When an operation may read and store: READ_ONCE, TWO_PHASE, REFUSAL_UNCHANGED.
#include "harness/oracle/address_space.h"
#include "harness/oracle/operation.h"

namespace cadastre::oracle {
namespace {

using Hex = unsigned long long;

const char* NameOf(const Judgement& judgement) {
  return judgement.call == nullptr ? "unknown call" : judgement.call->name;
}

// The page at hand of a vCPU that is loaded here: no other CPU comes near it, whatever locks are
// held.
bool IsOwnVcpuPage(const StepView& view, std::optional<PageIndex> page) {
  return page && view.judgement.vcpu_page == page;
}

bool IsRunPage(const StepView& view, std::uint64_t address) {
  return view.judgement.run_page && address >> kPageShift == view.judgement.run_page->pfn;
}

// A page that S left in TRANSIT for this operation; after event 2 its changes tell.
bool IsInTransit(const StepView& view, std::optional<PageIndex> page) {
  if (!page || !view.effect.is_scrubbed) return false;
  return view.footprint.Changed(*page);
}

// The entry of this CPU's scrub window.
bool IsOwnScrubWindow(const StepView& view, const Event& event, std::optional<PageIndex> page) {
  if (event.kind != EventKind::kStore || !page) return false;
  const Table* table = view.world.walker.TableAt(*page);
  if (table == nullptr || table->role.level != kPageLevel ||
      table->role.root.regime != Regime::kEl2)
    return false;
  const std::uint64_t input = table->role.input_base + (event.address / 8 % kEntries << kPageShift);
  return input == ScrubWindowOf(view.operation.cpu);
}

bool MayStoreUnlocked(const StepView& view, const Event& event) {
  if (event.kind == EventKind::kCellStore) return false;
  const auto page = view.world.state.ram().IndexOf(event.address >> kPageShift);
  if (IsOwnVcpuPage(view, page) || IsRunPage(view, event.address)) return true;
  return IsInTransit(view, page) || IsOwnScrubWindow(view, event, page);
}

}  // namespace

// TWO_PHASE: once an operation has released a lock it stores no table word, record or cell, but for
// what a scrub does. Where it takes a lock again (event 2) the rule begins anew.
void AssertTwoPhase(const StepView& view, Report& report) {
  for (const Event& event : view.events) {
    if (event.kind == EventKind::kLock) return;
    const bool stores = IsMemoryStore(event.kind) || event.kind == EventKind::kCellStore;
    if (!stores || MayStoreUnlocked(view, event)) continue;
    report.Fire(
        Invariant::kTwoPhase,
        Format("%s: store of kind %u at 0x%llx after the locks were released",
               NameOf(view.judgement), static_cast<unsigned>(event.kind), Hex{event.address}));
    return;
  }
}

// REFUSAL_UNCHANGED: a refused or unknown call stores nothing; of a guest's call EL2 may keep the
// registers.
void AssertRefusalUnchanged(const StepView& view, Report& report) {
  if (view.judgement.outcome == Outcome::kDone) return;
  for (const Event& event : view.events) {
    const bool memory = IsMemoryStore(event.kind);
    if (!memory && event.kind != EventKind::kCellStore) continue;
    if (memory && IsOwnVcpuPage(view, view.world.state.ram().IndexOf(event.address >> kPageShift)))
      continue;
    report.Fire(
        Invariant::kRefusalUnchanged,
        Format("%s (row %u): a store of kind %u at 0x%llx", NameOf(view.judgement),
               view.judgement.expected.row, static_cast<unsigned>(event.kind), Hex{event.address}));
    return;
  }
}

// READ_ONCE: of memory that the host may change each word that S works on is read once, in order,
// and no other; a list before any lock is taken.
void AssertReadOnce(const Judgement& judgement, std::span<const Event> events, Report& report) {
  const bool is_list = judgement.call != nullptr && judgement.call->list != ListWords::kNoList;
  std::size_t next = 0;
  bool locked = false;
  for (const Event& event : events) {
    locked = locked || event.kind == EventKind::kLock;
    if (event.kind != EventKind::kReadHost) continue;
    const bool due = next < judgement.reads.size() && event.address == judgement.reads[next];
    if (!due || (is_list && locked)) {
      report.Fire(Invariant::kReadOnce,
                  Format("%s: read %zu of the host's memory is at 0x%llx%s", NameOf(judgement),
                         next, Hex{event.address}, due ? ", under a lock" : ""));
      return;
    }
    ++next;
  }
  if (next == judgement.reads.size()) return;
  report.Fire(Invariant::kReadOnce, Format("%s: %zu words of the host's memory read, not %zu",
                                           NameOf(judgement), next, judgement.reads.size()));
}

}  // namespace cadastre::oracle
