// SPDX-License-Identifier: Apache-2.0
// Every row that a call can refuse with in this version: errno, row and detail, with the bad page
// or gfn at the first, a middle and the last place of the range. No tables are involved: S is asked
// alone.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>

#include "harness/oracle/predicates.h"
#include "harness/oracle/refusal_rows.h"
#include "harness/oracle/testing/raw_machine.h"

namespace cadastre::oracle {
namespace {

using testing::kFreeA;
using testing::kHole;
using testing::kImage;
using testing::kRamB;

constexpr std::uint64_t kFiller = 0x5A5A'5A5A'5A5A'5A5A;
constexpr std::uint64_t kHigh = std::uint64_t{1} << 32;
constexpr std::uint64_t kPfnEnd = std::uint64_t{1} << 24;  // of a 36-bit machine
constexpr std::uint64_t kPlain =
    0x100;  // 32 IPA bits, 4 table pages, gfns 0x10..0x1F but 0x18, pages kShared + i
constexpr std::uint64_t kProtected = 0x101;
constexpr std::uint64_t kDying = 0x102;  // gfn 0x10 live, 2 table pages from kDyingTables
constexpr std::uint64_t kShared = kFreeA + 0x100;
constexpr std::uint64_t kTwice = kFreeA + 0x140;      // 3 pages with max_borrowers borrowers
constexpr std::uint64_t kSharedHyp = kFreeA + 0x150;  // 4 pages, the third pinned
constexpr std::uint64_t kParked = kFreeA + 0x160;     // 4 pages
constexpr std::uint64_t kDyingTables = kFreeA + 0x60;
constexpr std::uint64_t kClear = kFreeA + 0x180;  // private, 0x80 pages

// What the list page holds, whatever its address.
class ListWordsGiven final : public HostWords {
 public:
  std::vector<Range> entries;
  std::uint64_t Read(std::uint64_t address) override {
    const std::uint64_t word = address % 4096 / 8;
    if (word / 3 >= entries.size()) return 0;
    const Range& entry = entries[word / 3];
    return word % 3 == 0 ? entry.pfn : word % 3 == 1 ? entry.gfn : entry.count;
  }
};

class Specification {
 public:
  Specification() : facts_(testing::SmallMachine()), ram_(facts_), state_(facts_, ram_) {
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
  }

  Judgement Step(unsigned number, std::initializer_list<std::uint64_t> arguments,
                 unsigned cpu = 0) {
    Operation operation{.cpu = cpu};
    operation.registers.fill(kFiller);
    operation.registers[0] = 0xC6000000 + number;
    std::copy(arguments.begin(), arguments.end(), operation.registers.begin() + 1);
    state_.ClearChanges();
    Judgement judgement;
    StepOperation(state_, operation, list_, judgement);
    if (judgement.outcome == Outcome::kRefused) {
      reached_.insert({number, judgement.expected.row});
    } else if (judgement.progress == Progress::kSecond) {
      StepOperation(state_, operation, list_, judgement);
    }
    return judgement;
  }
  void Do(unsigned number, std::initializer_list<std::uint64_t> arguments) {
    ASSERT_EQ(Step(number, arguments).expected.row, 0U) << std::hex << number;
  }

  // The rows, by group of calls.
  void RangesOfPages();
  void StatesOfPages();
  void ListPage();
  void RangesOfGfns();
  void ShareGuest();
  void CreateVm();
  void DonateTables();
  void TearDown();
  void Features();
  void RowsAreJudgedOverTheWholeRange();

  // Cells (call, row) that a refusal was seen in.
  const std::set<std::pair<unsigned, unsigned>>& reached() const { return reached_; }

