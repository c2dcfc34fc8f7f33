// SPDX-License-Identifier: Apache-2.0
// One simulated machine: memory, platform, and the way back to where it stood after boot.
#ifndef CADASTRE_HARNESS_MACHINE_MACHINE_H_
#define CADASTRE_HARNESS_MACHINE_MACHINE_H_

#include <cstddef>
#include <optional>
#include <span>
#include <utility>

#include "harness/machine/object_memory.h"
#include "harness/machine/profile.h"
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

  // The hypervisor object: its Shared<T> cells are the only ones that the core may touch. Address
  // and size are multiples of 8. It must outlive the machine's use.
  void RegisterObject(std::span<std::byte> bytes) { object_.Register(bytes); }

  // Runs one operation of the core on `cpu` and says what the machine found wrong with it. After a
  // violation the state is half done: roll back. The operation's events stay in platform().events()
  // until the next one.
  template <class Body>
  [[nodiscard]] std::optional<Violation> RunOp(unsigned cpu, Body&& body) {
    platform_.Begin(cpu);
    platform_.Run(std::forward<Body>(body));
    return platform_.TakeViolation();
  }

  // Taken after boot; Rollback returns there, memory, object and registers, as often as wanted.
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
  SystemRegisters snapshot_registers_;
};

}  // namespace cadastre

#endif  // CADASTRE_HARNESS_MACHINE_MACHINE_H_
