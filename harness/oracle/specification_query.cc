// SPDX-License-Identifier: Apache-2.0
// ABI.md section 8: query_page, which checking builds answer. S knows every view that it tells but
// one: whether a pool page is a table now.
#include "harness/oracle/predicates.h"

namespace cadastre::oracle {
namespace {

constexpr Argument kQueryArguments[] = {Argument::kPfn};
constexpr RowRule kQueryRows[] = {
    {107, PagesOutOfSpace},
    {401, NotRam},
};

constexpr unsigned kEl2ViewShift = 4;
constexpr unsigned kUseShift = 8;
constexpr unsigned kPinsShift = 16;
constexpr unsigned kBorrowersShift = 32;
constexpr unsigned kQueryGfnShift = 8;

// 1 PRIVATE, 2 01, 3 10, 5 HYP, 6 GIVEN, 7 LENT, 8 TRANSIT.
std::uint64_t HostViewOf(Row row) {
  switch (row) {
    case Row::kSharedHyp:
    case Row::kSharedGuests:
      return 2;
    case Row::kGuestShared:
      return 3;
    case Row::kHyp:
      return 5;
    case Row::kGiven:
      return 6;
    case Row::kLent:
      return 7;
    case Row::kTransit:
      return 8;
    default:
      return 1;
  }
}

// 0 none, 1 00, 3 10. What boot mapped is 00 too (section 13); 9 is that of a FIXED page, and no
// page of this version is one.
std::uint64_t El2ViewOf(Row row) {
  if (row == Row::kHyp) return 1;
  return row == Row::kSharedHyp ? 3 : 0;
}

// 0x63 query_page(x1 pfn).
void QueryPage(Step& step, Effect& effect) {
  const PageIndex index = *step.state.ram().IndexOf(step[Argument::kPfn]);
  const AbstractPage& page = step.state.page(index);
  effect.x2 = HostViewOf(page.row) | El2ViewOf(page.row) << kEl2ViewShift |
              static_cast<std::uint64_t>(page.use) << kUseShift |
              std::uint64_t{page.pins} << kPinsShift |
              std::uint64_t{page.borrowers} << kBorrowersShift;
  // A page that the guest shares has no annotation.
  if (page.row != Row::kGuestShared)
    effect.x3 = std::uint64_t{page.vm_tag} | page.gfn << kQueryGfnShift;
  if (page.use == Use::kPoolFree) effect.queried_pool_page = index;
}

constexpr CallSpecification kCalls[] = {
    {.number = 0x63,
     .name = "query_page",
     .arguments = kQueryArguments,
     .rows = kQueryRows,
     .update = QueryPage},
};

}  // namespace

std::span<const CallSpecification> QueryCalls() { return kCalls; }

}  // namespace cadastre::oracle
