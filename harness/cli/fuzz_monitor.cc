// SPDX-License-Identifier: Apache-2.0
#include "harness/cli/fuzz_monitor.h"

#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <deque>
#include <fstream>
#include <iterator>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "harness/cli/fuzz_disk.h"
#include "harness/cli/fuzz_engine.h"
#include "harness/process/process.h"

namespace cadastre {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds kPoll{200};
constexpr milliseconds kTerminalPeriod{1000};
constexpr milliseconds kLogPeriod{10000};
constexpr milliseconds kStatsFilePeriod{5000};
constexpr milliseconds kDiskPeriod{1000};
// How long an engine may take to load its seeds and to write its last files before it is made to
// end.
constexpr milliseconds kGrace{30000};
constexpr std::size_t kLastLines = 12;
// A speed is that of the time since this many status lines ago: targets report every other second.
constexpr std::size_t kSamples = 6;

// One engine process, what it said, and its log file.
struct Job {
  Child child;
  std::ofstream log;
  std::filesystem::path stats_file = {};  // AFL++'s; empty for libFuzzer
  FuzzProgress progress = {};
  std::deque<std::string> last_lines = {};

  void Read() {
    for (const std::string& line : child.ReadLines()) {
      log << line << '\n';
      progress.Observe(line);
      last_lines.push_back(line);
      if (last_lines.size() > kLastLines) last_lines.pop_front();
    }
  }
  void ReadStatsFile() {
    std::ifstream in(stats_file);
    if (in)
      progress.ObserveAflStats(ParseAflStats(std::string(std::istreambuf_iterator<char>(in), {})));
  }
};

struct Sample {
  milliseconds at{0};
  FuzzTotals totals = {};
};

class Monitor {
 public:
  Monitor(const FuzzOptions& options, const FuzzWorkspace& work, const InterruptGuard& guard)
      : options_(options), folder_(work.directory), guard_(guard) {}

  absl::Status Start(const FuzzWorkspace& work) {
    for (std::size_t i = 0; i < options_.jobs; ++i) {
      const std::filesystem::path log_file = folder_ / absl::StrCat("log-", i);
      std::ofstream log(log_file);
      if (!log) return absl::InternalError(absl::StrCat("can't write ", log_file.string()));
      absl::StatusOr<Child> child = Child::Start(EngineCommand(work, options_, i));
      if (!child.ok()) return child.status();
      jobs_.push_back({.child = *std::move(child), .log = std::move(log)});
      if (options_.engine == FuzzEngine::kAfl) {
        jobs_.back().stats_file = AflJobFolder(work, options_, i) / "fuzzer_stats";
      }
    }
    return absl::OkStatus();
  }

  FuzzSession Watch() {
    while (!AllEnded()) {
      WaitForOutput();
      for (Job& job : jobs_) job.Read();
      Decide();
      Show();
    }
    if (OnTerminal() && shown_) std::fputc('\n', stderr);
    return Finish();
  }

 private:
  static bool OnTerminal() { return isatty(STDERR_FILENO) == 1; }
  milliseconds Elapsed() const {
    return std::chrono::duration_cast<milliseconds>(Clock::now() - start_);
  }

  FuzzTotals Totals() const {
    std::vector<FuzzTotals> each;
    for (const Job& job : jobs_) each.push_back(job.progress.Totals());
    return Combine(each);
  }

  // Asks every child, so that each is reaped.
  bool AllEnded() {
    std::size_t ended = 0;
    for (Job& job : jobs_) ended += job.child.HasEnded() ? 1 : 0;
    return ended == jobs_.size();
  }

  void WaitForOutput() {
    std::vector<pollfd> ends;
    for (const Job& job : jobs_) {
      if (!job.child.status().has_value()) ends.push_back({job.child.descriptor(), POLLIN, 0});
    }
    poll(ends.data(), ends.size(), static_cast<int>(kPoll.count()));
  }

  // Whether it is time to end: by itself an engine ends at its time limit only.
  void Decide() {
    if (stopping_at_.has_value()) {
      if (Elapsed() > *stopping_at_ + kGrace) SignalAll(SIGKILL);
      return;
    }
    const bool one_ended =
        std::any_of(jobs_.begin(), jobs_.end(), [](Job& job) { return job.child.HasEnded(); });
    if (guard_.Interrupted()) {
      Stop(FuzzEnd::kInterrupted);
    } else if (!disk_.ok()) {
      Stop(FuzzEnd::kDiskFull);
    } else if (one_ended && Elapsed() < options_.duration) {
      Stop(FuzzEnd::kViolation);  // or a failed engine: Finish tells
    } else if (Elapsed() > options_.duration + kGrace) {
      Stop(FuzzEnd::kTimeUp);
    }
  }

  void Stop(FuzzEnd why) {
    end_ = why;
    stopping_at_ = Elapsed();
    SignalAll(SIGINT);
  }

  void SignalAll(int signal) {
    for (Job& job : jobs_) job.child.Signal(signal);
  }

