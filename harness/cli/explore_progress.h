// SPDX-License-Identifier: Apache-2.0
// How far an exploration is: on a terminal one line that is written over; else one now and then.
#ifndef CADASTRE_HARNESS_CLI_EXPLORE_PROGRESS_H_
#define CADASTRE_HARNESS_CLI_EXPLORE_PROGRESS_H_

#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <string>

namespace cadastre {

class ProgressLine {
 public:
  using Clock = std::chrono::steady_clock;

  // `text` makes the line of the time taken, when it is time for one.
  template <class Text>
  void Show(Text text) {
    const Clock::time_point now = Clock::now();
    if (is_terminal_ ? now - shown_ < kTerminalPeriod : now - shown_ < kLogPeriod) return;
    shown_ = now;
    const std::string line = text(std::chrono::duration<double>(now - start_));
    std::fprintf(stderr, is_terminal_ ? "\r\033[K%s" : "%s\n", line.c_str());
    std::fflush(stderr);
    has_shown_ = true;
  }
  void Clear() const {
    if (is_terminal_ && has_shown_) std::fprintf(stderr, "\r\033[K");
  }
  std::chrono::duration<double> taken() const { return Clock::now() - start_; }

 private:
  static constexpr std::chrono::milliseconds kTerminalPeriod{500};
  static constexpr std::chrono::seconds kLogPeriod{10};

  const bool is_terminal_ = isatty(STDERR_FILENO) == 1;
  const Clock::time_point start_ = Clock::now();
  Clock::time_point shown_ = start_;
  bool has_shown_ = false;
};

}  // namespace cadastre

#endif  // CADASTRE_HARNESS_CLI_EXPLORE_PROGRESS_H_
