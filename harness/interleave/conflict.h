// SPDX-License-Identifier: Apache-2.0
// Steps of operations, and which of them may not be exchanged.
#ifndef CADASTRE_HARNESS_INTERLEAVE_CONFLICT_H_
#define CADASTRE_HARNESS_INTERLEAVE_CONFLICT_H_

#include <bitset>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "harness/machine/yield_point.h"

namespace cadastre::interleave {

// What a CPU does from one yield point to the next: the access that it was about to make, and what
// the machine does with it.
struct Step {
  YieldPoint point;
  // The specification steps: at the first release, or at the end of an operation without locks.
  bool commits = false;
  // The host or a guest reaches memory by itself: it walks tables that it holds no lock of, and
  // loads or stores a word.
  bool by_hardware = false;
};

// May the order of the two, of different CPUs and next to each other, make a difference? They touch
// a byte or a lock of which one of them changes the state; or both are steps of the specification;
// or hardware walks while the core stores, or takes a lock that says whether tables are in motion.
bool Conflict(const Step& a, const Step& b);

// What a CPU would do without interruption: its steps to its end, or to a lock that another holds.
class Stint {
 public:
  Stint() = default;
  // `steps` must outlive the stint. `attempt`: the lock that it then stands before.
  Stint(std::span<const Step> steps, std::optional<Step> attempt);

  // The place of the first step that conflicts with `step`; size() if it is the attempt alone;
  // nullopt if none does.
  std::optional<std::size_t> FirstConflict(const Step& step) const;
  std::size_t size() const { return steps_.size(); }
  // What it does first; nullptr if there is nothing left.
  const Step* next() const;

 private:
  static std::size_t PlaceOf(const YieldPoint& point) { return (point.address >> 12) % kPlaces; }
  static constexpr std::size_t kPlaces = 1024;

  std::span<const Step> steps_;
  std::optional<Step> attempt_;
  std::bitset<kPlaces> touched_;  // pages, cells and locks of the steps
  bool commits_ = false;          // a step does
  bool by_hardware_ = false;      // a step is
};

}  // namespace cadastre::interleave

#endif  // CADASTRE_HARNESS_INTERLEAVE_CONFLICT_H_
