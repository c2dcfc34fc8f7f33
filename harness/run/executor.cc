// SPDX-License-Identifier: Apache-2.0
#include "harness/run/executor.h"

#include <utility>

#include "harness/run/core_call.h"
#include "harness/run/expectation.h"

namespace cadastre::run {

using What = script::ResolvedOp::What;

Executor::Executor(System& system)
    : system_(system),
      machine_(system.machine()),
      oracle_(system.oracle()),
      picker_(system.oracle()),
      context_(system.facts(), picker_),
      cpus_(system.facts().cpus) {
  machine_.set_commit_hook(this);
}

void Executor::Reset() {
  context_.Clear();
  for (Cpu& cpu : cpus_) cpu = Cpu();
  stores_ = 0;
}

Executor::Result Executor::Start(const script::ResolvedOp& op, Rest rest) {
  Cpu& cpu = cpus_[op.cpu];
  cpu.op = op;
  cpu.rest = rest;
  cpu.outcome = {};
  cpu.retried = false;
  context_.NoteStart(op);
  switch (op.what) {
    case What::kHvc:
      cpu.trap.immediate = op.immediate;
      cpu.trap.registers = op.registers;
      return Call(cpu, oracle::Trap::kHostHvc, op.schedule);
    case What::kHostAccess:
    case What::kHostStore:
      return StartHostAccess(cpu);
    case What::kCpuOff:
      return Call(cpu, oracle::Trap::kCpuOff, op.schedule);
    case What::kStep:
      return Answered(cpu, script::Expectation::Answer::kIdle);
    default:
      return StartGuest(cpu);
  }
}

Executor::Result Executor::Resume(unsigned cpu, std::uint32_t steps) {
  if (machine_.Resume(cpu, steps) == Progress::kPaused) return {Progress::kPaused, {}};
  return Returned(cpus_[cpu], machine_.TakeViolation(cpu));
}

std::optional<Violation> Executor::BeforeRelease(unsigned cpu) {
  cpus_[cpu].judged = true;
  return oracle_.BeforeRelease(cpu, machine_.events(cpu));
}

// The trap's other fields are in place. An operation that runs to its end at once needs no stack of
// its own, even if it must wait for another's lock.
Executor::Result Executor::Call(Cpu& cpu, oracle::Trap trap, std::uint32_t schedule) {
  const unsigned number = NumberOf(cpu);
  cpu.trap.trap = trap;
  cpu.trap.cpu = number;
  cpu.judged = false;
  cpu.vttbr_at_start = machine_.registers(number).vttbr;
  oracle_.Begin(cpu.trap);
  const auto body = [this, &cpu] {
    if (cpu.trap.trap == oracle::Trap::kHostAbort || cpu.trap.trap == oracle::Trap::kGuestAbort)
      machine_.platform().Arrive();
    cpu.answer = CallCore(system_.core(), machine_.platform(), cpu.trap, cpu.host);
  };
  if (cpu.rest == Rest::kBetweenEvents) {
    if (machine_.StartUntilUnlocked(number, body) == Progress::kDone)
      return Returned(cpu, machine_.TakeViolation(number));
    if (oracle_.AwaitsSecondEvent(number)) return {Progress::kPaused, {}};
    return Resume(number, kToTheEnd);
  }
  if (schedule == 0) return Returned(cpu, machine_.RunOp(number, body));
  if (machine_.Start(number, body, schedule) == Progress::kPaused) return {Progress::kPaused, {}};
  return Returned(cpu, machine_.TakeViolation(number));
}

Executor::Result Executor::Returned(Cpu& cpu, std::optional<Violation> violation) {
  if (violation) {
    Cpu& blamed = cpus_[machine_.violating_cpu()];
    if (blamed.judged) NoteExpected(blamed);
    return Blame(blamed, *std::move(violation));
  }
  violation = oracle_.End(NumberOf(cpu), cpu.answer, machine_.events(NumberOf(cpu)));
  NoteExpected(cpu);
  cpu.outcome.got = ExpectationOf(cpu.trap.trap, cpu.answer);
  if (violation) return Blame(cpu, *std::move(violation));
  TakeAnswer(cpu);
  return Continue(cpu);
}

// Who runs on the CPU now, and with what.
void Executor::TakeAnswer(Cpu& cpu) {
  switch (cpu.trap.trap) {
    case oracle::Trap::kHostAbort:
    case oracle::Trap::kCpuOff:
      return;
    default:
      break;
  }
  cpu.runs_guest = cpu.answer.next == oracle::Next::kGuest;
  if (cpu.runs_guest) cpu.guest = cpu.answer.guest;
  if (cpu.trap.trap == oracle::Trap::kHostHvc) {
    cpu.host = cpu.answer.registers;
    if (!cpu.runs_guest) context_.NoteEnd(cpu.op, cpu.answer.registers);
  }
}

// What is left of the operation once EL2 has answered.
Executor::Result Executor::Continue(Cpu& cpu) {
  switch (cpu.trap.trap) {
    case oracle::Trap::kHostAbort:
      return AfterHostAbort(cpu);
    case oracle::Trap::kGuestAbort:
      return AfterGuestAbort(cpu);
    default:
      return {};
  }
}

Executor::Result Executor::Blame(const Cpu& cpu, Violation violation) {
  blamed_cpu_ = NumberOf(cpu);
  return {Progress::kDone, std::move(violation)};
}

void Executor::NoteExpected(Cpu& cpu) {
  cpu.outcome.expected = ExpectationOf(cpu.trap.trap, oracle_.expectation(NumberOf(cpu)).answer);
}

Executor::Result Executor::Answered(Cpu& cpu, script::Expectation::Answer answer) {
  cpu.outcome.expected = cpu.outcome.got = script::Expectation{.answer = answer};
  return {};
}

unsigned Executor::NumberOf(const Cpu& cpu) const {
  return static_cast<unsigned>(&cpu - cpus_.data());
}

bool Executor::WasOvertaken(const Cpu& cpu) const {
  if (cpu.op.schedule != 0) return true;
  for (unsigned other = 0; other < cpus_.size(); ++other) {
    if (other != NumberOf(cpu) && machine_.Busy(other)) return true;
  }
  return false;
}

bool Executor::OtherHolds(const Cpu& cpu, LockId lock) const {
  for (unsigned other = 0; other < cpus_.size(); ++other) {
    if (other == NumberOf(cpu) || !machine_.Busy(other)) continue;
    if (machine_.platform().scheduler().cpu(other).locks.Holds(lock)) return true;
  }
  return false;
}

}  // namespace cadastre::run
