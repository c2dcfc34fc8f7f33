// SPDX-License-Identifier: Apache-2.0
// Runs the invariants: after boot, after each operation over what it touched, and over everything
// from scratch.
#ifndef CADASTRE_HARNESS_ORACLE_JUDGE_H_
#define CADASTRE_HARNESS_ORACLE_JUDGE_H_

#include <optional>
#include <span>

#include "harness/oracle/checks.h"
#include "harness/oracle/contents.h"
#include "harness/oracle/footprint.h"
#include "harness/oracle/operation.h"
#include "harness/oracle/state_audit.h"
#include "harness/oracle/timeline.h"
#include "harness/oracle/walker.h"

namespace cadastre::oracle {

class Judge {
 public:
  // Both must outlive the judge.
  Judge(const State& state, const Memory& memory);

  // Learns the roots from the events of boot and checks everything.
  std::optional<Violation> Attach(std::span<const Event> boot_events);

  // Whether other operations are between Begin and End: then they may be half-way through changes
  // of their own, and a check looks only at what this operation's locks cover.
  enum class Others { kAtRest, kUnderWay };

  // An operation begins on the CPU.
  void Begin(unsigned cpu);
  // S has stepped for the operation (State::changes() is that step's): checks all that its events
  // since the last check touched.
  void FollowStep(OperationContext& context, std::span<const Event> events, Others others);
  // S has nothing left to do for the operation, and State::changes() is empty.
  void FollowLate(OperationContext& context, std::span<const Event> events, Others others);
  // The operation returned; all its events were followed.
  void AssertAnswer(const OperationContext& context, const Answer& answer,
                    std::span<const Event> events);
  // Of an operation that is under way: its events so far, for the colours of pages alone.
  void FollowColours(OperationContext& context, std::span<const Event> events);
  // Who runs on the CPU is about to access a page of RAM.
  void FollowAccess(unsigned cpu, PageIndex page, Access access);
  // What fired in the above.
  std::optional<Violation> Conclude();

  std::optional<Violation> FullSweep();

  // Oracle::Audit.
  std::optional<AuditFinding> Audit() {
    if (!audit_) audit_.emplace(state_, memory_);
    return audit_->Run(OutputPfn(registers_.host_vttbr), OutputPfn(registers_.el2_ttbr0));
  }

  // Back to what was attached; memory has been rolled back.
  void Reset();

  // Oracle::LoadCovers.
  std::span<const Cover> load_covers() const { return load_covers_.covers(); }

  const World& world() const { return world_; }
  const Colours& colours() const { return colours_; }

 private:
  void AddBootRoots(Walker& walker, WalkChanges& changes);
  void AddVmRoot(Walker& walker, unsigned slot, WalkChanges& changes);
  void ListRecords(const Event& event);
  void FollowEvents(const Effect& effect, std::span<const Event> events);
  void AssertTouched(const OperationContext& context, const Effect& effect,
                     std::span<const Event> events, Others others);
  void CompareWalkers();
  void AssertVm(const World& world, unsigned slot);

  const State& state_;
  const Memory& memory_;
  Walker walker_;
  WalkChanges changes_;
  World world_;
  Footprint footprint_;
  Timeline timeline_;
  LoadCovers load_covers_;
  Colours colours_;
  std::vector<MemoryStore> stores_;  // of the events that were followed last
  RootRegisters registers_;
  RootRegisters boot_registers_;
  Walker sweep_walker_;
  WalkChanges sweep_changes_;
  std::optional<StateAudit> audit_;  // made when it is asked first: few oracles ever are
  Report report_;
};

}  // namespace cadastre::oracle

#endif  // CADASTRE_HARNESS_ORACLE_JUDGE_H_
