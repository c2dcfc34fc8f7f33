// SPDX-License-Identifier: Apache-2.0
#include "harness/interleave/pair_run.h"

#include <algorithm>
#include <utility>

#include "harness/interleave/step_op.h"

namespace cadastre::interleave {
namespace {

using End = Stretch::End;
using Kind = YieldPoint::Kind;
using script::OpCode;

// Steps of an operation that are kept. No operation of a pair has so many; one that does not end
// would fill memory.
constexpr std::size_t kMostSeen = 100'000;

// Does the operation reach memory without EL2?
bool IsByHardware(OpCode code) {
  return code == OpCode::kHostAccess || code == OpCode::kHostWrite || code == OpCode::kListEntry ||
         code == OpCode::kGuestAccess;
}

// A stretch that is not its operation's first.
void Continue(const Stretch& stretch, std::vector<script::Op>& ops) {
  std::uint32_t left = stretch.to - stretch.from;
  for (; left > kMostSteps; left -= kMostSteps) ops.push_back(StepOp(stretch.cpu, kMostSteps));
  ops.push_back(StepOp(stretch.cpu, stretch.end == End::kEnded ? kMostSteps : left));
}

}  // namespace

void PairRun::Take(const Pair& pair) {
  pair_ = pair;
  for (unsigned cpu = 0; cpu < kPairCpus; ++cpu)
    pair_.ops[cpu].cpu = static_cast<std::uint8_t>(cpu);
  first_ = {};
}

std::uint32_t PairRun::Passed(unsigned cpu) const {
  const auto reached = static_cast<std::uint32_t>(trace_->steps[cpu].size());
  return Busy(cpu) ? reached - 1 : reached;
}

bool PairRun::OtherHolds(unsigned cpu, const YieldPoint& lock) const {
  const auto id = static_cast<LockId>(lock.address - YieldPoint::kLocks);
  const unsigned other = 1 - cpu;
  return Busy(other) && runner_.machine().platform().scheduler().cpu(other).locks.Holds(id);
}

bool PairRun::IsBlocked(unsigned cpu) const {
  if (!started_[cpu])
    return first_[cpu] && first_[cpu]->kind == Kind::kLock && OtherHolds(cpu, *first_[cpu]);
  if (!Busy(cpu) || !runner_.machine().platform().scheduler().cpu(cpu).at_yield_point) return false;
  const YieldPoint& point = trace_->steps[cpu].back().point;
  return point.kind == Kind::kLock && OtherHolds(cpu, point);
}

YieldWatch::Verdict PairRun::AtYieldPoint(unsigned cpu, const YieldPoint& point) {
  const LockChecker& locks = runner_.machine().platform().scheduler().cpu(cpu).locks;
  std::vector<Step>& steps = trace_->steps[cpu];
  if (steps.size() == kMostSeen) {
    trace_->is_opaque = true;
    return Verdict::kGoOn;
  }
  steps.push_back({.point = point,
                   .commits = point.kind == Kind::kUnlock && locks.Growing(),
                   .by_hardware = steps.empty() && IsByHardware(pair_.ops[cpu].code)});
  const bool blocked = point.kind == Kind::kLock && OtherHolds(cpu, point);
  return blocked ? Verdict::kPause : Verdict::kGoOn;
}

void PairRun::Run(const std::vector<Turn>& turns, unsigned next, PairTrace& trace) {
  trace_ = &trace;
  for (std::vector<Step>& steps : trace.steps) steps.clear();
  trace.stretches.clear();
  trace.failure.reset();
  trace.is_opaque = false;
  started_ = {};
  runner_.Reset();
  const std::vector<script::Op>& setup = pair_.setup->ops;
  for (std::size_t i = 0; i < setup.size() && !trace.failure; ++i)
    trace.failure = runner_.Take(i, setup[i]);
  if (trace.failure) return;
  runner_.machine().set_watch(this);
  for (const Turn& turn : turns) {
    if (!trace.failure) RunCpu(turn.cpu, turn.passed);
  }
  if (!trace.failure) RunToTheEnd(next);
  runner_.machine().set_watch(nullptr);
  if (!trace.failure) TakeOutcome();
}

void PairRun::RunToTheEnd(unsigned next) {
  for (unsigned cpu = next; !trace_->failure && !(HasEnded(0) && HasEnded(1)); cpu = 1 - cpu) {
    if (HasEnded(cpu)) continue;
    if (!IsBlocked(cpu)) {
      RunCpu(cpu, kToTheEnd);
    } else if (IsBlocked(1 - cpu)) {
      // Each waits for the other: the scheduler says so when it is asked to go on all the same.
      runner_.machine().set_watch(nullptr);
      RunCpu(cpu, kToTheEnd);
    }
  }
}

void PairRun::RunCpu(unsigned cpu, std::uint32_t passed) {
  Stretch stretch{.cpu = cpu, .from = started_[cpu] ? Passed(cpu) : 0};
  const std::size_t index = pair_.setup->ops.size() + cpu;
  while (!trace_->failure) {
    if (!started_[cpu]) {
      started_[cpu] = true;
      script::Op& op = pair_.ops[cpu];
      op.schedule = static_cast<std::uint16_t>(std::min<std::uint32_t>(passed, 0xffff));
      trace_->failure = runner_.Take(index, op);
      if (!trace_->steps[cpu].empty()) first_[cpu] = trace_->steps[cpu].front().point;
    } else {
      trace_->failure = runner_.Take(index, StepOp(cpu, passed - Passed(cpu)));
    }
    if (!Busy(cpu) || IsBlocked(cpu) || Passed(cpu) >= passed) break;
  }
  if (!Busy(cpu)) NoteEnd(cpu);
  CompareCounts(cpu);
  stretch.to = Passed(cpu);
  stretch.end = trace_->failure || !Busy(cpu) ? End::kEnded
                : IsBlocked(cpu)              ? End::kBlocked
                                              : End::kCut;
  trace_->stretches.push_back(stretch);
}

// What the operation does besides its yield points belongs to its first and its last step. One
// without yield points is a step by itself.
void PairRun::NoteEnd(unsigned cpu) {
  std::vector<Step>& steps = trace_->steps[cpu];
  if (steps.empty()) steps.emplace_back();
  if (IsByHardware(pair_.ops[cpu].code)) steps.back().by_hardware = true;
  const bool commits =
      std::any_of(steps.begin(), steps.end(), [](const Step& step) { return step.commits; });
  if (!commits) steps.back().commits = true;
}

void PairRun::CompareCounts(unsigned cpu) {
  for (unsigned either = 0; either < kPairCpus; ++either) {
    const std::uint32_t seen = static_cast<std::uint32_t>(trace_->steps[either].size());
    const bool counted = Busy(either) || (either == cpu && seen > 1);
    if (counted && seen != runner_.machine().steps(either)) trace_->is_opaque = true;
  }
}

void PairRun::TakeOutcome() {
  trace_->outcome.raw = runner_.machine().Digest();
  trace_->outcome.state = runner_.oracle().StateDigest();
  for (unsigned cpu = 0; cpu < kPairCpus; ++cpu)
    trace_->outcome.answers[cpu] = runner_.outcome(cpu).got;
}

script::Script PairRun::ScriptOf(const PairTrace& trace) const {
  script::Script script = *pair_.setup;
  std::array<bool, kPairCpus> started{};
  for (const Stretch& stretch : trace.stretches) {
    if (std::exchange(started[stretch.cpu], true)) {
      Continue(stretch, script.ops);
      continue;
    }
    script.ops.push_back(pair_.ops[stretch.cpu]);
    script.ops.back().schedule =
        stretch.end == End::kEnded ? 0 : static_cast<std::uint16_t>(stretch.to);
  }
  return script;
}

}  // namespace cadastre::interleave
