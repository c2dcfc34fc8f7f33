// SPDX-License-Identifier: Apache-2.0
// The digests of committed scripts: that each is the same whenever and wherever the script runs.
#ifndef CADASTRE_HARNESS_CLI_CORPUS_DIGESTS_H_
#define CADASTRE_HARNESS_CLI_CORPUS_DIGESTS_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "harness/cli/corpus_check.h"
#include "harness/machine/digest.h"
#include "harness/run/runner.h"
#include "harness/script/script.h"

namespace cadastre {

// After one operation of a script, or what followed from it.
struct StepDigests {
  RawDigest raw;
  std::uint64_t state = 0;
  friend bool operator==(const StepDigests&, const StepDigests&) = default;
};

// After each operation in the order in which they end, and at the end of the run.
// kFailedPrecondition if the core breaks an invariant on the way.
absl::StatusOr<std::vector<StepDigests>> DigestsOf(const script::Script& script,
                                                   run::Runner& runner);

// kFailedPrecondition with one line if a run of the script `name` has other digests than the first.
absl::Status SameDigests(std::string_view name, const std::vector<StepDigests>& first,
                         const std::vector<StepDigests>& other);

struct CorpusDigests {
  // "PATH steps=N state=0x...", of each script, in the order of the paths. `state` covers the
  // `state` digests after all steps, so it is the same whatever compiler built this program. `raw`
  // is not shown: it is the same in one build only.
  std::vector<std::string> lines;
  std::vector<std::string> wrong;  // one line each: digests that differ, or no digests
};

// Runs each *.ops below a folder twice on one machine and once on another. kNotFound and
// kInvalidArgument as ParseSeed and ScriptsBelow.
absl::StatusOr<CorpusDigests> DigestCorpus(const std::filesystem::path& folder);

}  // namespace cadastre

#endif  // CADASTRE_HARNESS_CLI_CORPUS_DIGESTS_H_
