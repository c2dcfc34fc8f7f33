// SPDX-License-Identifier: Apache-2.0
#include "harness/oracle/testing/refusals.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "harness/oracle/refusal_rows.h"

namespace cadastre::oracle::testing {
namespace {

constexpr unsigned kGuestCpu = 1;
constexpr std::uint64_t kGuestRefused = std::uint64_t{0} - 3;
constexpr unsigned kWordsOfEntry = 3;

MachineFacts LargerMachine() {
  MachineFacts facts = SmallMachine();
  facts.cpus = 3;
  facts.vm_slots = 5;
  facts.checking_build = 1;
  return facts;
}

}  // namespace

std::uint64_t GivenWords::Read(std::uint64_t address) {
  const std::uint64_t word = address % (std::uint64_t{1} << kPageShift) / 8;
  if (word / kWordsOfEntry >= entries.size()) return 0;
  const Range& entry = entries[word / kWordsOfEntry];
  const std::uint64_t words[kWordsOfEntry] = {entry.pfn, entry.gfn, entry.count};
  return words[word % kWordsOfEntry];
}

Specification::Specification() : facts_(LargerMachine()), ram_(facts_), state_(facts_, ram_) {
  Do(0x56, {0, 32, kFreeA, kFreeA + 8});
  Do(0x57, {kPlain, kFreeA + 0x40, 4});
  Do(0x56, {1, 40, kFreeA + 2, kFreeA + 0x10});
  Do(0x56, {0, 36, kFreeA + 4, kFreeA + 0x14});
  Do(0x57, {kDying, kDyingTables, 2});
  Do(0x44, {kPlain, kShared, 0x10, 8, 3});
  Do(0x44, {kPlain, kShared + 9, 0x19, 7, 3});
  Do(0x44, {kPlain, kTwice, 0x30, 3, 1});
  Do(0x44, {kPlain, kTwice, 0x40, 3, 1});
  Do(0x44, {kDying, kShared, 0x10, 1, 1});
  Do(0x5E, {kDying});
  Do(0x42, {kSharedHyp, 4});
  Do(0x51, {1, kSharedHyp + 2});
  Do(0x46, {kParked, 4});
  Do(0x56, {1, 32, kFreeA + 0x18, kFreeA + 0x1C});
  Do(0x57, {kSecret, kFreeA + 0x48, 4});
  Do(0x4A, {kSecret, kGiven, 0x10, 4});
  Do(0x48, {kSecret, kLent, 0x14, 4, 3});
  Do(0x4A, {kSecret, kGuestShared, 0x18, 1});
  Do(0x48, {kSecret, kGuestShared + 1, kPoisonGfn, 1, 3});
  Do(0x62, {kSecret, kGuestShared + 1, 1});
  Do(0x42, {kRunPage, 1});
  Do(0x59, {kSecret, 0, kVcpuPages, kRunPage, 0x1000, 7});
  Do(0x59, {kSecret, 1, kVcpuPages + 1, kRunPage, 0, 0});
  Do(0x5A, {kSecret, 0}, kGuestCpu);
  EXPECT_EQ(Step(0x5C, {}, kGuestCpu).expected.answer.next, Next::kGuest);
  EXPECT_EQ(GuestStep(0xC6000003, {0x18000, 0, 0}).outcome, Outcome::kDone);
  Do(0x56, {1, 32, kFreeA + 0x1A, kFreeA + 0x20});
  Do(0x57, {kFading, kFadingTables, 4});
  Do(0x48, {kFading, kFadingLent, 0x10, 2, 3});
  Do(0x4A, {kFading, kFadingGiven, 0x12, 1});
  Do(0x5E, {kFading});
  EXPECT_EQ(state_.LowestFreeSlot(), std::nullopt);
}

Judgement Specification::Run(const Operation& operation) {
  state_.ClearChanges();
  Judgement judgement;
  StepOperation(state_, operation, list, judgement);
  const unsigned row = judgement.expected.row;
  if (row != 0) reached_.insert({judgement.call->number, row});
  if (judgement.progress == Progress::kSecond) StepOperation(state_, operation, list, judgement);
  return judgement;
}

Judgement Specification::Step(unsigned number, std::initializer_list<std::uint64_t> arguments,
                              unsigned cpu) {
  Operation operation{.cpu = cpu};
  operation.registers.fill(kFiller);
  operation.registers[0] = 0xC6000000 + number;
  std::copy(arguments.begin(), arguments.end(), operation.registers.begin() + 1);
  return Run(operation);
}

Judgement Specification::GuestStep(std::uint64_t x0,
                                   std::initializer_list<std::uint64_t> arguments) {
  Operation operation{.trap = Trap::kGuestHvc, .cpu = kGuestCpu};
  operation.guest.x.fill(kFiller);
  operation.guest.x[0] = x0;
  std::copy(arguments.begin(), arguments.end(), operation.guest.x.begin() + 1);
  return Run(operation);
}

void Specification::Do(unsigned number, std::initializer_list<std::uint64_t> arguments,
                       unsigned cpu) {
  ASSERT_EQ(Step(number, arguments, cpu).expected.row, 0U) << std::hex << number;
}

void Specification::Refuses(unsigned row, std::uint64_t detail, unsigned number,
                            std::initializer_list<std::uint64_t> arguments, unsigned cpu) {
  const Judgement judgement = Step(number, arguments, cpu);
  const auto& x = judgement.expected.answer.registers;
  EXPECT_EQ(judgement.outcome, Outcome::kRefused) << std::hex << number;
  EXPECT_EQ(judgement.expected.row, row) << std::hex << number;
  EXPECT_EQ(x[0], 0U);
  EXPECT_EQ(x[1], std::uint64_t{0} - RefusalRowOf(row).error);
  EXPECT_EQ(x[2], detail) << "row " << row << std::hex << " of " << number;
  EXPECT_EQ(x[3], row);
  EXPECT_EQ(x[17], kFiller);
  EXPECT_TRUE(state_.changes().empty());
}

void Specification::RefusesList(unsigned row, std::uint64_t detail, unsigned number,
                                std::initializer_list<std::uint64_t> arguments,
                                std::initializer_list<Range> entries) {
  list.entries = entries;
  Refuses(row, detail, number, arguments);
}

void Specification::GuestRefuses(unsigned row, unsigned number,
                                 std::initializer_list<std::uint64_t> arguments) {
  const Judgement judgement = GuestStep(0xC6000000 + number, arguments);
  const auto& x = judgement.expected.answer.guest.x;
  EXPECT_EQ(judgement.outcome, Outcome::kRefused) << std::hex << number;
  EXPECT_EQ(judgement.expected.row, row) << std::hex << number;
  EXPECT_EQ(judgement.expected.answer.next, Next::kGuest);
  EXPECT_EQ(x[0], kGuestRefused);
  for (unsigned i = 1; i < 4; ++i) EXPECT_EQ(x[i], 0U);
  EXPECT_EQ(x[4], kFiller);
  EXPECT_TRUE(state_.changes().empty());
}

void CheckAll(Specification& s, std::span<const Refused> calls) {
  for (const Refused& call : calls) {
    if (call.row == 0) {
      EXPECT_EQ(s.Step(call.number, call.arguments).outcome, Outcome::kDone);
    } else {
      s.Refuses(call.row, call.detail, call.number, call.arguments);
    }
  }
}

}  // namespace cadastre::oracle::testing
