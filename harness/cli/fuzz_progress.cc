// SPDX-License-Identifier: Apache-2.0
#include "harness/cli/fuzz_progress.h"

#include <algorithm>
#include <charconv>
#include <cstddef>

namespace cadastre {
namespace {

// The number that text starts with, spaces skipped.
std::optional<std::uint64_t> LeadingNumber(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end == text.data()) return std::nullopt;
  return number;
}

// The number after the first occurrence of `label`.
std::optional<std::uint64_t> NumberAfter(std::string_view text, std::string_view label) {
  const std::size_t at = text.find(label);
  if (at == std::string_view::npos) return std::nullopt;
  return LeadingNumber(text.substr(at + label.size()));
}

// The text between the first `open` and the next `close`.
std::optional<std::string_view> Between(std::string_view text, std::string_view open,
                                        std::string_view close) {
  const std::size_t at = text.find(open);
  if (at == std::string_view::npos) return std::nullopt;
  const std::size_t start = at + open.size();
  const std::size_t end = text.find(close, start);
  if (end == std::string_view::npos) return std::nullopt;
  return text.substr(start, end - start);
}

// The value of "key : value" in fuzzer_stats, where keys are padded with spaces.
std::uint64_t StatsValue(std::string_view file, std::string_view key) {
  while (!file.empty()) {
    const std::string_view line = file.substr(0, file.find('\n'));
    file.remove_prefix(std::min(line.size() + 1, file.size()));
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos || !line.starts_with(key)) continue;
    if (line.substr(0, colon).find_last_not_of(' ') + 1 != key.size()) continue;
    return LeadingNumber(line.substr(colon + 1)).value_or(0);
  }
  return 0;
}

constexpr std::string_view kArtifact = "Test unit written to ";

// An input that took longer than others is worth a look, but nothing is wrong: on a busy machine
// any may.
bool IsSlowUnit(std::string_view artifact) {
  return artifact.substr(artifact.find_last_of('/') + 1).starts_with("slow-unit-");
}

constexpr std::string_view kFindings[] = {
    "ASSERTION FAILED: ", "Check failed: ",         "ERROR: AddressSanitizer: ",
    "runtime error: ",    "ERROR: LeakSanitizer: ", "ERROR: libFuzzer: "};

}  // namespace

std::optional<LibFuzzerPulse> ParseLibFuzzerPulse(std::string_view line) {
  if (!line.starts_with('#')) return std::nullopt;
  const std::optional<std::uint64_t> execs = LeadingNumber(line.substr(1));
  const std::optional<std::uint64_t> corpus = NumberAfter(line, "corp: ");
  if (!execs.has_value() || !corpus.has_value()) return std::nullopt;
  return LibFuzzerPulse{
      .execs = *execs, .coverage = NumberAfter(line, "cov: ").value_or(0), .corpus = *corpus};
}

std::optional<AflLogLine> ParseAflLogLine(std::string_view line) {
  const std::optional<std::string_view> inside = Between(line, "Fuzzing test case #", ")");
  if (!inside.has_value()) return std::nullopt;
  const std::optional<std::uint64_t> corpus = NumberAfter(*inside, "(");
  const std::optional<std::uint64_t> crashes = NumberAfter(*inside, " total, ");
  if (!corpus.has_value() || !crashes.has_value()) return std::nullopt;
  return AflLogLine{.corpus = *corpus, .crashes = *crashes};
}

AflStats ParseAflStats(std::string_view file) {
  return {.execs = StatsValue(file, "execs_done"),
          .coverage = StatsValue(file, "edges_found"),
          .corpus = StatsValue(file, "corpus_count"),
          .crashes = StatsValue(file, "saved_crashes"),
          .stability_percent = StatsValue(file, "stability")};
}

std::optional<TargetStats> ParseTargetStats(std::string_view line) {
  constexpr std::string_view kMark = "cadastre-stats: ";
  const std::size_t at = line.find(kMark);
  if (at == std::string_view::npos) return std::nullopt;
  const std::string_view body = line.substr(at + kMark.size());
  const std::optional<std::uint64_t> execs = NumberAfter(body, "execs=");
  const std::optional<std::uint64_t> ops = NumberAfter(body, "ops=");
  const std::optional<std::uint64_t> seen = NumberAfter(body, "rows=");
  const std::optional<std::uint64_t> violations = NumberAfter(body, "violations=");
  const std::optional<std::string_view> rows = Between(body, "rows=", " ");
  const std::optional<std::uint64_t> total =
      rows.has_value() ? NumberAfter(*rows, "/") : std::nullopt;
  if (!execs || !ops || !seen || !total || !violations) return std::nullopt;
  return TargetStats{.execs = *execs,
                     .ops = *ops,
                     .rows_seen = *seen,
                     .rows_total = *total,
                     .violations = *violations};
}

