// SPDX-License-Identifier: Apache-2.0
#include "harness/interleave/interleaver.h"

#include <utility>

#include "harness/interleave/step_op.h"
#include "harness/script/resolve.h"

namespace cadastre::interleave {
namespace {

using Kind = YieldPoint::Kind;

constexpr std::uint16_t kLongestSchedule = 0xffff;

bool IsScheduled(const script::Op& op) {
  return script::InfoOf(op.code).actor != script::Actor::kScheduler;
}

script::Op Interrupt(unsigned cpu) {
  script::Op op;
  op.code = script::OpCode::kInterrupt;
  op.cpu = static_cast<std::uint8_t>(cpu);
  return op;
}

}  // namespace

Interleaver::Interleaver(run::Runner& runner) : runner_(runner), cpus_(runner.facts().cpus) {}

bool Interleaver::OtherHolds(unsigned cpu, const YieldPoint& lock) const {
  const auto id = static_cast<LockId>(lock.address - YieldPoint::kLocks);
  for (unsigned other = 0; other < cpus_.size(); ++other) {
    if (other == cpu || !Busy(other)) continue;
    if (runner_.machine().platform().scheduler().cpu(other).locks.Holds(id)) return true;
  }
  return false;
}

bool Interleaver::IsBlocked(unsigned cpu) const {
  const YieldPoint& point = cpus_[cpu].point;
  const bool stands_there = runner_.machine().platform().scheduler().cpu(cpu).at_yield_point;
  return Busy(cpu) && stands_there && point.kind == Kind::kLock && OtherHolds(cpu, point);
}

// An operation passes its first yield point at once, if it can: where it begins there was a choice
// already.
YieldWatch::Verdict Interleaver::AtYieldPoint(unsigned cpu, const YieldPoint& point) {
  Cpu& here = cpus_[cpu];
  here.point = point;
  const bool is_first = !std::exchange(here.has_begun, true);
  if (point.kind == Kind::kLock && OtherHolds(cpu, point)) return Verdict::kPause;
  if (is_first || point.kind == Kind::kNothing) return Verdict::kGoOn;
  if (point.kind == Kind::kLock || point.kind == Kind::kUnlock) return Verdict::kPause;
  const bool covered = runner_.machine().platform().scheduler().cpu(cpu).locks.HoldsAny();
  return covered ? Verdict::kGoOn : Verdict::kPause;
}

void Interleaver::Deal(const Program& program) {
  const std::vector<script::Op>& ops = program.script.ops;
  for (Cpu& cpu : cpus_) {
    cpu.ops.clear();
    cpu.next = 0;
    cpu.is_noted = true;
  }
  for (std::size_t i = program.prefix; i < ops.size(); ++i) {
    if (IsScheduled(ops[i])) cpus_[ops[i].cpu % cpus_.size()].ops.push_back(&ops[i]);
  }
}

std::optional<run::Failure> Interleaver::RunPrefix(const Program& program) {
  script_ = {};
  script_.profile = program.script.profile;
  runner_.Reset();
  for (std::size_t i = 0; i < program.prefix && i < program.script.ops.size(); ++i) {
    if (!IsScheduled(program.script.ops[i])) continue;
    script::Op op = script::Concretise(program.script.ops[i],
                                       script::Resolve(program.script.ops[i], runner_.context()),
                                       runner_.context());
    op.schedule = 0;
    script_.ops.push_back(op);
    if (auto failure = runner_.Take(script_.ops.size() - 1, script_.ops.back())) return failure;
  }
  return std::nullopt;
}

std::uint32_t Interleaver::Runnable() const {
  std::uint32_t set = 0;
  for (unsigned cpu = 0; cpu < cpus_.size(); ++cpu) {
    const bool has_more = Busy(cpu) || cpus_[cpu].next < cpus_[cpu].ops.size();
    if (has_more && !IsBlocked(cpu)) set |= 1u << cpu;
  }
  return set;
}

std::optional<run::Failure> Interleaver::Run(const Program& program, Chooser& chooser) {
  choices_ = 0;
  Deal(program);
  std::optional<run::Failure> failure = RunPrefix(program);
  runner_.machine().set_watch(this);
  unsigned running = 0;
  while (!failure) {
    const std::uint32_t runnable = Runnable();
    if (runnable == 0) break;
    ++choices_;
    running = chooser.Choose(running, runnable);
    failure = Busy(running) ? Advance(running) : Begin(running);
  }
  runner_.machine().set_watch(nullptr);
  if (!failure) failure = EndDeadlock();
  return failure ? failure : runner_.Sweep();
}

// Nobody can go on. Where somebody should, the scheduler says what the circle is.
std::optional<run::Failure> Interleaver::EndDeadlock() {
  for (unsigned cpu = 0; cpu < cpus_.size(); ++cpu) {
    if (!Busy(cpu)) continue;
    if (auto failure = Advance(cpu)) return failure;
  }
  return std::nullopt;
}

// Before the host acts on a CPU where a guest runs, an interrupt comes: an operation of its own.
std::optional<run::Failure> Interleaver::Begin(unsigned cpu) {
  Cpu& here = cpus_[cpu];
  const bool interrupts = runner_.oracle().RunningVm(cpu) &&
                          script::InfoOf(here.ops[here.next]->code).actor == script::Actor::kHost;
  const script::Op op = interrupts ? Interrupt(cpu) : *here.ops[here.next++];
  here.op = script::Concretise(op, script::Resolve(op, runner_.context()), runner_.context());
  here.op.schedule = kLongestSchedule;
  here.is_noted = false;
  here.has_begun = false;
  std::optional<run::Failure> failure = runner_.Take(script_.ops.size(), here.op);
  Note(cpu, Passed(cpu), failure || !Busy(cpu));
  return failure;
}

std::optional<run::Failure> Interleaver::Advance(unsigned cpu) {
  const std::uint32_t before = Passed(cpu);
  std::optional<run::Failure> failure = runner_.Take(script_.ops.size(), StepOp(cpu, kMostSteps));
  Note(cpu, Passed(cpu) - before, failure || !Busy(cpu));
  return failure;
}

std::uint32_t Interleaver::Passed(unsigned cpu) const {
  const Machine& machine = runner_.machine();
  const bool stands = machine.platform().scheduler().cpu(cpu).at_yield_point;
  return machine.steps(cpu) - (stands ? 1 : 0);
}

// The turn follows one of the same operation: one line says both, if it can.
bool Interleaver::Extend(const Cpu& here, std::uint32_t passed, bool to_the_end) {
  if (script_.ops.empty() || script_.ops.back().cpu != here.op.cpu) return false;
  script::Op& last = script_.ops.back();
  if (last.code == script::OpCode::kStep) {
    const std::uint32_t steps = last.operands[0].index + passed;
    if (!to_the_end && steps > kMostSteps) return false;
    last = StepOp(last.cpu, to_the_end ? kMostSteps : steps);
    return true;
  }
  const std::uint32_t schedule = last.schedule + passed;
  if (!to_the_end && schedule > kLongestSchedule) return false;
  last.schedule = to_the_end ? 0 : static_cast<std::uint16_t>(schedule);
  return true;
}

// An operation that stands before its first yield point has done nothing yet that others could
// tell: it is written down where it goes on.
void Interleaver::Note(unsigned cpu, std::uint32_t passed, bool to_the_end) {
  if (passed == 0 && !to_the_end) return;
  Cpu& here = cpus_[cpu];
  if (here.is_noted) {
    if (!Extend(here, passed, to_the_end))
      script_.ops.push_back(StepOp(cpu, to_the_end ? kMostSteps : passed));
    return;
  }
  here.is_noted = true;
  script_.ops.push_back(here.op);
  script_.ops.back().schedule = to_the_end ? 0 : static_cast<std::uint16_t>(passed);
}

}  // namespace cadastre::interleave
