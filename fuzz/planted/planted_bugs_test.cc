// SPDX-License-Identifier: Apache-2.0
// A core with a planted bug, named by the first argument: the oracle finds it from every seed
// within its budget.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include "fuzz/planted/hunt.h"

namespace cadastre::planted {
namespace {

const Bug* planted_bug = nullptr;

TEST(PlantedBugTest, IsFoundFromEverySeedWithinTheBudget) {
  ASSERT_NE(planted_bug, nullptr);
  run::Runner runner(*Profile::Make(0));
  std::vector<std::size_t> executions;
  for (const std::uint64_t seed : kSeeds) {
    const Catch result = Hunt(runner, seed, planted_bug->budget, planted_bug->invariant);
    ASSERT_TRUE(result.failure.has_value())
        << "seed " << seed << ": silent in " << result.executions << " executions";
    std::printf("seed %llu: %zu executions, %s in %s\n", static_cast<unsigned long long>(seed),
                result.executions, result.failure->violation.id, result.failure->call.c_str());
    executions.push_back(result.executions);
  }
  std::sort(executions.begin(), executions.end());
  const std::size_t median = executions[executions.size() / 2];
  std::printf("median %zu, most %zu\n", median, executions.back());
  EXPECT_GE(planted_bug->budget, 10 * median) << "so small a budget would find it by luck";
}

}  // namespace

int Main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  if (argc != 2 || (planted_bug = FindBug(argv[1])) == nullptr) {
    std::fprintf(stderr, "usage: planted_bugs_test BUG\n");
    return 2;
  }
  return RUN_ALL_TESTS();
}

}  // namespace cadastre::planted

int main(int argc, char** argv) { return cadastre::planted::Main(argc, argv); }
