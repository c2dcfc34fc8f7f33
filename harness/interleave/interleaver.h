// SPDX-License-Identifier: Apache-2.0
// Runs operations of several CPUs beside each other, as a chooser says, and writes down what it
// did as a script that runs exactly so.
//
// A CPU may be left where it takes or releases a lock, and where it touches what no lock covers:
// it holds none. Everything between belongs to one turn.
#ifndef CADASTRE_HARNESS_INTERLEAVE_INTERLEAVER_H_
#define CADASTRE_HARNESS_INTERLEAVE_INTERLEAVER_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "harness/interleave/chooser.h"
#include "harness/machine/yield_point.h"
#include "harness/run/runner.h"
#include "harness/script/script.h"

namespace cadastre::interleave {

// The first `prefix` operations run by themselves. The rest is dealt to the CPUs: each carries out
// its own in their order. Schedules, and the scheduler's operations, are not looked at.
struct Program {
  script::Script script;
  std::size_t prefix = 0;
};

class Interleaver final : public YieldWatch {
 public:
  // The runner must outlive it.
  explicit Interleaver(run::Runner& runner);
  Interleaver(const Interleaver&) = delete;
  Interleaver& operator=(const Interleaver&) = delete;

  // To the first violation, or until every CPU has done all that it has, and a sweep. An operation
  // without end is one (STEP_BUDGET), and so is a circle of CPUs that wait for each other
  // (DEADLOCK).
  std::optional<run::Failure> Run(const Program& program, Chooser& chooser);

  // What the last run did, operands written out. It runs to the same failure, or to the same end.
  const script::Script& script() const { return script_; }
  // Choices that the last run took.
  std::uint64_t choices() const { return choices_; }

  Verdict AtYieldPoint(unsigned cpu, const YieldPoint& point) override;

 private:
  struct Cpu {
    std::vector<const script::Op*> ops;
    std::size_t next = 0;
    script::Op op;           // under way, or the last one
    bool is_noted = true;    // it is in the script
    bool has_begun = false;  // it has reached a yield point
    YieldPoint point;        // the last that it reached
  };

  std::optional<run::Failure> RunPrefix(const Program& program);
  void Deal(const Program& program);
  std::uint32_t Runnable() const;
  bool IsBlocked(unsigned cpu) const;
  bool OtherHolds(unsigned cpu, const YieldPoint& lock) const;
  bool Busy(unsigned cpu) const { return runner_.machine().Busy(cpu); }
  std::optional<run::Failure> Advance(unsigned cpu);
  std::optional<run::Failure> Begin(unsigned cpu);
  std::optional<run::Failure> EndDeadlock();
  // Yield points that the operation under way has passed.
  std::uint32_t Passed(unsigned cpu) const;
  bool Extend(const Cpu& here, std::uint32_t passed, bool to_the_end);
  // The CPU has had a turn in which it passed so many of them, or ended.
  void Note(unsigned cpu, std::uint32_t passed, bool to_the_end);

  run::Runner& runner_;
  std::vector<Cpu> cpus_;
  script::Script script_;
  std::uint64_t choices_ = 0;
};

}  // namespace cadastre::interleave

#endif  // CADASTRE_HARNESS_INTERLEAVE_INTERLEAVER_H_
