// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "harness/cli/bench_run.h"
#include "harness/cli/commands.h"
#include "harness/cli/flags.h"

namespace cadastre {
namespace {

TEST(BenchTest, CountsWhatItRan) {
  const BenchResult result = Measure(std::chrono::milliseconds(1), 100);
  EXPECT_FALSE(result.failure.has_value());
  EXPECT_GE(result.scripts, 1u);
  EXPECT_EQ(result.ops, result.scripts * 100);
  EXPECT_GT(result.successes, 0u);
  EXPECT_LE(result.successes, result.ops);
  EXPECT_GT(result.pages, 0u);
  EXPECT_GT(result.seconds, 0);
  EXPECT_GT(result.reset_microseconds, 0);
}

TEST(BenchTest, JsonIsOneObjectOnOneLine) {
  testing::internal::CaptureStdout();
  EXPECT_EQ(RunBench(std::vector<std::string>{"--json", "--seconds=1"}), kExitOk);
  const std::string out = testing::internal::GetCapturedStdout();
  EXPECT_EQ(out.rfind("{\"version\":1,\"ops_per_second\":", 0), 0u);
  EXPECT_NE(out.find("\"median_reset_microseconds\":"), std::string::npos);
  EXPECT_EQ(out.substr(out.size() - 2), "}\n");
}

TEST(BenchTest, ScriptsMayBeAsLongAsScriptsCanBe) {
  const auto rows = FlagsDef().flags;
  const auto row = std::ranges::find_if(
      rows, [](const FlagRow& r) { return r.command == "bench" && r.name == "ops"; });
  ASSERT_NE(row, rows.end());
  EXPECT_EQ(row->domain, "1 " + std::to_string(script::kMaxOps));
}

TEST(BenchTest, BadFlagIsMisuse) {
  testing::internal::CaptureStderr();
  EXPECT_EQ(RunBench(std::vector<std::string>{"--seconds=0"}), kExitMisuse);
  EXPECT_NE(testing::internal::GetCapturedStderr().find("cadastre bench: "), std::string::npos);
}

}  // namespace
}  // namespace cadastre
