// SPDX-License-Identifier: Apache-2.0
// The CPUs of the simulated machine, of which one runs at a time: who runs, for how many yield
// points, who waits for whose lock, and what ended an operation. All of it follows from the calls
// made, so that every interleaving replays exactly.
//
// A violation ends the operation at once: it is kept, and the CPU jumps back to where the operation
// began (longjmp). The core's frames are abandoned without their destructors; they own no resource,
// and the machine is rolled back next.
#ifndef CADASTRE_HARNESS_MACHINE_SCHEDULER_H_
#define CADASTRE_HARNESS_MACHINE_SCHEDULER_H_

#include <cassert>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "harness/machine/virtual_cpu.h"
#include "harness/machine/yield_point.h"

namespace cadastre {

// What the machine itself can find wrong with an operation.
inline constexpr char kCoreAssertion[] = "CORE_ASSERTION";  // the core called Panic
inline constexpr char kWildAccess[] = "WILD_ACCESS";  // outside RAM, misaligned, or past the seam
inline constexpr char kStepBudget[] = "STEP_BUDGET";  // an operation without end
inline constexpr char kLockOrder[] = "LOCK_OUT_OF_ORDER";       // Verdict::kOrder
inline constexpr char kTwoPhase[] = "LOCK_AFTER_RELEASE";       // Verdict::kTwoPhase
inline constexpr char kScrubUnderLock[] = "SCRUB_UNDER_LOCK";   // a scrub takes long
inline constexpr char kLoadUncovered[] = "LOAD_UNCOVERED";      // a load without the lock
inline constexpr char kDeadlock[] = "DEADLOCK";                 // CPUs wait for each other's locks
inline constexpr char kLockNotHeld[] = "LOCK_NOT_HELD";         // unlocked what was not locked
inline constexpr char kLockHeldAtExit[] = "LOCK_HELD_AT_EXIT";  // a call returned with a lock

// Did the operation end, by itself or by a violation?
enum class Progress : std::uint8_t { kDone, kPaused };

// As many yield points as the operation takes.
inline constexpr std::uint32_t kToTheEnd = ~std::uint32_t{0};

// Called on a CPU just before the first release after a lock was taken: all locks are held, the
// operation's events so far are in events(cpu). A violation ends the operation. Runs on the
// operation's stack; must call neither the core nor the machine's Run, Start, Resume or Rollback.
class CommitHook {
 public:
  virtual ~CommitHook() = default;
  virtual std::optional<Violation> BeforeRelease(unsigned cpu) = 0;
};

class Scheduler {
 public:
  // Yield points of one operation. The largest call of the ABI touches 263,680 guest entries.
  static constexpr std::uint32_t kStepsPerOp = 4'000'000;

  explicit Scheduler(unsigned cpus);
  ~Scheduler();
  Scheduler(const Scheduler&) = delete;
  Scheduler& operator=(const Scheduler&) = delete;

  // --- For the platform, in an operation ---

  VirtualCpu& current() { return *current_; }
  void Yield(const YieldPoint& point = {}) {
    if (--countdown_ == 0) [[unlikely]]
      SlowYield(point);
  }
  void Lock(LockId lock) {
    if (busy_ != 0) [[unlikely]]
      AwaitLock(lock);
    if (const auto verdict = current_->locks.Take(lock); verdict != LockChecker::Verdict::kAllowed)
        [[unlikely]]
      StopAtLock(verdict == LockChecker::Verdict::kOrder ? kLockOrder : kTwoPhase, lock);
  }
  void Unlock(LockId lock) {
    VirtualCpu& cpu = *current_;
    if (!cpu.locks.Holds(lock)) [[unlikely]]
      StopAtLock(kLockNotHeld, lock);
    if (hook_ != nullptr && cpu.locks.Growing()) CallHook();
    cpu.locks.Drop(lock);
  }
  // After the event of an Unlock: lets the CPU go on that waits for the lock, or rests.
  void Released(LockId lock) {
    if (busy_ != 0) [[unlikely]]
      PauseIfWanted(lock);
  }
  [[noreturn]] void Stop(const char* id, std::string detail);

