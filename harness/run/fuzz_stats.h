// SPDX-License-Identifier: Apache-2.0
// What a fuzz target says about itself while an engine runs it, for `harness/cadastre fuzz`.
#ifndef CADASTRE_HARNESS_RUN_FUZZ_STATS_H_
#define CADASTRE_HARNESS_RUN_FUZZ_STATS_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "harness/run/runner.h"
#include "harness/script/profile.h"

namespace cadastre::run {

// Room for the oracle's cells among libFuzzer's counters.
inline constexpr std::size_t kExtraCounters = 1024;

// With CADASTRE_STATS=1 in the environment it prints to stderr, about every two seconds and when it
// is destroyed:
//   cadastre-stats: execs=N ops=N rows=SEEN/ALL violations=N
//   cadastre-unseen: NAME; NAME         where no more than 16 are
// Rows are the oracle's cells: (call, refusing row or success) and legal rows of pages. The clock
// decides when to print, and nothing else.
class FuzzStats {
 public:
  FuzzStats();
  ~FuzzStats();
  FuzzStats(const FuzzStats&) = delete;
  FuzzStats& operator=(const FuzzStats&) = delete;

  // After each input: adds it up, and hands the cells that it reached to libFuzzer as extra
  // counters.
  void NoteRun(const Runner& runner, script::Profile profile, std::size_t ops);
  // Prints at once, since the process is about to end.
  void NoteViolation();

  // The line without its end.
  std::string Line() const;
  // The names of what was not reached, empty if that is much.
  std::string Unseen() const;

 private:
  static constexpr std::size_t kLineBytes = 160;

  std::size_t Seen() const;  // cells
  void Format(char (&line)[kLineBytes]) const;
  // Are those left so few that their names fit?
  bool NamesUnseen() const;
  void Print();

  std::uint64_t execs_ = 0;
  std::uint64_t ops_ = 0;
  std::uint64_t violations_ = 0;
  std::vector<std::uint8_t> seen_;  // by cell: reached on some machine
  std::vector<std::string> names_;  // by cell
  std::vector<std::uint32_t>
      last_[script::kProfileNames.size()];  // counters before the run, by machine
  enum class Printing : std::uint8_t { kOff, kOn } printing_ = Printing::kOff;
  std::chrono::steady_clock::time_point next_;
};

}  // namespace cadastre::run

#endif  // CADASTRE_HARNESS_RUN_FUZZ_STATS_H_
