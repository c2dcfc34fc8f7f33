// SPDX-License-Identifier: Apache-2.0
// One CPU of the simulated machine, and the operation of the core that it runs.
#ifndef CADASTRE_HARNESS_MACHINE_VIRTUAL_CPU_H_
#define CADASTRE_HARNESS_MACHINE_VIRTUAL_CPU_H_

#include <algorithm>
#include <csetjmp>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>

#include "harness/machine/event_log.h"
#include "harness/machine/fiber.h"
#include "harness/machine/lock_checker.h"
#include "harness/oracle/event.h"
#include "harness/oracle/oracle.h"

namespace cadastre {

using oracle::Violation;

// The registers that the core writes, of one CPU.
struct SystemRegisters {
  std::uint64_t vttbr = 0;
  std::uint64_t ttbr0_el2 = 0;
  std::uint64_t vtcr = 0;

  // Width of the stage 2 input: 64 - T0SZ (Arm ARM, VTCR_EL2).
  unsigned ipa_bits() const { return 64 - static_cast<unsigned>(vtcr & 0x3f); }
  friend bool operator==(const SystemRegisters&, const SystemRegisters&) = default;
};

struct VirtualCpu {
  enum class State : std::uint8_t {
    kFree,     // no operation, or one on the caller's stack
    kRunning,  // an operation on the fiber, which is the one that runs
    kPaused,   // an operation on the fiber, which stands still
    kWaiting,  // an operation on either stack, which lets the holder of a lock run
  };
  // What a paused fiber does next.
  enum class Wish : std::uint8_t {
    kGoOn,
    kAbandon,  // drop the operation
    kQuit,     // likewise, and return from the fiber's main function
  };

  VirtualCpu() = default;
  VirtualCpu(const VirtualCpu&) = delete;
  VirtualCpu& operator=(const VirtualCpu&) = delete;

  // Whether the operation has read this word of the host's memory before. To be asked at each
  // reading, before its event. What is read in ascending order costs no search.
  bool ReadsAgain(std::uint64_t address) {
    if (address > highest_read) {
      highest_read = address;
      return false;
    }
    const std::span<const oracle::Event> all = events.events();
    return std::any_of(all.begin(), all.end(), [address](const oracle::Event& event) {
      return event.kind == oracle::EventKind::kReadHost && event.address == address;
    });
  }

  unsigned number = 0;
  SystemRegisters registers;

  // The operation, or the last one.
  EventLog events;
  std::uint64_t highest_read = 0;  // address of a word of the host's memory
  LockChecker locks;
  std::optional<Violation> violation;  // that ended it
  std::jmp_buf start;                  // where a violation jumps
  std::uint32_t budget = 0;            // yield points left to it, beyond those granted

  // Of an operation on the fiber.
  State state = State::kFree;
  Wish wish = Wish::kGoOn;
  bool rests_unlocked = false;  // pauses once, when it has released the last of its first locks
  bool at_yield_point = false;  // paused before an access whose yield point is counted already
  std::function<void()> body;
  std::optional<Fiber> fiber;  // made when first needed

  LockId wanted{};                // while kWaiting
  std::optional<LockId> awaited;  // another CPU waits until this one releases it
};

}  // namespace cadastre

#endif  // CADASTRE_HARNESS_MACHINE_VIRTUAL_CPU_H_
