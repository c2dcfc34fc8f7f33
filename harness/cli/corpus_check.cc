// SPDX-License-Identifier: Apache-2.0
#include "harness/cli/corpus_check.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "harness/cli/whole_file.h"
#include "harness/run/raw_calls.h"
#include "harness/script/text.h"

namespace cadastre {
namespace {

namespace fs = std::filesystem;

std::string AtLine(const std::string& name, std::size_t line) {
  return name + ": line " + std::to_string(line) + ": ";
}

// The first line, from 1, in which two texts differ.
std::size_t FirstDifference(std::string_view a, std::string_view b) {
  const auto [at, unused] = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
  return static_cast<std::size_t>(std::count(a.begin(), at, '\n')) + 1;
}

// Puts what the specification says in place of each expectation.
class Expecter final : public run::Observer {
 public:
  explicit Expecter(script::Script& script) : script_(script) {}
  void BeforeOp(const run::Occurrence&) override {}
  void AfterOp(const run::Occurrence& occurrence, const run::Outcome& outcome) override {
    if (occurrence.origin == run::Origin::kImplied) return;
    answers_.resize(script_.ops.size());
    answers_[occurrence.index] = outcome.expected;
  }
  void Apply() {
    for (std::size_t i = 0; i < answers_.size(); ++i) {
      if (answers_[i]) script_.ops[i].expectation = Short(*answers_[i]);
    }
  }

 private:
  // Most successes have no values; lines are easier to read when they do not say so.
  static script::Expectation Short(script::Expectation answer) {
    using Answer = script::Expectation::Answer;
    if (answer.answer == Answer::kSuccess && answer.x2 == 0 && answer.x3 == 0) {
      answer.x2.reset();
      answer.x3.reset();
    }
    if (answer.answer == Answer::kGuest && answer.x1 == 0 && answer.x2 == 0 && answer.x3 == 0) {
      answer.x1.reset();
      answer.x2.reset();
      answer.x3.reset();
    }
    return answer;
  }

  script::Script& script_;
  std::vector<std::optional<script::Expectation>> answers_;
};

// Keeps the hypercalls as the hardware would deliver them.
class CallCollector final : public run::Observer {
 public:
  void BeforeOp(const run::Occurrence& occurrence) override {
    using What = script::ResolvedOp::What;
    const script::ResolvedOp& op = occurrence.resolved;
    if (op.what != What::kHvc && op.what != What::kGuestHvc) return;
    run::RawCall call{.cpu = op.cpu, .immediate = op.immediate, .registers = {}};
    std::copy_n(op.registers.begin(), call.registers.size(), call.registers.begin());
    if (op.what == What::kGuestHvc) call.caller = run::RawCall::Caller::kGuest;
    calls_.push_back(call);
  }
  void AfterOp(const run::Occurrence&, const run::Outcome&) override {}
  const std::vector<run::RawCall>& calls() const { return calls_; }

 private:
  std::vector<run::RawCall> calls_;
};

absl::Status Broken(const script::Script& script, const run::Failure& failure) {
  return absl::FailedPreconditionError(
      "line " + std::to_string(script::LineOf(script, failure.op_index)) + ": " +
      failure.violation.id + ": " + failure.violation.detail);
}

}  // namespace

absl::StatusOr<std::vector<fs::path>> ScriptsBelow(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code error;
  const auto options = fs::directory_options::follow_directory_symlink;
  fs::recursive_directory_iterator entry(folder, options, error);
  for (; !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
    if (entry->path().extension() == ".ops") files.push_back(entry->path());
  }
  if (error) return absl::NotFoundError(folder.string() + ": " + error.message());
  std::sort(files.begin(), files.end());
  return files;
}

absl::StatusOr<script::Script> ParseSeed(const std::string& name, const std::string& text) {
  absl::StatusOr<script::Script> script = script::Parse(text);
  if (!script.ok()) {
    return absl::InvalidArgumentError(name + ": " + std::string(script.status().message()));
  }
  const std::string canonical = script::Print(*script);
  if (canonical != text) {
    return absl::InvalidArgumentError(AtLine(name, FirstDifference(text, canonical)) +
                                      "not as scripts are printed");
  }
  for (std::size_t i = 0; i < script->ops.size(); ++i) {
    if (script->ops[i].expectation) continue;
    return absl::InvalidArgumentError(AtLine(name, script::LineOf(*script, i)) +
                                      "the operation expects nothing");
  }
  return script;
}

absl::Status ReplaySeed(const std::string& name, const script::Script& script,
                        run::Runner& runner) {
  const run::RunResult result = runner.Run(script, run::Expectations::kChecked);
  if (!result.failure) return absl::OkStatus();
  const run::Failure& failure = *result.failure;
  return absl::FailedPreconditionError(AtLine(name, script::LineOf(script, failure.op_index)) +
                                       failure.call + ": " + failure.violation.id + ": " +
                                       failure.violation.detail);
}

absl::StatusOr<CorpusReport> CheckCorpus(const fs::path& folder) {
  const absl::StatusOr<std::vector<fs::path>> files = ScriptsBelow(folder);
  if (!files.ok()) return files.status();
  if (files->empty()) return absl::NotFoundError("no *.ops in " + folder.string());
  CorpusReport report;
  run::Runners runners;
  for (const fs::path& file : *files) {
    const absl::StatusOr<std::string> text = ReadWholeFile(file.string());
    const absl::StatusOr<script::Script> script =
        text.ok() ? ParseSeed(file.string(), *text) : text.status();
    ++report.scripts;
    if (!script.ok()) {
      report.malformed.emplace_back(script.status().message());
      continue;
    }
    report.ops += script->ops.size();
    const absl::Status replay = ReplaySeed(file.string(), *script, runners.For(script->profile));
    if (!replay.ok()) report.wrong.emplace_back(replay.message());
  }
  return report;
}

absl::StatusOr<script::Script> WithExpectations(script::Script script, run::Runner& runner) {
  Expecter expecter(script);
  const script::Script as_given = script;
  const run::RunResult result = runner.Run(as_given, run::Expectations::kIgnored, &expecter);
  if (result.failure) return Broken(script, *result.failure);
  expecter.Apply();
  return script;
}

std::vector<std::uint8_t> AsRawCalls(const script::Script& script, run::Runner& runner) {
  CallCollector collector;
  // A core that fails on the way only makes the seed shorter. That it fails is for tests and
  // fuzzers to say: they could not if their seeds did not build.
  static_cast<void>(runner.Run(script, run::Expectations::kIgnored, &collector));
  return run::EncodeRawCalls(collector.calls());
}

}  // namespace cadastre