FuzzTotals Combine(std::span<const FuzzTotals> jobs) {
  FuzzTotals all;
  for (const FuzzTotals& job : jobs) {
    all.execs += job.execs;
    all.ops += job.ops;
    all.violations += job.violations;
    all.coverage = std::max(all.coverage, job.coverage);
    all.corpus = std::max(all.corpus, job.corpus);
    all.rows_seen = std::max(all.rows_seen, job.rows_seen);
    all.rows_total = std::max(all.rows_total, job.rows_total);
    // Of the job that saw most.
    if (job.rows_seen == all.rows_seen) all.rows_unseen = job.rows_unseen;
    if (job.stability_percent) {
      all.stability_percent =
          std::min(*job.stability_percent, all.stability_percent.value_or(*job.stability_percent));
    }
  }
  return all;
}

void FuzzProgress::Observe(std::string_view line) {
  constexpr std::string_view kUnseen = "cadastre-unseen: ";
  if (const std::optional<TargetStats> stats = ParseTargetStats(line)) {
    ObserveTarget(*stats);
  } else if (const std::optional<LibFuzzerPulse> pulse = ParseLibFuzzerPulse(line)) {
    engine_.execs = std::max(engine_.execs, pulse->execs);
    engine_.coverage = std::max(engine_.coverage, pulse->coverage);
    engine_.corpus = pulse->corpus;
  } else if (const std::optional<AflLogLine> log = ParseAflLogLine(line)) {
    engine_.corpus = log->corpus;
    engine_.violations = std::max(engine_.violations, log->crashes);
  } else if (const std::size_t at = line.find(kUnseen); at != std::string_view::npos) {
    // AFL++ starts new processes, which count anew: the one that saw most speaks.
    if (current_.rows_seen >= past_.rows_seen) unseen_ = line.substr(at + kUnseen.size());
  } else {
    ObserveFinding(line);
  }
}

// A target process counts from zero, and AFL++ starts a new one now and then.
void FuzzProgress::ObserveTarget(const TargetStats& stats) {
  if (stats.execs < current_.execs) {
    past_.execs += current_.execs;
    past_.ops += current_.ops;
    past_.violations += current_.violations;
  }
  past_.rows_seen = std::max(past_.rows_seen, stats.rows_seen);
  current_ = stats;
}

void FuzzProgress::ObserveFinding(std::string_view line) {
  if (const std::size_t at = line.find(kArtifact); at != std::string_view::npos) {
    const std::string_view artifact = line.substr(at + kArtifact.size());
    if (!IsSlowUnit(artifact)) artifacts_.emplace_back(artifact);
    return;
  }
  if (line.find("results in a crash") != std::string_view::npos) {
    if (const auto seed = Between(line, "Test case '", "'")) crashing_seeds_.emplace_back(*seed);
    return;
  }
  if (!headline_.empty()) return;
  for (const std::string_view finding : kFindings) {
    if (const std::size_t at = line.find(finding); at != std::string_view::npos)
      headline_ = line.substr(at);
  }
}

void FuzzProgress::ObserveAflStats(const AflStats& stats) {
  engine_.execs = std::max(engine_.execs, stats.execs);
  engine_.coverage = std::max(engine_.coverage, stats.coverage);
  engine_.corpus = std::max(engine_.corpus, stats.corpus);
  engine_.violations = std::max(engine_.violations, stats.crashes);
  // AFL++ writes 0 before its first calibration, and so does a file that ends too early.
  if (stats.stability_percent != 0) engine_.stability_percent = stats.stability_percent;
}

FuzzTotals FuzzProgress::Totals() const {
  FuzzTotals totals = engine_;
  totals.execs = std::max(engine_.execs, past_.execs + current_.execs);
  totals.ops = past_.ops + current_.ops;
  totals.rows_seen = past_.rows_seen;
  totals.rows_total = current_.rows_total;
  if (totals.rows_seen < totals.rows_total) totals.rows_unseen = unseen_;
  // A target that AFL++ runs again on a crash says so again: what the engine kept counts first.
  const std::uint64_t kept =
      std::max<std::uint64_t>({engine_.violations, artifacts_.size(), crashing_seeds_.size()});
  totals.violations = kept != 0 ? kept : past_.violations + current_.violations;
  return totals;
}

}  // namespace cadastre
