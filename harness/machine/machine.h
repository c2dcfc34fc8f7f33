// SPDX-License-Identifier: Apache-2.0
// One simulated machine: memory, CPUs, and the way back to where it stood after boot.
#ifndef CADASTRE_HARNESS_MACHINE_MACHINE_H_
#define CADASTRE_HARNESS_MACHINE_MACHINE_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "harness/machine/object_memory.h"
#include "harness/machine/profile.h"
#include "harness/machine/scheduler.h"
#include "harness/machine/sim_memory.h"
#include "harness/machine/sim_platform.h"

namespace cadastre {

inline constexpr char kSeamBypassed[] =
    "SEAM_BYPASSED";  // state changed, but not through the platform

class Machine {
 public:
  explicit Machine(Profile profile)
      : profile_(std::move(profile)), memory_(profile_), platform_(profile_, memory_, object_) {}

  const Profile& profile() const { return profile_; }
  SimMemory& memory() { return memory_; }
  const SimMemory& memory() const { return memory_; }
  SimPlatform& platform() { return platform_; }
  const SimPlatform& platform() const { return platform_; }
  unsigned cpus() const { return platform_.scheduler().cpus(); }
  const SystemRegisters& registers(unsigned cpu) const { return platform_.registers(cpu); }

  // The hypervisor object: its Shared<T> cells are the only ones that the core may touch. Address
  // and size are multiples of 8. It must outlive the machine's use.
  void RegisterObject(std::span<std::byte> bytes) { object_.Register(bytes); }

  // --- Operations. Every CPU runs one at a time; those of several may be under way at once. ---
  //
  // A lock blocks: a CPU that asks for one that another holds lets the holder run, whatever it was
  // granted, until it has released that lock, and then goes on itself. A holder that is blocked too
  // lets its own holder run first. After a violation the state is half done: roll back.

  // Runs a whole operation of the core on the CPU, which is not busy, and says what the machine
  // found wrong. On the caller's stack: costs no switch.
  template <class Body>
  [[nodiscard]] std::optional<Violation> RunOp(unsigned cpu, Body&& body) {
    return platform_.scheduler().RunOp(cpu, body);
  }

  // Begins an operation on the CPU, which is not busy, and runs it until it stands before its yield
  // point number `steps` + 1, having passed `steps`. kDone: it has ended before that, by itself or
  // by a violation.
  [[nodiscard]] Progress Start(unsigned cpu, std::function<void()> body, std::uint32_t steps) {
    return platform_.scheduler().Start(cpu, std::move(body), steps);
  }
  // The same, but it runs until it holds no lock again: a call of two events stands between them.
  [[nodiscard]] Progress StartUntilUnlocked(unsigned cpu, std::function<void()> body) {
    return platform_.scheduler().StartUntilUnlocked(cpu, std::move(body));
  }
  // Lets a busy CPU pass up to `steps` yield points more.
  [[nodiscard]] Progress Resume(unsigned cpu, std::uint32_t steps) {
    return platform_.scheduler().Resume(cpu, steps);
  }
  // Has the CPU an operation that was started and has not ended?
  bool Busy(unsigned cpu) const { return platform_.scheduler().Busy(cpu); }

  // Once after kDone: what ended the operation, if it was not itself. If that happened on a CPU
  // that this one was waiting for, it ended the operations of both, and is told here.
  [[nodiscard]] std::optional<Violation> TakeViolation(unsigned cpu) {
    return platform_.scheduler().TakeViolation(cpu);
  }
  // The CPU whose operation met the last violation.
  unsigned violating_cpu() const { return platform_.scheduler().violating_cpu(); }

  // What the CPU's operation, or its last one, has done so far. Valid until it does more.
  std::span<const oracle::Event> events(unsigned cpu) const { return platform_.events(cpu); }
  // Yield points that the CPU's operation, or its last one, has reached.
  std::uint32_t steps(unsigned cpu) const { return platform_.scheduler().steps(cpu); }

  // nullptr: none, as at first. Set it after boot. The hook must outlive its use.
  void set_commit_hook(CommitHook* hook) { platform_.scheduler().set_commit_hook(hook); }

  // nullptr: none, as at first. The watch must outlive its use.
  void set_watch(YieldWatch* watch) { platform_.scheduler().set_watch(watch); }

  // Taken after boot, when no CPU is busy; Rollback returns there, memory, object and registers, as
  // often as wanted. It drops operations that are under way.
  void Snapshot();
  void Rollback();

  // Memory, cells and registers. Equal for equal histories of the same build.
  RawDigest Digest() const;
  // SEAM_BYPASSED if memory or the object differ from what went through the platform.
  std::optional<Violation> CheckSeam() const;

 private:
  Profile profile_;
  SimMemory memory_;
  ObjectMemory object_;
  SimPlatform platform_;
  std::vector<SystemRegisters> snapshot_registers_;  // by CPU
};

}  // namespace cadastre

#endif  // CADASTRE_HARNESS_MACHINE_MACHINE_H_
