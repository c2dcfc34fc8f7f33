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
  }
}

}  // namespace
}  // namespace cadastre::interleave
