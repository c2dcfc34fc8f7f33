// SPDX-License-Identifier: Apache-2.0
#include "harness/interleave/conflict.h"

namespace cadastre::interleave {
namespace {

using Kind = YieldPoint::Kind;

bool IsLoad(Kind kind) { return kind == Kind::kLoad || kind == Kind::kHostLoad; }

bool Overlap(const YieldPoint& a, const YieldPoint& b) {
  return a.address < b.address + b.size && b.address < a.address + a.size;
}

bool MattersToHardware(const Step& step) {
  return step.by_hardware || (step.point.kind != Kind::kNothing && step.point.kind != Kind::kLoad);
}

}  // namespace

bool Conflict(const Step& a, const Step& b) {
  if (a.commits && b.commits) return true;
  if (a.by_hardware && MattersToHardware(b)) return true;
  if (b.by_hardware && MattersToHardware(a)) return true;
  if (a.point.kind == Kind::kNothing || b.point.kind == Kind::kNothing) return false;
  return Overlap(a.point, b.point) && !(IsLoad(a.point.kind) && IsLoad(b.point.kind));
}

Stint::Stint(std::span<const Step> steps, std::optional<Step> attempt)
    : steps_(steps), attempt_(attempt) {
  for (const Step& step : steps) {
    touched_.set(PlaceOf(step.point));
    commits_ |= step.commits;
    by_hardware_ |= step.by_hardware;
  }
}

std::optional<std::size_t> Stint::FirstConflict(const Step& step) const {
  const bool near = touched_.test(PlaceOf(step.point)) || (commits_ && step.commits) ||
                    (by_hardware_ && MattersToHardware(step)) || step.by_hardware;
  for (std::size_t i = 0; near && i < steps_.size(); ++i) {
    if (Conflict(step, steps_[i])) return i;
  }
  if (attempt_ && Conflict(step, *attempt_)) return steps_.size();
  return std::nullopt;
}

const Step* Stint::next() const {
  if (!steps_.empty()) return &steps_.front();
  return attempt_ ? &*attempt_ : nullptr;
}

}  // namespace cadastre::interleave
