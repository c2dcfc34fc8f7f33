// SPDX-License-Identifier: Apache-2.0
#include "harness/cli/fuzz_progress.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cadastre {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(LibFuzzerPulse, IsReadFromEveryKindOfProgressLine) {
  const auto reduce = ParseLibFuzzerPulse(
      "#6174\tREDUCE cov: 17 ft: 49 corp: 35/264b lim: 25 exec/s: 0 rss: 33Mb L: 7/20 MS: 2 "
      "ChangeBit-EraseBytes-");
  ASSERT_TRUE(reduce.has_value());
  EXPECT_EQ(reduce->execs, 6174u);
  EXPECT_EQ(reduce->coverage, 17u);
  EXPECT_EQ(reduce->corpus, 35u);
  const auto pulse =
      ParseLibFuzzerPulse("#1048576\tpulse  cov: 412 ft: 977 corp: 3/1Kb lim: 4 exec/s: 262144");
  ASSERT_TRUE(pulse.has_value());
  EXPECT_EQ(pulse->execs, 1048576u);
}

TEST(LibFuzzerPulse, WithoutCoverageCountsItAsZero) {
  const auto pulse = ParseLibFuzzerPulse("#2\tINITED ft: 3 corp: 1/1b exec/s: 0 rss: 30Mb");
  ASSERT_TRUE(pulse.has_value());
  EXPECT_EQ(pulse->coverage, 0u);
}

TEST(LibFuzzerPulse, IsNotSeenInStackFramesAndOtherLines) {
  EXPECT_FALSE(
      ParseLibFuzzerPulse("    #0 0x563782bbe621 in __sanitizer_print_stack_trace").has_value());
  EXPECT_FALSE(ParseLibFuzzerPulse("#0 0x563782bbe621 in main").has_value());
  EXPECT_FALSE(ParseLibFuzzerPulse("#corp: 3").has_value());
  EXPECT_FALSE(ParseLibFuzzerPulse("INFO: Seed: 2382917").has_value());
  EXPECT_FALSE(ParseLibFuzzerPulse("").has_value());
}

TEST(AflLogLine, IsReadThroughColours) {
  const auto log = ParseAflLogLine(
      "\x1b[1;94m[*] \x1b[0mFuzzing test case #34 (38 total, 2 crashes saved, perf_score=300, "
      "exec_us=42)...");
  ASSERT_TRUE(log.has_value());
  EXPECT_EQ(log->corpus, 38u);
  EXPECT_EQ(log->crashes, 2u);
  EXPECT_FALSE(ParseAflLogLine("Fuzzing test case #34 (38").has_value());
  EXPECT_FALSE(ParseAflLogLine("Entering queue cycle 2.").has_value());
}

constexpr char kFuzzerStats[] =
    "run_time          : 8\n"
    "execs_done        : 135406\n"
    "execs_per_sec     : 16906.73\n"
    "corpus_count      : 38\n"
    "stability         : 72.22%\n"
    "saved_crashes     : 1\n"
    "edges_found       : 18\n"
    "total_edges       : 23\n";

TEST(AflStats, AreReadByWholeKey) {
  const AflStats stats = ParseAflStats(kFuzzerStats);
  EXPECT_EQ(stats.execs, 135406u);
  EXPECT_EQ(stats.coverage, 18u);
  EXPECT_EQ(stats.corpus, 38u);
  EXPECT_EQ(stats.crashes, 1u);
  EXPECT_EQ(stats.stability_percent, 72u);
}

TEST(AflStats, OfAHalfWrittenFileAreZeroWhereItEnds) {
  const AflStats stats = ParseAflStats("execs_done        : 12\ncorpus_co");
  EXPECT_EQ(stats.execs, 12u);
  EXPECT_EQ(stats.corpus, 0u);
}

TEST(TargetStats, NeedEveryField) {
  const auto stats =
      ParseTargetStats("cadastre-stats: execs=69000 ops=26021 rows=3/130 violations=0");
  ASSERT_TRUE(stats.has_value());
  EXPECT_EQ(stats->execs, 69000u);
  EXPECT_EQ(stats->ops, 26021u);
  EXPECT_EQ(stats->rows_seen, 3u);
  EXPECT_EQ(stats->rows_total, 130u);
  EXPECT_EQ(stats->violations, 0u);
  EXPECT_FALSE(
      ParseTargetStats("cadastre-stats: execs=69000 ops=26021 rows=3 violations=0").has_value());
  EXPECT_FALSE(ParseTargetStats("cadastre-stats: execs=69000 rows=3/130").has_value());
  EXPECT_FALSE(ParseTargetStats("execs=69000 ops=26021 rows=3/130 violations=0").has_value());
}

TEST(FuzzProgress, AddsUpTargetProcessesThatStartAnew) {
  FuzzProgress progress;
  progress.Observe("cadastre-stats: execs=100 ops=1000 rows=5/130 violations=0");
  progress.Observe("cadastre-stats: execs=200 ops=2000 rows=7/130 violations=0");
  progress.Observe("cadastre-stats: execs=10 ops=90 rows=2/130 violations=0");
  EXPECT_EQ(progress.Totals().execs, 210u);
  EXPECT_EQ(progress.Totals().ops, 2090u);
  EXPECT_EQ(progress.Totals().rows_seen, 7u);
  EXPECT_EQ(progress.Totals().rows_total, 130u);
}

