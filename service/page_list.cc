// SPDX-License-Identifier: Apache-2.0
#include "service/page_list.h"

namespace cadastre {
namespace {

using abi::Row;

bool UsesPfn(abi::ListWords used) { return used != abi::ListWords::kGfn; }
bool UsesGfn(abi::ListWords used) { return used != abi::ListWords::kPfn; }

bool Overlap(const ListEntryWords& a, const ListEntryWords& b, abi::ListWords used) {
  return (UsesPfn(used) && PagesOverlap(a.pfn, a.count, b.pfn, b.count)) ||
         (UsesGfn(used) && PagesOverlap(a.gfn, a.count, b.gfn, b.count));
}

// Precondition: count is 1..512.
bool MakeEntry(const ListEntryWords& words, abi::ListWords used, const Limits& limits,
               PageEntry& out) {
  out = PageEntry();
  if (UsesPfn(used)) {
    const auto pfns = PfnRange::Make(Pfn(words.pfn), words.count, limits.pfn_bits());
    if (!pfns.ok()) return false;
    out.pfns = pfns.value();
  }
  if (UsesGfn(used)) {
    const auto gfns = GfnRange::Make(Gfn(words.gfn), words.count, kGfnBits);
    if (!gfns.ok()) return false;
    out.gfns = gfns.value();
  }
  return true;
}

}  // namespace

LowestRow JudgeList(std::span<const ListEntryWords> list, abi::ListWords used, const Limits& limits,
                    std::span<PageEntry> out) {
  LowestRow refusal;
  std::uint64_t room = abi::kMaxPages;
  for (std::uint64_t i = 0; i < list.size(); ++i) {
    const bool reserved =
        (!UsesPfn(used) && list[i].pfn != 0) || (!UsesGfn(used) && list[i].gfn != 0);
    refusal.Test(Row::kListReserved, reserved, i);
    const bool bad_count = list[i].count == 0 || list[i].count > room;
    refusal.Test(Row::kListBadCount, bad_count, i);
    room = bad_count ? 0 : room - list[i].count;
  }
  if (refusal.any()) return refusal;
  for (std::uint64_t i = 1; i < list.size() && !refusal.any(); ++i) {
    for (std::uint64_t j = 0; j < i; ++j)
      refusal.Test(Row::kListOverlap, Overlap(list[j], list[i], used), i);
  }
  if (refusal.any()) return refusal;
  for (std::uint64_t i = 0; i < list.size(); ++i)
    refusal.Test(Row::kListOutOfSpace, !MakeEntry(list[i], used, limits, out[i]), i);
  return refusal;
}

}  // namespace cadastre
