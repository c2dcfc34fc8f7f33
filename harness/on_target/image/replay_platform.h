// SPDX-License-Identifier: Apache-2.0
// The seam of the core at EL2, which also numbers what the core does under locks, so that the host
// can make the same steps in the same order.
#ifndef CADASTRE_HARNESS_ON_TARGET_IMAGE_REPLAY_PLATFORM_H_
#define CADASTRE_HARNESS_ON_TARGET_IMAGE_REPLAY_PLATFORM_H_

#include <cstdint>

#include "harness/on_target/protocol.h"
#include "service/el2/platform.h"

namespace cadastre::on_target {

// Calls are strictly two-phase (service/locks.h): of two that want the same lock, the one that has
// its last lock first is before the other in every order that explains both.
class EventLog {
 public:
  void NoteLocked(unsigned cpu) {
    Cpu& here = cpus_[cpu];
    if (here.locks++ == 0) {
      ++here.count;
      __atomic_fetch_add(&open_, 1, __ATOMIC_ACQ_REL);
    }
    const std::uint64_t number = __atomic_fetch_add(&next_, 1, __ATOMIC_ACQ_REL);
    if (here.count <= TargetAnswer::kEvents) here.events[here.count - 1] = number;
  }
  void NoteUnlocked(unsigned cpu) {
    if (--cpus_[cpu].locks == 0) __atomic_fetch_sub(&open_, 1, __ATOMIC_ACQ_REL);
  }

  // Around an operation of the CPU. In this order: an event that opens in between has a number that
  // End sees.
  void Begin(unsigned cpu) { cpus_[cpu] = {}; }
  void NoteBegin(TargetAnswer* answer) const {
    answer->first_event = Next();
    answer->began_beside = __atomic_load_n(&open_, __ATOMIC_ACQUIRE) != 0 ? 1 : 0;
  }
  void End(unsigned cpu, TargetAnswer* answer) const {
    const Cpu& here = cpus_[cpu];
    answer->end_event = Next();
    answer->event_count = here.count;
    for (unsigned i = 0; i < TargetAnswer::kEvents; ++i) answer->events[i] = here.events[i];
  }

 private:
  struct Cpu {
    std::uint32_t locks = 0;
    std::uint32_t count = 0;
    std::uint64_t events[TargetAnswer::kEvents] = {};
  };
  std::uint64_t Next() const { return __atomic_load_n(&next_, __ATOMIC_ACQUIRE); }

  std::uint64_t next_ = 0;
  std::uint32_t open_ = 0;  // CPUs that hold a lock
  Cpu cpus_[kMaxCpus];
};

class ReplayPlatform : public el2::El2Platform {
 public:
  void Lock(LockId id) {
    El2Platform::Lock(id);
    log_.NoteLocked(CpuIndex());
  }
  void Unlock(LockId id) {
    log_.NoteUnlocked(CpuIndex());
    El2Platform::Unlock(id);
  }
  EventLog& log() { return log_; }

 private:
  EventLog log_;
};

static_assert(Platform<ReplayPlatform>);

}  // namespace cadastre::on_target

#endif  // CADASTRE_HARNESS_ON_TARGET_IMAGE_REPLAY_PLATFORM_H_
