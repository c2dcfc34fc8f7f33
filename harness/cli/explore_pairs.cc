// SPDX-License-Identifier: Apache-2.0
#include "harness/cli/explore_pairs.h"

#include <cstdio>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "harness/cli/commands.h"
#include "harness/cli/explore_progress.h"
#include "harness/cli/fuzz_interrupt.h"
#include "harness/run/json.h"
#include "harness/script/text.h"

namespace cadastre {
namespace {

using interleave::PairCounts;
using interleave::PairsProgress;
using interleave::PairsResult;

std::string FormatProgress(const PairsProgress& progress, std::chrono::duration<double> taken) {
  return absl::StrFormat("%4.0f s  pair %d of %d  %d schedules  %s", taken.count(), progress.done,
                         progress.pairs, progress.counts->schedules, std::string(progress.world));
}

std::string_view EndOf(const PairsResult& result) {
  if (result.finding) return "found";
  return result.interrupted ? "interrupted" : "finished";
}

std::string FormatJson(const PairsResult& result, std::size_t pairs, double seconds) {
  const PairCounts& counts = result.counts;
  std::string json = absl::StrFormat(
      "{\"version\":1,\"end\":\"%s\",\"preemptions\":%d,\"pairs\":%d,\"explored\":%d,"
      "\"schedules\":%d,\"schedules_unreduced\":%d,\"yield_points\":%d,\"seconds\":%.3f",
      std::string(EndOf(result)), interleave::PairExplorer::kMostPreemptions, pairs, result.pairs,
      counts.schedules, counts.unreduced, counts.steps, seconds);
  if (result.finding) {
    absl::StrAppend(&json, ",\"violation\":", run::JsonString(result.finding->failure.violation.id),
                    ",\"detail\":", run::JsonString(result.finding->failure.violation.detail),
                    ",\"script\":", run::JsonString(script::Print(result.finding->script)));
  }
  return json + "}\n";
}

std::string FormatText(const PairsResult& result, std::size_t pairs, double seconds) {
  const PairCounts& counts = result.counts;
  std::string text = absl::StrFormat(
      "%s: %d of %d pairs of operations, each with at most %d preemptions, after a set-up for each "
      "row and stage\n"
      "%d schedules run of %d that there are (the others follow from these), %d yield points, %.1f "
      "s\n",
      std::string(EndOf(result)), result.pairs, pairs, interleave::PairExplorer::kMostPreemptions,
      counts.schedules, counts.unreduced, counts.steps, seconds);
  if (!result.finding) return text + "no violation\n";
  absl::StrAppend(&text, result.finding->failure.violation.id, ": ",
                  result.finding->failure.violation.detail, "\n",
                  script::Print(result.finding->script));
  return text;
}

}  // namespace

std::string FormatPairs(const PairsResult& result, std::size_t pairs, double seconds,
                        ReportForm form) {
  return form == ReportForm::kJson ? FormatJson(result, pairs, seconds)
                                   : FormatText(result, pairs, seconds);
}

int ExploreAllPairs(ReportForm form) {
  const InterruptGuard guard;
  ProgressLine line;
  run::Runner runner(*Profile::Make(0));
  const interleave::PairsOptions options;
  const PairsResult result =
      interleave::ExplorePairs(runner, options, [&](const PairsProgress& progress) {
        line.Show([&](auto taken) { return FormatProgress(progress, taken); });
        return !guard.Interrupted();
      });
  line.Clear();
  std::printf(
      "%s",
      FormatPairs(result, interleave::CountPairs(options), line.taken().count(), form).c_str());
  if (result.finding) return kExitFound;
  return result.interrupted ? kExitInterrupted : kExitOk;
}

}  // namespace cadastre
