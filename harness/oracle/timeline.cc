// SPDX-License-Identifier: Apache-2.0
#include "harness/oracle/timeline.h"

#include <algorithm>

#include "harness/oracle/address_space.h"

namespace cadastre::oracle {
namespace {

using Hex = unsigned long long;

constexpr unsigned kFlushGuestTlb = 0x4F;

std::uint64_t WordAt(const std::uint64_t* words, unsigned entry) {
  return words == nullptr ? 0 : words[entry];
}

}  // namespace

Timeline::Timeline(const State& state, const Memory& memory, const Walker& walker)
    : state_(state),
      memory_(memory),
      walker_(walker),
      record_base_(state.facts().record_base),
      record_bytes_(std::uint64_t{state.ram().size()} * 8),
      courses_(state.facts().cpus),
      maintenance_(state) {}

void Timeline::Begin(unsigned cpu, std::uint64_t vttbr) {
  Course& course = courses_[cpu];
  course.may_hold.Clear();
  course.publication.Clear();
  course.tlbi = {.vmid = vttbr >> 48};
  course.locks.Clear();
}

std::optional<PageIndex> Timeline::RecordAt(std::uint64_t address) const {
  const std::uint64_t offset = address - record_base_;
  if (offset >= record_bytes_) return std::nullopt;
  return static_cast<PageIndex>(offset / 8);
}

std::optional<TableRole> Timeline::RoleOf(PageIndex page) const {
  for (auto at = roles_.rbegin(); at != roles_.rend(); ++at) {
    if (at->first == page) return at->second;
  }
  const Table* table = walker_.TableAt(page);
  return table == nullptr ? std::nullopt : std::optional(table->role);
}

std::optional<TableRole> Timeline::ChildOf(const TableRole& role, unsigned entry,
                                           std::uint64_t word) const {
  if (KindOf(word, role.level) != EntryKind::kTable) return std::nullopt;
  const auto page = state_.ram().IndexOf(OutputPfn(word));
  if (!page) return std::nullopt;
  return TableRole{
      .page = *page,
      .root = role.root,
      .level = role.level + 1,
      .input_base = role.input_base + (std::uint64_t{entry} << LevelShift(role.level))};
}

// From the walker's copy, which is older than all events; of a page that was no table then from its
// last fill, or from memory, which is younger than all events, by what the stores replaced.
void Timeline::ReadWordsAt(PageIndex page, std::size_t at, Words& words) const {
  const std::uint64_t pfn = state_.ram().PfnOf(page);
  const Table* table = walker_.TableAt(page);
  if (table != nullptr) {
    std::copy_n(table->words, kEntries, words.begin());
  } else {
    const std::uint64_t* now = memory_.PageWords(pfn);
    for (unsigned i = 0; i < kEntries; ++i) words[i] = WordAt(now, i);
    for (std::size_t i = events_.size(); i-- > at;) {
      const Event& event = events_[i];
      if (event.kind == EventKind::kStore && event.address >> kPageShift == pfn)
        words[event.address / 8 % kEntries] = event.old_value;
    }
  }
  for (const Event& event : events_.first(at)) {
    if (!IsMemoryStore(event.kind) || event.address >> kPageShift != pfn) continue;
    if (event.kind == EventKind::kStore) {
      words[event.address / 8 % kEntries] = event.value;
      continue;
    }
    for (unsigned i = 0; i < kEntries; ++i) words[i] = event.value + i * event.old_value;
  }
}

void Timeline::Follow(const OperationContext& context, const Effect& effect,
                      std::span<const Event> events, Report& report) {
  cpu_ = context.operation.cpu;
  course_ = &courses_[cpu_];
  events_ = events;
  judgement_ = &context.judgement;
  roles_.clear();
  covered_pfn_ = kNoPfn;
  ExpectFlushes(context, effect);
  maintenance_.Begin(context, effect);
  for (std::size_t at = 0; at < events.size(); ++at) {
    if (events[at].kind == EventKind::kStore) {
      FollowStore(at, report);
    } else {
      FollowEvent(at, report);
    }
  }
  AssertNothingLeft(effect, report);
  maintenance_.End(report);
}

// What is due to go though no store takes it away: all that a finished VM's VMID tags, and what
// flush_guest_tlb names.
void Timeline::ExpectFlushes(const OperationContext& context, const Effect& effect) {
  if (effect.finished) {
    const Root root{.regime = Regime::kGuest, .slot = *effect.finished};
    course_->may_hold.Add(root, HeldKind::kRoot, 0, 0, Removal::kOrdered);
  }
  const Judgement& judgement = context.judgement;
  const bool flushes = judgement.call != nullptr && judgement.call->number == kFlushGuestTlb &&
                       judgement.outcome == Outcome::kDone && !context.has_stepped;
  if (!flushes || !effect.vm_slot) return;
  for (const Range& range : judgement.ranges)
    ExpectFlushedRange({.regime = Regime::kGuest, .slot = *effect.vm_slot}, range.gfn, range.count);
}

void Timeline::ExpectFlushedRange(const Root& root, std::uint64_t gfn, std::uint64_t count) {
  for (std::uint64_t i = gfn; i < gfn + count; ++i) {
    const WalkEnd end = walker_.Walk(root, i << kPageShift);
    if (KindOf(end.word, end.level) != EntryKind::kLeaf) continue;
    const bool is_first = end.level == kPageLevel || i == gfn || i % kEntries == 0;
    if (is_first)
      course_->may_hold.Add(root, HeldKind::kLeaf, end.level, i << kPageShift, Removal::kOrdered);
  }
}

void Timeline::FollowEvent(std::size_t at, Report& report) {
  const Event& event = events_[at];
  switch (event.kind) {
    case EventKind::kFill:
      return FollowPage(at, report);
    case EventKind::kStore:  // FollowStore's
    case EventKind::kCellStore:
    case EventKind::kReadHost:
    case EventKind::kWriteVtcr:
    case EventKind::kWriteTtbr0El2:
      return;
    case EventKind::kZeroPage:
      AssertWindowUsable(event, report);
      maintenance_.Follow(event, course_->tlbi, course_->may_hold, report);
      return FollowPage(at, report);
    case EventKind::kCleanInvalidate:
      AssertWindowUsable(event, report);
      break;
    case EventKind::kLock:
    case EventKind::kUnlock:
      covered_pfn_ = kNoPfn;
      return course_->locks.Follow(event);
    case EventKind::kWriteVttbr:
      course_->tlbi = {.vmid = event.value >> 48, .is_synchronised = false};
      return;
    case EventKind::kIsb:
      course_->tlbi.is_synchronised = true;
      [[fallthrough]];
    case EventKind::kDsbIshst:
    case EventKind::kDsbIsh:
      course_->publication.Follow(event.kind);
      [[fallthrough]];
    default:
      course_->may_hold.Follow(event, course_->tlbi);
  }
  maintenance_.Follow(event, course_->tlbi, course_->may_hold, report);
}

void Timeline::ChangeRole(PageIndex page, const std::optional<TableRole>& role) {
  roles_.emplace_back(page, role);
  covered_pfn_ = kNoPfn;
}

const Timeline::Target* Timeline::FindTarget(const Event& event, Report& report) {
  const std::uint64_t pfn = event.address >> kPageShift;
  covered_pfn_ = kNoPfn;
  const auto page = state_.ram().IndexOf(pfn);
  if (!page) return nullptr;
  target_ = {.page = *page, .role = RoleOf(*page)};
  if (course_->locks.Holds(CoverOf(state_, *page, target_.role))) {
    covered_pfn_ = pfn;
  } else {
    AssertStoreCovered(event, target_, report);
  }
  return &target_;
}

void Timeline::FollowStore(std::size_t at, Report& report) {
  const Event& event = events_[at];
  if (const auto record = RecordAt(event.address))
    return AssertRecordCovered(event, *record, report);
  const Target* target = TargetOf(event, report);
  if (target == nullptr) return;
  if (!target->role) return course_->publication.NoteUnlinked(target->page);
  if (!IsValid(event.old_value) && !IsValid(event.value)) return;
  FollowEntry({.role = *target->role,
               .entry = static_cast<unsigned>(event.address / 8 % kEntries),
               .was = event.old_value,
               .now = event.value},
              at, report);
}

void Timeline::FollowPage(std::size_t at, Report& report) {
  const Event& event = events_[at];
  const Target* target = TargetOf(event, report);
  if (target == nullptr) return;
  if (!target->role) return course_->publication.NoteUnlinked(target->page);
  const TableRole role = *target->role;
  ReportUnordered(role, "written one by one while walkers read them", report);
  Words words;
  ReadWordsAt(target->page, at, words);
  for (unsigned i = 0; i < kEntries; ++i) {
    FollowEntry(
        {.role = role, .entry = i, .was = words[i], .now = event.value + i * event.old_value}, at,
        report);
  }
}

void Timeline::FollowEntry(const EntryStore& store, std::size_t at, Report& report) {
  const TableRole& role = store.role;
  const EntryChange change = ChangeOf(store.was, store.now, role.level);
  if (change.needs_break) ReportInPlace(store, report);
  if (change.makes) {
    const auto* stale = course_->may_hold.Overlap(role.root, store.input(), store.size());
    if (stale != nullptr) ReportMadeOver(store, *stale, report);
  }
  if (change.stales) TakeAway(store, at);
  const bool is_leaf = KindOf(store.now, role.level) == EntryKind::kLeaf;
  if (is_leaf && role.root.stage() == Stage::kTwo && (change.makes || change.stales))
    maintenance_.FollowLeaf(role.root.regime, store.was, store.now, role.level, report);
  if (!change.publishes) return;
  if (const auto child = ChildOf(role, store.entry, store.now)) Link(*child, at, report);
  course_->publication.NoteMade({.root = role.root, .level = role.level, .input = store.input()});
}

void Timeline::ReportInPlace(const EntryStore& store, Report& report) {
  report.Fire(Invariant::kBreakBeforeMake,
              Format("%s, level %u, input 0x%llx: 0x%llx became 0x%llx in place",
                     NameOf(store.role.root).c_str(), store.role.level, Hex{store.input()},
                     Hex{store.was}, Hex{store.now}));
}

void Timeline::ReportMadeOver(const EntryStore& store, const StaleTranslation& stale,
                              Report& report) {
  report.Fire(Invariant::kBreakBeforeMake,
              "made 0x" + Format("%llx", Hex{store.now}) + " over " + Describe(stale));
}

void Timeline::TakeAway(const EntryStore& store, std::size_t at) {
  const TableRole& role = store.role;
  const bool is_table = KindOf(store.was, role.level) == EntryKind::kTable;
  course_->may_hold.Add(role.root, is_table ? HeldKind::kPartialWalk : HeldKind::kLeaf, role.level,
                        store.input());
  const auto child = ChildOf(role, store.entry, store.was);
  if (child && RoleOf(child->page) == child) Unlink(*child, at);
}

// All that was reached through a table that is no longer walked.
void Timeline::Unlink(const TableRole& role, std::size_t at) {
  Words words;
  ReadWordsAt(role.page, at, words);
  ChangeRole(role.page, std::nullopt);
  for (unsigned entry = 0; entry < kEntries; ++entry) {
    if (IsValid(words[entry])) TakeAway({.role = role, .entry = entry, .was = words[entry]}, at);
  }
}

// Where the page is a table already SINGLE_PARENT has its say. A pointer stored by a store-release
// is seen after all that its CPU stored before (Arm ARM B2.3.7); one that a fill stored is not.
void Timeline::Link(const TableRole& role, std::size_t at, Report& report) {
  if (RoleOf(role.page)) return;
  if (events_[at].kind != EventKind::kStore && course_->publication.IsUnordered(role.page))
    ReportUnordered(role, "not ordered before the pointer to it", report);
  ChangeRole(role.page, role);
  if (role.level == kPageLevel) return;
  Words words;
  ReadWordsAt(role.page, at, words);
  for (unsigned entry = 0; entry < kEntries; ++entry) {
    if (const auto child = ChildOf(role, entry, words[entry])) Link(*child, at, report);
  }
}

void Timeline::ReportUnordered(const TableRole& role, const char* how, Report& report) const {
  report.Fire(Invariant::kPublishedUnordered,
              Format("%s: table page 0x%llx, level %u, input 0x%llx: its words are %s",
                     NameOf(role.root).c_str(), Hex{state_.ram().PfnOf(role.page)}, role.level,
                     Hex{role.input_base}, how));
}

// LOCK_COVERS, of a table word, a page of the pool or of a VM, where its lock is not held: what a
// CPU has for itself needs none.
void Timeline::AssertStoreCovered(const Event& event, const Target& target, Report& report) const {
  const auto& role = target.role;
  if (role && role->root.regime == Regime::kEl2 && role->level == kPageLevel &&
      role->input_base + (event.address / 8 % kEntries << kPageShift) == ScrubWindowOf(cpu_))
    return;
  if (!role && judgement_->vcpu_page == target.page) return;
  report.Fire(Invariant::kLockCovers,
              Format("store at 0x%llx without the lock of %s", Hex{event.address},
                     NameOfCover(CoverOf(state_, target.page, role)).c_str()));
}

// LOCK_COVERS, of the fields of a record that a store changes.
void Timeline::AssertRecordCovered(const Event& event, PageIndex page, Report& report) const {
  constexpr std::uint64_t kCount = std::uint64_t{0xFFFF} << 32;
  const std::uint64_t changed = event.value ^ event.old_value;
  if ((changed & kCount) != 0) {
    const Cover cover = CoverOf(state_, page, RoleOf(page));
    if (!course_->locks.Holds(cover))
      report.Fire(Invariant::kLockCovers,
                  Format("count of table page 0x%llx without the lock of %s",
                         Hex{state_.ram().PfnOf(page)}, NameOfCover(cover).c_str()));
  }
  if ((changed & ~kCount) == 0 || course_->locks.Holds(kHostCover)) return;
  report.Fire(Invariant::kLockCovers,
              Format("record of page 0x%llx (0x%llx to 0x%llx) without the lock of the host",
                     Hex{state_.ram().PfnOf(page)}, Hex{event.old_value}, Hex{event.value}));
}

// EL2 reaches a page that it scrubs or cleans through its window only once the window's entry is
// there for itself.
void Timeline::AssertWindowUsable(const Event& event, Report& report) {
  if (course_->publication.PendingEl2() == nullptr) return;
  report.Fire(Invariant::kUnpublishedEntry,
              Format("page 0x%llx is reached before: ", Hex{event.address >> kPageShift}) +
                  course_->publication.Missing());
}

void Timeline::AssertNothingLeft(const Effect& effect, Report& report) {
  if (const auto* stale = course_->may_hold.First())
    report.Fire(Invariant::kStaleTranslation, Describe(*stale));
  Publication& publication = course_->publication;
  if (publication.Pending() != nullptr)
    report.Fire(Invariant::kUnpublishedEntry, publication.Missing());
  if (!effect.created) return;
  const Vm& vm = state_.vm(*effect.created);
  for (unsigned i = 0; i < vm.RootPages(); ++i) {
    const auto page = state_.ram().IndexOf(vm.root_pfn + i);
    if (page && publication.IsUnordered(*page))
      report.Fire(Invariant::kUnpublishedEntry,
                  Format("root page 0x%llx: no DSB after its clearing", Hex{vm.root_pfn + i}));
  }
}

}  // namespace cadastre::oracle
