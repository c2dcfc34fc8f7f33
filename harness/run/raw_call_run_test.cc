// SPDX-License-Identifier: Apache-2.0
#include "harness/run/raw_call_run.h"

#include <gtest/gtest.h>

#include <vector>

#include "harness/run/transcript.h"
#include "harness/script/text.h"

namespace cadastre::run {
namespace {

// share_hyp of a page that the prefix has shared already.
constexpr RawCall kShareAgain = {
    .cpu = 1, .immediate = 0, .registers = {0xc6000042, 0x40000 + 610, 1, 0, 0, 0, 7}};

TEST(RawCallRunTest, PrefixAnswersAsItExpects) {
  Runner runner(*cadastre::Profile::Make(0));
  EXPECT_FALSE(RunRawCalls(runner, RawCallPrefix(), {}).has_value());
  EXPECT_EQ(runner.steps(), RawCallPrefix().ops.size());
}

TEST(RawCallRunTest, ObserverSeesThePrefixAndThenEveryCall) {
  Runner runner(*cadastre::Profile::Make(0));
  Transcript transcript(runner);
  const std::vector<RawCall> calls(70, kShareAgain);
  EXPECT_FALSE(RunRawCalls(runner, RawCallPrefix(), calls, &transcript).has_value());
  ASSERT_EQ(transcript.lines().size(), RawCallPrefix().ops.size() + calls.size());
  const TranscriptLine& last = transcript.lines().back();
  EXPECT_EQ(script::PrintOp(last.op), "cpu1 share_hyp pfn=0x40262 count=raw(1)");
  EXPECT_EQ(last.outcome.got, last.outcome.expected);
}

TEST(RawCallRunTest, FailureOfThePrefixEndsTheRun) {
  Runner runner(*cadastre::Profile::Make(0));
  script::Script prefix = RawCallPrefix();
  prefix.ops.resize(1);
  prefix.ops[0].expectation->x2 = 12345;
  const auto failure = RunRawCalls(runner, prefix, std::vector<RawCall>{kShareAgain});
  ASSERT_TRUE(failure.has_value());
  EXPECT_STREQ(failure->violation.id, kExpectation);
  EXPECT_EQ(failure->op_index, 0u);
}

}  // namespace
}  // namespace cadastre::run
