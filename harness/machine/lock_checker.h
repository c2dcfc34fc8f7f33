// SPDX-License-Identifier: Apache-2.0
// Which locks a call holds, and whether it may take the next: VM table, one VM, host, EL2, pool, in
// that order, and none after the first release until it holds none.
#ifndef CADASTRE_HARNESS_MACHINE_LOCK_CHECKER_H_
#define CADASTRE_HARNESS_MACHINE_LOCK_CHECKER_H_

#include <cstdint>

#include "harness/oracle/oracle.h"
#include "pgtable/platform.h"

namespace cadastre {

class LockChecker {
 public:
  enum class Verdict : std::uint8_t {
    kAllowed,
    kOrder,     // held already, a later lock is held, or another VM's was taken in this call
    kTwoPhase,  // one was released, and another is still held
  };

  // A new call: holds nothing and has named no VM.
  void Begin() { *this = LockChecker(); }

  Verdict Judge(LockId lock) const {
    const unsigned rank = RankOf(lock);
    if ((held_ >> rank) != 0) return Verdict::kOrder;
    if (rank == kVmRank && vm_ != kNoVm && vm_ != lock) return Verdict::kOrder;
    return held_ != 0 && !growing_ ? Verdict::kTwoPhase : Verdict::kAllowed;
  }
  // Nothing changes unless it is allowed.
  Verdict Take(LockId lock) {
    const Verdict verdict = Judge(lock);
    if (verdict != Verdict::kAllowed) return verdict;
    const unsigned rank = RankOf(lock);
    if (rank == kVmRank) vm_ = lock;
    held_ |= 1u << rank;
    growing_ = true;
    return verdict;
  }
  // Precondition: Holds.
  void Drop(LockId lock) {
    held_ &= ~(1u << RankOf(lock));
    growing_ = false;
  }

  bool Holds(LockId lock) const {
    const unsigned rank = RankOf(lock);
    return ((held_ >> rank) & 1) != 0 && (rank != kVmRank || vm_ == lock);
  }
  // Whether the lock that covers a page is held, or none does.
  bool Holds(oracle::Cover cover) const {
    if (cover >= oracle::kHostCover)
      return ((held_ >> (RankOf(LockId::kHost) + cover - oracle::kHostCover)) & 1) != 0;
    return cover == oracle::kNoCover ||
           (((held_ >> kVmRank) & 1) != 0 &&
            static_cast<std::uint64_t>(vm_) == kFirstVmLock + cover - 1U);
  }
  bool HoldsAny() const { return held_ != 0; }
  // A lock was taken, and none released since.
  bool Growing() const { return growing_; }

 private:
  static constexpr unsigned kVmRank = 1;
  static constexpr std::uint64_t kFirstVmLock = 0x100;  // as events number locks
  static constexpr LockId kNoVm = LockId::kVmTable;     // no VM's lock has this number

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
  bool growing_ = false;
};

}  // namespace cadastre

#endif  // CADASTRE_HARNESS_MACHINE_LOCK_CHECKER_H_
