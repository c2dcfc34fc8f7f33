// SPDX-License-Identifier: Apache-2.0
// Refusals of calls about the life of a VM.
#include <gtest/gtest.h>

#include "harness/oracle/predicates.h"
#include "harness/oracle/testing/refusals.h"

namespace cadastre::oracle::testing {
namespace {

void CreateVm(Specification& s) {
  const Refused refused[] = {
      {0x56, {2, 32, kClear, kClear + 8}, 101, 0},
      {0x56, {0, 32 | kHigh, kClear, kClear + 8}, 101, 0},
      {0x56, {0, 31, kClear, kClear + 8}, 102, 0},
      {0x56, {0, 41, kClear, kClear + 8}, 102, 0},
      {0x56, {0, 32, kClear, kClear + 2}, 105, 0},
      {0x56, {0, 40, kClear, kClear + 3}, 105, 0},
      {0x56, {0, 32, kClear + 3, kClear}, 106, 0},
      {0x56, {0, 39, kClear, kClear + 1}, 106, 0},
      {0x56, {0, 32, ~std::uint64_t{0}, kClear}, 107, 0},
      {0x56, {0, 32, kClear, kPfnEnd}, 107, 0},
      {0x56, {0, 32, kPfnEnd - 1, kClear}, 107, 0},
      {0x56, {0, 32, kHole - 1, kClear}, 401, 1},
      {0x56, {0, 34, kClear, kRamB + 16}, 401, 2},
      {0x56, {0, 33, kClear, kRamC + 0x80}, 401, 2},
      {0x56, {0, 32, kSharedHyp - 1, kClear}, 503, 1},
      {0x56, {0, 32, kClear, kSharedHyp}, 503, 2},
      {0x56, {0, 33, kClear, kFreeA + 0x38}, 0, 0},
  };
  for (const Refused& call : refused) {
    if (call.row == 0) {
      s.Refuses(601, 0, call.number, call.arguments);  // slots 0, 1 and 2 are used
    } else {
      s.Refuses(call.row, call.detail, call.number, call.arguments);
    }
  }
}

void DonateTables(Specification& s) {
  const Refused refused[] = {
      {0x57, {kPlain | kHigh, kClear, 1}, 101, 0}, {0x57, {kPlain, kClear, 0}, 104, 0},
      {0x57, {kPlain, kClear, 513}, 104, 0},       {0x57, {kPlain, kPfnEnd - 1, 2}, 107, 0},
      {0x57, {kNoVm, kClear, 1}, 201, 0},          {0x57, {kDying, kClear, 1}, 301, 0},
      {0x57, {kPlain, kRamB + 14, 8}, 401, 2},     {0x57, {kPlain, kSharedHyp - 1, 2}, 503, 1},
  };
  CheckAll(s, refused);
}

void TearDown(Specification& s) {
  s.Refuses(101, 0, 0x5E, {kPlain | kHigh});
  s.Refuses(201, 0, 0x5E, {0x300});
  s.Refuses(301, 0, 0x5E, {kDying});
  s.Refuses(305, 0, 0x5E, {kSecret});
  for (const unsigned number : {0x60U, 0x61U}) {
    s.Refuses(101, 0, number, {kDying | kHigh, kDyingTables, 1});
    s.Refuses(201, 0, number, {0x202, kDyingTables, 1});
    s.Refuses(302, 0, number, {kPlain, kDyingTables, 1});
    s.Refuses(307, 2, number, {kDying, kDyingTables, 1});
  }
  s.Refuses(104, 0, 0x60, {kDying, kDyingTables, 65});
  s.Refuses(107, 0, 0x60, {kDying, kPfnEnd - 1, 2});
  s.Do(0x45, {kDying, 0x10, 1});
  s.Refuses(401, 16, 0x60, {kDying, kRamB, 20});
  s.Refuses(509, 2, 0x60, {kDying, kDyingTables, 3});
  s.Refuses(509, 0, 0x60, {kDying, kFreeA + 0x40, 1});  // another VM's
  s.Refuses(509, 0, 0x60, {kDying, kFreeA + 0x14, 1});  // its root
  s.Refuses(308, 2, 0x61, {kDying});
  s.Do(0x60, {kDying, kDyingTables + 1, 1});
  s.Refuses(308, 1, 0x61, {kDying});
  s.Do(0x60, {kDying, kDyingTables, 1});
  s.Do(0x61, {kDying});
  s.Refuses(201, 0, 0x61, {kDying});
  EXPECT_EQ(s.Step(0x56, {0, 36, kClear, kClear + 4}).effect.x2, 0x202U);
}

constexpr RefusalGroup kGroups[] = {
    {"CreateVm", CreateVm},
    {"DonateTables", DonateTables},
    {"TearDown", TearDown},
};

}  // namespace

std::span<const RefusalGroup> VmRefusals() { return kGroups; }

}  // namespace cadastre::oracle::testing