  void Show() {
    const milliseconds period = OnTerminal() ? kTerminalPeriod : kLogPeriod;
    const milliseconds now = Elapsed();
    if (now - read_at_ >= kStatsFilePeriod) {
      for (Job& job : jobs_) job.ReadStatsFile();
      read_at_ = now;
    }
    if (now - measured_at_ >= kDiskPeriod) {
      disk_.Update(MeasureDisk());
      measured_at_ = now;
    }
    if (now - shown_at_ < period) return;
    const FuzzTotals totals = Totals();
    const Sample& past = history_.front();
    const std::string line = StatusLine(totals, past.totals, now - past.at, now, options_.duration);
    std::fprintf(stderr, OnTerminal() ? "\r\x1b[K%s" : "%s\n", line.c_str());
    std::fflush(stderr);
    history_.push_back({now, totals});
    if (history_.size() > kSamples) history_.pop_front();
    shown_at_ = now;
    shown_ = true;
  }

  absl::Status MeasureDisk() const {
    for (std::size_t i = 0; i < jobs_.size(); ++i) {
      if (!jobs_[i].log)
        return absl::InternalError(
            absl::StrCat("can't write ", (folder_ / absl::StrCat("log-", i)).string()));
    }
    return HasRoom(folder_);
  }

  FuzzSession Finish() {
    FuzzSession session{.end = end_, .elapsed = Elapsed(), .disk = disk_};
    for (Job& job : jobs_) {
      job.Read();
      job.ReadStatsFile();
    }
    if (Totals().violations > 0) {
      session.end = FuzzEnd::kViolation;
    } else if (end_ != FuzzEnd::kInterrupted && end_ != FuzzEnd::kDiskFull) {
      const auto failed = std::find_if(jobs_.begin(), jobs_.end(),
                                       [](Job& job) { return job.child.status() != 0; });
      const bool early = end_ == FuzzEnd::kViolation;
      if (failed != jobs_.end() || early) {
        Job& job = failed != jobs_.end() ? *failed : jobs_.front();
        session.end = FuzzEnd::kEngineFailed;
        session.last_lines.assign(job.last_lines.begin(), job.last_lines.end());
      }
    }
    for (Job& job : jobs_) session.jobs.push_back(std::move(job.progress));
    return session;
  }

  const FuzzOptions& options_;
  const std::filesystem::path folder_;
  const InterruptGuard& guard_;
  const Clock::time_point start_ = Clock::now();
  std::vector<Job> jobs_ = {};
  FuzzEnd end_ = FuzzEnd::kTimeUp;
  std::optional<milliseconds> stopping_at_ = {};
  std::deque<Sample> history_ = {Sample{}};  // what was shown last; the oldest first
  milliseconds shown_at_{0};
  milliseconds read_at_{0};
  milliseconds measured_at_{0};
  absl::Status disk_ = absl::OkStatus();
  bool shown_ = false;
};

std::uint64_t PerSecond(std::uint64_t now, std::uint64_t before, milliseconds between) {
  if (between.count() <= 0 || now < before) return 0;
  return (now - before) * 1000 / static_cast<std::uint64_t>(between.count());
}

std::string MinutesAndSeconds(std::chrono::seconds time) {
  return absl::StrFormat("%02d:%02d", time.count() / 60, time.count() % 60);
}

}  // namespace

std::string ShortCount(std::uint64_t count) {
  constexpr char kUnits[] = {'k', 'M', 'G', 'T', 'P', 'E'};
  if (count < 1000) return absl::StrCat(count);
  double value = static_cast<double>(count);
  std::size_t unit = 0;
  for (value /= 1000; value >= 999.5; value /= 1000) ++unit;
  return value < 9.95 ? absl::StrFormat("%.1f%c", value, kUnits[unit])
                      : absl::StrFormat("%.0f%c", value, kUnits[unit]);
}

std::string StatusLine(const FuzzTotals& now, const FuzzTotals& before, milliseconds between,
                       milliseconds elapsed, std::chrono::seconds duration) {
  std::string line =
      absl::StrFormat("%s/%s  execs %s (%s/s)  ops %s (%s/s)",
                      MinutesAndSeconds(std::chrono::duration_cast<std::chrono::seconds>(elapsed)),
                      MinutesAndSeconds(duration), ShortCount(now.execs),
                      ShortCount(PerSecond(now.execs, before.execs, between)), ShortCount(now.ops),
                      ShortCount(PerSecond(now.ops, before.ops, between)));
  if (now.coverage != 0) absl::StrAppendFormat(&line, "  cov %d", now.coverage);
  absl::StrAppendFormat(&line, "  corpus %d", now.corpus);
  if (now.rows_total != 0)
    absl::StrAppendFormat(&line, "  rows %d/%d", now.rows_seen, now.rows_total);
  absl::StrAppendFormat(&line, "  violations %d", now.violations);
  return line;
}

absl::StatusOr<FuzzSession> RunFuzzSession(const FuzzWorkspace& work, const FuzzOptions& options,
                                           const InterruptGuard& guard) {
  if (absl::Status status = LayOutInputs(work, options); !status.ok()) return status;
  Monitor monitor(options, work, guard);
  if (absl::Status status = monitor.Start(work); !status.ok()) return status;
  return monitor.Watch();
}

}  // namespace cadastre
