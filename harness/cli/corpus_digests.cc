// SPDX-License-Identifier: Apache-2.0
#include "harness/cli/corpus_digests.h"

#include <algorithm>
#include <optional>

#include "absl/status/status.h"
#include "absl/strings/str_format.h"
#include "harness/cli/whole_file.h"
#include "harness/script/text.h"

namespace cadastre {
namespace {

class DigestCollector final : public run::Observer {
 public:
  explicit DigestCollector(run::Runner& runner) : runner_(runner) {}
  void BeforeOp(const run::Occurrence&) override {}
  void AfterOp(const run::Occurrence&, const run::Outcome&) override {
    steps_.push_back({runner_.machine().Digest(), runner_.oracle().StateDigest()});
  }
  std::vector<StepDigests> Take() { return std::move(steps_); }

 private:
  run::Runner& runner_;
  std::vector<StepDigests> steps_;
};

// FNV-1a over the bytes of all `state` digests.
std::uint64_t StateOver(const std::vector<StepDigests>& steps) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const StepDigests& step : steps) {
    for (unsigned shift = 0; shift < 64; shift += 8) {
      hash = (hash ^ (step.state >> shift & 0xff)) * 0x100000001b3;
    }
  }
  return hash;
}

absl::StatusOr<std::vector<StepDigests>> AgreedDigests(const std::string& name,
                                                       const script::Script& script,
                                                       run::Runners& runners,
                                                       run::Runners& others) {
  absl::StatusOr<std::vector<StepDigests>> first = DigestsOf(script, runners.For(script.profile));
  if (!first.ok()) {
    return absl::FailedPreconditionError(name + ": " + std::string(first.status().message()));
  }
  for (run::Runners* again : {&runners, &others}) {
    const absl::StatusOr<std::vector<StepDigests>> other =
        DigestsOf(script, again->For(script.profile));
    if (!other.ok()) {
      return absl::FailedPreconditionError(name + ": " + std::string(other.status().message()));
    }
    const absl::Status same = SameDigests(name, *first, *other);
    if (!same.ok()) return same;
  }
  return first;
}

}  // namespace

absl::StatusOr<std::vector<StepDigests>> DigestsOf(const script::Script& script,
                                                   run::Runner& runner) {
  DigestCollector collector(runner);
  const run::RunResult result = runner.Run(script, run::Expectations::kIgnored, &collector);
  if (result.failure) {
    return absl::FailedPreconditionError(
        "line " + std::to_string(script::LineOf(script, result.failure->op_index)) + ": " +
        result.failure->violation.id + ": " + result.failure->violation.detail);
  }
  std::vector<StepDigests> steps = collector.Take();
  steps.push_back({result.raw, result.state});
  return steps;
}

absl::Status SameDigests(std::string_view name, const std::vector<StepDigests>& first,
                         const std::vector<StepDigests>& other) {
  const auto [at, other_at] = std::mismatch(first.begin(), first.end(), other.begin(), other.end());
  if (at == first.end() && other_at == other.end()) return absl::OkStatus();
  const auto step = at - first.begin() + 1;
  if (at == first.end() || other_at == other.end()) {
    return absl::FailedPreconditionError(absl::StrFormat(
        "%s: %d steps, and %d in another run", std::string(name), first.size(), other.size()));
  }
  return absl::FailedPreconditionError(
      absl::StrFormat("%s: step %d: another run has another %s digest", std::string(name), step,
                      at->state != other_at->state ? "state" : "raw"));
}

absl::StatusOr<CorpusDigests> DigestCorpus(const std::filesystem::path& folder) {
  const absl::StatusOr<std::vector<std::filesystem::path>> files = ScriptsBelow(folder);
  if (!files.ok()) return files.status();
  if (files->empty()) return absl::NotFoundError("no *.ops in " + folder.string());
  CorpusDigests digests;
  run::Runners runners;
  run::Runners others;
  for (const std::filesystem::path& file : *files) {
    const absl::StatusOr<std::string> text = ReadWholeFile(file.string());
    if (!text.ok()) return text.status();
    const absl::StatusOr<script::Script> script = script::Parse(*text);
    if (!script.ok()) {
      return absl::InvalidArgumentError(file.string() + ": " +
                                        std::string(script.status().message()));
    }
    const absl::StatusOr<std::vector<StepDigests>> steps =
        AgreedDigests(file.string(), *script, runners, others);
    if (!steps.ok()) {
      digests.wrong.emplace_back(steps.status().message());
      continue;
    }
    digests.lines.push_back(absl::StrFormat("%s steps=%d state=%#018x", file.string(),
                                            steps->size(), StateOver(*steps)));
  }
  return digests;
}

}  // namespace cadastre
