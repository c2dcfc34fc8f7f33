// SPDX-License-Identifier: Apache-2.0
// What a CPU is about to do at a yield point, and who may stop it there: for those who choose
// schedules by what operations do to each other, and not by counting.
#ifndef CADASTRE_HARNESS_MACHINE_YIELD_POINT_H_
#define CADASTRE_HARNESS_MACHINE_YIELD_POINT_H_

#include <cstdint>

namespace cadastre {

struct YieldPoint {
  enum class Kind : std::uint8_t {
    kNothing,   // nothing that another CPU's core could tell: a barrier, maintenance, a register
    kLoad,      // of memory or of a cell
    kStore,     // likewise
    kHostLoad,  // of a word that the host may change meanwhile
    kLock,
    kUnlock,
  };

  // Cells and locks lie above every physical address.
  static constexpr std::uint64_t kCells = std::uint64_t{1} << 60;
  static constexpr std::uint64_t kLocks = std::uint64_t{1} << 61;

  Kind kind = Kind::kNothing;
  std::uint64_t address = 0;  // physical; kCells + offset of the cell; kLocks + number of the lock
  std::uint64_t size = 0;     // in bytes; 1 for a lock
};

// Sees each yield point that a CPU with a fiber reaches, before the CPU passes it. Runs on the
// operation's stack; must call neither the core nor the machine's Run, Start, Resume or Rollback.
//
// It sees none of an operation on the caller's stack, and none of a CPU that another waits for:
// such a CPU must go on until it has released the lock.
class YieldWatch {
 public:
  enum class Verdict : std::uint8_t { kGoOn, kPause };

  virtual ~YieldWatch() = default;
  virtual Verdict AtYieldPoint(unsigned cpu, const YieldPoint& point) = 0;
};

}  // namespace cadastre

#endif  // CADASTRE_HARNESS_MACHINE_YIELD_POINT_H_
