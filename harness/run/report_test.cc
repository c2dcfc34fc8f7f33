// SPDX-License-Identifier: Apache-2.0
#include "harness/run/report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cctype>
#include <fstream>
#include <iterator>
#include <set>

#include "harness/script/text.h"

namespace cadastre::run {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

Failure MakeFailure(const char* id, std::string call, std::string detail = "page 0x40300 is odd") {
  return {.violation = {.id = id, .detail = std::move(detail), .also = {"LEGAL_ROW"}},
          .op_index = 1,
          .call = std::move(call)};
}

// A run of two operations, the second of which is blamed.
std::vector<TranscriptLine> TwoLines() {
  Runner runner(*cadastre::Profile::Make(0));
  Transcript transcript(runner);
  script::Script script;
  for (int i = 0; i < 2; ++i) {
    script::Op op;
    op.code = script::OpCode::kShareHyp;
    op.operands[0] = {script::OperandClass::kAnyPage, 0, 0};
    op.operands[1] = {script::OperandClass::kNumber, 1, 0};
    script.ops.push_back(op);
  }
  runner.Run(script, Expectations::kIgnored, &transcript);
  return transcript.lines();
}

TEST(ReportTest, FirstLineIsTheBucket) {
  EXPECT_EQ(BucketLine(MakeFailure("EXCLUSIVE_OWNER", "share_hyp")),
            "ASSERTION FAILED: EXCLUSIVE_OWNER FuzzerHash=EXCLUSIVE_OWNER-share_hyp");
}

TEST(ReportTest, BucketFitsAndHasNoDigits) {
  const std::string line = BucketLine(MakeFailure("A_NAME_AS_LONG_AS_NAMES_MAY_EVER",
                                                  "call_number_2_with_a_long_name_that_is_cut"));
  EXPECT_LE(line.size(), std::string("ASSERTION FAILED: ").size() + kBucketLength);
  EXPECT_TRUE(std::none_of(line.begin(), line.end(), [](unsigned char c) {
    return std::isdigit(c);
  })) << line;
}

TEST(ReportTest, SeverityFollowsTheKindOfInvariant) {
  EXPECT_EQ(SeverityToken("EXCLUSIVE_OWNER"), "FuzzerSecurityIssueHigh");
  EXPECT_EQ(SeverityToken(kHostAccessForbidden), "FuzzerSecurityIssueHigh");
  EXPECT_EQ(SeverityToken(kCoreAssertion), "FuzzerSecurityIssueMedium");
  EXPECT_EQ(SeverityToken("RESULT"), "FuzzerSecurityIssueLow");
}

// A name that nobody fires any more would leave its successor without a severity.
TEST(ReportTest, EveryNameWithASeverityExists) {
  std::ifstream file("harness/oracle/invariants.cc");
  const std::string registry{std::istreambuf_iterator<char>(file), {}};
  ASSERT_THAT(registry, HasSubstr("\"EXCLUSIVE_OWNER\""));
  const std::set<std::string_view> others = {
      kCoreAssertion,  kWildAccess,   kStepBudget,           kLockOrder,           kLockNotHeld,
      kLockHeldAtExit, kSeamBypassed, kBootRefused,          kHostAccessForbidden, kHostAccessStuck,
      kTwoPhase,       kDeadlock,     kGuestAccessForbidden, kGuestAccessStuck,    kScrubUnderLock,
      kLoadUncovered,  kSecretLeaks};
  for (const std::string_view name : InvariantsWithSeverity()) {
    if (others.contains(name)) continue;
    EXPECT_THAT(registry, HasSubstr("\"" + std::string(name) + "\""));
  }
}

TEST(ReportTest, WholeReportReadsTopDown) {
  const std::string report = FormatReport(MakeFailure("EXCLUSIVE_OWNER", "share_hyp"), TwoLines(),
                                          script::Profile::kSmall);
  EXPECT_THAT(report,
              StartsWith("ASSERTION FAILED: EXCLUSIVE_OWNER FuzzerHash=EXCLUSIVE_OWNER-share_hyp\n"
                         "FuzzerSecurityIssueHigh\n"
                         "  hyp: violation: page 0x40300 is odd\n"
                         "  hyp: also: LEGAL_ROW\n"
                         "  hyp: operation number: 2\n"
                         "  hyp: operation: cpu0 share_hyp pfn=ram+"));
  EXPECT_THAT(
      report,
      HasSubstr(
          "\n  hyp-json: {\"version\":1,\"invariant\":\"EXCLUSIVE_OWNER\",\"call\":\"share_hyp\","
          "\"op_index\":1,\"severity\":\"High\","));
}

TEST(ReportTest, ScriptInTheReportReplays) {
  const std::string report =
      FormatReport(MakeFailure("RESULT", "share_hyp"), TwoLines(), script::Profile::kSmall);
  const auto script = script::Parse(report.substr(report.find("\ncadastre-ops ") + 1));
  ASSERT_TRUE(script.ok()) << script.status().message();
  ASSERT_EQ(script->ops.size(), 2u);
  Runner runner(*cadastre::Profile::Make(0));
  EXPECT_FALSE(runner.Run(*script, Expectations::kChecked).failure.has_value());
}

TEST(ReportTest, DetailCannotForgeALineOrACrashType) {
  const Failure failure =
      MakeFailure("RESULT", "share_hyp", "a \"quote\"\nASSERTION FAILED: X\npanic: y");
  const std::string report = FormatReport(failure, {}, script::Profile::kSmall);
  EXPECT_EQ(report.rfind("ASSERTION FAILED"), 0u);
  EXPECT_THAT(report, Not(HasSubstr("panic")));
  EXPECT_THAT(report, HasSubstr("\\\"quote\\\""));
}

TEST(ReportDeathTest, PrintsAndTraps) {
  EXPECT_DEATH(assert_report("ASSERTION FAILED: X\n"), "ASSERTION FAILED: X");
}

}  // namespace
}  // namespace cadastre::run
