// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "harness/cli/commands.h"
#include "harness/cli/explore_pairs.h"
#include "harness/cli/flags.h"
#include "harness/explore/worlds.h"

namespace cadastre {
namespace {

struct Ran {
  int status;
  std::string out;
  std::string err;
};

Ran Explore(const std::vector<std::string>& args) {
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  const int status = RunExplore(args);
  return {status, testing::internal::GetCapturedStdout(), testing::internal::GetCapturedStderr()};
}

std::string StateFile(const std::string& name) {
  const std::string path = testing::TempDir() + "/" + name;
  std::filesystem::remove(path);
  return path;
}

// Of a JSON object without nested quotes in its numbers.
std::string Value(const std::string& json, const std::string& key) {
  const std::size_t at = json.find("\"" + key + "\":");
  if (at == std::string::npos) return "";
  const std::size_t first = at + key.size() + 3;
  return json.substr(first, json.find_first_of(",}", first) - first);
}

TEST(ExploreTest, EveryWorldCanBeNamed) {
  std::vector<std::string> names;
  for (const std::string_view name : explore::WorldNames()) names.emplace_back(name);
  std::vector<std::string> choices = ChoicesOf("explore", "world");
  std::ranges::sort(names);
  std::ranges::sort(choices);
  EXPECT_EQ(names, choices);
}

TEST(ExploreTest, BadFlagsAreMisuse) {
  EXPECT_EQ(Explore({"--world=moon"}).status, kExitMisuse);
  const Ran ran = Explore({"--jobs=0"});
  EXPECT_EQ(ran.status, kExitMisuse);
  EXPECT_NE(ran.err.find("cadastre explore: "), std::string::npos);
  EXPECT_TRUE(ran.out.empty());
}

TEST(ExploreTest, AWorldComesToItsEnd) {
  const Ran ran = Explore({"--world=granule"});
  EXPECT_EQ(ran.status, kExitOk);
  EXPECT_NE(ran.out.find("every world came to its end"), std::string::npos);
  EXPECT_NE(ran.out.find("\ngranule         52 "), std::string::npos) << ran.out;
}

TEST(ExploreTest, JsonIsOneObjectOnOneLine) {
  const Ran ran = Explore({"--world=granule", "--json"});
  EXPECT_EQ(ran.status, kExitOk);
  EXPECT_EQ(ran.out.rfind("{\"version\":1,\"finished\":true,", 0), 0u);
  EXPECT_EQ(ran.out.find('\n'), ran.out.size() - 1);
  EXPECT_EQ(Value(ran.out, "states"), "52");
}

TEST(ExploreTest, AStateFileHoldsAFinishedWorld) {
  const std::string file = StateFile("granule.state");
  const Ran first = Explore({"--world=granule", "--json", "--state=" + file});
  const Ran second = Explore({"--world=granule", "--json", "--state=" + file});
  EXPECT_EQ(second.status, kExitOk);
  for (const char* key : {"states", "calls", "succeeded", "twins", "operations", "cells_reached"}) {
    EXPECT_EQ(Value(first.out, key), Value(second.out, key)) << key;
    EXPECT_NE(Value(first.out, key), "") << key;
  }
}

TEST(ExploreTest, AStateOfSomethingElseIsMisuse) {
  const std::string file = StateFile("other.state");
  std::ofstream(file) << "not a state";
  const Ran ran = Explore({"--world=granule", "--state=" + file});
  EXPECT_EQ(ran.status, kExitMisuse);
  EXPECT_EQ(ran.err.find('\n'), ran.err.size() - 1) << ran.err;
  std::string kept;
  std::getline(std::ifstream(file), kept);
  EXPECT_EQ(kept, "not a state");
}

TEST(ExploreTest, AStateThatCannotBeWrittenIsAnError) {
  const Ran ran = Explore({"--world=granule", "--state=" + testing::TempDir() + "/none/state"});
  EXPECT_EQ(ran.status, kExitBroken);
  EXPECT_NE(ran.err.find("can't write"), std::string::npos);
}

TEST(ExploreTest, PairsGoWithNoWorld) {
  for (const char* flag : {"--world=plain2", "--state=x", "--jobs=2"}) {
    const Ran ran = Explore({"--pairs", flag});
    EXPECT_EQ(ran.status, kExitMisuse);
    EXPECT_EQ(ran.err, "cadastre explore: --pairs goes with none of --world, --state and --jobs\n");
  }
}

TEST(ExploreTest, PairsRunToTheirEnd) {
  const Ran ran = Explore({"--pairs", "--json"});
  EXPECT_EQ(ran.status, kExitOk) << ran.out;
  EXPECT_EQ(Value(ran.out, "end"), "\"finished\"");
  EXPECT_EQ(Value(ran.out, "pairs"), Value(ran.out, "explored"));
  const auto schedules = std::stoull(Value(ran.out, "schedules"));
  EXPECT_GT(schedules, 10'000u);
  EXPECT_GT(std::stoull(Value(ran.out, "schedules_unreduced")), schedules);
}

TEST(ExploreTest, AViolationOfPairsIsShownWithItsScript) {
  interleave::PairsResult result;
  result.pairs = 3;
  result.finding.emplace();
  result.finding->failure.violation = {.id = "LOCK_ORDER", .detail = "host after EL2", .also = {}};
  const std::string text = FormatPairs(result, 9, 1, ReportForm::kText);
  EXPECT_TRUE(text.starts_with("found: 3 of 9 pairs")) << text;
  EXPECT_NE(text.find("LOCK_ORDER: host after EL2\ncadastre-ops 1 profile=small\n"),
            std::string::npos)
      << text;
  EXPECT_EQ(Value(FormatPairs(result, 9, 1, ReportForm::kJson), "violation"), "\"LOCK_ORDER\"");
}

}  // namespace
}  // namespace cadastre
