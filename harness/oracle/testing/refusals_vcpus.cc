// SPDX-License-Identifier: Apache-2.0
// Refusals of calls about vCPUs, and of query_page.
#include <gtest/gtest.h>

#include "harness/oracle/predicates.h"
#include "harness/oracle/testing/refusals.h"

namespace cadastre::oracle::testing {
namespace {

// vcpu_create: (vm, index, meta_pfn, run_pfn, entry, context).
void CreateVcpu(Specification& s) {
  const Refused refused[] = {
      {0x59, {kSecret | kHigh, 2, kClear, kRunPage, 0, 0}, 101, 0},
      {0x59, {kSecret, 2 | kHigh, kClear, kRunPage, 0, 0}, 101, 0},
      {0x59, {kSecret, 2, kClear, kRunPage, 4, 0}, 101, 0},
      {0x59, {kSecret, 2, kClear, kRunPage, 0, 1}, 101, 0},
      {0x59, {kSecret, 64, kClear, kRunPage, 0, 1}, 101, 0},
      {0x59, {kSecret, 64, kClear, kRunPage, 0, 0}, 102, 0},
      {0x59, {kSecret, 0, kClear, kRunPage, 2, 0}, 102, 0},
      {0x59, {kSecret, 2, kPfnEnd, kRunPage, 0, 0}, 107, 0},
      {0x59, {kSecret, 2, kClear, kPfnEnd, 0, 0}, 107, 0},
      {0x59, {kNoVm, 2, kClear, kRunPage, 0, 0}, 201, 0},
      {0x59, {kFading, 2, kClear, kRunPage, 0, 0}, 301, 0},
      {0x59, {kSecret, 2, kHole, kHole, 0, 0}, 401, 0},
      {0x59, {kSecret, 2, kParked, kHole, 0, 0}, 401, 1},
      {0x59, {kSecret, 2, kParked, kClear, 0, 0}, 503, 0},
      {0x59, {kSecret, 1, kClear, kClear + 1, 0, 0}, 505, 1},
      {0x59, {kSecret, 1, kClear, kClear, 0, 0}, 505, 1},
      {0x59, {kSecret, 1, kClear, kRunPage, 0, 0}, 522, 0},
      {0x59, {kSecret, 2, kClear, kRunPage, 0, 0}, 0, 0},
      {0x59, {kSecret, 2, kClear + 1, kRunPage, 0, 0}, 522, 0},
  };
  CheckAll(s, refused);
}

void LoadAndRun(Specification& s) {
  s.Refuses(101, 0, 0x5A, {kSecret | kHigh, 0});
  s.Refuses(101, 0, 0x5A, {kSecret, kHigh});
  s.Refuses(102, 0, 0x5A, {kSecret, 64});
  s.Refuses(201, 0, 0x5A, {kNoVm, 0});
  s.Refuses(202, 0, 0x5A, {kSecret, 2});
  s.Refuses(202, 0, 0x5A, {kFading, 0});
  s.Refuses(304, 0, 0x5A, {kSecret, 0});
  s.Refuses(203, 0, 0x5B, {});
  s.Refuses(203, 0, 0x5C, {});
  s.Do(0x5A, {kSecret, 1});
  s.Refuses(303, 0, 0x5A, {kSecret, 0});
  s.Refuses(303, 0, 0x5A, {kSecret, 1});
  s.Refuses(306, 0, 0x5C, {});
  s.Refuses(305, 0, 0x5E, {kSecret});
  s.Do(0x5B, {});
  s.Refuses(203, 0, 0x5B, {});
  s.Refuses(309, 0, 0x43, {kRunPage, 1});
}

void QueryPage(Specification& s) {
  s.Refuses(107, 0, 0x63, {kPfnEnd});
  s.Refuses(401, 0, 0x63, {kHole});
  s.Refuses(401, 0, 0x63, {kNoMap});
  const auto query = [&](std::uint64_t pfn) {
    const auto x = s.Step(0x63, {pfn}).expected.answer.registers;
    return std::pair(x[2], x[3]);
  };
  using Views = std::pair<std::uint64_t, std::uint64_t>;
  EXPECT_EQ(query(kClear), Views(0x1, 0));
  EXPECT_EQ(query(kSharedHyp), Views(0x32, 0));
  EXPECT_EQ(query(kRunPage), Views(0x2'0032, 0));  // two vCPUs pin it
  EXPECT_EQ(query(kTwice), Views(0x2'0000'0002, 0));
  EXPECT_EQ(query(kParked), Views(0x615, 0));
  EXPECT_EQ(query(kImage), Views(0x115, 0));
  EXPECT_EQ(query(kPool), Views(0x215, 0));
  EXPECT_EQ(query(kDyingTables), Views(0x315, 3));
  EXPECT_EQ(query(kVcpuPages), Views(0x815, 4));
  EXPECT_EQ(query(kGiven + 1), Views(0x6, 0x11 << 8 | 4));
  EXPECT_EQ(query(kLent), Views(0x7, 0x14 << 8 | 4));
  EXPECT_EQ(query(kGuestShared), Views(0x3, 0));
}

constexpr RefusalGroup kGroups[] = {
    {"CreateVcpu", CreateVcpu},
    {"LoadAndRun", LoadAndRun},
    {"QueryPage", QueryPage},
};

}  // namespace

std::span<const RefusalGroup> VcpuRefusals() { return kGroups; }

}  // namespace cadastre::oracle::testing
