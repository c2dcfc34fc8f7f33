// SPDX-License-Identifier: Apache-2.0
// A core in which query_page takes its locks in reverse: PCT brings two CPUs to wait for each other,
// the interleaver says so, and the script that it wrote down does it again.
#include <gtest/gtest.h>

#include <cstdio>
#include <optional>
#include <string>

#include "harness/interleave/chooser.h"
#include "harness/interleave/interleaver.h"
#include "harness/run/script_runs.h"

namespace cadastre::planted {
namespace {

constexpr std::uint64_t kSeeds = 400;

TEST(DeadlockTest, PctFindsItAndItsScriptReplays) {
  run::Runner runner(*Profile::Make(0));
  interleave::Interleaver interleaver(runner);
  const interleave::Program program{run::SmallScript("cpu0 share_hyp pfn=ram+700 count=1\n"
                                                     "cpu1 query_page pfn=ram+700\n"),
                                    0};
  std::uint64_t found = 0;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    interleave::PctChooser chooser(seed, 2, 2, 8);
    const std::optional<run::Failure> failure = interleaver.Run(program, chooser);
    ASSERT_TRUE(failure.has_value());
    if (failure->violation.id != std::string(kDeadlock)) {
      EXPECT_STREQ(failure->violation.id, kLockOrder);
      continue;
    }
    ++found;
    const run::RunResult again = runner.Run(interleaver.script(), run::Expectations::kIgnored);
    ASSERT_TRUE(again.failure.has_value());
    EXPECT_STREQ(again.failure->violation.id, kDeadlock);
  }
  std::printf("%llu of %llu seeds\n", static_cast<unsigned long long>(found),
              static_cast<unsigned long long>(kSeeds));
  // The bound of PCT: depth 2, two CPUs, about 8 points: 1 in 16.
  EXPECT_GE(found * 16, kSeeds);
}

}  // namespace
}  // namespace cadastre::planted
