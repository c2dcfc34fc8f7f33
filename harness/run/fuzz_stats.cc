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

std::string FuzzStats::Line() const {
  char line[160];
  std::snprintf(line, sizeof(line),
                "cadastre-stats: execs=%" PRIu64 " ops=%" PRIu64
                " rows=%zu/%zu violations=%" PRIu64,
                execs_, ops_, static_cast<std::size_t>(std::count(seen_.begin(), seen_.end(), 1)),
                seen_.size(), violations_);
  return line;
}

std::string FuzzStats::Unseen() const {
  constexpr std::ptrdiff_t kMostNamed = 16;
  std::string text;
  if (std::count(seen_.begin(), seen_.end(), 0) > kMostNamed) return text;
  for (std::size_t i = 0; i < seen_.size(); ++i) {
    if (seen_[i] == 0) text += (text.empty() ? "" : "; ") + names_[i];
  }
  return text;
}

void FuzzStats::Print() {
  std::fprintf(stderr, "%s\n", Line().c_str());
  if (const std::string unseen = Unseen(); !unseen.empty())
    std::fprintf(stderr, "cadastre-unseen: %s\n", unseen.c_str());
}

}  // namespace cadastre::run
