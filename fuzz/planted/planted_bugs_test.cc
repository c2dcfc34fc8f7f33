// SPDX-License-Identifier: Apache-2.0
// A core with a planted bug, named by the first argument: the oracle finds it from every seed
// within its budget.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <span>
#include <string_view>
#include <vector>

#include "fuzz/planted/hunt.h"

namespace cadastre::planted {
namespace {

std::span<const Bug> planted_bugs;

void FindFromEverySeed(run::Runner& runner, const Bug& bug) {
  std::vector<std::size_t> executions;
  for (const std::uint64_t seed : kSeeds) {
    const Catch result = Hunt(runner, seed, bug.budget, bug.invariant);
    ASSERT_TRUE(result.failure.has_value())
        << "seed " << seed << ": silent in " << result.executions << " executions";
    std::printf("seed %llu: %zu executions, %s in %s\n", static_cast<unsigned long long>(seed),
                result.executions, result.failure->violation.id, result.failure->call.c_str());
    executions.push_back(result.executions);
  }
  std::sort(executions.begin(), executions.end());
  const std::size_t median = executions[executions.size() / 2];
  std::printf("%.*s: median %zu, most %zu\n", static_cast<int>(bug.invariant.size()),
              bug.invariant.data(), median, executions.back());
  EXPECT_GE(bug.budget, 10 * median) << "so small a budget would find it by luck";
}

TEST(PlantedBugTest, IsFoundFromEverySeedWithinTheBudget) {
  ASSERT_FALSE(planted_bugs.empty());
  run::Runner runner(*Profile::Make(0));
  for (const Bug& bug : planted_bugs) {
    SCOPED_TRACE(bug.invariant);
    FindFromEverySeed(runner, bug);
  }
}

}  // namespace

int Main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  if (argc == 2) planted_bugs = BugsNamed(argv[1]);
  if (planted_bugs.empty()) {
    std::fprintf(stderr, "usage: planted_bugs_test BUG\n");
    return 2;
  }
  return RUN_ALL_TESTS();
}

}  // namespace cadastre::planted

int main(int argc, char** argv) { return cadastre::planted::Main(argc, argv); }