TEST(FuzzProgress, CountsLibFuzzersArtifactAsViolationAndKeepsItsFirstHeadline) {
  FuzzProgress progress;
  progress.Observe("ASSERTION FAILED: EXCLUSIVE_OWNER FuzzerHash=EXCLUSIVE_OWNER");
  progress.Observe("==6169== ERROR: libFuzzer: deadly signal");
  progress.Observe("artifact_prefix='crashes/'; Test unit written to crashes/crash-d80a");
  EXPECT_EQ(progress.headline(), "ASSERTION FAILED: EXCLUSIVE_OWNER FuzzerHash=EXCLUSIVE_OWNER");
  EXPECT_THAT(progress.artifacts(), ElementsAre("crashes/crash-d80a"));
  EXPECT_EQ(progress.Totals().violations, 1u);
}

TEST(FuzzProgress, ASlowUnitIsNoViolation) {
  FuzzProgress progress;
  progress.Observe("artifact_prefix='run/'; Test unit written to run/slow-unit-d80a");
  EXPECT_TRUE(progress.artifacts().empty());
  EXPECT_EQ(progress.Totals().violations, 0u);
}

TEST(FuzzProgress, CountsASeedThatCrashesUnderAfl) {
  FuzzProgress progress;
  progress.Observe(
      "[!] WARNING: Test case 'id:000003,time:0,execs:0,orig:s1.bin' results in a crash, skipping");
  EXPECT_THAT(progress.crashing_seeds(), ElementsAre("id:000003,time:0,execs:0,orig:s1.bin"));
  EXPECT_EQ(progress.Totals().violations, 1u);
}

TEST(FuzzProgress, DoesNotCountACrashAgainWhenItsTargetReportsItTwice) {
  FuzzProgress progress;
  progress.Observe("cadastre-stats: execs=100 ops=1000 rows=5/130 violations=1");
  progress.Observe("cadastre-stats: execs=1 ops=10 rows=5/130 violations=1");
  EXPECT_EQ(progress.Totals().violations, 2u);
  progress.Observe(
      "Fuzzing test case #34 (38 total, 1 crashes saved, perf_score=300, exec_us=42)...");
  EXPECT_EQ(progress.Totals().violations, 1u);
}

TEST(FuzzProgress, TakesTheFurtherOfEngineAndTarget) {
  FuzzProgress progress;
  progress.Observe("cadastre-stats: execs=100 ops=1000 rows=5/130 violations=0");
  progress.ObserveAflStats(ParseAflStats(kFuzzerStats));
  EXPECT_EQ(progress.Totals().execs, 135406u);
  EXPECT_EQ(progress.Totals().violations, 1u);
  EXPECT_THAT(progress.artifacts(), IsEmpty());
}

TEST(FuzzProgress, KeepsStabilityOnceItIsKnown) {
  FuzzProgress progress;
  progress.ObserveAflStats(ParseAflStats("stability         : 0.00%\n"));
  EXPECT_EQ(progress.Totals().stability_percent, std::nullopt);
  progress.ObserveAflStats(ParseAflStats(kFuzzerStats));
  progress.ObserveAflStats(ParseAflStats("execs_done        : 12\n"));
  EXPECT_EQ(progress.Totals().stability_percent, 72u);
}

TEST(Combine, TakesTheFlakiestJob) {
  const FuzzTotals jobs[] = {
      {.stability_percent = 100}, {.stability_percent = 97}, {.stability_percent = 99}, {}};
  EXPECT_EQ(Combine(jobs).stability_percent, 97u);
  EXPECT_EQ(Combine({}).stability_percent, std::nullopt);
}

TEST(Combine, AddsWorkAndKeepsTheWidestCoverage) {
  const FuzzTotals jobs[] = {{.execs = 10,
                              .ops = 100,
                              .coverage = 7,
                              .corpus = 3,
                              .rows_seen = 5,
                              .rows_total = 9,
                              .violations = 1},
                             {.execs = 20,
                              .ops = 200,
                              .coverage = 5,
                              .corpus = 4,
                              .rows_seen = 6,
                              .rows_total = 9,
                              .violations = 0}};
  const FuzzTotals all = Combine(jobs);
  EXPECT_EQ(all.execs, 30u);
  EXPECT_EQ(all.ops, 300u);
  EXPECT_EQ(all.coverage, 7u);
  EXPECT_EQ(all.corpus, 4u);
  EXPECT_EQ(all.rows_seen, 6u);
  EXPECT_EQ(all.rows_total, 9u);
  EXPECT_EQ(all.violations, 1u);
}

TEST(FuzzProgress, NamesTheRowsThatNoInputReached) {
  FuzzProgress progress;
  progress.Observe("cadastre-stats: execs=1 ops=2 rows=3/5 violations=0");
  progress.Observe("cadastre-unseen: vm_create/601 NO_SLOT; row LENT");
  EXPECT_EQ(progress.Totals().rows_unseen, "vm_create/601 NO_SLOT; row LENT");
  progress.Observe("cadastre-stats: execs=0 ops=1 rows=2/5 violations=0");
  progress.Observe("cadastre-unseen: vm_create/601 NO_SLOT; row LENT; row GIVEN");
  EXPECT_EQ(progress.Totals().rows_unseen, "vm_create/601 NO_SLOT; row LENT");
  progress.Observe("cadastre-stats: execs=9 ops=20 rows=5/5 violations=0");
  EXPECT_EQ(progress.Totals().rows_unseen, "");
}

}  // namespace
}  // namespace cadastre
