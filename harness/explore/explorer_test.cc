// SPDX-License-Identifier: Apache-2.0
// Short worlds to their end, and what an explorer promises besides: the same counts however it is
// run, and a finding that replays.
#include "harness/explore/explorer.h"

#include <optional>
#include <string>
#include <utility>

#include "gtest/gtest.h"
#include "harness/explore/alphabet.h"
#include "harness/explore/session.h"
#include "harness/explore/worlds.h"
#include "harness/run/runner.h"

namespace cadastre::explore {
namespace {

using script::OpCode;

// Pages and gfns of plain2 by hand: with g gfns to map two pages to, k = 4 rows for a page that
// nobody borrows (PRIVATE, SHARED_HYP, PARKED, TRANSIT), pages without names:
// n(g) = (3^g - 2 * 2^g + 1 + 2 (2^g - 1) k + k^2 + k) / 2 = 95, 23, 10 for g = 4, 2, 0.
// A VM is FREE, LIVE or DYING, and FREE ones map nothing: 2 * 2 * 95 + 2 * 2 * 23 + 10.
constexpr std::uint64_t kPlain2States = 4 * 95 + 4 * 23 + 10;
// Granule of two pages: empty, block, or a table with 6 pairs of rows while nothing is scrubbed and
// 3 beside a page that is; granule with no-map pages: empty or a table, 4 and 1.
constexpr std::uint64_t kGranuleStates = 8 * 4 + 3 * 4 + 8 * 1;

void ExploreAll(Explorer& explorer) {
  while (explorer.TakeState()) {
  }
}

std::string Reason(const Explorer& explorer) {
  return explorer.finding() ? explorer.finding()->failure.violation.detail : "";
}

TEST(Explorer, Plain2HasTheStatesThatTheRulesSay) {
  const World world = *MakeWorld("plain2");
  Explorer explorer(world);
  ExploreAll(explorer);
  EXPECT_TRUE(explorer.Finished()) << Reason(explorer);
  EXPECT_EQ(explorer.states(), kPlain2States);
  // By Burnside's lemma over both swaps: (928 + 36 + 100 + 28) / 4.
  EXPECT_EQ(explorer.counts().orbits, 273u);
  EXPECT_GT(explorer.counts().twins, 100u);
}

TEST(Explorer, GranuleHasTheStatesThatTheRulesSay) {
  const World world = *MakeWorld("granule");
  Explorer explorer(world);
  ExploreAll(explorer);
  EXPECT_TRUE(explorer.Finished()) << Reason(explorer);
  EXPECT_EQ(explorer.states(), kGranuleStates);
}

TEST(Explorer, GoesOnWhereItWasSaved) {
  const World world = *MakeWorld("plain2");
  Explorer whole(world);
  ExploreAll(whole);
  Explorer first(world);
  for (int i = 0; i < 100; ++i) first.TakeState();
  Explorer second(world);
  ASSERT_TRUE(second.Restore(first.Save()));
  EXPECT_EQ(second.taken(), 100u);
  ExploreAll(second);
  EXPECT_TRUE(second.Finished()) << Reason(second);
  EXPECT_EQ(second.states(), whole.states());
  EXPECT_EQ(second.counts().tried, whole.counts().tried);
  EXPECT_EQ(second.counts().succeeded, whole.counts().succeeded);
  EXPECT_EQ(second.counts().twins, whole.counts().twins);
  EXPECT_EQ(second.counts().operations, whole.counts().operations);
  EXPECT_EQ(second.Cells(), whole.Cells());
}

TEST(Explorer, RestoresNothingOfAnotherWorldOrDamaged) {
  const World world = *MakeWorld("granule");
  const World other = *MakeWorld("plain2");
  Explorer explorer(world);
  std::string saved = explorer.Save();
  EXPECT_TRUE(explorer.Restore(saved));
  EXPECT_FALSE(explorer.Restore(Explorer(other).Save()));
  EXPECT_FALSE(explorer.Restore(saved.substr(0, saved.size() / 2)));
  saved[saved.size() / 2] ^= 1;
  EXPECT_FALSE(explorer.Restore(saved));
}

TEST(Explorer, ThreadsChangeNoCount) {
  const Session::Watcher watcher{
      .wants_stop = [] { return false; }, .show = [](const auto&) {}, .save = {}};
  Session one({"plain2", "granule"});
  one.Run(1, watcher);
  Session two({"plain2", "granule"});
  two.Run(2, watcher);
  ASSERT_TRUE(one.Finished());
  ASSERT_TRUE(two.Finished());
  for (std::size_t i = 0; i < one.worlds(); ++i) {
    EXPECT_EQ(one.explorer(i).states(), two.explorer(i).states());
    EXPECT_EQ(one.explorer(i).counts().operations, two.explorer(i).counts().operations);
  }
  Session resumed({"plain2", "granule"});
  EXPECT_TRUE(resumed.Restore(one.Checkpoint()));
  EXPECT_TRUE(resumed.Finished());
  EXPECT_FALSE(resumed.Restore("cadastre-explore"));
  // One world alone goes on, and the other is kept.
  Session granule({"granule"});
  EXPECT_TRUE(granule.Restore(one.Checkpoint()));
  Session both({"plain2", "granule"});
  EXPECT_TRUE(both.Restore(granule.Checkpoint()));
  EXPECT_TRUE(both.Finished());
}

// A world that treats pages as alike which are not: one of them alone can be shared with EL2.
World WithFavourite() {
  World world = *MakeWorld("granule");
  world.moves.clear();
  Alphabet alphabet(Bounds{.pages = {0x3ad, 0x3ae}, .gfns = {}, .vms = {}});
  alphabet.Do(MakeOp(OpCode::kShareHyp, {Page(0x3ad), Number(1)}));
  for (const std::uint64_t page : {0x3ad, 0x3ae}) {
    alphabet.Do(MakeOp(OpCode::kDonateHyp, {Page(page), Number(1)}));
    alphabet.Scrub(MakeOp(OpCode::kReclaimHyp, {Page(page), Number(1)}));
  }
  world.moves = alphabet.Take();
  world.twin_every = 1;
  return world;
}

TEST(Explorer, TwinsThatDifferAreFoundAndReplay) {
  const World world = WithFavourite();
  Explorer explorer(world);
  ExploreAll(explorer);
  ASSERT_TRUE(explorer.finding());
  EXPECT_STREQ(explorer.finding()->failure.violation.id, "TWINS_DIFFER");
  EXPECT_FALSE(explorer.Finished());
  run::Runner runner(world.profile);
  script::Script script;
  script.ops = explorer.finding()->ops;
  ASSERT_FALSE(script.ops.empty());
  const run::RunResult result = runner.Run(script, run::Expectations::kIgnored);
  EXPECT_FALSE(result.failure);
  EXPECT_EQ(result.ops, script.ops.size());
}

}  // namespace
}  // namespace cadastre::explore
