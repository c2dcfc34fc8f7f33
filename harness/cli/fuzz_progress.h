// SPDX-License-Identifier: Apache-2.0
// What a running fuzzer says about itself, line by line: libFuzzer's pulse, AFL++'s log and
// fuzzer_stats, and the `cadastre-stats:` lines of our own targets.
#ifndef CADASTRE_HARNESS_CLI_FUZZ_PROGRESS_H_
#define CADASTRE_HARNESS_CLI_FUZZ_PROGRESS_H_

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cadastre {

// A line "#6174 REDUCE cov: 17 ft: 49 corp: 35/264b lim: 25 exec/s: 0 rss: 33Mb" of libFuzzer.
struct LibFuzzerPulse {
  std::uint64_t execs = 0;
  std::uint64_t coverage = 0;  // edges
  std::uint64_t corpus = 0;    // inputs
};
std::optional<LibFuzzerPulse> ParseLibFuzzerPulse(std::string_view line);

// A line "Fuzzing test case #34 (38 total, 0 crashes saved, ..." of AFL++.
struct AflLogLine {
  std::uint64_t corpus = 0;
  std::uint64_t crashes = 0;
};
std::optional<AflLogLine> ParseAflLogLine(std::string_view line);

// The file fuzzer_stats of AFL++; what it lacks is 0.
struct AflStats {
  std::uint64_t execs = 0;
  std::uint64_t coverage = 0;  // edges_found
  std::uint64_t corpus = 0;
  std::uint64_t crashes = 0;
  // Below 100: the same input does not always run the same way.
  std::uint64_t stability_percent = 0;
};
AflStats ParseAflStats(std::string_view file);

// A line "cadastre-stats: execs=N ops=N rows=N/M violations=N" of our targets.
struct TargetStats {
  std::uint64_t execs = 0;
  std::uint64_t ops = 0;
  std::uint64_t rows_seen = 0;
  std::uint64_t rows_total = 0;
  std::uint64_t violations = 0;
};
std::optional<TargetStats> ParseTargetStats(std::string_view line);

// The sums of a run, or of several jobs of one run.
struct FuzzTotals {
  std::uint64_t execs = 0;
  std::uint64_t ops = 0;
  std::uint64_t coverage = 0;
  std::uint64_t corpus = 0;
  std::uint64_t rows_seen = 0;
  std::uint64_t rows_total = 0;
  std::uint64_t violations = 0;
  // Names of the rows that no input reached, once they are few.
  std::string rows_unseen = {};
  // AFL++'s, see AflStats; absent as long as no job has said it.
  std::optional<std::uint64_t> stability_percent = {};
};

// Work adds up; coverage, rows and the shared corpus are the widest that one job saw; stability is
// that of the flakiest job.
FuzzTotals Combine(std::span<const FuzzTotals> jobs);

// What one job has said so far.
class FuzzProgress {
 public:
  // Any line of the engine or the target; one that says nothing is ignored.
  void Observe(std::string_view line);
  // AFL++ writes this file once a minute and at its end.
  void ObserveAflStats(const AflStats& stats);

  FuzzTotals Totals() const;
  // The first line that names a violation or a sanitizer's finding; empty while there is none.
  const std::string& headline() const { return headline_; }
  // The inputs that libFuzzer wrote for a violation.
  const std::vector<std::string>& artifacts() const { return artifacts_; }
  // The seeds that AFL++ refused because they crash at once, by its name for them.
  const std::vector<std::string>& crashing_seeds() const { return crashing_seeds_; }

 private:
  void ObserveTarget(const TargetStats& stats);
  void ObserveFinding(std::string_view line);

  // What the engine counts.
  FuzzTotals engine_;
  // Of target processes that ended, and of the one that runs.
  TargetStats past_;
  TargetStats current_;
  std::string unseen_;
  std::string headline_;
  std::vector<std::string> artifacts_;
  std::vector<std::string> crashing_seeds_;
};

}  // namespace cadastre

#endif  // CADASTRE_HARNESS_CLI_FUZZ_PROGRESS_H_
