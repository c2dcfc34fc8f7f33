// SPDX-License-Identifier: Apache-2.0
// A violation as fuzzing services read it. ClusterFuzz takes its bucket from the first line, its
// severity from the second; people read the lines that begin with "hyp: ", tools the one that
// begins with "hyp-json: ".
//
//   ASSERTION FAILED: EXCLUSIVE_OWNER FuzzerHash=EXCLUSIVE_OWNER-share_hyp
//   FuzzerSecurityIssueHigh
//     hyp: ...
//     hyp-json: {"version":1,"invariant":"EXCLUSIVE_OWNER",...}
//   cadastre-ops 1 profile=small
//   ...
#ifndef CADASTRE_HARNESS_RUN_REPORT_H_
#define CADASTRE_HARNESS_RUN_REPORT_H_

#include <string>
#include <string_view>
#include <vector>

#include "harness/run/outcome.h"
#include "harness/run/transcript.h"

namespace cadastre::run {

// ClusterFuzz cuts what follows "ASSERTION FAILED: " here.
inline constexpr std::size_t kBucketLength = 80;

// The first line. Words only: digits would be normalised, and numbered invariants would share a
// bucket.
std::string BucketLine(const Failure& failure);

// How bad it is if an invariant falls: "FuzzerSecurityIssueHigh" where one entity reaches what is
// another's, "...Medium" where EL2 stops or spins, "...Low" for answers and book-keeping.
std::string_view SeverityToken(std::string_view invariant);

// The names that have a token above Low.
std::vector<std::string_view> InvariantsWithSeverity();

// The whole report with a line end. `lines`: the run up to the failure; may be empty.
std::string FormatReport(const Failure& failure, const std::vector<TranscriptLine>& lines,
                         script::Profile profile);

// One line of JSON about a run, for tools: what the "hyp-json: " line says, and `file`, operations
// and digests.
std::string FormatJson(std::string_view file, const RunResult& result,
                       const std::vector<TranscriptLine>& lines);

// Prints a report to stderr and traps. ClusterFuzz leaves frames with "assert" in their names out
// of the bucket, and a trap, unlike abort, adds none; hence the name.
[[noreturn]] void assert_report(const std::string& report);

}  // namespace cadastre::run

#endif  // CADASTRE_HARNESS_RUN_REPORT_H_
