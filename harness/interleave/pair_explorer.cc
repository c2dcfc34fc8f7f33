// SPDX-License-Identifier: Apache-2.0
#include "harness/interleave/pair_explorer.h"

#include <algorithm>
#include <cassert>
#include <span>

namespace cadastre::interleave {
namespace {

using End = Stretch::End;

// Schedules of operations with n and m yield points and at most so many preemptions: who goes
// first; where it is cut; where the other is.
std::uint64_t Unreduced(std::uint64_t n, std::uint64_t m, unsigned preemptions) {
  std::uint64_t schedules = 2;
  if (preemptions >= 1) schedules += (n - 1) + (m - 1);
  if (preemptions >= 2) schedules += 2 * (n - 1) * (m - 1);
  return schedules;
}

bool SameLock(const Step& a, const Step& b) {
  return a.point.kind == YieldPoint::Kind::kLock && b.point.kind == YieldPoint::Kind::kLock &&
         a.point.address == b.point.address;
}

}  // namespace

PairCounts& PairCounts::operator+=(const PairCounts& other) {
  schedules += other.schedules;
  unreduced += other.unreduced;
  steps += other.steps;
  opaque += other.opaque;
  passed_by += other.passed_by;
  return *this;
}

PairExplorer::PairExplorer(run::Runner& runner, unsigned preemptions)
    : run_(runner), preemptions_(preemptions) {
  assert(preemptions <= kMostPreemptions);
}

// What the CPU of the stretch does from its step `from` on, as that run has it.
Stint PairExplorer::Rest(const PairTrace& trace, const Stretch& stretch, std::uint32_t from) {
  const std::vector<Step>& steps = trace.steps[stretch.cpu];
  const std::span<const Step> rest(steps.begin() + from, steps.begin() + stretch.to);
  if (stretch.end == End::kBlocked) return {rest, steps[stretch.to]};
  return {rest, std::nullopt};
}

// Has the CPU ended before the stretch?
bool PairExplorer::EndedBefore(const PairTrace& trace, std::size_t index, unsigned cpu) {
  return std::any_of(trace.stretches.begin(),
                     trace.stretches.begin() + static_cast<std::ptrdiff_t>(index),
                     [&](const Stretch& s) { return s.cpu == cpu && s.end == End::kEnded; });
}

std::uint32_t PairExplorer::StepsBefore(const PairTrace& trace, std::size_t index, unsigned cpu) {
  std::uint32_t steps = 0;
  for (std::size_t i = 0; i < index; ++i) {
    if (trace.stretches[i].cpu == cpu) steps = trace.stretches[i].to;
  }
  return steps;
}

// False: there is nothing to learn from it. What a violation that is not hunted cut short is known
// up to there, and where its steps conflict with nothing else they end so again.
bool PairExplorer::Run(const std::vector<Turn>& turns, unsigned next, PairTrace& trace) {
  run_.Run(turns, next, trace);
  ++counts_.schedules;
  if (trace.is_opaque) ++counts_.opaque;
  if (trace.failure && (*is_hunted_)(*trace.failure)) {
    violating_ = &trace;
    return false;
  }
  if (trace.failure) ++counts_.passed_by;
  if (!trace.failure && *on_run_) (*on_run_)(trace);
  return !trace.is_opaque;
}

// Both orders without preemption. What each CPU does when it is first is what the other's run needs
// to know.
bool PairExplorer::Start(const Pair& pair, const IsHunted& is_hunted, const OnRun& on_run) {
  is_hunted_ = &is_hunted;
  on_run_ = &on_run;
  counts_ = {};
  violating_ = nullptr;
  run_.Take(pair);
  const bool first = Run({}, 0, levels_.front().trace);
  const bool second = violating_ == nullptr && Run({}, 1, levels_.back().trace);
  if (!first || !second) return false;
  const std::uint64_t steps[] = {levels_.front().trace.steps[0].size(),
                                 levels_.back().trace.steps[1].size()};
  counts_.steps = steps[0] + steps[1];
  counts_.unreduced = Unreduced(steps[0], steps[1], preemptions_);
  return true;
}

PairCounts PairExplorer::Explore(const Pair& pair, const IsHunted& is_hunted, const OnRun& on_run) {
  if (!Start(pair, is_hunted, on_run)) return counts_;
  Level& root = levels_.front();
  Level& other_root = levels_.back();
  for (const bool other : {false, true}) {
    if (other) std::swap(root.trace, other_root.trace);
    root.given = 0;
    root.least_cut = 0;
    const Stretch& first = other_root.trace.stretches.front();
    root.other = Rest(other_root.trace, first, 0);
    if (violating_ == nullptr) Descend(0);
  }
  return counts_;
}

void PairExplorer::Descend(unsigned level) {
  if (level == preemptions_) return;
  const std::size_t stretches = levels_[level].trace.stretches.size();
  for (std::size_t i = levels_[level].given; i < stretches && violating_ == nullptr; ++i)
    DescendFrom(level, i);
}

// Runs `level`'s schedule with its stretch `index` cut behind `at` steps, as the next level's.
void PairExplorer::Cut(unsigned level, std::size_t index, std::uint32_t at) {
  const std::vector<Stretch>& stretches = levels_[level].trace.stretches;
  turns_.clear();
  for (std::size_t i = 0; i < index; ++i) turns_.push_back({stretches[i].cpu, stretches[i].to});
  turns_.push_back({stretches[index].cpu, at});
}

// The places at which the stretch may be cut.
void PairExplorer::DescendFrom(unsigned level, std::size_t index) {
  Level& here = levels_[level];
  const Stretch stretch = here.trace.stretches[index];
  const unsigned other = 1 - stretch.cpu;
  if (EndedBefore(here.trace, index, other)) return;
  const std::uint32_t others_steps = StepsBefore(here.trace, index, other);
  const std::vector<Step>& all_of_other = here.trace.steps[other];
  std::vector<Step> held;  // what `stint` speaks of, once it is that of a run which is gone
  // Where the stretch began because the other stood before a lock, it still does.
  std::optional<Stint> stint;
  if (index == here.given) {
    stint = here.other;
  } else if (others_steps < all_of_other.size()) {
    stint = Stint({}, all_of_other[others_steps]);
  }
  for (std::uint32_t at = stretch.from + 1; at < stretch.to && violating_ == nullptr; ++at) {
    const Step& step = here.trace.steps[stretch.cpu][at - 1];
    std::optional<std::size_t> conflict = 0;  // where nothing is known
    if (stint) {
      conflict = stint->FirstConflict(step);
      if (!conflict) continue;
      if (stint->next() != nullptr && SameLock(*stint->next(), step)) {
        // It would not move: the lock that it wants first has just been taken.
        stint = Stint({}, *stint->next());
        continue;
      }
      stint.reset();
    }
    if (index == here.given && at < here.least_cut) continue;
    Cut(level, index, at);
    Level& next = levels_[level + 1];
    if (!Run(turns_, other, next.trace)) continue;
    next.given = index + 1;
    next.least_cut = others_steps + static_cast<std::uint32_t>(*conflict) + 1;
    next.other = Rest(here.trace, stretch, at);
    Descend(level + 1);
    if (next.given >= next.trace.stretches.size()) continue;
    const Stretch& then = next.trace.stretches[next.given];
    if (then.cpu != other) continue;
    const std::vector<Step>& steps = next.trace.steps[other];
    held.assign(steps.begin() + then.from, steps.begin() + then.to);
    const bool blocked = then.end == End::kBlocked;
    stint = Stint(held, blocked ? std::optional(steps[then.to]) : std::nullopt);
  }
}

PairCounts PairExplorer::ExploreAll(const Pair& pair, const IsHunted& is_hunted,
                                    const OnRun& on_run) {
  if (!Start(pair, is_hunted, on_run)) return counts_;
  for (const bool other : {false, true}) {
    if (other) std::swap(levels_.front().trace, levels_.back().trace);
    DescendAll(0, 0);
  }
  return counts_;
}

void PairExplorer::DescendAll(unsigned level, std::size_t given) {
  if (level == preemptions_) return;
  const PairTrace& trace = levels_[level].trace;
  for (std::size_t i = given; i < trace.stretches.size(); ++i) {
    const Stretch stretch = trace.stretches[i];
    for (std::uint32_t at = stretch.from + 1; at < stretch.to && violating_ == nullptr; ++at) {
      Cut(level, i, at);
      if (Run(turns_, 1 - stretch.cpu, levels_[level + 1].trace)) DescendAll(level + 1, i + 1);
    }
  }
}

}  // namespace cadastre::interleave
