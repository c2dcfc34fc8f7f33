// SPDX-License-Identifier: Apache-2.0
#include "harness/oracle/footprint.h"

#include <algorithm>

#include "harness/oracle/address_space.h"

namespace cadastre::oracle {
namespace {

constexpr unsigned kGranuleShift = 9;  // pages of a 2 MiB granule, as a power of two

}  // namespace

void Footprint::Build(const State& state, const Effect& effect, unsigned cpu) {
  changed_.Clear();
  was_hyp_.Clear();
  granules_.clear();
  rebuilt_ = effect.granules;
  cpu_ = cpu;
  vm_slot_ = effect.vm_slot;
  gfns_ = effect.gfns;
  std::sort(gfns_.begin(), gfns_.end(),
            [](const GfnSpan& a, const GfnSpan& b) { return a.first < b.first; });
  for (const PageChange& change : state.changes()) {
    changed_.Add(change.index);
    if (change.before.row == Row::kHyp || change.before.row == Row::kTransit)
      was_hyp_.Add(change.index);
    const std::uint64_t granule = state.ram().PfnOf(change.index) >> kGranuleShift;
    if (effect.stores_tables && (granules_.empty() || granules_.back() != granule))
      granules_.push_back(granule);
  }
  if (rebuilt_) {
    const std::uint64_t last = (rebuilt_->first + rebuilt_->count - 1) >> kGranuleShift;
    for (std::uint64_t g = rebuilt_->first >> kGranuleShift; g <= last; ++g) granules_.push_back(g);
  }
  std::sort(granules_.begin(), granules_.end());
}

bool Footprint::MeetsGranule(std::uint64_t first, std::uint64_t count) const {
  const auto at = std::lower_bound(granules_.begin(), granules_.end(), first >> kGranuleShift);
  return at != granules_.end() && *at <= (first + count - 1) >> kGranuleShift;
}

bool Footprint::AllowsPage(const State& state, std::uint64_t pfn) const {
  const auto index = state.ram().IndexOf(pfn);
  if (index && changed_.Has(*index)) return !granules_.empty();
  return rebuilt_ && rebuilt_->first >> kGranuleShift <= pfn >> kGranuleShift &&
         pfn >> kGranuleShift <= (rebuilt_->first + rebuilt_->count - 1) >> kGranuleShift;
}

bool Footprint::MeetsGfns(const Root& root, std::uint64_t first, std::uint64_t count) const {
  if (vm_slot_ != root.slot) return false;
  // The spans are disjoint: the first that ends above `first` is the one that may meet.
  const auto at = std::partition_point(gfns_.begin(), gfns_.end(), [first](const GfnSpan& span) {
    return span.first + span.count <= first;
  });
  return at != gfns_.end() && at->first < first + count;
}

bool Footprint::MeetsInput(const Root& root, std::uint64_t input, std::uint64_t size) const {
  const std::uint64_t first = input >> kPageShift;
  const std::uint64_t pages = size >> kPageShift;
  switch (root.regime) {
    case Regime::kHost:
      return MeetsGranule(first, pages);
    case Regime::kEl2: {
      if (input + size > kScrubWindow) return ReachesHostTables();
      if (input + size <= kLinearOffset) return false;
      const std::uint64_t below = input < kLinearOffset ? (kLinearOffset - input) >> kPageShift : 0;
      return MeetsGranule(first + below - (kLinearOffset >> kPageShift), pages - below);
    }
    case Regime::kGuest:
      return MeetsGfns(root, first, pages);
  }
  return false;
}

bool Footprint::AllowsTable(const TableRole& table) const {
  return MeetsInput(table.root, table.input_base,
                    std::uint64_t{kEntries} << LevelShift(table.level));
}

bool Footprint::AllowsEntry(const State& state, const TableRole& table, unsigned entry) const {
  const std::uint64_t size = std::uint64_t{1} << LevelShift(table.level);
  const std::uint64_t input = table.input_base + entry * size;
  if (table.level == kPageLevel && table.root.regime == Regime::kHost)
    return AllowsPage(state, input >> kPageShift);
  const auto linear = LinearPfn(input);
  if (table.level == kPageLevel && table.root.regime == Regime::kEl2 && linear)
    return AllowsPage(state, *linear);
  // A scrub window is its own CPU's.
  if (table.level == kPageLevel && table.root.regime == Regime::kEl2)
    return ReachesHostTables() && input == ScrubWindowOf(cpu_);
  return MeetsInput(table.root, input, size);
}

}  // namespace cadastre::oracle
