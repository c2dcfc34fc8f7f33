// SPDX-License-Identifier: Apache-2.0
// Runs scripts: operation by operation on the machine, each judged by the oracle. Boots once; each
// run starts from the snapshot taken after boot.
#ifndef CADASTRE_HARNESS_RUN_RUNNER_H_
#define CADASTRE_HARNESS_RUN_RUNNER_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "harness/oracle/oracle.h"
#include "harness/run/executor.h"
#include "harness/run/outcome.h"
#include "harness/run/system.h"
#include "harness/script/script.h"

namespace cadastre::run {

class Runner {
 public:
  // Operations between two full sweeps of one run. A sweep waits until nothing is under way.
  static constexpr std::size_t kOpsPerSweep = 64;

  explicit Runner(Profile profile);
  Runner(const Runner&) = delete;
  Runner& operator=(const Runner&) = delete;

  // From boot: every operation in turn, then what is still under way to its end in the order of the
  // CPUs; a sweep after each 64 and at the end. Stops at the first violation.
  RunResult Run(const script::Script& script, Expectations expectations,
                Observer* observer = nullptr);

  // The parts of Run, for drivers that make their operations as they go: Reset, then Step for each,
  // which must not be the scheduler's and runs to its end, Sweep now and then.
  void Reset();
  std::optional<Failure> Step(const script::ResolvedOp& op, std::string_view call);
  // The same for one that a script can say, or nearly: the observer sees it so.
  std::optional<Failure> Step(const script::ResolvedOp& op, const script::Op& shown,
                              Observer* observer);
  // As Step, but a call of two events stops between them; Finish runs it on. No guest runs on the
  // CPU unless the operation is its own.
  std::optional<Failure> StepToSecondEvent(const script::ResolvedOp& op, std::string_view call);
  std::optional<Failure> Finish(unsigned cpu);
  std::optional<Failure> Sweep();
  // Oracle::Audit.
  const char* Audit() { return system_.oracle().Audit(); }
  // The same with the scheduler's operations and with schedules: Take for each operation, `index`
  // its place in the script, then Finish: what is under way runs to its end, and a sweep.
  std::optional<Failure> Take(std::size_t index, const script::Op& op);
  std::optional<Failure> Finish();

  const script::ResolveContext& context() const { return executor_.context(); }
  const oracle::Oracle& oracle() const { return system_.oracle(); }
  Machine& machine() { return system_.machine(); }
  // For who looks into it at rest.
  SimHypervisor& core() { return system_.core(); }
  const oracle::MachineFacts& facts() const { return system_.facts(); }
  // Executor's.
  const oracle::Answer& answer(unsigned cpu) const { return executor_.answer(cpu); }
  void set_secrets(Secrets* secrets) { executor_.set_secrets(secrets); }
  // What came of the CPU's last operation.
  const Outcome& outcome(unsigned cpu) const { return executor_.outcome(cpu); }
  // Operations since Reset, without implied ones.
  std::size_t steps() const { return steps_; }
  bool Busy(unsigned cpu) const { return executor_.Busy(cpu); }
  bool RunsGuest(unsigned cpu) const { return executor_.RunsGuest(cpu); }

 private:
  // Where a CPU's operation comes from.
  struct Place {
    std::size_t index = 0;
    Origin origin = Origin::kScript;
    const script::Op* op = nullptr;  // none of a driver's
    std::string_view call;
  };

  std::optional<Failure> TakeSchedulers(std::size_t index, const script::Op& op);
  // Runs what is under way on the CPU to its end; before a host acts there, interrupts the guest.
  std::optional<Failure> MakeWay(std::size_t index, unsigned cpu, script::Actor actor);
  std::optional<Failure> Begin(const Place& place, const script::ResolvedOp& op);
  std::optional<Failure> Drain();
  // After each part of an operation: has it ended, and is all well?
  std::optional<Failure> After(unsigned cpu, Executor::Result result);
  std::optional<Failure> Ended(const Place& place, const script::ResolvedOp& op,
                               const Outcome& outcome);
  bool NothingUnderWay() const;
  Failure Failed(Violation violation, std::string_view call) const;

  System system_;
  Executor executor_;
  std::vector<Place> places_;           // by CPU
  std::vector<script::Op> interrupts_;  // by CPU: the implied operations
  Observer* observer_ = nullptr;
  Expectations expectations_ = Expectations::kIgnored;
  std::size_t steps_ = 0;
};

// One runner for each machine that scripts name, made when first asked for.
class Runners {
 public:
  Runner& For(script::Profile profile);

 private:
  std::unique_ptr<Runner> runners_[script::kProfileNames.size()];
};

}  // namespace cadastre::run

#endif  // CADASTRE_HARNESS_RUN_RUNNER_H_
