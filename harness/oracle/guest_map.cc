// SPDX-License-Identifier: Apache-2.0
#include "harness/oracle/guest_map.h"

#include <algorithm>

namespace cadastre::oracle {
namespace {

constexpr std::array<unsigned, 3> kSpanShifts = {9, 18, 27};

// used(VM) = N_9 + (start level <= 1 ? N_18 : 0) + (start level = 0 ? N_27 : 0).
std::uint64_t WeighSpans(unsigned start_level, const std::array<std::uint64_t, 3>& n) {
  return n[0] + (start_level <= 1 ? n[1] : 0) + (start_level == 0 ? n[2] : 0);
}

}  // namespace

std::size_t GuestMap::LowerBound(std::uint64_t gfn) const {
  const auto at =
      std::lower_bound(leaves_.begin(), leaves_.end(), gfn,
                       [](const GuestLeaf& leaf, std::uint64_t value) { return leaf.gfn < value; });
  return static_cast<std::size_t>(at - leaves_.begin());
}

std::span<const GuestLeaf> GuestMap::Slice(std::uint64_t gfn, std::uint64_t count) const {
  const std::size_t first = LowerBound(gfn);
  std::size_t last = first;
  while (last < leaves_.size() && leaves_[last].gfn - gfn < count) ++last;
  return std::span(leaves_).subspan(first, last - first);
}

std::span<GuestLeaf> GuestMap::Slice(std::uint64_t gfn, std::uint64_t count) {
  const auto slice = std::as_const(*this).Slice(gfn, count);
  return std::span(leaves_).subspan(LowerBound(gfn), slice.size());
}

bool GuestMap::IsEmptySpan(unsigned shift, std::uint64_t span) const {
  const std::size_t at = LowerBound(span << shift);
  return at == leaves_.size() || leaves_[at].gfn >> shift != span;
}

std::uint64_t GuestMap::EmptySpans(unsigned shift, std::uint64_t gfn, std::uint64_t count) const {
  std::uint64_t empty = 0;
  for (std::uint64_t span = gfn >> shift; span <= (gfn + count - 1) >> shift; ++span) {
    if (IsEmptySpan(shift, span)) ++empty;
  }
  return empty;
}

void GuestMap::Insert(const GuestLeaf& first, std::uint64_t count) {
  for (std::size_t k = 0; k < kSpanShifts.size(); ++k) {
    distinct_[k] += EmptySpans(kSpanShifts[k], first.gfn, count);
  }
  const auto at = static_cast<std::ptrdiff_t>(LowerBound(first.gfn));
  auto slot = leaves_.insert(leaves_.begin() + at, count, first);
  for (std::uint64_t i = 0; i < count; ++i, ++slot) {
    slot->gfn = first.gfn + i;
    slot->pfn = first.pfn + i;
  }
}

void GuestMap::Erase(std::uint64_t gfn, std::uint64_t count) {
  std::array<std::uint64_t, 3> empty_before{};
  for (std::size_t k = 0; k < kSpanShifts.size(); ++k)
    empty_before[k] = EmptySpans(kSpanShifts[k], gfn, count);
  const auto first = leaves_.begin() + static_cast<std::ptrdiff_t>(LowerBound(gfn));
  leaves_.erase(first,
                first + static_cast<std::ptrdiff_t>(std::as_const(*this).Slice(gfn, count).size()));
  for (std::size_t k = 0; k < kSpanShifts.size(); ++k) {
    distinct_[k] -= EmptySpans(kSpanShifts[k], gfn, count) - empty_before[k];
  }
}

void GuestMap::Clear() {
  leaves_.clear();
  distinct_ = {};
}

std::uint64_t GuestMap::Used(unsigned start_level) const {
  return WeighSpans(start_level, distinct_);
}

std::uint64_t GuestMap::Need(unsigned start_level, std::uint64_t gfn, std::uint64_t count) const {
  std::array<std::uint64_t, 3> added{};
  for (std::size_t k = 0; k < kSpanShifts.size(); ++k)
    added[k] = EmptySpans(kSpanShifts[k], gfn, count);
  return WeighSpans(start_level, added);
}

std::uint64_t GuestMap::Need(unsigned start_level, std::span<const Range> ranges) const {
  if (ranges.size() == 1) return Need(start_level, ranges[0].gfn, ranges[0].count);
  std::array<std::uint64_t, 3> added{};
  std::vector<std::uint64_t> spans;
  for (std::size_t k = 0; k < kSpanShifts.size(); ++k) {
    const unsigned shift = kSpanShifts[k];
    spans.clear();
    for (const Range& range : ranges) {
      const std::uint64_t last = (range.gfn + range.count - 1) >> shift;
      for (std::uint64_t span = range.gfn >> shift; span <= last; ++span) {
        if (IsEmptySpan(shift, span)) spans.push_back(span);
      }
    }
    std::sort(spans.begin(), spans.end());
    added[k] = static_cast<std::uint64_t>(std::unique(spans.begin(), spans.end()) - spans.begin());
  }
  return WeighSpans(start_level, added);
}

}  // namespace cadastre::oracle
