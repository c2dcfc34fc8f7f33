// SPDX-License-Identifier: Apache-2.0
#include "pgtable/testing/mismatch.h"

#include <gtest/gtest.h>

#include <string>

namespace cadastre::testing {
namespace {

TEST(MismatchTest, ReportNamesBucketSeverityAndDetail) {
  EXPECT_EQ(FormatReport({"TLBI_MISSING", "op 3 code 1: leaf at 0x1000: got 0x7ff, model 0x0"}),
            "ASSERTION FAILED: TLBI_MISSING FuzzerHash=TLBI_MISSING\n"
            "FuzzerSecurityIssueHigh\n"
            "  hyp: mismatch: op 3 code 1: leaf at 0x1000: got 0x7ff, model 0x0\n");
}

TEST(MismatchTest, SeverityIsThatOfTheRule) {
  const auto severity = [](const char* rule) {
    const std::string report = FormatReport({rule, ""});
    const std::size_t second = report.find('\n') + 1;
    return report.substr(second, report.find('\n', second) - second);
  };
  EXPECT_EQ(severity("PAGES_DIFFER"), "FuzzerSecurityIssueHigh");
  EXPECT_EQ(severity("PAGE_LEAKED"), "FuzzerSecurityIssueMedium");
  EXPECT_EQ(severity("ERRNO_DIFFERS"), "FuzzerSecurityIssueLow");
}

}  // namespace
}  // namespace cadastre::testing
