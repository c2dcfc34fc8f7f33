// SPDX-License-Identifier: Apache-2.0
// Every schedule of two operations with at most so many preemptions, but for those whose outcome
// follows from others that run.
//
// A preemption is a switch away from a CPU that could go on; a CPU that ends, or stands before a
// lock that the other holds, is left for nothing. A CPU may be preempted at each of its yield
// points. Two schedules are equivalent if one becomes the other by exchanging neighbouring steps
// of different CPUs that do not conflict (conflict.h): then each CPU reads the same, and memory,
// answers and the order of the specification's steps are the same.
//
// What does not run: let CPU X be preempted behind its step t, and CPU Y then run the steps y1..yj
// until it is left in turn. If t conflicts with none of them, nor with the lock that Y may stand
// before at last, t may be moved behind yj. That is a schedule with no more preemptions, of which
// one came a step earlier and none later. So each schedule is equivalent to one that can't be
// moved so any more, and all of these run. Plain sleep sets would leave out more, and too much: the
// schedule that they take for an equivalent one may have more preemptions than the bound allows
// (Coons, Musuvathi, McKinley: Bounded partial-order reduction, OOPSLA 2013).
//
// To know y1..yj before it runs them the explorer goes through X's stretch from its start: as long
// as X's steps conflict with nothing that Y would do, Y would do the same one step later.
#ifndef CADASTRE_HARNESS_INTERLEAVE_PAIR_EXPLORER_H_
#define CADASTRE_HARNESS_INTERLEAVE_PAIR_EXPLORER_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "harness/interleave/pair_run.h"

namespace cadastre::interleave {

// What is a finding; others end their schedule, and the hunt goes on.
using IsHunted = std::function<bool(const run::Failure&)>;

struct PairCounts {
  std::uint64_t schedules = 0;  // that ran
  // That there are with the same bound, were nothing left out and no CPU ever blocked.
  std::uint64_t unreduced = 0;
  std::uint64_t steps = 0;      // yield points of both operations, each run by itself
  std::uint64_t opaque = 0;     // schedules that say nothing of their neighbours
  std::uint64_t passed_by = 0;  // violations that are not hunted
  PairCounts& operator+=(const PairCounts& other);
};

class PairExplorer {
 public:
  static constexpr unsigned kMostPreemptions = 2;
  // Sees each schedule that ran to its end.
  using OnRun = std::function<void(const PairTrace&)>;

  explicit PairExplorer(run::Runner& runner, unsigned preemptions = kMostPreemptions);

  // Stops at the first violation that is hunted, which is in violating().failure then.
  PairCounts Explore(const Pair& pair, const IsHunted& is_hunted, const OnRun& on_run = {});
  // The same without leaving anything out: each CPU is preempted at each of its yield points.
  PairCounts ExploreAll(const Pair& pair, const IsHunted& is_hunted, const OnRun& on_run = {});

  // The run that met the violation; nullptr if there was none.
  const PairTrace* violating() const { return violating_; }
  const PairRun& run() const { return run_; }

 private:
  // A run, and what of it was given.
  struct Level {
    PairTrace trace;
    std::size_t given = 0;        // stretches that were given; what follows are its choices
    std::uint32_t least_cut = 0;  // the first of those is not cut before this many steps
    Stint other;                  // what the other CPU would do were that stretch not to begin
  };

  bool Start(const Pair& pair, const IsHunted& is_hunted, const OnRun& on_run);
  bool Run(const std::vector<Turn>& turns, unsigned next, PairTrace& trace);
  void Descend(unsigned level);
  void DescendFrom(unsigned level, std::size_t index);
  void DescendAll(unsigned level, std::size_t given);
  void Cut(unsigned level, std::size_t index, std::uint32_t at);
  static Stint Rest(const PairTrace& trace, const Stretch& stretch, std::uint32_t from);
  static bool EndedBefore(const PairTrace& trace, std::size_t index, unsigned cpu);
  static std::uint32_t StepsBefore(const PairTrace& trace, std::size_t index, unsigned cpu);

  PairRun run_;
  unsigned preemptions_;
  const IsHunted* is_hunted_ = nullptr;
  const OnRun* on_run_ = nullptr;
  PairCounts counts_;
  // By preemptions that are in their runs. The last one is the other root.
  std::array<Level, kMostPreemptions + 2> levels_;
  std::vector<Turn> turns_;
  const PairTrace* violating_ = nullptr;
};

}  // namespace cadastre::interleave

#endif  // CADASTRE_HARNESS_INTERLEAVE_PAIR_EXPLORER_H_
