// SPDX-License-Identifier: Apache-2.0
// One schedule of two operations, one on each of CPU 0 and CPU 1, after a set-up that runs by
// itself; and what each of them did, step by step.
#ifndef CADASTRE_HARNESS_INTERLEAVE_PAIR_RUN_H_
#define CADASTRE_HARNESS_INTERLEAVE_PAIR_RUN_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "harness/interleave/conflict.h"
#include "harness/machine/yield_point.h"
#include "harness/run/runner.h"
#include "harness/script/script.h"

namespace cadastre::interleave {

inline constexpr unsigned kPairCpus = 2;

// Two operations and the state that they meet. Operands of the pair depend on no state.
struct Pair {
  const script::Script* setup = nullptr;
  std::array<script::Op, kPairCpus> ops;  // by CPU
};

// The CPU runs until it has passed so many of its yield points since its operation began.
struct Turn {
  unsigned cpu = 0;
  std::uint32_t passed = 0;
};

// A stretch in which one CPU ran.
struct Stretch {
  enum class End : std::uint8_t { kCut, kBlocked, kEnded };
  unsigned cpu = 0;
  std::uint32_t from = 0;
  std::uint32_t to = 0;  // steps of the CPU before and behind it
  End end = End::kCut;
};

struct PairTrace {
  // By CPU. One more than it has passed while it stands at a yield point.
  std::array<std::vector<Step>, kPairCpus> steps;
  std::vector<Stretch> stretches;
  std::optional<run::Failure> failure;
  // Equal for schedules whose outcome is the same: answers of both, memory, abstract state.
  struct Outcome {
    RawDigest raw;
    std::uint64_t state = 0;
    std::array<std::optional<script::Expectation>, kPairCpus> answers;
    friend bool operator==(const Outcome&, const Outcome&) = default;
  };
  Outcome outcome;
  // A CPU ran unseen: an access that aborted once more waited for the other's lock. The schedule
  // is judged like any other, but says nothing of its neighbours.
  bool is_opaque = false;
};

class PairRun final : public YieldWatch {
 public:
  // The runner must outlive it.
  explicit PairRun(run::Runner& runner) : runner_(runner) {}
  PairRun(const PairRun&) = delete;
  PairRun& operator=(const PairRun&) = delete;

  // Another pair, of which nothing is known yet.
  void Take(const Pair& pair);
  // The set-up, then the turns, then each CPU from `next` on to its end without preemption: a CPU
  // leaves the other to run only when it has ended or stands before a lock that the other holds.
  void Run(const std::vector<Turn>& turns, unsigned next, PairTrace& trace);

  // The pair as a script that runs exactly so: to be read, and replayed.
  script::Script ScriptOf(const PairTrace& trace) const;

  Verdict AtYieldPoint(unsigned cpu, const YieldPoint& point) override;

 private:
  void RunCpu(unsigned cpu, std::uint32_t passed);
  void RunToTheEnd(unsigned next);
  bool Busy(unsigned cpu) const { return runner_.machine().Busy(cpu); }
  bool HasEnded(unsigned cpu) const { return started_[cpu] && !Busy(cpu); }
  std::uint32_t Passed(unsigned cpu) const;
  // Does the CPU stand before a lock that another holds?
  bool IsBlocked(unsigned cpu) const;
  bool OtherHolds(unsigned cpu, const YieldPoint& lock) const;
  void NoteEnd(unsigned cpu);
  void CompareCounts(unsigned cpu);
  void TakeOutcome();

  run::Runner& runner_;
  Pair pair_;
  // What each operation does first, once known: the registers alone decide it.
  std::array<std::optional<YieldPoint>, kPairCpus> first_;
  PairTrace* trace_ = nullptr;
  std::array<bool, kPairCpus> started_{};
};

}  // namespace cadastre::interleave

#endif  // CADASTRE_HARNESS_INTERLEAVE_PAIR_RUN_H_