  // --- For the machine, between operations; Machine says what each does ---

  template <class Body>
  std::optional<Violation> RunOp(unsigned cpu, Body&& body) {
    VirtualCpu& here = cpus_[cpu];
    BeginHere(here);
    Enter(here, body);
    if (!here.violation && !here.locks.HoldsAny()) [[likely]]
      return std::nullopt;
    return TakeViolation(cpu);
  }
  Progress Start(unsigned cpu, std::function<void()> body, std::uint32_t steps);
  Progress StartUntilUnlocked(unsigned cpu, std::function<void()> body);
  Progress Resume(unsigned cpu, std::uint32_t steps);
  bool Busy(unsigned cpu) const;
  std::optional<Violation> TakeViolation(unsigned cpu);
  unsigned violating_cpu() const { return violating_cpu_; }
  // Drops all operations under way.
  void Abandon();

  void set_commit_hook(CommitHook* hook) { hook_ = hook; }
  // nullptr: none, as at first. Between operations, or while all stand still. It must outlive its
  // use.
  void set_watch(YieldWatch* watch) { watch_ = watch; }
  unsigned cpus() const { return static_cast<unsigned>(cpus_.size()); }
  VirtualCpu& cpu(unsigned index) { return cpus_[index]; }
  const VirtualCpu& cpu(unsigned index) const { return cpus_[index]; }
  std::uint32_t steps(unsigned cpu) const;

 private:
  // Runs an operation's code on this stack until it returns or a violation ends it.
  template <class Body>
  static void Enter(VirtualCpu& cpu, Body&& body) {
    // Nothing that lives across the jump is changed in this frame, so no local is indeterminate
    // after it.
    if (_setjmp(cpu.start) == 0) body();
  }
  // A new operation: no events, no locks, a full budget, none of it granted.
  void Begin(VirtualCpu& cpu) {
    assert(cpu.state == VirtualCpu::State::kFree);
    cpu.events.Clear();
    cpu.highest_read = 0;
    cpu.locks.Begin();
    cpu.violation.reset();
    cpu.budget = kStepsPerOp;
    if (&cpu == current_) countdown_ = held_back_ = 0;
  }
  // Begin, and the CPU becomes the one that runs, with its whole budget.
  void BeginHere(VirtualCpu& cpu) {
    Begin(cpu);
    current_->budget += countdown_ + held_back_;
    current_ = &cpu;
    cpu.budget = 0;
    countdown_ = kStepsPerOp;
    held_back_ = 0;
  }
  // Takes yield points from the CPU's budget. Until then the running CPU has none granted.
  void Grant(VirtualCpu& cpu, std::uint32_t steps);
  static void RunBodies(void* cpu);
  // Runs the CPU's fiber from here until it pauses, at the latest after so many yield points, or
  // its operation ends.
  void RunFiber(VirtualCpu& cpu, std::uint32_t steps);
  // The fiber stands still until RunFiber.
  void Pause();

  void SlowYield(const YieldPoint& point);
  void AwaitLock(LockId lock);
  void PauseIfWanted(LockId lock);
  void CallHook();
  VirtualCpu* OtherHolder(LockId lock);
  std::string WaitersInCircle(const VirtualCpu& first, LockId lock);
  void Keep(VirtualCpu& cpu, const char* id, std::string detail);
  [[noreturn]] void StopAtLock(const char* id, LockId lock);

  // Yield points granted to the CPU that runs. A watch must hear of each: then all but one are held
  // back.
  std::uint32_t countdown_ = 0;
  std::uint32_t held_back_ = 0;
  unsigned busy_ = 0;  // operations on fibers that have not ended
  VirtualCpu* current_;
  CommitHook* hook_ = nullptr;
  YieldWatch* watch_ = nullptr;
  std::vector<VirtualCpu> cpus_;  // as many as it was made with
  unsigned violating_cpu_ = 0;
};

}  // namespace cadastre

#endif  // CADASTRE_HARNESS_MACHINE_SCHEDULER_H_
