// SPDX-License-Identifier: Apache-2.0
// Which locks a call holds, and whether it may take the next: VM table, one VM, host, EL2, pool, in
// that order.
#ifndef CADASTRE_HARNESS_MACHINE_LOCK_CHECKER_H_
#define CADASTRE_HARNESS_MACHINE_LOCK_CHECKER_H_

#include <cstdint>

#include "pgtable/platform.h"

namespace cadastre {

class LockChecker {
 public:
  // A new call: holds nothing and has named no VM.
  void Begin() {
    held_ = 0;
    vm_ = kNoVm;
  }

  // false: held already, a later lock of the order is held, or another VM's was taken in this call.
  // Nothing changes then.
  bool Take(LockId lock) {
    const unsigned rank = RankOf(lock);
    if ((held_ >> rank) != 0) return false;
    if (rank == kVmRank) {
      if (vm_ != kNoVm && vm_ != lock) return false;
      vm_ = lock;
    }
    held_ |= 1u << rank;
    return true;
  }

  // false: not held. Nothing changes then.
  bool Drop(LockId lock) {
    const unsigned rank = RankOf(lock);
    if (((held_ >> rank) & 1) == 0 || (rank == kVmRank && vm_ != lock)) return false;
    held_ &= ~(1u << rank);
    return true;
  }

  bool HoldsAny() const { return held_ != 0; }

 private:
  static constexpr unsigned kVmRank = 1;
  static constexpr LockId kNoVm = LockId::kVmTable;  // no VM's lock has this number

  static constexpr unsigned RankOf(LockId lock) {
    switch (lock) {
      case LockId::kVmTable:
        return 0;
      case LockId::kHost:
        return 2;
      case LockId::kEl2:
        return 3;
      case LockId::kPool:
        return 4;
      default:
        return kVmRank;
    }
  }

  unsigned held_ = 0;  // a bit for each rank
  LockId vm_ = kNoVm;
};

}  // namespace cadastre

#endif  // CADASTRE_HARNESS_MACHINE_LOCK_CHECKER_H_
