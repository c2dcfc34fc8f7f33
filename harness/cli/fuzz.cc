// SPDX-License-Identifier: Apache-2.0
// harness/cadastre fuzz: builds a fuzz target, runs it, and says what it found.
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <iterator>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "harness/cli/built_files.h"
#include "harness/cli/commands.h"
#include "harness/cli/fuzz_engine.h"
#include "harness/cli/fuzz_interrupt.h"
#include "harness/cli/fuzz_monitor.h"
#include "harness/cli/fuzz_options.h"
#include "harness/cli/fuzz_workspace.h"
#include "harness/run/json.h"

namespace cadastre {
namespace {

namespace fs = std::filesystem;

// All that the summary says.
struct Outcome {
  FuzzEnd end = FuzzEnd::kTimeUp;
  double seconds = 0;
  FuzzTotals totals = {};
  std::string headline = {};
  std::vector<std::string> crashes = {};  // as the caller can name them from where it stands
  std::string corpus = {};
  std::string replay = {};  // the command that shows the first crash; empty without one
  absl::Status kept = absl::OkStatus();  // whether all that was found could be kept
};

std::string FromHere(const fs::path& path) { return fs::proximate(path).string(); }

Outcome Summarise(const FuzzSession& session, const FuzzWorkspace& work, const FuzzOptions& options,
                  const fs::path& root) {
  Outcome outcome{.end = session.end,
                  .seconds = static_cast<double>(session.elapsed.count()) / 1000};
  std::vector<FuzzTotals> each;
  for (const FuzzProgress& job : session.jobs) {
    each.push_back(job.Totals());
    if (outcome.headline.empty()) outcome.headline = job.headline();
  }
  outcome.totals = Combine(each);
  const Findings findings = CollectFindings(work, session.jobs);
  for (const fs::path& crash : findings.crashes) outcome.crashes.push_back(FromHere(crash));
  outcome.kept = findings.status;
  outcome.totals.corpus = static_cast<std::uint64_t>(
      std::distance(fs::directory_iterator(work.corpus), fs::directory_iterator()));
  outcome.corpus = FromHere(work.corpus);
  if (!outcome.crashes.empty()) {
    outcome.replay = ShowCommand(FromHere(root / "harness" / "cadastre"), FromHere(work.binary),
                                 options, outcome.crashes.front());
  }
  return outcome;
}

const char* NameOf(FuzzEnd end) {
  switch (end) {
    case FuzzEnd::kTimeUp:
      return "nothing found";
    case FuzzEnd::kViolation:
      return "violation";
    case FuzzEnd::kInterrupted:
      return "interrupted";
    case FuzzEnd::kDiskFull:
      return "disk full";
    case FuzzEnd::kEngineFailed:
      return "engine failed";
  }
  __builtin_unreachable();
}

std::uint64_t PerSecond(std::uint64_t count, double seconds) {
  return seconds > 0 ? static_cast<std::uint64_t>(static_cast<double>(count) / seconds) : 0;
}

void PrintText(const Outcome& outcome, const FuzzOptions& options) {
  const FuzzTotals& totals = outcome.totals;
  std::string text =
      absl::StrFormat("\n%s with %s, %.1f s, %d job(s): %s\n", options.target,
                      NameOf(options.engine), outcome.seconds, options.jobs, NameOf(outcome.end));
  absl::StrAppendFormat(&text, "  executions  %d (%s/s)\n", totals.execs,
                        ShortCount(PerSecond(totals.execs, outcome.seconds)));
  absl::StrAppendFormat(&text, "  operations  %d (%s/s)\n", totals.ops,
                        ShortCount(PerSecond(totals.ops, outcome.seconds)));
  absl::StrAppendFormat(&text, "  coverage    %d edges\n", totals.coverage);
  if (totals.rows_total != 0) {
    absl::StrAppendFormat(&text, "  rows        %d of %d seen\n", totals.rows_seen,
                          totals.rows_total);
    if (!totals.rows_unseen.empty())
      absl::StrAppendFormat(&text, "    not seen: %s\n", totals.rows_unseen);
  }
  if (totals.stability_percent) {
    const bool flaky = *totals.stability_percent < 100;
    absl::StrAppendFormat(&text, "  stability   %d %%%s\n", *totals.stability_percent,
                          flaky ? " of the edges are the same each time an input runs" : "");
  }
  absl::StrAppendFormat(&text, "  corpus      %d inputs kept in %s\n", totals.corpus,
                        outcome.corpus);
  absl::StrAppendFormat(&text, "  violations  %d\n", totals.violations);
  if (!outcome.headline.empty()) absl::StrAppendFormat(&text, "    %s\n", outcome.headline);
  for (const std::string& crash : outcome.crashes) absl::StrAppendFormat(&text, "    %s\n", crash);
  if (!outcome.replay.empty()) absl::StrAppendFormat(&text, "  show it with: %s\n", outcome.replay);
  std::fputs(text.c_str(), stdout);
}

void PrintJson(const Outcome& outcome, const FuzzOptions& options) {
  const FuzzTotals& totals = outcome.totals;
  std::vector<std::string> crashes;
  for (const std::string& crash : outcome.crashes) crashes.push_back(run::JsonString(crash));
  const std::string stability =
      totals.stability_percent ? absl::StrCat(*totals.stability_percent) : "null";
  std::printf(
      "%s\n",
      absl::StrFormat(
          R"({"target":%s,"engine":%s,"end":%s,"seconds":%.3f,"jobs":%d,"execs":%d,"ops":%d,)"
          R"("coverage":%d,"corpus":%d,"rows_seen":%d,"rows_total":%d,"violations":%d,)"
          R"("stability_percent":%s,"headline":%s,"crashes":[%s],"replay":%s})",
          run::JsonString(options.target), run::JsonString(NameOf(options.engine)),
          run::JsonString(NameOf(outcome.end)), outcome.seconds, options.jobs, totals.execs,
          totals.ops, totals.coverage, totals.corpus, totals.rows_seen, totals.rows_total,
          totals.violations, stability, run::JsonString(outcome.headline),
          absl::StrJoin(crashes, ","), run::JsonString(outcome.replay))
          .c_str());
}

int Complain(const absl::Status& status) {
  std::fprintf(stderr, "cadastre fuzz: %s\n", std::string(status.message()).c_str());
  return status.code() == absl::StatusCode::kInvalidArgument ? kExitMisuse : kExitBroken;
}

int ExitStatus(FuzzEnd end) {
  switch (end) {
    case FuzzEnd::kViolation:
      return kExitFound;
    case FuzzEnd::kDiskFull:
    case FuzzEnd::kEngineFailed:
      return kExitBroken;
    case FuzzEnd::kTimeUp:
    case FuzzEnd::kInterrupted:
      return kExitOk;
  }
  __builtin_unreachable();
}

}  // namespace

int RunFuzz(std::span<const std::string> args) {
  const absl::StatusOr<std::optional<FuzzOptions>> options = ParseFuzzOptions(args);
  if (!options.ok()) return Complain(options.status());
  if (!options->has_value()) return kExitOk;
  const absl::StatusOr<fs::path> root = SourceRoot();
  if (!root.ok()) return Complain(root.status());
  const absl::StatusOr<FuzzWorkspace> work = PrepareFuzzWorkspace(*root, **options);
  if (!work.ok()) return Complain(work.status());
  const InterruptGuard guard;  // from here on there is something to keep and to say
  const absl::StatusOr<FuzzSession> session = RunFuzzSession(*work, **options, guard);
  if (!session.ok()) return Complain(session.status());
  const Outcome outcome = Summarise(*session, *work, **options, *root);
  (*options)->report == FuzzReport::kJson ? PrintJson(outcome, **options)
                                          : PrintText(outcome, **options);
  if (session->end == FuzzEnd::kEngineFailed) {
    std::fprintf(stderr, "cadastre fuzz: the engine failed; its last lines:\n%s\n",
                 absl::StrJoin(session->last_lines, "\n").c_str());
  }
  // What a full disk leaves in run/, the next run keeps.
  const absl::Status lost = session->disk.ok() ? outcome.kept : session->disk;
  const int status = ExitStatus(session->end);
  if (lost.ok()) return status;
  Complain(lost);
  return status == kExitFound ? status : kExitBroken;
}

}  // namespace cadastre
