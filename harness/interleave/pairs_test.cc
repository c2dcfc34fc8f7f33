// SPDX-License-Identifier: Apache-2.0
// The true core holds under every schedule of every pair, and the set-ups are what they claim.
#include "harness/interleave/pairs.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <set>
#include <string>

#include "harness/interleave/pair_worlds.h"
#include "harness/run/script_runs.h"
#include "harness/script/text.h"

namespace cadastre::interleave {
namespace {

TEST(PairWorldsTest, SetUpsRunAsTheyExpect) {
  run::Runner runner(*Profile::Make(0));
  for (const PairWorld& world : PairWorlds())
    EXPECT_EQ(run::Describe(runner.Run(world.setup, run::Expectations::kChecked)), "")
        << world.name;
}

TEST(PairWorldsTest, PairsAreAllPairsOnce) {
  for (const PairWorld& world : PairWorlds()) {
    std::set<std::string> seen;
    for (std::size_t i = 0; i < world.pairs(); ++i) {
      const Pair pair = world.PairAt(i);
      EXPECT_TRUE(
          seen.insert(script::PrintOp(pair.ops[0]) + " / " + script::PrintOp(pair.ops[1])).second)
          << world.name << " " << i;
    }
  }
}

TEST(PairsTest, NothingFiresWithTwoPreemptions) {
  run::Runner runner(*Profile::Make(0));
  PairCounts all;
  for (const PairWorld& world : PairWorlds()) {
    PairsOptions options;
    options.world = world.name;
    const PairsResult result = ExplorePairs(runner, options);
    std::printf("%-26s %4zu pairs %8llu schedules of %12llu, %llu opaque\n",
                std::string(world.name).c_str(), result.pairs,
                static_cast<unsigned long long>(result.counts.schedules),
                static_cast<unsigned long long>(result.counts.unreduced),
                static_cast<unsigned long long>(result.counts.opaque));
    if (result.finding) {
      ADD_FAILURE() << world.name << ": " << result.finding->failure.violation.id << " in "
                    << result.finding->failure.call << ": "
                    << result.finding->failure.violation.detail << "\n"
                    << script::Print(result.finding->script);
    }
    EXPECT_EQ(result.pairs, world.pairs());
    all += result.counts;
  }
  std::printf("%llu schedules, of %llu\n", static_cast<unsigned long long>(all.schedules),
              static_cast<unsigned long long>(all.unreduced));
  EXPECT_GT(all.schedules, 20'000u);
  EXPECT_LT(all.schedules * 50, all.unreduced);
  EXPECT_EQ(all.passed_by, 0u);
  // What they met, so that silence says something: every legal row, and each call that changes one.
  for (std::size_t i = 0; i < runner.oracle().CellCounters().size(); ++i) {
    const std::string name = runner.oracle().CellName(i);
    const bool counts = name.starts_with("row ") || name.ends_with("/ok");
    const bool constant = name == "version/ok" || name == "features/ok";
    if (counts && !constant) EXPECT_GT(runner.oracle().CellCounters()[i], 0u) << name;
  }
}

TEST(PairsTest, PartsTogetherAreTheWhole) {
  run::Runner runner(*Profile::Make(0));
  PairsOptions options;
  options.world = "parked";
  const PairsResult whole = ExplorePairs(runner, options);
  options.parts = 3;
  PairsResult sum;
  for (options.part = 0; options.part < options.parts; ++options.part) {
    const PairsResult part = ExplorePairs(runner, options);
    sum.counts += part.counts;
    sum.pairs += part.pairs;
  }
  EXPECT_EQ(sum.pairs, whole.pairs);
  EXPECT_EQ(sum.counts.schedules, whole.counts.schedules);
  EXPECT_EQ(whole.pairs, CountPairs(options));
  options.world = "nowhere";
  EXPECT_EQ(CountPairs(options), 0u);
}

TEST(PairsTest, AnObserverMayEndIt) {
  run::Runner runner(*Profile::Make(0));
  std::size_t seen = 0;
  const PairsResult result = ExplorePairs(runner, {}, [&](const PairsProgress& progress) {
    EXPECT_EQ(progress.done, seen + 1);
    return ++seen < 3;
  });
  EXPECT_TRUE(result.interrupted);
  EXPECT_EQ(result.pairs, 3u);
}

}  // namespace
}  // namespace cadastre::interleave
