// SPDX-License-Identifier: Apache-2.0
// A run as a table for people: each operation, what it should answer, what it answered; then what
// broke.
#ifndef CADASTRE_HARNESS_CLI_REPLAY_TABLE_H_
#define CADASTRE_HARNESS_CLI_REPLAY_TABLE_H_

#include <string>
#include <vector>

#include "harness/run/runner.h"
#include "harness/run/transcript.h"

namespace cadastre {

// One line for each operation, columns aligned, under a line of headings. An answer that is as
// specified is a "=".
std::string FormatTable(const std::vector<run::TranscriptLine>& lines);

// What the run came to: the violation with the page that its operation names, or both digests.
std::string FormatVerdict(const run::RunResult& result,
                          const std::vector<run::TranscriptLine>& lines);

}  // namespace cadastre

#endif  // CADASTRE_HARNESS_CLI_REPLAY_TABLE_H_
