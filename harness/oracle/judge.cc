// SPDX-License-Identifier: Apache-2.0
#include "harness/oracle/judge.h"

#include <algorithm>

namespace cadastre::oracle {
namespace {

constexpr Root kHostRoot = {.regime = Regime::kHost};
constexpr Root kEl2Root = {.regime = Regime::kEl2};
constexpr unsigned kEl2StartLevel = 0;
const Effect kNoEffect;

// Of the events that were not checked yet, how many the colours have seen.
std::size_t AlreadyColoured(const OperationContext& context) {
  return std::max(context.followed, context.coloured) - context.followed;
}

// Adds the marks among the events to the operation's, and returns them.
std::span<const Event> NoteMarks(OperationContext& context, std::span<const Event> events) {
  const std::size_t known = context.marks.size();
  for (const Event& event : events) {
    if (IsMark(event.kind)) context.marks.push_back(event);
  }
  return std::span(context.marks).subspan(known);
}

bool AreReleases(std::span<const Event> events) {
  return std::all_of(events.begin(), events.end(),
                     [](const Event& event) { return event.kind == EventKind::kUnlock; });
}

constexpr Root GuestRoot(unsigned slot) { return {.regime = Regime::kGuest, .slot = slot}; }

}  // namespace

Judge::Judge(const State& state, const Memory& memory)
    : state_(state),
      memory_(memory),
      walker_(state.ram(), memory, Walker::Copies::kKept),
      changes_(state.ram().size()),
      world_{state, walker_, memory},
      footprint_(state.ram().size()),
      timeline_(state, memory, walker_),
      load_covers_(state, walker_),
      colours_(state),
      sweep_walker_(state.ram(), memory, Walker::Copies::kNone),
      sweep_changes_(state.ram().size()) {}

std::optional<Violation> Judge::Conclude() { return report_.Take(); }

void Judge::AddBootRoots(Walker& walker, WalkChanges& changes) {
  const RootGeometry host = RootGeometryOf(state_.facts().pa_bits);
  walker.AddRoot(kHostRoot, OutputPfn(registers_.host_vttbr), host.pages, host.start_level,
                 GuestKind::kPlain, changes);
  walker.AddRoot(kEl2Root, OutputPfn(registers_.el2_ttbr0), 1, kEl2StartLevel, GuestKind::kPlain,
                 changes);
}

void Judge::AddVmRoot(Walker& walker, unsigned slot, WalkChanges& changes) {
  const Vm& vm = state_.vm(slot);
  const GuestKind kind = vm.kind == VmKind::kProtected ? GuestKind::kProtected : GuestKind::kPlain;
  walker.AddRoot(GuestRoot(slot), vm.root_pfn, vm.RootPages(), vm.StartLevel(), kind, changes);
}

std::optional<Violation> Judge::Attach(std::span<const Event> boot_events) {
  registers_ = RootRegisters{};
  registers_.vttbr.resize(state_.facts().cpus);
  bool host_root = false;
  bool el2_root = false;
  for (const Event& event : boot_events) {
    if (event.kind == EventKind::kWriteVttbr && event.value >> 48 == 0) {
      registers_.host_vttbr = event.value;
      host_root = true;
    }
    if (event.kind == EventKind::kWriteTtbr0El2) {
      registers_.el2_ttbr0 = event.value;
      el2_root = true;
    }
  }
  if (!host_root || !el2_root)
    report_.Fire(Invariant::kVttbrAgrees, "boot wrote no root of the host, or none of EL2");
  AssertVttbrAgrees(state_, std::nullopt, boot_events, registers_, report_);
  for (unsigned cpu = 0; cpu < state_.facts().cpus; ++cpu)
    AssertVttbrAtExit(state_, cpu, registers_, report_);
  AssertLocksReleased(boot_events, report_);
  boot_registers_ = registers_;
  walker_.Clear();
  changes_.Clear();
  AddBootRoots(walker_, changes_);
  walker_.Keep();
  changes_.Clear();
  load_covers_.Attach();
  if (report_.HasFired()) return Conclude();
  return FullSweep();
}

// The pages whose records a store may have changed. A page of records holds nothing else.
void Judge::ListRecords(const Event& event) {
  const std::uint64_t first = (event.address - state_.facts().record_base) / 8;
  const std::uint64_t count = event.kind == EventKind::kStore ? 1 : kEntries;
  for (std::uint64_t i = first; i < first + count && i < state_.ram().size(); ++i)
    changes_.pages.Add(static_cast<PageIndex>(i));
}

// Brings the walker to the memory after the operation, and lists every page that may have to be
// looked at.
void Judge::FollowEvents(const Effect& effect, std::span<const Event> events) {
  changes_.Clear();
  stores_.clear();
  const std::uint64_t record_bytes = std::uint64_t{state_.ram().size()} * 8;
  for (const Event& event : events) {
    if (!IsMemoryStore(event.kind)) continue;
    const auto page = state_.ram().IndexOf(event.address >> kPageShift);
    stores_.push_back({&event, page});
    if (!page) continue;
    if (event.kind == EventKind::kStore) {
      walker_.NoteWord(*page, static_cast<unsigned>(event.address / 8 % kEntries));
    } else {
      walker_.NotePage(*page);
    }
    if (event.address - state_.facts().record_base < record_bytes) ListRecords(event);
  }
  if (effect.finished) walker_.RemoveRoot(GuestRoot(*effect.finished), changes_);
  walker_.Update(changes_);
  if (effect.created) AddVmRoot(walker_, *effect.created, changes_);
  for (const PageChange& change : state_.changes()) changes_.pages.Add(change.index);
  for (const PageIndex page : changes_.tables.members()) changes_.pages.Add(page);
  for (const PageIndex page : changes_.pages.members()) load_covers_.Update(page);
}

// Groups A and B over what the events touched. Pages change rows under the host lock alone, so
// without it only the VM's own pages hold still.
void Judge::AssertTouched(const OperationContext& context, const Effect& effect,
                          std::span<const Event> events, Others others) {
  FollowEvents(effect, events.subspan(context.followed));
  const Reach reach{.all_pages = others == Others::kAtRest || HoldsHostLock(context.marks),
                    .vm_slot = effect.vm_slot};
  AssertChanges(world_, changes_, reach, report_);
  if (!effect.vm_slot) return;
  for (const GfnSpan& span : effect.gfns) AssertGfnAgrees(world_, *effect.vm_slot, span, report_);
  AssertPoolAccounted(world_, *effect.vm_slot, report_);
}

void Judge::Begin(unsigned cpu) {
  timeline_.Begin(cpu, registers_.vttbr[cpu].value_or(registers_.host_vttbr));
}

void Judge::FollowStep(OperationContext& context, std::span<const Event> events, Others others) {
  Judgement& judgement = context.judgement;
  const Effect& effect = judgement.effect;
  const auto fresh = events.subspan(context.followed);
  const auto fresh_marks = NoteMarks(context, fresh);
  timeline_.Follow(context, effect, fresh, report_);
  AssertTouched(context, effect, events, others);
  footprint_.Build(state_, effect, context.operation.cpu);
  const StepView view{world_, changes_, context.operation, judgement, effect, footprint_,
                      fresh,  stores_};
  AssertFootprint(view, report_);
  AssertNoWriteOutsideHyp(view, report_);
  AssertScrubbedClean(view, report_);
  FollowContents(view, AlreadyColoured(context), colours_, report_);
  AssertRefusalUnchanged(view, report_);
  AssertAbortMapped(view, report_);
  if (context.has_stepped) AssertTwoPhase(view, report_);
  context.touched += TouchedEntries(view);
  AssertTouchBound(view, context.touched, report_);
  AssertReadOnce(judgement, context.marks, report_);
  if (effect.vm_slot) context.vm_slot = effect.vm_slot;
  AssertVttbrAgrees(state_, context.vm_slot, fresh_marks, registers_, report_);
  if (effect.queried_pool_page && walker_.TableAt(*effect.queried_pool_page) != nullptr) {
    constexpr std::uint64_t kFromFreeToTable =
        (std::uint64_t{static_cast<unsigned>(Use::kPoolFree)} ^
         std::uint64_t{static_cast<unsigned>(Use::kTable)})
        << 8;
    judgement.expected.answer.registers[2] ^= kFromFreeToTable;
  }
  context.followed = events.size();
  context.has_stepped = true;
}

void Judge::FollowLate(OperationContext& context, std::span<const Event> events, Others others) {
  const auto fresh = events.subspan(context.followed);
  const auto fresh_marks = NoteMarks(context, fresh);
  if (AreReleases(fresh)) {
    context.followed = events.size();
    return timeline_.FollowReleases(context.operation.cpu, fresh);
  }
  timeline_.Follow(context, kNoEffect, fresh, report_);
  AssertVttbrAgrees(state_, context.vm_slot, fresh_marks, registers_, report_);
  const bool stores = std::any_of(fresh.begin(), fresh.end(), [](const Event& event) {
    return IsMemoryStore(event.kind) || event.kind == EventKind::kCellStore;
  });
  if (stores) {
    AssertTouched(context, kNoEffect, events, others);
    footprint_.Build(state_, kNoEffect, context.operation.cpu);
    const StepView view{
        world_, changes_, context.operation, context.judgement, kNoEffect, footprint_,
        fresh,  stores_};
    AssertNoWriteOutsideHyp(view, report_);
    FollowContents(view, AlreadyColoured(context), colours_, report_);
    AssertRefusalUnchanged(view, report_);
    AssertTwoPhase(view, report_);
  }
  context.followed = events.size();
}

void Judge::FollowColours(OperationContext& context, std::span<const Event> events) {
  const std::size_t first = std::max(context.followed, context.coloured);
  oracle::FollowColours(world_, events.subspan(first), colours_);
  context.coloured = events.size();
}

void Judge::FollowAccess(unsigned cpu, PageIndex page, Access access) {
  oracle::FollowAccess(world_, cpu, page, access, colours_, report_);
}

void Judge::AssertAnswer(const OperationContext& context, const Answer& answer,
                         std::span<const Event> events) {
  const AnswerView view{context.operation, context.judgement, answer, events};
  AssertResult(view, report_);
  AssertRegistersPreserved(view, report_);
  AssertGuestRegisters(view, report_);
  AssertAbortOutcome(view, report_);
  AssertRunPage(view, report_);
  AssertReadOnce(context.judgement, context.marks, report_);
  AssertLocksReleased(context.marks, report_);
  AssertLockOrder(context.marks, report_);
  AssertVttbrAtExit(state_, context.operation.cpu, registers_, report_);
}

// A VM by itself: every gfn of S is mapped, and its tables number what the formula says.
void Judge::AssertVm(const World& world, unsigned slot) {
  const Vm& vm = state_.vm(slot);
  if (vm.phase == VmPhase::kFree) return;
  AssertPoolAccounted(world, slot, report_);
  for (const GuestLeaf& leaf : vm.map.All())
    AssertGfnAgrees(world, slot, GfnSpan{leaf.gfn, 1}, report_);
}

std::optional<Violation> Judge::FullSweep() {
  sweep_walker_.Clear();
  sweep_changes_.Clear();
  AddBootRoots(sweep_walker_, sweep_changes_);
  for (const unsigned slot : state_.touched_slots()) {
    if (state_.vm(slot).phase != VmPhase::kFree) AddVmRoot(sweep_walker_, slot, sweep_changes_);
  }
  sweep_changes_.pages.Clear();  // all of them are checked
  const World world{state_, sweep_walker_, memory_};
  AssertChanges(world, sweep_changes_, Reach{}, report_);
  AssertAllPages(world, report_);
  for (const unsigned slot : state_.touched_slots()) AssertVm(world, slot);
  CompareWalkers();
  return Conclude();
}

// INCREMENTAL_DISAGREES: asked only of a memory that is right in itself.
void Judge::CompareWalkers() {
  if (report_.HasFired()) return;
  if (const auto page = walker_.DifferenceFrom(sweep_walker_))
    report_.Fire(Invariant::kIncrementalDisagrees, Describe(ViewPage(world_, *page)));
}

void Judge::Reset() {
  colours_.Reset();
  registers_ = boot_registers_;
  load_covers_.Reset();
  timeline_.Reset();
  walker_.Restore();
  changes_.Clear();
}

}  // namespace cadastre::oracle
