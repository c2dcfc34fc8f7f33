// SPDX-License-Identifier: Apache-2.0
// The corruption matrix: each edit is seen by exactly the invariants that it breaks, and every
// invariant is broken.
#include "harness/oracle/testing/corruption.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <set>
#include <string>
#include <string_view>

namespace cadastre::oracle {
namespace {

using testing::Corruption;
using ::testing::ElementsAreArray;
using testing::HandCore;

std::vector<Corruption> AllCorruptions() {
  std::vector<Corruption> all;
  for (const auto group :
       {testing::CorruptedBytes(), testing::CorruptedOwnership(), testing::CorruptedResults(),
        testing::CorruptedGuests(), testing::CorruptedPhases(), testing::CorruptedTime(),
        testing::CorruptedContents()}) {
    all.insert(all.end(), group.begin(), group.end());
  }
  return all;
}

std::vector<std::string> Fired(const Violation& violation) {
  std::vector<std::string> ids = {violation.id};
  ids.insert(ids.end(), violation.also.begin(), violation.also.end());
  return ids;
}

class Corruptions : public ::testing::TestWithParam<Corruption> {};

TEST_P(Corruptions, FireExactlyWhatTheyBreak) {
  HandCore core;
  testing::PrepareWorld(core);
  ASSERT_EQ(core.oracle->FullSweep().has_value(), false);
  std::vector<std::string> expected = {IdOf(GetParam().first)};
  for (const Invariant invariant : GetParam().also) expected.emplace_back(IdOf(invariant));

  const auto violation = GetParam().run(core);
  ASSERT_TRUE(violation.has_value());
  EXPECT_THAT(Fired(*violation), ElementsAreArray(expected)) << violation->detail;
  EXPECT_FALSE(violation->detail.empty());

  core.Reset();
  const auto after = core.oracle->FullSweep();
  EXPECT_FALSE(after.has_value()) << "after Reset: " << after->id << ": " << after->detail;
}

INSTANTIATE_TEST_SUITE_P(Matrix, Corruptions, ::testing::ValuesIn(AllCorruptions()),
                         [](const auto& info) { return std::string(info.param.name); });

TEST(Registry, EveryInvariantIsBrokenAloneBySomeCorruption) {
  std::set<std::string> broken;
  for (const Corruption& corruption : AllCorruptions()) {
    if (corruption.also.empty()) broken.insert(IdOf(corruption.first));
  }
  for (const InvariantEntry& entry : InvariantRegistry())
    EXPECT_TRUE(broken.contains(entry.id)) << entry.id;
}

// A crash is bucketed by the id, cut at 80 characters with the id printed twice; digits are folded
// together.
TEST(Registry, IdsAreWordsThatStayApart) {
  std::set<std::string_view> ids;
  for (const InvariantEntry& entry : InvariantRegistry()) {
    const std::string_view id = entry.id;
    EXPECT_LE(id.size(), 33U) << id;
    EXPECT_TRUE(std::all_of(id.begin(), id.end(), [](char c) {
      return std::isupper(c) != 0 || c == '_';
    })) << id;
    EXPECT_TRUE(ids.insert(id).second) << id;
    EXPECT_NE(std::string_view("ABCDE").find(entry.group), std::string_view::npos) << id;
    EXPECT_EQ(std::string_view(entry.sentence).back(), '.') << id;
  }
}

}  // namespace
}  // namespace cadastre::oracle
