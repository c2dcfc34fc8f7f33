// SPDX-License-Identifier: Apache-2.0
// Carries out operations, one at a time on each CPU: what the host and the guests do to memory
// without EL2, what EL2 is called for, and what the oracle says of it.
//
// Each CPU runs its host or a guest, with the registers that EL2 gave it. An operation that EL2
// takes part in may pause at any yield point, while those of other CPUs go on.
#ifndef CADASTRE_HARNESS_RUN_EXECUTOR_H_
#define CADASTRE_HARNESS_RUN_EXECUTOR_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "harness/machine/hardware_walk.h"
#include "harness/run/outcome.h"
#include "harness/run/secrets.h"
#include "harness/run/system.h"
#include "harness/script/oracle_picker.h"
#include "harness/script/resolve.h"

namespace cadastre::run {

class Executor final : public CommitHook {
 public:
  // The system must outlive the executor, which is its machine's commit hook.
  explicit Executor(System& system);
  Executor(const Executor&) = delete;
  Executor& operator=(const Executor&) = delete;

  // The system was reset.
  void Reset();

  // What the operation made of it so far. A violation ends all operations.
  struct Result {
    Progress progress = Progress::kDone;
    std::optional<Violation> violation;
  };
  // Where a call of two events that is to run to its end stops all the same: nowhere, or between
  // the two, where it holds no lock.
  enum class Rest : std::uint8_t { kNone, kBetweenEvents };
  // On a CPU that is not busy. A guest's operation does nothing if no guest runs there; a host's
  // must not come while one does. The operation is none of the scheduler's.
  Result Start(const script::ResolvedOp& op, Rest rest = Rest::kNone);
  // Lets a busy CPU pass up to `steps` yield points more.
  Result Resume(unsigned cpu, std::uint32_t steps);

  bool Busy(unsigned cpu) const { return machine_.Busy(cpu); }
  bool RunsGuest(unsigned cpu) const { return cpus_[cpu].runs_guest; }
  // The CPU's operation, or its last one, and what came of it.
  const script::ResolvedOp& op(unsigned cpu) const { return cpus_[cpu].op; }
  const Outcome& outcome(unsigned cpu) const { return cpus_[cpu].outcome; }
  // The CPU whose operation met the last violation: perhaps one whose lock another waited for.
  unsigned blamed_cpu() const { return blamed_cpu_; }
  // What EL2 answered last on the CPU, in the operation that is under way there or in an earlier
  // one.
  const oracle::Answer& answer(unsigned cpu) const { return cpus_[cpu].answer; }
  const script::ResolveContext& context() const { return context_; }
  // What protected guests keep to themselves; nullptr, as at first: nothing but what scripts say.
  // It must outlive its use.
  void set_secrets(Secrets* secrets) { secrets_ = secrets; }

  std::optional<Violation> BeforeRelease(unsigned cpu) override;

 private:
  struct Cpu {
    bool runs_guest = false;
    oracle::GuestRegisters guest;  // while it runs
    oracle::Registers host{};      // of the vcpu_run that entered it

    script::ResolvedOp op;
    Outcome outcome;
    oracle::Operation trap;  // what EL2 is called for
    oracle::Answer answer;
    std::uint64_t vttbr_at_start = 0;  // of the operation
    Rest rest = Rest::kNone;
    bool judged = false;   // the specification has made its step
    bool retried = false;  // EL2 was called a second time
  };

  // executor.cc
  Result Call(Cpu& cpu, oracle::Trap trap, std::uint32_t schedule);
  Result Returned(Cpu& cpu, std::optional<Violation> violation);
  Result Continue(Cpu& cpu);
  Result Blame(const Cpu& cpu, Violation violation);
  void TakeAnswer(Cpu& cpu);
  void NoteExpected(Cpu& cpu);
  unsigned NumberOf(const Cpu& cpu) const;
  // Was the operation beside others, which may have changed what EL2 found?
  bool WasOvertaken(const Cpu& cpu) const;
  // Does another CPU hold the lock?
  bool OtherHolds(const Cpu& cpu, LockId lock) const;
  static Result Answered(Cpu& cpu, script::Expectation::Answer answer);

  // stale_accesses.cc
  std::optional<std::uint64_t> StaleAddress(const Cpu& cpu, unsigned ipa_bits);
  std::optional<Violation> JudgeStale(const Cpu& cpu, std::uint64_t address, const char* forbidden);

  // guest_operations.cc
  Result StartGuest(Cpu& cpu);
  Result StartGuestAccess(Cpu& cpu);
  Result AfterGuestAbort(Cpu& cpu);
  WalkResult WalkGuest(const Cpu& cpu) const;
  Result CarryOutGuestAccess(Cpu& cpu, std::uint64_t address);
  std::uint64_t RunningVm(const Cpu& cpu) const;
  static Result GoesOn(Cpu& cpu);

  // host_operations.cc
  Result StartHostAccess(Cpu& cpu);
  Result AfterHostAbort(Cpu& cpu);
  bool HostReaches(const Cpu& cpu) const;
  Result CarryOutHostAccess(Cpu& cpu, std::uint64_t address);
  std::optional<Violation> JudgeAtOnce(Cpu& cpu, oracle::Trap trap, const char* forbidden,
                                       std::uint64_t page);
  Result Stuck(const Cpu& cpu, const char* id);
  // A store that nobody but memory hears of.
  void StoreWord(std::uint64_t address, std::uint64_t word);

  System& system_;
  Machine& machine_;
  oracle::Oracle& oracle_;
  script::OraclePicker picker_;
  script::ResolveContext context_;
  std::vector<Cpu> cpus_;  // which never move
  Secrets* secrets_ = nullptr;
  unsigned blamed_cpu_ = 0;
  std::uint64_t stores_ = 0;  // by host accesses since Reset
};

}  // namespace cadastre::run

#endif  // CADASTRE_HARNESS_RUN_EXECUTOR_H_
