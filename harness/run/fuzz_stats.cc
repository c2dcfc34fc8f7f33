// SPDX-License-Identifier: Apache-2.0
#include "harness/run/fuzz_stats.h"

#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <span>

namespace cadastre::run {
namespace {

constexpr std::chrono::seconds kInterval{2};
constexpr std::uint64_t kRunsPerClock = 64;  // reading the clock costs as much as a short input

// libFuzzer clears these before each input and takes them for coverage after it. Other engines
// don't look.
__attribute__((section("__libfuzzer_extra_counters"),
               used)) std::uint8_t extra_counters[kExtraCounters];

}  // namespace

FuzzStats::FuzzStats() : next_(std::chrono::steady_clock::now() + kInterval) {
  const char* wanted = std::getenv("CADASTRE_STATS");
  if (wanted != nullptr && std::strcmp(wanted, "1") == 0) printing_ = Printing::kOn;
}

FuzzStats::~FuzzStats() {
  if (printing_ == Printing::kOn) Print();
}

void FuzzStats::NoteRun(const Runner& runner, script::Profile profile, std::size_t ops) {
  ++execs_;
  ops_ += ops;
  const std::span<const std::uint32_t> now = runner.oracle().CellCounters();
  std::vector<std::uint32_t>& last = last_[static_cast<std::size_t>(profile)];
  last.resize(now.size());
  seen_.resize(now.size());
  for (std::size_t i = names_.size(); i < now.size(); ++i)
    names_.push_back(runner.oracle().CellName(i));
  for (std::size_t i = 0; i < now.size(); ++i) {
    const std::uint32_t hits = now[i] - last[i];
    if (hits == 0) continue;
    last[i] = now[i];
    seen_[i] = 1;
    extra_counters[i % kExtraCounters] =
        static_cast<std::uint8_t>(std::min<std::uint32_t>(hits, 255));
  }
  if (printing_ == Printing::kOn && execs_ % kRunsPerClock == 0 &&
      std::chrono::steady_clock::now() >= next_) {
    Print();
    next_ = std::chrono::steady_clock::now() + kInterval;
  }
}

void FuzzStats::NoteViolation() {
  ++violations_;
  if (printing_ == Printing::kOn) Print();
}

std::size_t FuzzStats::Seen() const {
  std::size_t seen = 0;
  for (std::size_t i = 0; i < seen_.size(); ++i) seen += seen_[i];
  return seen;
}

void FuzzStats::Format(char (&line)[kLineBytes]) const {
  std::snprintf(line, sizeof(line),
                "cadastre-stats: execs=%" PRIu64 " ops=%" PRIu64
                " rows=%zu/%zu violations=%" PRIu64,
                execs_, ops_, Seen(), seen_.size(), violations_);
}

std::string FuzzStats::Line() const {
  char line[kLineBytes];
  Format(line);
  return line;
}

bool FuzzStats::NamesUnseen() const {
  constexpr std::size_t kMostNamed = 16;
  return seen_.size() - Seen() <= kMostNamed;
}

std::string FuzzStats::Unseen() const {
  std::string text;
  for (std::size_t i = 0; NamesUnseen() && i < seen_.size(); ++i) {
    if (seen_[i] == 0) text += (text.empty() ? "" : "; ") + names_[i];
  }
  return text;
}

// It comes when the clock says, in the middle of an input. So it calls nothing that might be traced
// with the core, as library templates are: else the input's coverage would tell the time.
void FuzzStats::Print() {
  char line[kLineBytes];
  Format(line);
  std::fprintf(stderr, "%s\n", line);
  if (!NamesUnseen() || Seen() == seen_.size()) return;
  const char* separator = "cadastre-unseen: ";
  for (std::size_t i = 0; i < seen_.size(); ++i) {
    if (seen_[i] != 0) continue;
    std::fprintf(stderr, "%s%s", separator, names_[i].c_str());
    separator = "; ";
  }
  std::fprintf(stderr, "\n");
}

}  // namespace cadastre::run
