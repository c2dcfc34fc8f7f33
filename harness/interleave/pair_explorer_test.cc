// SPDX-License-Identifier: Apache-2.0
// What the explorer leaves out follows from what it runs: held against all schedules.
#include "harness/interleave/pair_explorer.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "harness/interleave/pair_worlds.h"
#include "harness/machine/digest.h"
#include "harness/run/script_runs.h"
#include "harness/script/text.h"

namespace cadastre::interleave {
namespace {

constexpr std::uint64_t kMostSchedules = 1'200;  // that are run to be held against
constexpr std::size_t kEvery = 23;               // pairs, of those that have no more

const IsHunted kAny = [](const run::Failure&) { return true; };

std::uint64_t Mixed(std::uint64_t hash, std::uint64_t value) {
  hash = (hash ^ value) * 0x9e3779b97f4a7c15;
  return hash ^ hash >> 29;
}

std::uint64_t HashOf(const Step& step) {
  std::uint64_t hash = static_cast<std::uint64_t>(step.point.kind);
  hash = Mixed(hash, step.point.address);
  return Mixed(hash, (step.commits ? 1u : 0u) + (step.by_hardware ? 2u : 0u));
}

// Equal for schedules that become each other by exchanging steps that do not conflict: the steps of
// each CPU, and which of two that conflict came first.
std::uint64_t ClassOf(const PairTrace& trace) {
  std::array<std::vector<std::uint32_t>, kPairCpus> places;  // of each step among all
  std::uint32_t place = 0;
  for (const Stretch& stretch : trace.stretches) {
    for (std::uint32_t i = stretch.from; i < stretch.to; ++i)
      places[stretch.cpu].push_back(place++);
  }
  std::uint64_t hash = 0;
  for (unsigned cpu = 0; cpu < kPairCpus; ++cpu) {
    EXPECT_EQ(places[cpu].size(), trace.steps[cpu].size());
    for (const Step& step : trace.steps[cpu]) hash = Mixed(hash, HashOf(step));
  }
  for (std::size_t a = 0; a < places[0].size(); ++a) {
    for (std::size_t b = 0; b < places[1].size(); ++b) {
      if (!Conflict(trace.steps[0][a], trace.steps[1][b])) continue;
      hash = Mixed(hash, a << 32 | b << 1 | (places[0][a] < places[1][b] ? 1 : 0));
    }
  }
  return hash;
}

std::string NameOf(const PairWorld& world, const Pair& pair) {
  return std::string(world.name) + ": " + script::PrintOp(pair.ops[0]) + " / " +
         script::PrintOp(pair.ops[1]);
}

// Were a class that is missing not seen, nor would this be.
TEST(PairExplorerTest, OnePreemptionDoesNotReachWhatTwoDo) {
  run::Runner runner(*Profile::Make(0));
  PairExplorer with_one(runner, 1);
  PairExplorer with_two(runner, 2);
  std::size_t more = 0;
  for (const PairWorld& world : PairWorlds()) {
    std::set<std::uint64_t> one;
    std::set<std::uint64_t> two;
    const Pair pair = world.PairAt(0);
    with_one.Explore(pair, kAny, [&](const PairTrace& trace) { one.insert(ClassOf(trace)); });
    with_two.Explore(pair, kAny, [&](const PairTrace& trace) { two.insert(ClassOf(trace)); });
    for (const std::uint64_t reached : one) EXPECT_TRUE(two.contains(reached)) << world.name;
    if (two.size() > one.size()) ++more;
  }
  EXPECT_GT(more, 0u);
}

// What is printed of a schedule runs as the schedule did.
TEST(PairExplorerTest, AScheduleIsAScript) {
  run::Runner runner(*Profile::Make(0));
  PairExplorer explorer(runner);
  for (const PairWorld& world : PairWorlds()) {
    std::vector<std::pair<script::Script, PairTrace::Outcome>> scripts;
    explorer.Explore(world.PairAt(world.pairs() / 2), kAny, [&](const PairTrace& trace) {
      scripts.emplace_back(explorer.run().ScriptOf(trace), trace.outcome);
    });
    for (const auto& [script, outcome] : scripts) {
      const std::string text = script::Print(script);
      const auto again = script::Parse(text);
      ASSERT_TRUE(again.ok()) << text;
      const run::RunResult result = runner.Run(*again, run::Expectations::kIgnored);
      EXPECT_EQ(run::Describe(result), "") << text;
      EXPECT_EQ(result.raw, outcome.raw) << text;
      EXPECT_EQ(result.state, outcome.state) << text;
      for (unsigned cpu = 0; cpu < kPairCpus; ++cpu)
        EXPECT_EQ(runner.outcome(cpu).got, outcome.answers[cpu]) << text;
    }
  }
}

TEST(PairExplorerTest, EveryScheduleIsEquivalentToOneThatRuns) {
  run::Runner runner(*Profile::Make(0));
  PairExplorer explorer(runner);
  std::size_t compared = 0;
  std::size_t number = 0;
  std::uint64_t reduced_runs = 0;
  std::uint64_t all_runs = 0;
  for (const PairWorld& world : PairWorlds()) {
    for (std::size_t i = 0; i < world.pairs(); ++i) {
      const Pair pair = world.PairAt(i);
      std::set<std::uint64_t> reduced;
      const PairCounts counts =
          explorer.Explore(pair, kAny, [&](const PairTrace& t) { reduced.insert(ClassOf(t)); });
      if (counts.unreduced > kMostSchedules || number++ % kEvery != 0) continue;
      std::map<std::uint64_t, PairTrace::Outcome> all;
      std::size_t differ = 0;
      const PairCounts every = explorer.ExploreAll(pair, kAny, [&](const PairTrace& trace) {
        const auto [known, is_new] = all.try_emplace(ClassOf(trace), trace.outcome);
        if (!is_new && known->second != trace.outcome) ++differ;
      });
      ASSERT_EQ(explorer.violating(), nullptr) << NameOf(world, pair);
      EXPECT_EQ(differ, 0u) << "the class says all: " << NameOf(world, pair);
      for (const auto& [one, outcome] : all)
        EXPECT_TRUE(reduced.contains(one)) << NameOf(world, pair);
      for (const std::uint64_t one : reduced) EXPECT_TRUE(all.contains(one)) << NameOf(world, pair);
      reduced_runs += counts.schedules;
      all_runs += every.schedules;
      ++compared;
    }
  }
  std::printf("%zu pairs, %llu schedules for %llu\n", compared,
              static_cast<unsigned long long>(reduced_runs),
              static_cast<unsigned long long>(all_runs));
  EXPECT_GT(compared, 30u);
  EXPECT_LT(reduced_runs * 5, all_runs);
}

}  // namespace
}  // namespace cadastre::interleave
