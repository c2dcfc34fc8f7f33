// SPDX-License-Identifier: Apache-2.0
// Refusals of calls about gfns of plain guests.
#include <gtest/gtest.h>

#include "harness/oracle/predicates.h"
#include "harness/oracle/testing/refusals.h"

namespace cadastre::oracle::testing {
namespace {

// The calls over gfns of a VM: (vm, gfn, count, last), `last` being prot or flag where the call has
// one.
void RangesOfGfns(Specification& s) {
  constexpr std::uint64_t kEnd = std::uint64_t{1} << 20;  // of 32 IPA bits
  for (const unsigned number : {0x45U, 0x4BU, 0x4CU, 0x4DU, 0x4EU, 0x4FU}) {
    s.Refuses(101, 0, number, {kPlain | kHigh, 0x10, 1, 1});
    s.Refuses(104, 0, number, {kPlain, 0x10, 0, 1});
    s.Refuses(104, 0, number, {kPlain, 0x10, 513, 1});
    s.Refuses(107, 0, number, {kPlain, kGfnSpace, 1, 1});
    s.Refuses(107, 0, number, {kPlain, ~std::uint64_t{0}, 2, 1});
    for (const std::uint64_t handle : {0x200U, 0x000U, 0x105U, 0x1FFU})
      s.Refuses(201, 0, number, {handle, 0x10, 1, 1});
    s.Refuses(205, 0, number, {kPlain, kEnd, 1, 1});
    s.Refuses(205, 5, number, {kPlain, kEnd - 5, 9, 1});
    s.Refuses(205, 8, number, {kPlain, kEnd - 8, 9, 1});
    if (number == 0x4F) continue;
    s.Refuses(206, 0, number, {kPlain, 0xF, 2, 1});
    s.Refuses(206, 8, number, {kPlain, 0x10, 16, 1});
    s.Refuses(206, 7, number, {kPlain, 0x19, 8, 1});
    s.Refuses(206, 0, number, {kProtected, 0, 1, 1});
    s.Refuses(501, 0, number, {kSecret, 0x10, 1, 1});
    if (number != 0x45) s.Refuses(301, 0, number, {kDying, 0x10, 1, 1});
  }
  s.Refuses(103, 0, 0x4B, {kPlain, 0x10, 1, 0});
  s.Refuses(103, 0, 0x4B, {kPlain, 0x10, 1, 8});
  s.Refuses(101, 0, 0x4D, {kPlain, 0x10, 1, 2});
  s.Refuses(301, 0, 0x4F, {kDying, 0x10, 1});
  s.Refuses(501, 0, 0x4F, {kProtected, 0x10, 1});
}

void ShareGuest(Specification& s) {
  const Refused refused[] = {
      {0x44, {kPlain | kHigh, kClear, 0x100, 1, 3}, 101, 0},
      {0x44, {kPlain, kClear, 0x100, 1, 2}, 103, 0},
      {0x44, {kPlain, kClear, 0x100, 1, 9}, 103, 0},
      {0x44, {kPlain, kClear, 0x100, 513, 3}, 104, 0},
      {0x44, {kPlain, kPfnEnd, 0x100, 1, 3}, 107, 0},
      {0x44, {kPlain, kClear, kGfnSpace - 1, 2, 3}, 107, 0},
      {0x44, {0x201, kClear, 0x100, 1, 3}, 201, 0},
      {0x44, {kPlain, kClear, (1 << 20) - 3, 4, 3}, 205, 3},
      {0x44, {kDying, kClear, 0x100, 1, 3}, 301, 0},
      {0x44, {kPlain, kRamB, 0x100, 32, 3}, 401, 16},
      {0x44, {kProtected, kClear, 0x100, 1, 3}, 501, 0},
      {0x44, {kPlain, kImage, 0x100, 1, 3}, 504, 0},
      {0x44, {kPlain, kSharedHyp - 3, 0x100, 8, 3}, 504, 3},
      {0x44, {kPlain, kClear, 0x16, 4, 3}, 521, 0},
      {0x44, {kPlain, kClear, 0x18, 4, 3}, 521, 1},
      {0x44, {kPlain, kClear, 0xC, 5, 3}, 521, 4},
      {0x44, {kPlain, kTwice, 0x100, 1, 3}, 602, 0},
      {0x44, {kPlain, kTwice - 2, 0x100, 4, 3}, 602, 2},
      {0x44, {kPlain, kClear, 0x200, 1, 3}, 0, 0},
      {0x44, {kPlain, kClear + 1, 0x400, 1, 3}, 0, 0},
      {0x44, {kPlain, kClear + 2, 0x600, 1, 3}, 0, 0},
      {0x44, {kPlain, kClear + 3, 0x800, 1, 3}, 603, 1},
      {0x44, {kPlain, kClear + 3, 0x9FF, 2, 3}, 603, 2},
  };
  CheckAll(s, refused);
}

constexpr RefusalGroup kGroups[] = {
    {"RangesOfGfns", RangesOfGfns},
    {"ShareGuest", ShareGuest},
};

}  // namespace

std::span<const RefusalGroup> GuestRefusals() { return kGroups; }

}  // namespace cadastre::oracle::testing
