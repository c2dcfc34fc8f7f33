// SPDX-License-Identifier: Apache-2.0
// Refusals of calls about pages of the host and EL2, and of features.
#include <gtest/gtest.h>

#include "harness/oracle/predicates.h"
#include "harness/oracle/testing/refusals.h"

namespace cadastre::oracle::testing {
namespace {

// Calls over a pfn range alone.
void RangesOfPages(Specification& s) {
  for (const unsigned number : {0x42U, 0x43U, 0x46U, 0x47U, 0x50U}) {
    const std::uint64_t limit = number == 0x47 ? 64 : 512;
    s.Refuses(104, 0, number, {kClear, 0});
    s.Refuses(104, 0, number, {kClear, limit + 1});
    s.Refuses(104, 0, number, {~std::uint64_t{0}, ~std::uint64_t{0}});
    s.Refuses(107, 0, number, {kPfnEnd, 1});
    s.Refuses(107, 0, number, {kPfnEnd - 1, 2});
    s.Refuses(107, 0, number, {~std::uint64_t{0}, 2});
    s.Refuses(401, 0, number, {kHole, 1});
    s.Refuses(401, 0, number, {kPfnEnd - 1, 1});
    s.Refuses(401, 16, number, {kRamB, 20});
    s.Refuses(401, 4, number, {kNoMap - 4, 5});
  }
}

void StatesOfPages(Specification& s) {
  const Refused refused[] = {
      {0x42, {kImage, 2}, 503, 0},         {0x42, {kSharedHyp - 2, 8}, 503, 2},
      {0x42, {kParked - 1, 2}, 503, 1},    {0x46, {kSharedHyp - 1, 2}, 503, 1},
      {0x46, {kShared - 3, 4}, 503, 3},    {0x46, {kParked, 1}, 503, 0},
      {0x43, {kSharedHyp, 4}, 309, 2},     {0x43, {kSharedHyp + 2, 100}, 309, 0},
      {0x43, {kClear, 1}, 505, 0},         {0x43, {kSharedHyp, 1 + 1}, 0, 0},
      {0x43, {kSharedHyp + 3, 2}, 505, 1}, {0x47, {kClear, 3}, 506, 0},
      {0x47, {kParked + 2, 3}, 506, 2},    {0x47, {kFreeA + 0x40, 1}, 506, 0},
  };
  CheckAll(s, refused);
}

void ListPage(Specification& s) {
  s.Refuses(101, 0, 0x51, {2, kSharedHyp});
  s.Refuses(101, 0, 0x51, {0, 1});
  s.Refuses(107, 0, 0x51, {1, kPfnEnd});
  s.Refuses(401, 0, 0x51, {1, kHole});
  s.Refuses(505, 0, 0x51, {1, kClear});
  const Judgement none = s.Step(0x51, {0, 0}, 2);
  EXPECT_EQ(none.expected.row, 110U);
  EXPECT_EQ(none.expected.answer.registers[1], std::uint64_t{0} - 2);
}

void Features(Specification& s) {
  s.Refuses(101, 0, 0x41, {kHigh});
  s.Refuses(102, 0, 0x41, {7});
}

// A lower row at a later page wins over a higher row at an earlier one.
void RowsAreJudgedOverTheWholeRange(Specification& s) {
  s.Refuses(401, 16, 0x42, {kRamB, 17});
  s.Do(0x46, {kRamB, 1});
  s.Refuses(401, 16, 0x42, {kRamB, 17});
  s.Refuses(503, 0, 0x42, {kRamB, 16});
}

constexpr RefusalGroup kGroups[] = {
    {"RangesOfPages", RangesOfPages},
    {"StatesOfPages", StatesOfPages},
    {"ListPage", ListPage},
    {"Features", Features},
    {"RowsAreJudgedOverTheWholeRange", RowsAreJudgedOverTheWholeRange},
};

}  // namespace

std::span<const RefusalGroup> PageRefusals() { return kGroups; }

}  // namespace cadastre::oracle::testing
