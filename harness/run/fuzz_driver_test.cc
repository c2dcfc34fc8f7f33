// SPDX-License-Identifier: Apache-2.0
#include "harness/run/fuzz_driver.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/run/op_mix.h"
#include "harness/run/script_runs.h"

namespace cadastre::run {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

script::Script Mixed(const Runner& runner) {
  return MakeMixedScript(1, 50, script::Profile::kSmall, runner.facts());
}

// A share that the script wrongly expects to be refused.
script::Script Mistaken() {
  script::Op op;
  op.code = script::OpCode::kShareHyp;
  op.operands[0] = {script::OperandClass::kArena, 700, 0};
  op.operands[1] = {script::OperandClass::kNumber, 1, 0};
  op.expectation = script::Expectation{.answer = script::Expectation::Answer::kUnknown,
                                       .error = Errno::kPerm,
                                       .row = {},
                                       .x2 = {},
                                       .x3 = {}};
  script::Script script;
  script.ops = {op};
  return script;
}

TEST(FuzzStatsTest, LineIsWhatTheFuzzCommandReads) {
  Runner runner(*cadastre::Profile::Make(0));
  FuzzStats stats;
  runner.Run(Mixed(runner), Expectations::kIgnored);
  stats.NoteRun(runner, script::Profile::kSmall, 50);
  EXPECT_THAT(stats.Line(), StartsWith("cadastre-stats: execs=1 ops=50 rows="));
  EXPECT_THAT(stats.Line(), HasSubstr("/" + std::to_string(runner.oracle().CellCounters().size()) +
                                      " violations=0"));
  EXPECT_EQ(stats.Line().find("rows=0/"), std::string::npos);
}

TEST(FuzzStatsTest, EveryCellHasACounterOfItsOwn) {
  Runner runner(*cadastre::Profile::Make(0));
  EXPECT_LE(runner.oracle().CellCounters().size(), kExtraCounters);
}

TEST(FuzzDriverTest, TakesScriptsAndCalls) {
  FuzzDriver driver;
  driver.RunScript({});
  driver.RunCalls({}, {});
  const RawCall share = {
      .cpu = 0, .immediate = 0, .registers = {0xc6000042, 0x40300, 1, 0, 0, 0, 0}};
  const RawCall strange = {
      .cpu = 1, .immediate = 9, .registers = {~std::uint64_t{0}, 1, 2, 3, 4, 5, 6}};
  driver.RunCalls({}, std::vector<RawCall>{share, strange});
}

// A call of the host in between brings the host back, as in a script.
TEST(FuzzDriverTest, TakesGuestsCalls) {
  FuzzDriver driver;
  const RawCall share = {.cpu = 0,
                         .immediate = 0,
                         .registers = {0xc6000003, 0x1000, 0, 0, 0, 0, 0},
                         .caller = RawCall::Caller::kGuest};
  const RawCall version = {.cpu = 0, .immediate = 0, .registers = {0xc6000040, 0, 0, 0, 0, 0, 0}};
  const RawCall strange = {.cpu = 0,
                           .immediate = 3,
                           .registers = {~std::uint64_t{0}, 1, 2, 3, 4, 5, 6},
                           .caller = RawCall::Caller::kGuest};
  driver.RunCalls(SmallScript(kRunningGuest), std::vector<RawCall>{share, strange, version, share});
}

// A target that makes a script of its input.
TEST(FuzzDriverTest, TakesInputsOfOtherTargets) {
  FuzzDriver driver;
  std::size_t runs = 0;
  driver.RunInput("some_fuzz", script::Profile::kWide, [&](Runner& runner) {
    EXPECT_EQ(runner.facts().cpus, 4u) << "of the machine that was asked for";
    ++runs;
    return InputRun{};
  });
  EXPECT_EQ(runs, 1u);
}

TEST(FuzzDriverDeathTest, AnInputOfAnotherTargetIsReportedAsItsScript) {
  FuzzDriver driver;
  const script::Script script = SmallScript("cpu1 share_hyp pfn=ram+700 count=1 sched=3\n");
  const auto run = [&](Runner&) {
    Failure failure{{.id = "LEGAL_ROW", .detail = "", .also = {}}, 0, "share_hyp"};
    return InputRun{failure, script};
  };
  EXPECT_DEATH(driver.RunInput("some_fuzz", script::Profile::kSmall, run),
               "ASSERTION FAILED: LEGAL_ROW FuzzerHash=LEGAL_ROW-share_hyp\n"
               "(.*\n)*cpu1 share_hyp pfn=ram\\+.* sched=3.*\n"
               "# the input in words: harness/cadastre replay --fuzzer=some_fuzz FILE\n");
}

TEST(FuzzDriverDeathTest, ViolationIsReportedAndTraps) {
  FuzzDriver driver;
  EXPECT_DEATH(
      driver.RunCalls(Mistaken(), {}),
      "ASSERTION FAILED: EXPECTATION FuzzerHash=EXPECTATION-share_hyp\nFuzzerSecurityIssueLow\n"
      "(.*\n)*cadastre-ops 1 profile=small\ncpu0 share_hyp pfn=ram\\+.*\n"
      "# the input in words: harness/cadastre replay --fuzzer=dispatch_fuzz FILE\n");
}

TEST(FuzzDriverTest, OnlyTheHuntedInvariantIsAViolation) {
  for (const char* only : {"LEGAL_ROW", kDeadlock}) {
    ASSERT_EQ(setenv("CADASTRE_ONLY", only, 1), 0);
    FuzzDriver driver;
    driver.RunCalls(Mistaken(), {});
    driver.RunScript({});
    ASSERT_EQ(unsetenv("CADASTRE_ONLY"), 0);
  }
}

TEST(FuzzDriverDeathTest, OnlyAnInvariantCanBeHunted) {
  ASSERT_EQ(setenv("CADASTRE_ONLY", "LEGAL_ROWS", 1), 0);
  EXPECT_EXIT(FuzzDriver(), testing::ExitedWithCode(2), "'LEGAL_ROWS' is no invariant");
  ASSERT_EQ(unsetenv("CADASTRE_ONLY"), 0);
}

}  // namespace
}  // namespace cadastre::run
