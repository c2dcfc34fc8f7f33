// SPDX-License-Identifier: Apache-2.0
#include "harness/interleave/pairs.h"

#include <algorithm>
#include <utility>

#include "harness/interleave/pair_worlds.h"

namespace cadastre::interleave {
namespace {

bool HasFired(const Violation& violation, std::string_view id) {
  return violation.id == id || std::any_of(violation.also.begin(), violation.also.end(),
                                           [&](const char* other) { return other == id; });
}

bool IsNamed(const PairWorld& world, const PairsOptions& options) {
  return options.world.empty() || options.world == world.name;
}

// The violation that the script runs to, if it is the same one.
std::optional<run::Failure> Replay(run::Runner& runner, const script::Script& script,
                                   const char* id) {
  std::optional<run::Failure> failure = runner.Run(script, run::Expectations::kIgnored).failure;
  if (failure && failure->violation.id != std::string_view(id)) failure.reset();
  return failure;
}

// Without what it does not need of the set-up. Its steps may fall elsewhere then: what counts is
// that the same invariant still fires.
PairFinding Shorten(run::Runner& runner, std::string_view world, script::Script script,
                    std::size_t setup, const run::Failure& found) {
  const char* id = found.violation.id;
  PairFinding finding{world, std::move(script), found};
  if (auto failure = Replay(runner, finding.script, id)) finding.failure = *std::move(failure);
  for (std::size_t i = std::min(setup, finding.script.ops.size()); i-- > 0;) {
    script::Script shorter = finding.script;
    shorter.ops.erase(shorter.ops.begin() + static_cast<std::ptrdiff_t>(i));
    std::optional<run::Failure> failure = Replay(runner, shorter, id);
    if (!failure) continue;
    finding.script = std::move(shorter);
    finding.failure = *std::move(failure);
  }
  return finding;
}

// The first that is found with the fewest preemptions. Precondition: there is one.
PairFinding Simplest(run::Runner& runner, const PairWorld& world, std::size_t pair,
                     unsigned preemptions, const IsHunted& is_hunted) {
  for (unsigned most = 0;; ++most) {
    PairExplorer explorer(runner, most);
    explorer.Explore(world.PairAt(pair), is_hunted);
    const PairTrace* trace = explorer.violating();
    if (trace == nullptr && most < preemptions) continue;
    return Shorten(runner, world.name, explorer.run().ScriptOf(*trace), world.setup.ops.size(),
                   *trace->failure);
  }
}

}  // namespace

std::size_t CountPairs(const PairsOptions& options) {
  std::size_t pairs = 0;
  for (const PairWorld& world : PairWorlds()) {
    if (IsNamed(world, options)) pairs += world.pairs();
  }
  return pairs;
}

PairsResult ExplorePairs(run::Runner& runner, const PairsOptions& options,
                         const OnPairs& on_pairs) {
  PairsResult result;
  const std::size_t pairs = CountPairs(options);
  const IsHunted is_hunted = [&](const run::Failure& failure) {
    return options.only.empty() || HasFired(failure.violation, options.only);
  };
  std::size_t number = 0;
  PairExplorer explorer(runner, options.preemptions);
  for (const PairWorld& world : PairWorlds()) {
    if (!IsNamed(world, options)) continue;
    for (std::size_t i = 0; i < world.pairs(); ++i) {
      if (number++ % options.parts != options.part) continue;
      result.counts += explorer.Explore(world.PairAt(i), is_hunted);
      if (explorer.violating() != nullptr) {
        result.finding = Simplest(runner, world, i, options.preemptions, is_hunted);
        return result;
      }
      ++result.pairs;
      const PairsProgress progress{world.name, number, pairs, &result.counts};
      if (on_pairs && !on_pairs(progress)) {
        result.interrupted = true;
        return result;
      }
    }
  }
  return result;
}

}  // namespace cadastre::interleave
