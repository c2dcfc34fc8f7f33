// SPDX-License-Identifier: Apache-2.0
#include "harness/interleave/chooser.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "harness/run/op_mix.h"

namespace cadastre::interleave {
namespace {

constexpr unsigned kTurnBits = 6;

bool CanRun(unsigned cpu, std::uint32_t runnable) { return (runnable >> cpu & 1) != 0; }

// The which-th CPU of the set, modulo their number.
unsigned Member(std::uint32_t set, unsigned which) {
  for (which %= static_cast<unsigned>(std::popcount(set)); which > 0; --which) set &= set - 1;
  return static_cast<unsigned>(std::countr_zero(set));
}

}  // namespace

unsigned ByteChooser::Choose(unsigned running, std::uint32_t runnable) {
  if (left_ > 0 && CanRun(running, runnable)) {
    --left_;
    return running;
  }
  if (next_ == bytes_.size()) return CanRun(running, runnable) ? running : Member(runnable, 0);
  const std::uint8_t byte = bytes_[next_++];
  left_ = byte & ((1u << kTurnBits) - 1);
  return Member(runnable, byte >> kTurnBits);
}

PctChooser::PctChooser(std::uint64_t seed, unsigned depth, unsigned cpus, std::uint64_t points) {
  run::MixRandom random(seed);
  // Below the first priorities there is room for those that fall.
  for (unsigned cpu = 0; cpu < cpus; ++cpu) priorities_.push_back(depth + cpu);
  for (unsigned cpu = cpus; cpu > 1; --cpu)
    std::swap(priorities_[cpu - 1], priorities_[random.Below(cpu)]);
  for (unsigned i = 1; i < depth; ++i) changes_.push_back(1 + random.Below(points));
  std::sort(changes_.begin(), changes_.end());
}

unsigned PctChooser::Choose(unsigned running, std::uint32_t runnable) {
  ++point_;
  while (next_change_ < changes_.size() && changes_[next_change_] <= point_) {
    ++next_change_;
    priorities_[running] = static_cast<unsigned>(changes_.size() + 1 - next_change_);
  }
  unsigned best = Member(runnable, 0);
  for (unsigned cpu = best + 1; cpu < priorities_.size(); ++cpu) {
    if (CanRun(cpu, runnable) && priorities_[cpu] > priorities_[best]) best = cpu;
  }
  return best;
}

}  // namespace cadastre::interleave
