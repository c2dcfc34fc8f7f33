// SPDX-License-Identifier: Apache-2.0
// What every committed script must be: canonical, with an expectation on each operation, and right.
#ifndef CADASTRE_HARNESS_CLI_CORPUS_CHECK_H_
#define CADASTRE_HARNESS_CLI_CORPUS_CHECK_H_

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "harness/run/runner.h"
#include "harness/script/script.h"

namespace cadastre {

// The script of a canonical text. kInvalidArgument with one line for the user, "NAME: line 3, ...",
// if the text does not parse or print to itself, or if an operation expects nothing. `name` stands
// in messages only.
absl::StatusOr<script::Script> ParseSeed(const std::string& name, const std::string& text);

// kFailedPrecondition with one line if the run of a seed breaks an invariant or an expectation.
absl::Status ReplaySeed(const std::string& name, const script::Script& script, run::Runner& runner);

// Every *.ops below a folder, in the order of their paths. kNotFound if it is no folder.
absl::StatusOr<std::vector<std::filesystem::path>> ScriptsBelow(
    const std::filesystem::path& folder);

struct CorpusReport {
  std::size_t scripts = 0;
  std::size_t ops = 0;                 // that ran
  std::vector<std::string> malformed;  // one line each
  std::vector<std::string> wrong;      // likewise: the run broke an invariant or an expectation
};

// Every *.ops below a folder, in the order of their paths. kNotFound if it is no folder or has no
// script.
absl::StatusOr<CorpusReport> CheckCorpus(const std::filesystem::path& folder);

// The script with each operation's expectation as the specification has it, in place of its own.
// kFailedPrecondition if the core breaks an invariant on the way.
absl::StatusOr<script::Script> WithExpectations(script::Script script, run::Runner& runner);

// The hypercalls of a run, the host's and the guests', in the binary form of
// harness/run/raw_calls.h; what is no call is left out. Ends where the core breaks an invariant.
std::vector<std::uint8_t> AsRawCalls(const script::Script& script, run::Runner& runner);

}  // namespace cadastre

#endif  // CADASTRE_HARNESS_CLI_CORPUS_CHECK_H_
