// SPDX-License-Identifier: Apache-2.0
// Invariants of group C: what one operation answered and did, judged from registers, events and
// what S says of it.
#ifndef CADASTRE_HARNESS_ORACLE_OPERATION_H_
#define CADASTRE_HARNESS_ORACLE_OPERATION_H_

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "harness/oracle/event.h"
#include "harness/oracle/footprint.h"
#include "harness/oracle/report.h"
#include "harness/oracle/specification.h"
#include "harness/oracle/views.h"

namespace cadastre::oracle {

constexpr bool IsMemoryStore(EventKind kind) {
  return kind == EventKind::kStore || kind == EventKind::kFill || kind == EventKind::kZeroPage;
}

// Events that tell when an operation may do what: few, and judged more than once.
constexpr bool IsMark(EventKind kind) {
  constexpr auto kBit = [](EventKind mark) { return 1U << static_cast<unsigned>(mark); };
  constexpr unsigned kMarks = kBit(EventKind::kLock) | kBit(EventKind::kUnlock) |
                              kBit(EventKind::kReadHost) | kBit(EventKind::kWriteVttbr) |
                              kBit(EventKind::kWriteTtbr0El2);
  return (kMarks >> static_cast<unsigned>(kind) & 1) != 0;
}

// One CPU's operation from Begin to End. Operations of several CPUs overlap, so nothing of one of
// them is kept anywhere else.
struct OperationContext {
  Operation operation;
  Judgement judgement;
  std::size_t followed = 0;         // of its events, those that were checked
  std::vector<Event> marks;         // of these, those that IsMark
  std::size_t coloured = 0;         // of its events, those that colours have seen, if more
  std::uint64_t touched = 0;        // entries that these stored
  bool has_stepped = false;         // S has, at least once
  std::optional<unsigned> vm_slot;  // of the VM that it named in any step
  bool is_under_way = false;
};

// An operation that returned. `events` are all of it.
struct AnswerView {
  const Operation& operation;
  const Judgement& judgement;
  const Answer& answer;
  std::span<const Event> events;
};

void AssertResult(const AnswerView& view, Report& report);
void AssertRegistersPreserved(const AnswerView& view, Report& report);
void AssertGuestRegisters(const AnswerView& view, Report& report);
void AssertAbortOutcome(const AnswerView& view, Report& report);
void AssertRunPage(const AnswerView& view, Report& report);

// A store to memory among the events, and the page that it goes to; none outside RAM.
struct MemoryStore {
  const Event* event = nullptr;
  std::optional<PageIndex> page;
};

// What an operation did since its last check, with S and the walker moved on. Where S did not step
// (the operation has done all it may) `effect` is empty.
struct StepView {
  const World& world;
  const WalkChanges& changes;
  const Operation& operation;
  const Judgement& judgement;
  const Effect& effect;
  const Footprint& footprint;
  std::span<const Event> events;
  std::span<const MemoryStore> stores;  // those among the events
};

void AssertFootprint(const StepView& view, Report& report);
void AssertNoWriteOutsideHyp(const StepView& view, Report& report);
void AssertScrubbedClean(const StepView& view, Report& report);
void AssertRefusalUnchanged(const StepView& view, Report& report);
// Of events after a release of all locks.
void AssertTwoPhase(const StepView& view, Report& report);
// ABORT_OUTCOME: what a host abort is retried for must be mapped.
void AssertAbortMapped(const StepView& view, Report& report);

// Stores to entries among the events: of tables as they are now, or were before; a whole page is
// 512. The window through which pages are scrubbed and cleaned does not count.
std::uint64_t TouchedEntries(const StepView& view);
// TOUCH_BOUND, of a call that succeeded and has stored so many.
void AssertTouchBound(const StepView& view, std::uint64_t touched, Report& report);

// From here on the events may be but the marks among them: no rule speaks of others.

// Of all events of an operation so far.
void AssertReadOnce(const Judgement& judgement, std::span<const Event> events, Report& report);

// LOCKS_RELEASED and LOCK_ORDER speak of all events of one operation.
void AssertLocksReleased(std::span<const Event> events, Report& report);
void AssertLockOrder(std::span<const Event> events, Report& report);
// Whether the host lock is held after these events.
bool HoldsHostLock(std::span<const Event> events);

// The translation roots as each CPU has them.
struct RootRegisters {
  std::uint64_t host_vttbr = 0;
  std::uint64_t el2_ttbr0 = 0;
  std::vector<std::optional<std::uint64_t>> vttbr;  // by CPU; none until it was seen written
};

// Follows the events of an operation on the VM in `vm_slot`, if it is on any.
void AssertVttbrAgrees(const State& state, std::optional<unsigned> vm_slot,
                       std::span<const Event> events, RootRegisters& registers, Report& report);
// VTTBR_AGREES, of a CPU that leaves EL2.
void AssertVttbrAtExit(const State& state, unsigned cpu, const RootRegisters& registers,
                       Report& report);

}  // namespace cadastre::oracle

#endif  // CADASTRE_HARNESS_ORACLE_OPERATION_H_
