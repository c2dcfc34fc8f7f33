// SPDX-License-Identifier: Apache-2.0
// What the order of events shows: LOCKS_RELEASED, LOCK_ORDER, VTTBR_AGREES.
#include <algorithm>

#include "harness/oracle/operation.h"

namespace cadastre::oracle {
namespace {

using Hex = unsigned long long;

constexpr std::uint64_t kFirstVmLock = 0x100;
constexpr unsigned kVmRank = 1;
constexpr std::uint64_t kHostLock = 1;

// Place in the order VM table, VM(slot), host, EL2, pool (section 4).
unsigned RankOf(std::uint64_t lock) {
  if (lock >= kFirstVmLock) return kVmRank;
  return lock == 0 ? 0 : kVmRank + static_cast<unsigned>(lock);
}

struct HeldLock {
  std::uint8_t cpu;
  std::uint64_t lock;
  friend bool operator==(const HeldLock&, const HeldLock&) = default;
};

// Few locks exist, so that a fixed number is held at most; one more is itself out of order.
class HeldLocks {
 public:
  void Take(const HeldLock& lock) {
    if (size_ < held_.size()) held_[size_++] = lock;
  }
  bool Release(const HeldLock& lock) {
    const auto end = held_.begin() + static_cast<std::ptrdiff_t>(size_);
    const auto at = std::find(held_.begin(), end, lock);
    if (at == end) return false;
    *at = held_[--size_];
    return true;
  }
  std::span<const HeldLock> held() const { return std::span(held_).first(size_); }

 private:
  std::array<HeldLock, 8> held_{};
  std::size_t size_ = 0;
};

// What the hardware walks for the VM in `slot`.
std::uint64_t VttbrOf(const State& state, unsigned slot) {
  return std::uint64_t{slot + 1} << 48 | state.vm(slot).root_pfn << kPageShift;
}

}  // namespace

// LOCKS_RELEASED: no lock is held at exit, and none is released unheld.
void AssertLocksReleased(std::span<const Event> events, Report& report) {
  HeldLocks locks;
  for (const Event& event : events) {
    if (event.kind == EventKind::kLock) locks.Take({event.cpu, event.address});
    if (event.kind == EventKind::kUnlock && !locks.Release({event.cpu, event.address})) {
      report.Fire(Invariant::kLocksReleased,
                  Format("lock 0x%llx released, not held", Hex{event.address}));
    }
  }
  for (const HeldLock& lock : locks.held()) {
    report.Fire(Invariant::kLocksReleased,
                Format("lock 0x%llx still held at exit", Hex{lock.lock}));
  }
}

// LOCK_ORDER: a lock is taken only above all that its CPU holds.
void AssertLockOrder(std::span<const Event> events, Report& report) {
  HeldLocks locks;
  for (const Event& event : events) {
    if (event.kind == EventKind::kUnlock) locks.Release({event.cpu, event.address});
    if (event.kind != EventKind::kLock) continue;
    for (const HeldLock& held : locks.held()) {
      if (held.cpu != event.cpu || RankOf(held.lock) < RankOf(event.address)) continue;
      report.Fire(Invariant::kLockOrder, Format("lock 0x%llx taken while 0x%llx is held",
                                                Hex{event.address}, Hex{held.lock}));
    }
    locks.Take({event.cpu, event.address});
  }
}

bool HoldsHostLock(std::span<const Event> events) {
  bool held = false;
  for (const Event& event : events) {
    if (event.kind == EventKind::kLock && event.address == kHostLock) held = true;
    if (event.kind == EventKind::kUnlock && event.address == kHostLock) held = false;
  }
  return held;
}

// VTTBR_AGREES: VTTBR_EL2 only ever names the host's root or that of the VM that the operation is
// on; TTBR0_EL2 stays.
void AssertVttbrAgrees(const State& state, std::optional<unsigned> vm_slot,
                       std::span<const Event> events, RootRegisters& registers, Report& report) {
  for (const Event& event : events) {
    if (event.kind == EventKind::kWriteTtbr0El2 && event.value != registers.el2_ttbr0) {
      report.Fire(Invariant::kVttbrAgrees, Format("TTBR0_EL2 became 0x%llx", Hex{event.value}));
    }
    if (event.kind != EventKind::kWriteVttbr) continue;
    registers.vttbr[event.cpu] = event.value;
    if (event.value == registers.host_vttbr) continue;
    if (vm_slot && event.value == VttbrOf(state, *vm_slot)) continue;
    report.Fire(Invariant::kVttbrAgrees,
                Format("VTTBR_EL2 0x%llx names neither the host's root nor the operation's VM's",
                       Hex{event.value}));
  }
}

// At exit VTTBR_EL2 holds the root of who runs next: the host's, or the loaded vCPU's VM's.
void AssertVttbrAtExit(const State& state, unsigned cpu, const RootRegisters& registers,
                       Report& report) {
  const CpuState& now = state.cpu(cpu);
  const std::uint64_t expected =
      now.runs_guest ? VttbrOf(state, now.loaded->slot) : registers.host_vttbr;
  const auto& vttbr = registers.vttbr[cpu];
  if (vttbr ? *vttbr == expected : !now.runs_guest) return;
  report.Fire(Invariant::kVttbrAgrees, Format("VTTBR_EL2 0x%llx at exit, it should be 0x%llx",
                                              Hex{vttbr.value_or(0)}, Hex{expected}));
}

}  // namespace cadastre::oracle
