// SPDX-License-Identifier: Apache-2.0
// Group D: follows an operation's events in their order, over the tables as each event found them.
// The walker knows the tables as they were before the events; what is linked and unlinked on the
// way is kept here until it has caught up.
//
//   store to a live entry  ->  EntryChange  ->  MayHold (taken away)     STALE_TRANSLATION
//                                           ->  Publication (made)       PUBLISHED_UNORDERED,
//                                                                        UNPUBLISHED_ENTRY
//                                           ->  both at one input        BREAK_BEFORE_MAKE
#ifndef CADASTRE_HARNESS_ORACLE_TIMELINE_H_
#define CADASTRE_HARNESS_ORACLE_TIMELINE_H_

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "harness/oracle/entry_change.h"
#include "harness/oracle/lock_cover.h"
#include "harness/oracle/maintenance.h"
#include "harness/oracle/may_hold.h"
#include "harness/oracle/operation.h"
#include "harness/oracle/publication.h"

namespace cadastre::oracle {

class Timeline {
 public:
  // All must outlive the timeline. `walker` is brought up to date after each Follow.
  Timeline(const State& state, const Memory& memory, const Walker& walker);

  // Machine and S are as after boot.
  void Reset() { maintenance_.Reset(); }

  // An operation begins on the CPU, whose VTTBR_EL2 is `vttbr`. An exception entry synchronises it.
  void Begin(unsigned cpu, std::uint64_t vttbr);
  // Its events since the last Follow, the last of which is at a release of locks or at the exit:
  // there nobody may hold what was taken away, and all that was made is published. `effect` is of
  // the step that S took with them.
  void Follow(const OperationContext& context, const Effect& effect, std::span<const Event> events,
              Report& report);

  // The same where S took no step and all events are releases: these leave nothing to be checked
  // that was not checked before them.
  void FollowReleases(unsigned cpu, std::span<const Event> events) {
    for (const Event& event : events) courses_[cpu].locks.Follow(event);
  }

 private:
  // One CPU's operation.
  struct Course {
    MayHold may_hold;
    Publication publication;
    TlbiContext tlbi;
    HeldLocks locks;
  };
  // An entry of a live table, as one store changed it.
  struct EntryStore {
    const TableRole& role;
    unsigned entry = 0;
    std::uint64_t was = 0;
    std::uint64_t now = 0;

    std::uint64_t input() const {
      return role.input_base + (std::uint64_t{entry} << LevelShift(role.level));
    }
    std::uint64_t size() const { return std::uint64_t{1} << LevelShift(role.level); }
  };
  // Where a store goes.
  struct Target {
    PageIndex page = 0;
    std::optional<TableRole> role;
  };
  static constexpr std::uint64_t kNoPfn = ~std::uint64_t{0};
  using Words = std::array<std::uint64_t, kEntries>;

  void ExpectFlushes(const OperationContext& context, const Effect& effect);
  void ExpectFlushedRange(const Root& root, std::uint64_t gfn, std::uint64_t count);
  void ChangeRole(PageIndex page, const std::optional<TableRole>& role);
  // An event that is no store of a word.
  void FollowEvent(std::size_t at, Report& report);
  void FollowStore(std::size_t at, Report& report);
  // Out of line: few events need the room for a page of words on the stack.
  [[gnu::noinline]] void FollowPage(std::size_t at, Report& report);
  void FollowEntry(const EntryStore& store, std::size_t at, Report& report);
  void TakeAway(const EntryStore& store, std::size_t at);
  void Unlink(const TableRole& role, std::size_t at);
  void Link(const TableRole& role, std::size_t at, Report& report);
  // Out of line, as all that makes a string: most stores break nothing.
  [[gnu::cold]] static void ReportInPlace(const EntryStore& store, Report& report);
  [[gnu::cold]] static void ReportMadeOver(const EntryStore& store, const StaleTranslation& stale,
                                           Report& report);
  [[gnu::cold]] void ReportUnordered(const TableRole& role, const char* how, Report& report) const;
  void AssertStoreCovered(const Event& event, const Target& target, Report& report) const;
  void AssertRecordCovered(const Event& event, PageIndex page, Report& report) const;
  void AssertWindowUsable(const Event& event, Report& report);
  void AssertNothingLeft(const Effect& effect, Report& report);

  std::optional<TableRole> RoleOf(PageIndex page) const;
  // What an event stores to, with LOCK_COVERS judged; nullptr outside RAM.
  const Target* TargetOf(const Event& event, Report& report) {
    return event.address >> kPageShift == covered_pfn_ ? &target_ : FindTarget(event, report);
  }
  const Target* FindTarget(const Event& event, Report& report);
  std::optional<TableRole> ChildOf(const TableRole& role, unsigned entry, std::uint64_t word) const;
  // The page whose record the address is of.
  std::optional<PageIndex> RecordAt(std::uint64_t address) const;
  // The words of a page as event `at` found them.
  void ReadWordsAt(PageIndex page, std::size_t at, Words& words) const;

  const State& state_;
  const Memory& memory_;
  const Walker& walker_;
  std::uint64_t record_base_;
  std::uint64_t record_bytes_;
  std::vector<Course> courses_;  // by CPU
  Maintenance maintenance_;
  // Of the present Follow.
  Course* course_ = nullptr;
  unsigned cpu_ = 0;
  const Judgement* judgement_ = nullptr;
  std::span<const Event> events_;
  std::vector<std::pair<PageIndex, std::optional<TableRole>>> roles_;  // that changed; latest last
  // Most stores follow others to the same page, so that the last target is kept, while it is what
  // it was and its lock is held.
  Target target_;
  std::uint64_t covered_pfn_ = kNoPfn;
};

}  // namespace cadastre::oracle

#endif  // CADASTRE_HARNESS_ORACLE_TIMELINE_H_
