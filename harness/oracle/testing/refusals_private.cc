// SPDX-License-Identifier: Apache-2.0
// Refusals of calls about pages of protected guests, the guest's own among them.
#include <gtest/gtest.h>

#include "harness/oracle/predicates.h"
#include "harness/oracle/testing/refusals.h"

namespace cadastre::oracle::testing {
namespace {

constexpr std::uint64_t kEnd = std::uint64_t{1} << 20;  // of 32 IPA bits

// lend_guest and donate_guest: (vm, pfn, gfn, count, prot).
void LendAndDonate(Specification& s) {
  for (const unsigned number : {0x48U, 0x4AU}) {
    const std::uint64_t pfn = number == 0x48 ? kClear : kClear + 8;
    const Refused refused[] = {
        {number, {kSecret | kHigh, pfn, 0x100, 1, 3}, 101, 0},
        {number, {kSecret, pfn, 0x100, 0, 3}, 104, 0},
        {number, {kSecret, pfn, 0x100, 513, 3}, 104, 0},
        {number, {kSecret, kPfnEnd, 0x100, 1, 3}, 107, 0},
        {number, {kSecret, pfn, kGfnSpace - 1, 2, 3}, 107, 0},
        {number, {kNoVm, pfn, 0x100, 1, 3}, 201, 0},
        {number, {kSecret, pfn, kEnd - 3, 4, 3}, 205, 3},
        {number, {kFading, pfn, 0x100, 1, 3}, 301, 0},
        {number, {kSecret, kRamB, 0x100, 32, 3}, 401, 16},
        {number, {kPlain, pfn, 0x100, 1, 3}, 502, 0},
        {number, {kSecret, kGiven, 0x100, 1, 3}, 503, 0},
        {number, {kSecret, kLent + 2, 0x100, 1, 3}, 503, 0},
        {number, {kSecret, kGuestShared, 0x100, 1, 3}, 503, 0},
        {number, {kSecret, kShared - 3, 0x100, 8, 3}, 503, 3},
        {number, {kSecret, pfn, 0xE, 4, 3}, 521, 2},
        {number, {kSecret, pfn, 0x17, 3, 3}, 521, 0},
        {number, {kSecret, pfn, kPoisonGfn, 1, 3}, 531, 0},
        {number, {kSecret, pfn, kPoisonGfn, 4, 3}, 531, 0},
        {number, {kSecret, pfn, 0x5FF, 1, 3}, 0, 0},
        {number, {kSecret, pfn + 1, 0x7FF, 1, 3}, 0, 0},
        {number, {kSecret, pfn + 2, 0x9FF, 1, 3}, 0, 0},
        {number, {kSecret, pfn + 3, 0xBFF, 2, 3}, 603, 2},
    };
    CheckAll(s, std::span(refused).first(number == 0x48 ? 22 : 18));
  }
  for (const std::uint64_t prot : {0U, 2U, 4U, 8U})
    s.Refuses(103, 0, 0x48, {kSecret, kClear, 0x100, 1, prot});
  // donate_guest has no prot, and its table memory is spent by now.
  s.Refuses(603, 1, 0x4A, {kSecret, kClear + 3, 0xC00, 1, 3});
}

void ReclaimLoan(Specification& s) {
  const Refused refused[] = {
      {0x49, {kFading | kHigh, kFadingLent, 1}, 101, 0},
      {0x49, {kFading, kFadingLent, 65}, 104, 0},
      {0x49, {kFading, kPfnEnd - 1, 2}, 107, 0},
      {0x49, {kNoVm, kFadingLent, 1}, 201, 0},
      {0x49, {kSecret, kLent, 1}, 302, 0},
      {0x49, {kFading, kRamB, 20}, 401, 16},
      {0x49, {kFading, kLent, 1}, 508, 0},         // lent to another VM
      {0x49, {kFading, kFadingGiven, 1}, 508, 0},  // given
      {0x49, {kFading, kFadingLent, 3}, 508, 2},
      {0x49, {kFading, kFadingLent, 2}, 0, 0},
      {0x49, {kFading, kFadingLent, 1}, 508, 0},
  };
  CheckAll(s, refused);
}

void ForceReclaim(Specification& s) {
  const Refused refused[] = {
      {0x62, {kSecret | kHigh, kGiven, 1}, 101, 0}, {0x62, {kSecret, kGiven, 0}, 104, 0},
      {0x62, {kSecret, kGiven, 65}, 104, 0},        {0x62, {kSecret, kPfnEnd, 1}, 107, 0},
      {0x62, {kNoVm, kGiven, 1}, 201, 0},           {0x62, {kSecret, kRamB, 20}, 401, 16},
      {0x62, {kFading, kGiven, 1}, 507, 0},         {0x62, {kSecret, kGuestShared, 1}, 507, 0},
      {0x62, {kSecret, kLent + 2, 3}, 507, 2},      {0x62, {kSecret, kGiven, 8}, 0, 0},
      {0x62, {kSecret, kGiven, 1}, 507, 0},         {0x62, {kFading, kFadingLent, 3}, 0, 0},
  };
  CheckAll(s, refused);
}

void ReclaimGuestPages(Specification& s) {
  const Refused refused[] = {
      {0x5F, {kFading | kHigh, 0x10, 1}, 101, 0}, {0x5F, {kFading, 0x10, 65}, 104, 0},
      {0x5F, {kFading, kGfnSpace, 1}, 107, 0},    {0x5F, {kNoVm, 0x10, 1}, 201, 0},
      {0x5F, {kFading, kEnd - 1, 2}, 205, 1},     {0x5F, {kFading, 0x10, 4}, 206, 3},
      {0x5F, {kSecret, 0x10, 1}, 302, 0},         {0x5F, {kFading, 0x10, 3}, 0, 0},
      {0x5F, {kFading, 0x10, 1}, 206, 0},         {0x5F, {kDying, 0x10, 1}, 0, 0},
  };
  CheckAll(s, refused);
}

void NextMapped(Specification& s) {
  s.Refuses(101, 0, 0x5D, {kSecret | kHigh, 0});
  s.Refuses(107, 0, 0x5D, {kSecret, kGfnSpace + 1});
  s.Refuses(201, 0, 0x5D, {kNoVm, 0});
  s.Refuses(204, 0, 0x5D, {kSecret, kPoisonGfn + 1});
  s.Refuses(204, 0, 0x5D, {kSecret, kGfnSpace});
  s.Refuses(204, 0, 0x5D, {kProtected, 0});
  const auto next = [&](std::uint64_t vm, std::uint64_t gfn) {
    const auto x = s.Step(0x5D, {vm, gfn}).expected.answer.registers;
    return std::pair(x[2], x[3]);
  };
  EXPECT_EQ(next(kSecret, 0), std::pair(std::uint64_t{0x10}, kGiven << 8 | 0));
  EXPECT_EQ(next(kSecret, 0x15), std::pair(std::uint64_t{0x15}, (kLent + 1) << 8 | 3));
  EXPECT_EQ(next(kSecret, 0x18), std::pair(std::uint64_t{0x18}, kGuestShared << 8 | 1));
  EXPECT_EQ(next(kSecret, 0x19), std::pair(kPoisonGfn, std::uint64_t{8}));
  EXPECT_EQ(next(kDying, 0), std::pair(std::uint64_t{0x10}, kShared << 8 | 2));
}

void CompactGuest(Specification& s) {
  const Refused refused[] = {
      {0x64, {kSecret | kHigh, 0x10, 1}, 101, 0},
      {0x64, {kSecret, 0x10, 0}, 104, 0},
      {0x64, {kSecret, kGfnSpace, 1}, 107, 0},
      {0x64, {kNoVm, 0x10, 1}, 201, 0},
      {0x64, {kSecret, kEnd - 2, 4}, 205, 2},
      {0x64, {kFading, 0x10, 1}, 301, 0},
      {0x64, {kSecret, 0, 512}, 0, 0},
      {0x64, {kPlain, 0, 512}, 0, 0},
  };
  CheckAll(s, refused);
}

void GuestCalls(Specification& s) {
  s.GuestRefuses(101, 0x02, {1, 0, 0});
  s.GuestRefuses(101, 0x02, {0, 0, 1});
  for (const unsigned number : {0x03U, 0x04U, 0x09U}) {
    s.GuestRefuses(101, number, {0x10000, 1, 0});
    s.GuestRefuses(101, number, {0x10000, 0, 2});
    s.GuestRefuses(105, number, {0x10008, 0, 0});
    s.GuestRefuses(205, number, {kHigh, 0, 0});
    s.GuestRefuses(205, number, {~std::uint64_t{0xFFF}, 0, 0});
    s.GuestRefuses(531, number, {kPoisonGfn << 12, 0, 0});
  }
  s.GuestRefuses(510, 0x03, {0x14000, 0, 0});  // a loan
  s.GuestRefuses(510, 0x03, {0x18000, 0, 0});  // shared already
  s.GuestRefuses(511, 0x04, {0x10000, 0, 0});
  s.GuestRefuses(511, 0x04, {0x14000, 0, 0});
  s.GuestRefuses(206, 0x04, {0x1A000, 0, 0});
  s.GuestRefuses(512, 0x09, {0x18000, 0, 0});
  s.GuestRefuses(512, 0x09, {0x18000, 0, 1});
  const Judgement absent = s.GuestStep(0xC6000003, {0x1A000, 0, 0});  // 206 is an exit
  EXPECT_EQ(absent.outcome, Outcome::kDone);
  EXPECT_EQ(absent.exit, Exit::kAbort);
  EXPECT_EQ(absent.expected.row, 206U);
}

constexpr RefusalGroup kGroups[] = {
    {"LendAndDonate", LendAndDonate}, {"ReclaimLoan", ReclaimLoan},
    {"ForceReclaim", ForceReclaim},   {"ReclaimGuestPages", ReclaimGuestPages},
    {"NextMapped", NextMapped},       {"CompactGuest", CompactGuest},
    {"GuestCalls", GuestCalls},
};

}  // namespace

std::span<const RefusalGroup> PrivateRefusals() { return kGroups; }

}  // namespace cadastre::oracle::testing
