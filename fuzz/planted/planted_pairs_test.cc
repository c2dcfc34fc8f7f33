// SPDX-License-Identifier: Apache-2.0
// A core with a planted bug that shows in interleavings: the pair explorer finds the invariant that
// is named by the first argument, in the world that the second names, within so many schedules as
// the third says. The true core is silent there under all of them
// (harness/interleave/pairs_test.cc).
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <string>

#include "fuzz/planted/hunt.h"
#include "harness/interleave/pairs.h"
#include "harness/run/runner.h"
#include "harness/script/text.h"

namespace cadastre::planted {
namespace {

std::string wanted;
std::string world;
std::uint64_t budget = 0;

TEST(PlantedPairsTest, IsFoundWithinTheBudgetAndReplays) {
  run::Runner runner(*Profile::Make(0));
  interleave::PairsOptions options;
  options.only = wanted;
  options.world = world;
  const interleave::PairsResult result = interleave::ExplorePairs(runner, options);
  ASSERT_TRUE(result.finding.has_value())
      << "silent in " << result.counts.schedules << " schedules";
  const std::string text = script::Print(result.finding->script);
  std::printf("%s in world %s after %llu schedules, %llu passed by\n%s", wanted.c_str(),
              std::string(result.finding->world).c_str(),
              static_cast<unsigned long long>(result.counts.schedules),
              static_cast<unsigned long long>(result.counts.passed_by), text.c_str());
  EXPECT_LE(result.counts.schedules, budget);
  EXPECT_GE(budget, 10 * result.counts.schedules) << "so small a budget would find it by luck";

  const auto script = script::Parse(text);
  ASSERT_TRUE(script.ok()) << text;
  const auto failure = runner.Run(*script, run::Expectations::kIgnored).failure;
  ASSERT_TRUE(failure.has_value()) << text;
  EXPECT_TRUE(HasFired(failure->violation, wanted)) << failure->violation.id;
}

}  // namespace

int Main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  if (argc != 4) {
    std::fprintf(stderr, "usage: planted_pairs_test INVARIANT WORLD BUDGET\n");
    return 2;
  }
  wanted = argv[1];
  world = argv[2];
  budget = std::strtoull(argv[3], nullptr, 10);
  return RUN_ALL_TESTS();
}

}  // namespace cadastre::planted

int main(int argc, char** argv) { return cadastre::planted::Main(argc, argv); }
