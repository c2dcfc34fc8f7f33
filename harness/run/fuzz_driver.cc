// SPDX-License-Identifier: Apache-2.0
#include "harness/run/fuzz_driver.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <vector>

#include "harness/oracle/invariants.h"
#include "harness/run/raw_call_run.h"
#include "harness/run/replay_command.h"
#include "harness/run/report.h"
#include "harness/run/secret_pair.h"

namespace cadastre::run {
namespace {

// Whose inputs these are, by the name of the fuzz target.
constexpr std::string_view kScriptTarget = "hypercall_fuzz";
constexpr std::string_view kRawCallTarget = "dispatch_fuzz";
constexpr std::string_view kSecretTarget = "secret_fuzz";

// The oracle's, or what the machine or the runner finds wrong.
bool IsInvariant(std::string_view id) {
  if (id == kSecretLeaks) return true;
  const auto registry = oracle::InvariantRegistry();
  const std::vector<std::string_view> others = InvariantsWithSeverity();
  return std::ranges::find(others, id) != others.end() ||
         std::ranges::any_of(registry, [id](const oracle::InvariantEntry& entry) {
           return id == oracle::IdOf(entry.invariant);
         });
}

}  // namespace

FuzzDriver::FuzzDriver() {
  // Here, and not when an input first names one: boot is the core's code too, and an input must
  // cover the same whenever it runs.
  for (std::size_t i = 0; i < script::kProfileNames.size(); ++i)
    runners_.For(static_cast<script::Profile>(i));
  const char* only = std::getenv("CADASTRE_ONLY");
  if (only == nullptr) return;
  only_ = only;
  if (IsInvariant(only_)) return;
  std::fprintf(stderr, "CADASTRE_ONLY: '%.40s' is no invariant\n", only);
  std::exit(2);
}

bool FuzzDriver::IsHunted(const Violation& violation) const {
  return only_.empty() || only_ == violation.id ||
         std::ranges::any_of(violation.also, [this](const char* id) { return only_ == id; });
}

void FuzzDriver::RunScript(const script::Script& script) {
  Runner& runner = runners_.For(script.profile);
  const RunResult result = runner.Run(script, Expectations::kIgnored);
  stats_.NoteRun(runner, script.profile, result.ops);
  if (!result.failure || !IsHunted(result.failure->violation)) return;
  Transcript transcript(runner);
  runner.Run(script, Expectations::kIgnored, &transcript);
  assert_input_holds(*result.failure, transcript, script.profile, kScriptTarget);
}

void FuzzDriver::RunSecretPair(const script::Script& script) {
  Runner& runner = runners_.For(script.profile);
  SecretPair pair(runner);
  const RunResult result = pair.Run(script);
  stats_.NoteRun(runner, script.profile, 2 * result.ops);
  if (!result.failure || !IsHunted(result.failure->violation)) return;
  Transcript transcript(runner);
  pair.Run(script, &transcript);
  assert_input_holds(*result.failure, transcript, script.profile, kSecretTarget);
}

void FuzzDriver::RunCalls(const script::Script& prefix, std::span<const RawCall> calls) {
  Runner& runner = runners_.For(prefix.profile);
  const std::optional<Failure> failure = RunRawCalls(runner, prefix, calls);
  stats_.NoteRun(runner, prefix.profile, runner.steps());
  if (!failure || !IsHunted(failure->violation)) return;
  Transcript transcript(runner);
  RunRawCalls(runner, prefix, calls, &transcript);
  assert_input_holds(*failure, transcript, prefix.profile, kRawCallTarget);
}

void FuzzDriver::RunInput(std::string_view target, script::Profile profile,
                          const std::function<InputRun(Runner&)>& run) {
  Runner& runner = runners_.For(profile);
  const InputRun result = run(runner);
  stats_.NoteRun(runner, profile, runner.steps());
  if (!result.failure || !IsHunted(result.failure->violation)) return;
  Transcript transcript(runner);
  const RunResult again = runner.Run(result.script, Expectations::kIgnored, &transcript);
  const bool same = again.failure &&
                    again.failure->violation.id == std::string_view(result.failure->violation.id);
  assert_input_holds(same ? *again.failure : *result.failure, transcript, profile, target);
}

void FuzzDriver::assert_input_holds(const Failure& failure, const Transcript& transcript,
                                    script::Profile profile, std::string_view target) {
  stats_.NoteViolation();
  assert_report(FormatReport(failure, transcript.lines(), profile) + "# the input in words: " +
                ReplayCommand("harness/cadastre", target, "FILE") + "\n");
}

}  // namespace cadastre::run
