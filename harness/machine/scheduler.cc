// SPDX-License-Identifier: Apache-2.0
#include "harness/machine/scheduler.h"

#include <algorithm>
#include <cassert>
#include <cinttypes>
#include <cstdio>
#include <utility>

namespace cadastre {
namespace {

using State = VirtualCpu::State;
using Wish = VirtualCpu::Wish;

std::string Hex(LockId lock) {
  char text[16];
  std::snprintf(text, sizeof(text), "0x%x", static_cast<unsigned>(lock));
  return text;
}

}  // namespace

Scheduler::Scheduler(unsigned cpus) : cpus_(cpus) {
  for (unsigned i = 0; i < cpus; ++i) cpus_[i].number = i;
  current_ = &cpus_.front();
}

Scheduler::~Scheduler() {
  Abandon();
  for (VirtualCpu& cpu : cpus_) {
    if (!cpu.fiber) continue;
    cpu.wish = Wish::kQuit;
    cpu.fiber->Resume();
  }
}

void Scheduler::Grant(VirtualCpu& cpu, std::uint32_t steps) {
  const std::uint32_t granted = std::min(steps, cpu.budget);
  cpu.budget -= granted;
  countdown_ = watch_ == nullptr ? granted : 1;
  held_back_ = granted - countdown_;
}

Progress Scheduler::StartUntilUnlocked(unsigned index, std::function<void()> body) {
  cpus_[index].rests_unlocked = true;
  return Start(index, std::move(body), kToTheEnd);
}

Progress Scheduler::Start(unsigned index, std::function<void()> body, std::uint32_t steps) {
  VirtualCpu& cpu = cpus_[index];
  Begin(cpu);
  cpu.body = std::move(body);
  cpu.state = State::kPaused;
  cpu.at_yield_point = false;
  if (!cpu.fiber) cpu.fiber.emplace(&RunBodies, &cpu);
  ++busy_;
  RunFiber(cpu, steps);
  return Busy(index) ? Progress::kPaused : Progress::kDone;
}

Progress Scheduler::Resume(unsigned index, std::uint32_t steps) {
  assert(Busy(index));
  RunFiber(cpus_[index], steps);
  return Busy(index) ? Progress::kPaused : Progress::kDone;
}

bool Scheduler::Busy(unsigned cpu) const { return cpus_[cpu].state != State::kFree; }

// The fiber of a CPU outlives its operations.
void Scheduler::RunBodies(void* argument) {
  VirtualCpu& cpu = *static_cast<VirtualCpu*>(argument);
  while (cpu.wish != Wish::kQuit) {
    cpu.state = State::kRunning;
    Enter(cpu, cpu.body);
    cpu.body = nullptr;
    cpu.state = State::kFree;
    cpu.fiber->Suspend();
  }
}

void Scheduler::RunFiber(VirtualCpu& cpu, std::uint32_t steps) {
  VirtualCpu* const resumer = current_;
  const std::uint32_t resumer_countdown = countdown_;
  const std::uint32_t resumer_held_back = held_back_;
  // It stops at a yield point before it passes it; where it stands at one, that is counted already.
  if (steps != kToTheEnd && !cpu.at_yield_point) ++steps;
  if (steps == 0) return;
  current_ = &cpu;
  Grant(cpu, steps);
  cpu.fiber->Resume();
  cpu.budget += countdown_ + held_back_;
  countdown_ = resumer_countdown;
  held_back_ = resumer_held_back;
  current_ = resumer;
  if (cpu.state != State::kFree) return;
  cpu.rests_unlocked = false;
  --busy_;
  if (!cpu.violation && cpu.locks.HoldsAny() && cpu.wish == Wish::kGoOn) {
    Keep(cpu, kLockHeldAtExit, "the operation returned with a lock");
  }
  cpu.locks.Begin();
}

void Scheduler::Pause() {
  VirtualCpu& cpu = *current_;
  cpu.state = State::kPaused;
  cpu.fiber->Suspend();
  if (cpu.wish != Wish::kGoOn) _longjmp(cpu.start, 1);
  cpu.state = State::kRunning;
}

// What was granted is used up, or but held back.
void Scheduler::SlowYield(const YieldPoint& point) {
  const bool goes_on = watch_ == nullptr ||
                       watch_->AtYieldPoint(current_->number, point) == YieldWatch::Verdict::kGoOn;
  if (goes_on && held_back_ != 0) {
    --held_back_;
    countdown_ = 1;
    return;
  }
  if (goes_on && current_->budget == 0) {
    Stop(kStepBudget, "the operation has used " + std::to_string(kStepsPerOp) + " steps");
  }
  current_->at_yield_point = true;
  Pause();
  current_->at_yield_point = false;
}

void Scheduler::PauseIfWanted(LockId lock) {
  if (current_->awaited == lock) Pause();
  if (!current_->rests_unlocked || current_->locks.HoldsAny()) return;
  current_->rests_unlocked = false;
  Pause();
}

VirtualCpu* Scheduler::OtherHolder(LockId lock) {
  for (VirtualCpu& cpu : cpus_) {
    if (&cpu != current_ && cpu.locks.Holds(lock)) return &cpu;
  }
  return nullptr;
}

// Returns when no other CPU holds the lock, or when this one may not ask for it.
void Scheduler::AwaitLock(LockId lock) {
  VirtualCpu& cpu = *current_;
  VirtualCpu* const holder = OtherHolder(lock);
  if (holder == nullptr) return;
  if (holder->state == State::kWaiting) Stop(kDeadlock, WaitersInCircle(*holder, lock));
  if (cpu.locks.Judge(lock) != LockChecker::Verdict::kAllowed) return;
  const State state = std::exchange(cpu.state, State::kWaiting);
  cpu.wanted = lock;
  holder->awaited = lock;
  YieldWatch* const watch = std::exchange(watch_, nullptr);
  RunFiber(*holder, kToTheEnd);
  watch_ = watch;
  holder->awaited.reset();
  cpu.state = state;
  if (holder->violation) {
    cpu.violation = std::exchange(holder->violation, std::nullopt);
    _longjmp(cpu.start, 1);
  }
}

// The running CPU asks `first` for `lock`, and `first` waits, directly or not, for the running one.
std::string Scheduler::WaitersInCircle(const VirtualCpu& first, LockId lock) {
  std::string text = "cpu" + std::to_string(current_->number) + " waits for lock " + Hex(lock) +
                     " of cpu" + std::to_string(first.number);
  for (const VirtualCpu* waiter = &first; waiter != current_;) {
    const VirtualCpu* next = current_;
    for (const VirtualCpu& cpu : cpus_) {
      if (cpu.locks.Holds(waiter->wanted)) next = &cpu;
    }
    text +=
        ", which waits for lock " + Hex(waiter->wanted) + " of cpu" + std::to_string(next->number);
    waiter = next;
  }
  return text;
}

void Scheduler::CallHook() {
  current_->violation = hook_->BeforeRelease(current_->number);
  if (!current_->violation) return;
  violating_cpu_ = current_->number;
  _longjmp(current_->start, 1);
}

std::optional<Violation> Scheduler::TakeViolation(unsigned index) {
  VirtualCpu& cpu = cpus_[index];
  if (!cpu.violation && cpu.locks.HoldsAny()) {
    Keep(cpu, kLockHeldAtExit, "the operation returned with a lock");
  }
  cpu.locks.Begin();
  return std::exchange(cpu.violation, std::nullopt);
}

void Scheduler::Abandon() {
  for (VirtualCpu& cpu : cpus_) {
    if (cpu.state == State::kPaused) {
      cpu.wish = Wish::kAbandon;
      RunFiber(cpu, kToTheEnd);
      cpu.wish = Wish::kGoOn;
    }
    cpu.violation.reset();
    cpu.locks.Begin();
  }
}

std::uint32_t Scheduler::steps(unsigned cpu) const {
  const std::uint32_t granted = &cpus_[cpu] == current_ ? countdown_ + held_back_ : 0;
  return kStepsPerOp - cpus_[cpu].budget - granted;
}

void Scheduler::Keep(VirtualCpu& cpu, const char* id, std::string detail) {
  violating_cpu_ = cpu.number;
  cpu.violation = Violation{.id = id, .detail = std::move(detail), .also = {}};
}

void Scheduler::Stop(const char* id, std::string detail) {
  Keep(*current_, id, std::move(detail));
  _longjmp(current_->start, 1);
}

void Scheduler::StopAtLock(const char* id, LockId lock) { Stop(id, "lock " + Hex(lock)); }

}  // namespace cadastre
