// SPDX-License-Identifier: Apache-2.0
// The list rows of ABI.md section 5 (104, 110 to 114), judged on the copy of the list's words.
#include "harness/oracle/predicates.h"

namespace cadastre::oracle {
namespace {

constexpr std::uint64_t kListPages = 512;  // of all entries together

constexpr bool UsesPfns(ListWords words) {
  return words == ListWords::kPfns || words == ListWords::kPfnsAndGfns;
}
constexpr bool UsesGfns(ListWords words) {
  return words == ListWords::kGfns || words == ListWords::kPfnsAndGfns;
}

// On unbounded integers; no count is zero.
bool Meet(std::uint64_t a, std::uint64_t a_count, std::uint64_t b, std::uint64_t b_count) {
  return a <= b ? b - a < a_count : a - b < b_count;
}

template <typename Fails>
Detail FirstFailingEntry(const Step& step, Fails fails) {
  for (std::size_t entry = 0; entry < step.ranges.size(); ++entry) {
    if (fails(entry)) return entry;
  }
  return std::nullopt;
}

}  // namespace

Detail BadListCount(const Step& step) {
  return When(step[Argument::kListCount] == 0 || step[Argument::kListCount] > kListLimit);
}

Detail NoListPage(const Step& step) { return When(!step.state.list_page(step.cpu).has_value()); }

Detail ListPfnReserved(const Step& step) {
  return FirstFailingEntry(step, [&](std::size_t entry) { return step.ranges[entry].pfn != 0; });
}

Detail ListGfnReserved(const Step& step) {
  return FirstFailingEntry(step, [&](std::size_t entry) { return step.ranges[entry].gfn != 0; });
}

Detail ListBadCount(const Step& step) {
  std::uint64_t left = kListPages;
  return FirstFailingEntry(step, [&](std::size_t entry) {
    const std::uint64_t count = step.ranges[entry].count;
    if (count == 0 || count > left) return true;
    left -= count;
    return false;
  });
}

template <ListWords words>
Detail ListOverlap(const Step& step) {
  return FirstFailingEntry(step, [&](std::size_t later) {
    const Range& b = step.ranges[later];
    for (const Range& a : step.ranges.first(later)) {
      if (UsesPfns(words) && Meet(a.pfn, a.count, b.pfn, b.count)) return true;
      if (UsesGfns(words) && Meet(a.gfn, a.count, b.gfn, b.count)) return true;
    }
    return false;
  });
}
template Detail ListOverlap<ListWords::kPfns>(const Step& step);
template Detail ListOverlap<ListWords::kGfns>(const Step& step);
template Detail ListOverlap<ListWords::kPfnsAndGfns>(const Step& step);

template <ListWords words>
Detail ListOutOfSpace(const Step& step) {
  return FirstFailingEntry(step, [&](std::size_t entry) {
    const Range& range = step.ranges[entry];
    return (UsesPfns(words) && EndsAbove(range.pfn, range.count, PfnSpace(step))) ||
           (UsesGfns(words) && EndsAbove(range.gfn, range.count, kGfnSpace));
  });
}
template Detail ListOutOfSpace<ListWords::kPfns>(const Step& step);
template Detail ListOutOfSpace<ListWords::kGfns>(const Step& step);
template Detail ListOutOfSpace<ListWords::kPfnsAndGfns>(const Step& step);

}  // namespace cadastre::oracle