 private:
  // The call is refused by `row` with `detail`, and S does not move.
  void Refuses(unsigned row, std::uint64_t detail, unsigned number,
               std::initializer_list<std::uint64_t> arguments) {
    const Judgement judgement = Step(number, arguments);
    const auto& x = judgement.expected.answer.registers;
    EXPECT_EQ(judgement.expected.row, row) << std::hex << number;
    EXPECT_EQ(x[0], 0U);
    EXPECT_EQ(x[1], std::uint64_t{0} - RefusalRowOf(row).error);
    EXPECT_EQ(x[2], detail) << "row " << row << std::hex << " of " << number;
    EXPECT_EQ(x[3], row);
    EXPECT_EQ(x[17], kFiller);
    EXPECT_TRUE(state_.changes().empty());
  }

  ListWordsGiven list_;
  MachineFacts facts_;
  Ram ram_;
  State state_;
  std::set<std::pair<unsigned, unsigned>> reached_;
};

struct Refused {
  unsigned number;
  std::initializer_list<std::uint64_t> arguments;
  unsigned row;
  std::uint64_t detail;
};

// Calls over a pfn range alone.
void Specification::RangesOfPages() {
  for (const unsigned number : {0x42U, 0x43U, 0x46U, 0x47U, 0x50U}) {
    const std::uint64_t limit = number == 0x47 ? 64 : 512;
    Refuses(104, 0, number, {kClear, 0});
    Refuses(104, 0, number, {kClear, limit + 1});
    Refuses(104, 0, number, {~std::uint64_t{0}, ~std::uint64_t{0}});
    Refuses(107, 0, number, {kPfnEnd, 1});
    Refuses(107, 0, number, {kPfnEnd - 1, 2});
    Refuses(107, 0, number, {~std::uint64_t{0}, 2});
    Refuses(401, 0, number, {kHole, 1});
    Refuses(401, 0, number, {kPfnEnd - 1, 1});
    Refuses(401, 16, number, {kRamB, 20});
    Refuses(401, 4, number, {testing::kNoMap - 4, 5});
  }
}

void Specification::StatesOfPages() {
  const Refused refused[] = {
      {0x42, {kImage, 2}, 503, 0},         {0x42, {kSharedHyp - 2, 8}, 503, 2},
      {0x42, {kParked - 1, 2}, 503, 1},    {0x46, {kSharedHyp - 1, 2}, 503, 1},
      {0x46, {kShared - 3, 4}, 503, 3},    {0x46, {kParked, 1}, 503, 0},
      {0x43, {kSharedHyp, 4}, 309, 2},     {0x43, {kSharedHyp + 2, 100}, 309, 0},
      {0x43, {kClear, 1}, 505, 0},         {0x43, {kSharedHyp, 1 + 1}, 0, 0},
      {0x43, {kSharedHyp + 3, 2}, 505, 1}, {0x47, {kClear, 3}, 506, 0},
      {0x47, {kParked + 2, 3}, 506, 2},    {0x47, {kFreeA + 0x40, 1}, 506, 0},
  };
  for (const Refused& call : refused) {
    if (call.row == 0) {
      EXPECT_EQ(Step(call.number, call.arguments).outcome, Outcome::kDone);
    } else {
      Refuses(call.row, call.detail, call.number, call.arguments);
    }
  }
}

void Specification::ListPage() {
  Refuses(101, 0, 0x51, {2, kSharedHyp});
  Refuses(101, 0, 0x51, {0, 1});
  Refuses(107, 0, 0x51, {1, kPfnEnd});
  Refuses(401, 0, 0x51, {1, kHole});
  Refuses(505, 0, 0x51, {1, kClear});
  const Judgement none = Step(0x51, {0, 0}, 1);
  EXPECT_EQ(none.expected.row, 110U);
  EXPECT_EQ(none.expected.answer.registers[1], std::uint64_t{0} - 2);
}

// The calls over gfns of a VM: (vm, gfn, count, last), `last` being prot or flag where the call has
// one.
void Specification::RangesOfGfns() {
  constexpr std::uint64_t kEnd = std::uint64_t{1} << 20;  // of 32 IPA bits
  for (const unsigned number : {0x45U, 0x4BU, 0x4CU, 0x4DU, 0x4EU, 0x4FU}) {
    Refuses(101, 0, number, {kPlain | kHigh, 0x10, 1, 1});
    Refuses(104, 0, number, {kPlain, 0x10, 0, 1});
    Refuses(104, 0, number, {kPlain, 0x10, 513, 1});
    Refuses(107, 0, number, {kPlain, kGfnSpace, 1, 1});
    Refuses(107, 0, number, {kPlain, ~std::uint64_t{0}, 2, 1});
    for (const std::uint64_t handle : {0x200U, 0x000U, 0x103U, 0x1FFU})
      Refuses(201, 0, number, {handle, 0x10, 1, 1});
    Refuses(205, 0, number, {kPlain, kEnd, 1, 1});
    Refuses(205, 5, number, {kPlain, kEnd - 5, 9, 1});
    Refuses(205, 8, number, {kPlain, kEnd - 8, 9, 1});
    if (number == 0x4F) continue;
    Refuses(206, 0, number, {kPlain, 0xF, 2, 1});
    Refuses(206, 8, number, {kPlain, 0x10, 16, 1});
    Refuses(206, 7, number, {kPlain, 0x19, 8, 1});
    Refuses(206, 0, number, {kProtected, 0, 1, 1});
    if (number != 0x45) Refuses(301, 0, number, {kDying, 0x10, 1, 1});
  }
  Refuses(103, 0, 0x4B, {kPlain, 0x10, 1, 0});
  Refuses(103, 0, 0x4B, {kPlain, 0x10, 1, 8});
  Refuses(101, 0, 0x4D, {kPlain, 0x10, 1, 2});
  Refuses(301, 0, 0x4F, {kDying, 0x10, 1});
  Refuses(501, 0, 0x4F, {kProtected, 0x10, 1});
}

void Specification::ShareGuest() {
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
  for (const Refused& call : refused) {
    if (call.row == 0) {
      EXPECT_EQ(Step(call.number, call.arguments).outcome, Outcome::kDone);
    } else {
      Refuses(call.row, call.detail, call.number, call.arguments);
    }
  }
}

void Specification::CreateVm() {
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
      {0x56, {0, 33, kClear, testing::kRamC + 0x80}, 401, 2},
      {0x56, {0, 32, kSharedHyp - 1, kClear}, 503, 1},
      {0x56, {0, 32, kClear, kSharedHyp}, 503, 2},
      {0x56, {0, 33, kClear, kFreeA + 0x38}, 0, 0},
  };
  for (const Refused& call : refused) {
    if (call.row == 0) {
      Refuses(601, 0, call.number, call.arguments);  // slots 0, 1 and 2 are used
    } else {
      Refuses(call.row, call.detail, call.number, call.arguments);
    }
  }
}

void Specification::DonateTables() {
  const Refused refused[] = {
      {0x57, {kPlain | kHigh, kClear, 1}, 101, 0}, {0x57, {kPlain, kClear, 0}, 104, 0},
      {0x57, {kPlain, kClear, 513}, 104, 0},       {0x57, {kPlain, kPfnEnd - 1, 2}, 107, 0},
      {0x57, {0x100 + 3, kClear, 1}, 201, 0},      {0x57, {kDying, kClear, 1}, 301, 0},
      {0x57, {kPlain, kRamB + 14, 8}, 401, 2},     {0x57, {kPlain, kSharedHyp - 1, 2}, 503, 1},
  };
  for (const Refused& call : refused) Refuses(call.row, call.detail, call.number, call.arguments);
}

void Specification::TearDown() {
  Refuses(101, 0, 0x5E, {kPlain | kHigh});
  Refuses(201, 0, 0x5E, {0x300});
  Refuses(301, 0, 0x5E, {kDying});
  for (const unsigned number : {0x60U, 0x61U}) {
    Refuses(101, 0, number, {kDying | kHigh, kDyingTables, 1});
    Refuses(201, 0, number, {0x202, kDyingTables, 1});
    Refuses(302, 0, number, {kPlain, kDyingTables, 1});
    Refuses(307, 2, number, {kDying, kDyingTables, 1});
  }
  Refuses(104, 0, 0x60, {kDying, kDyingTables, 65});
  Refuses(107, 0, 0x60, {kDying, kPfnEnd - 1, 2});
  Do(0x45, {kDying, 0x10, 1});
  Refuses(401, 16, 0x60, {kDying, kRamB, 20});
  Refuses(509, 2, 0x60, {kDying, kDyingTables, 3});
  Refuses(509, 0, 0x60, {kDying, kFreeA + 0x40, 1});  // another VM's
  Refuses(509, 0, 0x60, {kDying, kFreeA + 0x14, 1});  // its root
  Refuses(308, 2, 0x61, {kDying});
  Do(0x60, {kDying, kDyingTables + 1, 1});
  Refuses(308, 1, 0x61, {kDying});
  Do(0x60, {kDying, kDyingTables, 1});
  Do(0x61, {kDying});
  Refuses(201, 0, 0x61, {kDying});
  EXPECT_EQ(Step(0x56, {0, 36, kClear, kClear + 4}).effect.x2, 0x202U);
}

void Specification::Features() {
  Refuses(101, 0, 0x41, {kHigh});
  Refuses(102, 0, 0x41, {7});
}

// A lower row at a later page wins over a higher row at an earlier one.
void Specification::RowsAreJudgedOverTheWholeRange() {
  Refuses(401, 16, 0x42, {kRamB, 17});
  Do(0x46, {kRamB, 1});
  Refuses(401, 16, 0x42, {kRamB, 17});
  Refuses(503, 0, 0x42, {kRamB, 16});
}

struct Group {
  const char* name;
  void (Specification::*check)();
};
constexpr Group kGroups[] = {
    {"RangesOfPages", &Specification::RangesOfPages},
    {"StatesOfPages", &Specification::StatesOfPages},
    {"ListPage", &Specification::ListPage},
    {"RangesOfGfns", &Specification::RangesOfGfns},
    {"ShareGuest", &Specification::ShareGuest},
    {"CreateVm", &Specification::CreateVm},
    {"DonateTables", &Specification::DonateTables},
    {"TearDown", &Specification::TearDown},
    {"Features", &Specification::Features},
    {"RowsAreJudgedOverTheWholeRange", &Specification::RowsAreJudgedOverTheWholeRange},
};

class Refusals : public ::testing::TestWithParam<Group> {};

TEST_P(Refusals, HaveTheirRowAndDetail) {
  Specification specification;
  (specification.*GetParam().check)();
}

INSTANTIATE_TEST_SUITE_P(Specification, Refusals, ::testing::ValuesIn(kGroups),
                         [](const auto& info) { return std::string(info.param.name); });

// Rows that no state of this version reaches: no vCPU exists, and a protected VM has no live gfn
// before 501 is asked.
constexpr std::pair<unsigned, unsigned> kUnreachable[] = {
    {0x45, 501}, {0x4B, 501}, {0x4C, 501}, {0x4D, 501}, {0x4E, 501}, {0x5E, 305},
};

TEST(RefusalCells, EveryReachableCellIsSeen) {
  std::set<std::pair<unsigned, unsigned>> reached;
  for (const Group& group : kGroups) {
    Specification specification;
    (specification.*group.check)();
    reached.insert(specification.reached().begin(), specification.reached().end());
  }
  for (const CallSpecification* call : AllCalls()) {
    for (const RowRule& rule : call->rows) {
      const std::pair<unsigned, unsigned> cell{call->number, rule.row};
      const bool unreachable = std::find(std::begin(kUnreachable), std::end(kUnreachable), cell) !=
                               std::end(kUnreachable);
      EXPECT_NE(reached.contains(cell), unreachable) << call->name << " " << rule.row;
    }
  }
}

}  // namespace
}  // namespace cadastre::oracle
