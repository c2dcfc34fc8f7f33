// SPDX-License-Identifier: Apache-2.0
// Explores the schedules of every pair of operations of every pair world.
#ifndef CADASTRE_HARNESS_INTERLEAVE_PAIRS_H_
#define CADASTRE_HARNESS_INTERLEAVE_PAIRS_H_

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "harness/interleave/pair_explorer.h"
#include "harness/run/outcome.h"
#include "harness/run/runner.h"
#include "harness/script/script.h"

namespace cadastre::interleave {

// A schedule that broke an invariant.
struct PairFinding {
  std::string_view world;
  // The set-up without what the violation does not need, then the pair as it was scheduled. It runs
  // to the same violation.
  script::Script script;
  run::Failure failure;  // of that script
};

struct PairsResult {
  PairCounts counts;
  std::size_t pairs = 0;  // that were explored
  std::optional<PairFinding> finding;
  bool interrupted = false;
};

struct PairsProgress {
  std::string_view world;
  std::size_t done = 0;
  std::size_t pairs = 0;  // in all
  const PairCounts* counts = nullptr;
};

struct PairsOptions {
  std::string_view world;  // empty: all
  std::string_view only;   // an invariant: what else fires is passed by; empty: any
  unsigned preemptions = PairExplorer::kMostPreemptions;
  // The pairs are dealt to so many parts, for processes or threads beside each other; each part
  // takes one in so many, from its own number on.
  std::size_t part = 0;
  std::size_t parts = 1;
};

// Called after each pair; false ends the exploration.
using OnPairs = std::function<bool(const PairsProgress&)>;

// How many pairs the options name, in all parts. 0: there is no such world.
std::size_t CountPairs(const PairsOptions& options);

// Deterministic. Stops at the first finding. The runner is one of the small machine.
PairsResult ExplorePairs(run::Runner& runner, const PairsOptions& options,
                         const OnPairs& on_pairs = {});

}  // namespace cadastre::interleave

#endif  // CADASTRE_HARNESS_INTERLEAVE_PAIRS_H_
