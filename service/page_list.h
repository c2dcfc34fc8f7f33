// SPDX-License-Identifier: Apache-2.0
// The entries of a list form, as they stand in the calling CPU's list page. service/ABI.md section
// 7, "List forms".
#ifndef CADASTRE_SERVICE_PAGE_LIST_H_
#define CADASTRE_SERVICE_PAGE_LIST_H_

#include <cstdint>
#include <span>

#include "service/arguments.h"
#include "service/refusal.h"

namespace cadastre {

// An entry as the host wrote it: three words, in this order.
struct ListEntryWords {
  std::uint64_t pfn = 0;
  std::uint64_t gfn = 0;
  std::uint64_t count = 0;
};
inline constexpr std::uint64_t kListEntryBytes = 24;
static_assert(sizeof(ListEntryWords) == kListEntryBytes);

// Judges rows 111 to 114 over a copy of the list, in ascending order over all entries, and makes
// the ranges. `out` has as many entries as `list`; it is good if nothing was found.
LowestRow JudgeList(std::span<const ListEntryWords> list, abi::ListWords used, const Limits& limits,
                    std::span<PageEntry> out);

}  // namespace cadastre

#endif  // CADASTRE_SERVICE_PAGE_LIST_H_
