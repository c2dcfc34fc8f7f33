// SPDX-License-Identifier: Apache-2.0
// How to reach each (call, row) cell of the manual: for each call an operation that succeeds and
// what it needs before, for each row what spoils it.
//
// Texts are lines of op scripts. Where a row speaks of pages or entries it is reached at the first,
// a middle and the last place; these stand for what depends on the place:
//
//   {p} {g}  arena page and gfn of the bad page
//   {i}      its index in the range, or in its entry
//   {n}      the arena page from which a range meets no-map memory at that index
//   {e}      the bad entry; {ep} {eg} {ec} its operands as the recipe has them
#ifndef CADASTRE_HARNESS_RUN_TESTING_REFUSAL_CELLS_H_
#define CADASTRE_HARNESS_RUN_TESTING_REFUSAL_CELLS_H_

#include <cstdint>
#include <span>

#include "service/abi/rows.h"

namespace cadastre::run {

// A call that succeeds: the range is of kRangePages pages at ram+kRangePfn, gfn kRangeGfn, or the
// list has kListEntries.
struct Recipe {
  const char* call;
  const char* before;  // nullptr: nothing
  const char* op;
};
inline constexpr std::uint64_t kRangePages = 9;
inline constexpr std::uint64_t kRangePfn = 0x100;
inline constexpr std::uint64_t kRangeGfn = 0x40;

struct ListEntry {
  std::uint64_t pfn, gfn, count;
};
inline constexpr ListEntry kListEntries[] = {{0x100, 0x40, 2}, {0x110, 0x50, 5}, {0x120, 0x60, 2}};

// Where a row is reached, and what its detail is there.
enum class Place : std::uint8_t {
  kOnce,            // as the spoiler says
  kPages,           // index in the range
  kEntries,         // number of the entry
  kPagesOfEntries,  // entry << 16 | page
};

// Why a call is refused. Every spoiler of a cell is tried.
struct Spoiler {
  const char* call;  // nullptr: every call that lists the row, and has the operand that changes
  abi::Row row;
  Place place = Place::kOnce;
  const char* after = nullptr;    // behind the recipe's `before`
  const char* change = nullptr;   // operands of the operation
  std::uint64_t detail = 0;       // of Place::kOnce
  const char* instead = nullptr;  // of the recipe's `before`
};

// A row that a call lists and nothing can reach.
struct Unreachable {
  const char* call;
  abi::Row row;
  const char* reason;
};

std::span<const Recipe> Recipes();
std::span<const Spoiler> Spoilers();
std::span<const Unreachable> UnreachableCells();

}  // namespace cadastre::run

#endif  // CADASTRE_HARNESS_RUN_TESTING_REFUSAL_CELLS_H_
