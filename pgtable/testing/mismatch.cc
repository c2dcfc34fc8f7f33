// SPDX-License-Identifier: Apache-2.0
#include "pgtable/testing/mismatch.h"

#include <string_view>

namespace cadastre::testing {
namespace {

// Wrong answers are book-keeping; a lost page stops work some day; all else may open a page to whom
// it is not for.
std::string_view SeverityToken(std::string_view rule) {
  if (rule == "ERRNO_DIFFERS" || rule == "VALUE_DIFFERS") return "FuzzerSecurityIssueLow";
  if (rule == "PAGE_LEAKED") return "FuzzerSecurityIssueMedium";
  return "FuzzerSecurityIssueHigh";
}

}  // namespace

std::string FormatReport(const Mismatch& found) {
  std::string out = "ASSERTION FAILED: " + found.name + " FuzzerHash=" + found.name + "\n";
  out.append(SeverityToken(found.name)).append("\n");
  out.append("  hyp: mismatch: ").append(found.detail).append("\n");
  return out;
}

}  // namespace cadastre::testing
