// SPDX-License-Identifier: Apache-2.0
// Running guests: what exits show, what is read back, a protected guest's calls and PSCI. The hand-
// made core carries each out, and the oracle is silent.
#include <gtest/gtest.h>

#include "harness/oracle/guest_step.h"
#include "harness/oracle/testing/corruption.h"

namespace cadastre::oracle {
namespace {

using testing::CallResult;
using testing::HandCore;
using testing::kFreeA;
using testing::kRunningPage;
using testing::kSecretVm;

constexpr std::uint64_t kIsv = std::uint64_t{1} << 24;
constexpr std::uint64_t kWrites = std::uint64_t{1} << 6;
constexpr std::uint64_t kDataAbort = std::uint64_t{0x24} << 26 | 7;  // translation, level 3
constexpr std::uint64_t kPlainRun = kFreeA + 0x166;
constexpr std::uint64_t kMinus = ~std::uint64_t{0};

std::string Told(const std::optional<Violation>& violation) {
  return violation ? std::string(violation->id) + ": " + violation->detail : "silent";
}

class Guests : public ::testing::Test {
 protected:
  Guests() {
    testing::PrepareWorld(core_);
    testing::PrepareGuest(core_);
  }
  CallResult Silent(const CallResult& result) {
    EXPECT_EQ(Told(result.violation), "silent");
    EXPECT_EQ(Told(core_.oracle->FullSweep()), "silent");
    return result;
  }
  void Enter() {
    EXPECT_EQ(Silent(core_.Call(0x5C, {})).expected.answer.next, Next::kGuest);
    EXPECT_TRUE(core_.oracle->RunningVm(0).has_value());
  }
  // The guest's HVC is answered, and it runs on.
  CallResult Hvc(std::initializer_list<std::uint64_t> registers) {
    const CallResult result = Silent(core_.GuestHvc(registers));
    EXPECT_EQ(result.expected.answer.next, Next::kGuest);
    return result;
  }
  // The trap is an exit.
  CallResult Exits(const Operation& operation, Exit exit, std::uint64_t value) {
    const CallResult result = Silent(core_.GuestTrap(operation));
    ExpectExit(result, exit, value);
    return result;
  }
  CallResult HvcExits(std::initializer_list<std::uint64_t> registers, Exit exit,
                      std::uint64_t value) {
    const CallResult result = Silent(core_.GuestHvc(registers));
    ExpectExit(result, exit, value);
    return result;
  }
  void ExpectExit(const CallResult& result, Exit exit, std::uint64_t value) {
    EXPECT_EQ(result.expected.answer.next, Next::kHost);
    EXPECT_EQ(result.x(0), 0U);
    EXPECT_EQ(result.x(1), 0U);
    EXPECT_EQ(result.x(2), static_cast<std::uint64_t>(exit));
    EXPECT_EQ(result.x(3), value);
    EXPECT_EQ(result.x(17), 0xA5A5'0011U);
    EXPECT_EQ(core_.oracle->RunningVm(0), std::nullopt);
  }
  std::uint64_t Word(unsigned word, std::uint64_t page = kRunningPage) const {
    return core_.machine.Read((page << 12) + word * 8);
  }
  void SetWord(unsigned word, std::uint64_t value, std::uint64_t page = kRunningPage) {
    core_.machine.Poke((page << 12) + word * 8, value);
  }
  // All words but the named ones are zero.
  void ExpectShown(std::initializer_list<std::pair<unsigned, std::uint64_t>> shown) {
    std::array<std::uint64_t, kRunPageWords> expected{};
    for (const auto& [word, value] : shown) expected[word] = value;
    for (unsigned i = 0; i < kRunPageWords; ++i) EXPECT_EQ(Word(i), expected[i]) << "word " << i;
  }
  static Operation Abort(std::uint64_t address, std::uint64_t syndrome) {
    return {.trap = Trap::kGuestAbort, .address = address, .syndrome = syndrome};
  }

  HandCore core_;
};

TEST_F(Guests, NewVcpuStartsAtItsEntry) {
  Enter();
  EXPECT_EQ(core_.guest.pc, 0x8000U);
  EXPECT_EQ(core_.guest.pstate, 0x3C5U);
}

TEST_F(Guests, InterruptShowsNothingAndKeepsRegisters) {
  Enter();
  core_.guest.x[7] = 0x77;
  core_.guest.pc = 0x9000;
  Exits({.trap = Trap::kInterrupt}, Exit::kIrq, 0);
  ExpectShown({});
  SetWord(11, 0xBAD);
  SetWord(35, 0xBAD);
  Enter();
  EXPECT_EQ(core_.guest.x[7], 0x77U);
  EXPECT_EQ(core_.guest.pc, 0x9000U);
}

TEST_F(Guests, WaitLeavesPastTheInstruction) {
  Enter();
  core_.guest.pc = 0x9000;
  Exits({.trap = Trap::kGuestWait}, Exit::kWait, 0);
  Enter();
  EXPECT_EQ(core_.guest.pc, 0x9004U);
  HvcExits({0xC6000070, 5, 6, 7}, Exit::kWait, 0);
  ExpectShown({{0, 1}});
  Enter();
  EXPECT_EQ(core_.guest.x[0], 0U);
}

TEST_F(Guests, UnknownHvcShowsFourRegistersAndReadsThemBack) {
  Enter();
  core_.guest.x[4] = 0x44;
  HvcExits({0x82000001, 1, 2, 3}, Exit::kHvc, 0x82000001);
  ExpectShown({{0, 2}, {4, 0x82000001}, {5, 1}, {6, 2}, {7, 3}});
  for (unsigned i = 0; i < 6; ++i) SetWord(4 + i, 0x100 + i);
  Enter();
  for (unsigned i = 0; i < 4; ++i) EXPECT_EQ(core_.guest.x[i], 0x100 + i);
  EXPECT_EQ(core_.guest.x[4], 0x44U);
}

TEST_F(Guests, StoreAbortShowsItsDataAndIsEmulated) {
  Enter();
  core_.guest.x[9] = 0xDA7A;
  core_.guest.pc = 0x9000;
  const std::uint64_t syndrome = kDataAbort | kIsv | kWrites | 9U << 16;
  Exits(Abort(0x20'0123, syndrome), Exit::kAbort, 0x200);
  ExpectShown({{0, 3}, {1, syndrome & ~std::uint64_t{3}}, {2, 0x20'0123}, {3, 0xDA7A}});
  SetWord(37, 1);
  SetWord(3, 0xBAD);
  Enter();
  EXPECT_EQ(core_.guest.pc, 0x9004U);
  EXPECT_EQ(core_.guest.x[9], 0xDA7AU);
}

TEST_F(Guests, LoadAbortIsEmulatedOrRepeated) {
  for (const std::uint64_t flags : {0U, 1U, 2U, 3U}) {
    Enter();
    core_.guest.pc = 0x9000;
    core_.guest.x[9] = 9;
    Exits(Abort(0x20'0123, kDataAbort | kIsv | 9U << 16), Exit::kAbort, 0x200);
    EXPECT_EQ(Word(3), 0U);
    SetWord(3, 0x1234);
    SetWord(37, flags);
    Enter();
    EXPECT_EQ(core_.guest.pc, (flags & 1) != 0 ? 0x9004U : 0x9000U);
    EXPECT_EQ(core_.guest.x[9], (flags & 1) != 0 ? 0x1234U : 9U);
    Exits({.trap = Trap::kInterrupt}, Exit::kIrq, 0);
  }
}

TEST_F(Guests, AbortWithoutSyndromeReadsNothing) {
  Enter();
  Exits(Abort(0x20'0123, kDataAbort | kWrites), Exit::kAbort, 0x200);
  EXPECT_EQ(Word(3), 0U);
  SetWord(37, 1);
  Enter();
  EXPECT_EQ(core_.guest.pc, 0x8000U);
}

TEST_F(Guests, AbortsByWhatTheGfnIs) {
  Enter();
  const auto retried = [&](std::uint64_t address, std::uint64_t syndrome) {
    return Silent(core_.GuestTrap(Abort(address, syndrome))).expected.answer.next == Next::kGuest;
  };
  constexpr std::uint64_t kFetch = std::uint64_t{0x20} << 26;
  EXPECT_TRUE(retried(0x10000, kDataAbort | kWrites));
  EXPECT_TRUE(retried(0x10000, kFetch));
  EXPECT_TRUE(retried(0x12000, kDataAbort));
  Exits(Abort(0x12000, kFetch), Exit::kAbort, 0x12);
  Enter();
  Exits(Abort(0x14008, kDataAbort), Exit::kPoison, 0x14);
  ExpectShown({{0, 5}});
  Enter();
  Exits(Abort(std::uint64_t{1} << 32, kDataAbort), Exit::kAbort, std::uint64_t{1} << 20);
  Enter();
  Exits(Abort(std::uint64_t{3} << 48, kDataAbort), Exit::kAbort, 0);
}

TEST_F(Guests, ProtectedCallsAreAnsweredInX0) {
  Enter();
  core_.guest.x[4] = 4;
  EXPECT_EQ(Hvc({0xC6000002, 0, 0, 0}).guest_x(0), 4096U);
  EXPECT_EQ(Hvc({0xC6000002, 0, 0, 1}).guest_x(0), kMinus - 2);
  EXPECT_EQ(Hvc({0xC6000003, 0x10000, 0, 0}).guest_x(0), 0U);
  EXPECT_EQ(Hvc({0xC6000004, 0x10000, 0, 0}).guest_x(0), 0U);
  EXPECT_EQ(Hvc({0xC6000009, 0x12000, 0, 0}).guest_x(0), 0U);  // a loan, scrubbed
  EXPECT_EQ(Hvc({0xC6000009, 0x11000, 0, 1}).guest_x(0), 0U);  // kept
  EXPECT_EQ(Hvc({0xC6000009, 0x11000, 0, 1}).guest_x(0), 0U);  // absent
  EXPECT_EQ(Hvc({0xC6000009, 0x13000, 0, 0}).guest_x(0), kMinus - 2);
  EXPECT_EQ(Hvc({0x8600FF01, 0, 0, 0}).guest_x(2), 0x564BCAA9U);
  EXPECT_EQ(Hvc({0x86000000, 9, 9, 9}).guest_x(0), 0x21DU);
  EXPECT_EQ(core_.guest.x[1], 0U);
  EXPECT_EQ(Hvc({0xC6000040, 9, 9, 9}).guest_x(2), 2U);
  EXPECT_EQ(Hvc({0xC6000041, 5, 9, 9}).guest_x(3), 64U);
  EXPECT_EQ(Hvc({0xC6000041, 99, 9, 9}).guest_x(3), 102U);
  EXPECT_EQ(Hvc({0xC6010002, 0, 0, 0}).guest_x(0), 4096U);  // the hint bit
  EXPECT_EQ(core_.guest.x[4], 4U);
}

TEST_F(Guests, UnknownIdsAnswerMinusOne) {
  Enter();
  for (const std::uint64_t x0 :
       {0xC6000042ULL, 0xC600FFFFULL, 0x86000001ULL, 0xC600FF01ULL, 0x1'C6000002ULL}) {
    EXPECT_EQ(Hvc({x0, 1, 2, 3}).guest_x(0), kMinus) << std::hex << x0;
    EXPECT_EQ(core_.guest.x[1], 1U);
  }
  core_.guest.x[0] = 0xC6000002;
  const auto immediate = core_.GuestTrap({.trap = Trap::kGuestHvc, .immediate = 1});
  EXPECT_EQ(Silent(immediate).guest_x(0), kMinus);
  core_.guest.pc = 0x9000;
  const auto smc = Silent(core_.GuestTrap({.trap = Trap::kGuestSmc}));
  EXPECT_EQ(smc.guest_x(0), kMinus);
  EXPECT_EQ(core_.guest.pc, 0x9004U);
}

TEST_F(Guests, ShareHostOfAnAbsentGfnIsMadeAgain) {
  Enter();
  core_.guest.pc = 0x9004;
  HvcExits({0xC6000003, 0x30000, 0, 0}, Exit::kAbort, 0x30);
  ExpectShown({{0, 3}, {1, 0x92000004}, {2, 0x30000}});
  EXPECT_EQ(core_.Call(0x4A, {kSecretVm, kFreeA + 0x170, 0x30, 1}).row(), 0U);
  Enter();
  EXPECT_EQ(core_.guest.pc, 0x9000U);
  EXPECT_EQ(core_.guest.x[0], 0xC6000003U);
}

TEST_F(Guests, PsciOfAProtectedGuest) {
  core_.Call(0x59, {kSecretVm, 1, kFreeA + 0x51, kRunningPage, 0, 0});
  Enter();
  EXPECT_EQ(Hvc({0x84000000}).guest_x(0), 0x10001U);
  EXPECT_EQ(Hvc({0x80000000}).guest_x(0), 0x10002U);
  EXPECT_EQ(Hvc({0x8400000A, 0xC4000003}).guest_x(0), 0U);
  EXPECT_EQ(Hvc({0x8400000A, 0x84000001}).guest_x(0), kMinus);
  EXPECT_EQ(Hvc({0xC4000004, 1, 0}).guest_x(0), 1U);
  EXPECT_EQ(Hvc({0x84000004, 0, 0}).guest_x(0), 0U);
  EXPECT_EQ(Hvc({0x84000004, 0, 1}).guest_x(0), kMinus - 1);
  EXPECT_EQ(Hvc({0xC4000003, 2, 1, 9}).guest_x(0), kMinus - 1);
  EXPECT_EQ(Hvc({0xC4000003, 1, 1, 9}).guest_x(0), kMinus - 8);
  EXPECT_EQ(Hvc({0xC4000003, 0, 4, 9}).guest_x(0), kMinus - 3);
  HvcExits({0x84000003, 1 | 7ULL << 32, 0x7000 | 7ULL << 32, 9 | 7ULL << 32}, Exit::kHvc,
           0x84000003);
  ExpectShown({{0, 2}, {4, 0x84000003}, {5, 1}});
  SetWord(4, 0xBAD);
  Enter();
  EXPECT_EQ(core_.guest.x[0], 0U);
  EXPECT_EQ(Hvc({0xC4000003, 1, 4, 9}).guest_x(0), kMinus - 3);
  HvcExits({0x84000002, 5, 5}, Exit::kHvc, 0x84000002);
  ExpectShown({{0, 2}, {4, 0x84000002}});
  EXPECT_EQ(core_.Call(0x5C, {}).row(), 306U);
  core_.Call(0x5B, {});
  core_.Call(0x5A, {kSecretVm, 1});
  Enter();
  EXPECT_EQ(core_.guest.pc, 0x7000U);
  EXPECT_EQ(core_.guest.x[0], 9U);
  EXPECT_EQ(core_.guest.pstate, 0x3C5U);
  HvcExits({0x84000009}, Exit::kShutdown, 1);
  ExpectShown({{0, 6}});
  EXPECT_EQ(core_.Call(0x5C, {}).row(), 306U);
}

TEST_F(Guests, PlainGuestShowsAndTakesAllRegisters) {
  core_.Call(0x5B, {});
  core_.Call(0x42, {kPlainRun, 1});
  core_.Call(0x59, {testing::kPlainVm, 0, kFreeA + 0x52, kPlainRun, 0x8000, 1});
  core_.Call(0x5A, {testing::kPlainVm, 0});
  Enter();
  core_.guest.x[30] = 0x30;
  core_.guest.pstate = 0xF000'03C5 | 1 << 22;
  HvcExits({0xC6000002, 0, 0, 0}, Exit::kHvc, 0xC6000002);
  EXPECT_EQ(Word(34, kPlainRun), 0x30U);
  EXPECT_EQ(Word(35, kPlainRun), 0x8000U);
  EXPECT_EQ(Word(36, kPlainRun), 0xF040'03C5U);  // as the hardware saved it
  SetWord(34, 0x31, kPlainRun);
  SetWord(35, 0x7000, kPlainRun);
  SetWord(36, ~std::uint64_t{0}, kPlainRun);
  Enter();
  EXPECT_EQ(core_.guest.x[30], 0x31U);
  EXPECT_EQ(core_.guest.pc, 0x7000U);
  EXPECT_EQ(core_.guest.pstate, 0xF3C0'1FC5U);
  Exits({.trap = Trap::kGuestSmc}, Exit::kHvc, 0xC6000002);
  EXPECT_EQ(Word(35, kPlainRun), 0x7004U);
}

// The pairs of section 2 that restore the abstract state.
TEST_F(Guests, PairsRestoreTheState) {
  const auto digest = [&] { return core_.oracle->StateDigest(); };
  const std::uint64_t page = kFreeA + 0x170;
  const std::uint64_t before = digest();
  Silent(core_.Call(0x5B, {}));
  EXPECT_NE(digest(), before);
  Silent(core_.Call(0x5A, {kSecretVm, 0}));
  EXPECT_EQ(digest(), before);
  Enter();
  const std::uint64_t running = digest();
  for (const bool lends : {true, false}) {
    for (const std::uint64_t keep : {0U, 1U}) {
      const auto call = lends ? HandCore::Hypercall(1, 0x48, {kSecretVm, page, 0x1FF, 2, 3})
                              : HandCore::Hypercall(1, 0x4A, {kSecretVm, page, 0x1FF, 2});
      EXPECT_EQ(Silent(core_.Run(call)).row(), 0U);
      EXPECT_NE(digest(), running);
      for (const std::uint64_t gfn : {0x1FFU, 0x200U})
        EXPECT_EQ(Hvc({0xC6000009, gfn << 12, 0, keep}).guest_x(0), 0U);
      EXPECT_EQ(digest(), running);
    }
  }
  Hvc({0xC6000003, 0x10000, 0, 0});
  EXPECT_NE(digest(), running);
  Hvc({0xC6000004, 0x10000, 0, 0});
  EXPECT_EQ(digest(), running);
}

TEST_F(Guests, CpuGoesOff) {
  EXPECT_EQ(core_.oracle->ListPage(0), testing::kPinnedPage);
  Silent(core_.Run({.trap = Trap::kCpuOff}));
  EXPECT_EQ(core_.oracle->ListPage(0), std::nullopt);
  EXPECT_EQ(core_.Call(0x5B, {}).row(), 203U);
  Silent(core_.Run({.trap = Trap::kCpuOff}));
  EXPECT_EQ(core_.Call(0x43, {testing::kPinnedPage, 1}).row(), 0U);
  Silent(core_.CallOn(1, 0x5A, {kSecretVm, 0}));
  Silent(core_.Run({.trap = Trap::kCpuOff, .cpu = 1}));
  EXPECT_EQ(core_.Call(0x5E, {kSecretVm}).row(), 0U);
}

TEST_F(Guests, ListsCarryManyPieces) {
  const std::uint64_t page = kFreeA + 0x170;
  core_.WriteList(testing::kPinnedPage, {{page, 0x30, 2}, {page + 4, 0x1FF, 2}, {page + 7, 9, 1}});
  EXPECT_EQ(Silent(core_.Call(0x52, {testing::kPlainVm, 3, 7})).row(), 0U);
  core_.WriteList(testing::kPinnedPage, {{0, 0x200, 1}, {0, 0x30, 2}, {0, 9, 1}, {0, 0x1FF, 1}});
  EXPECT_EQ(Silent(core_.Call(0x53, {testing::kPlainVm, 4})).row(), 0U);
  core_.WriteList(testing::kPinnedPage, {{page + 4, 0x1FF, 2}, {page, 0x30, 2}});
  EXPECT_EQ(Silent(core_.Call(0x54, {kSecretVm, 2, 1})).row(), 0U);
  core_.WriteList(testing::kPinnedPage, {{page + 6, 0x400, 1}, {page + 8, 0x401, 2}});
  EXPECT_EQ(Silent(core_.Call(0x55, {kSecretVm, 2})).row(), 0U);
  core_.WriteList(testing::kPinnedPage, {{kFreeA + 0x60, 0, 3}, {kFreeA + 0x58, 0, 1}});
  EXPECT_EQ(Silent(core_.Call(0x58, {kSecretVm, 2})).row(), 0U);
  core_.WriteList(testing::kPinnedPage, {{kFreeA + 0x64, 0, 3}, {kFreeA + 0x66, 0, 1}});
  EXPECT_EQ(Silent(core_.Call(0x58, {kSecretVm, 2})).row(), 113U);
}

// The tear-down recipe of section 8, from a VM with pages of every row.
TEST_F(Guests, TearDownGivesEverythingBack) {
  Silent(core_.Call(0x5B, {}));
  Silent(core_.Call(0x5E, {kSecretVm}));
  for (std::uint64_t gfn = 0;;) {
    const CallResult next = Silent(core_.Call(0x5D, {kSecretVm, gfn}));
    if (next.row() == 204) break;
    gfn = next.x(2);
    EXPECT_EQ(Silent(core_.Call(0x5F, {kSecretVm, gfn, 1})).row(), 0U);
  }
  EXPECT_EQ(core_.Call(0x61, {kSecretVm}).row(), 308U);
  EXPECT_EQ(core_.Call(0x61, {kSecretVm}).x(2), 5U);
  Silent(core_.Call(0x60, {kSecretVm, kFreeA + 0x48, 4}));
  Silent(core_.Call(0x60, {kSecretVm, testing::kVcpuPage, 1}));
  EXPECT_EQ(Silent(core_.Call(0x61, {kSecretVm})).row(), 0U);
  EXPECT_EQ(Silent(core_.Call(0x43, {kRunningPage, 1})).row(), 0U);
}

TEST_F(Guests, ReclaimLoanTakesScatteredGfns) {
  core_.Call(0x48, {kSecretVm, kFreeA + 0x170, 0x300, 1, 7});
  core_.Call(0x48, {kSecretVm, kFreeA + 0x171, 0x200, 1, 7});
  core_.Call(0x48, {kSecretVm, kFreeA + 0x172, 0x201, 1, 7});
  core_.Call(0x5B, {});
  core_.Call(0x5E, {kSecretVm});
  EXPECT_EQ(Silent(core_.Call(0x49, {kSecretVm, kFreeA + 0x170, 3})).row(), 0U);
}

TEST_F(Guests, PrivateBlockIsSplitByOnePage) {
  core_.Call(0x50, {kFreeA + 0x400, 1});
  const std::uint64_t pages = kFreeA + 0x200;
  core_.Call(0x45, {testing::kPlainVm, testing::kBlockGfn, 512});
  EXPECT_EQ(Silent(core_.Call(0x4A, {kSecretVm, pages, 0x600, 512})).row(), 0U);
  Enter();
  Hvc({0xC6000003, 0x610'000, 0, 0});
  Hvc({0xC6000009, 0x612'000, 0, 0});
  Hvc({0xC6000004, 0x610'000, 0, 0});
  Exits({.trap = Trap::kInterrupt}, Exit::kIrq, 0);
  EXPECT_EQ(Silent(core_.Call(0x62, {kSecretVm, pages + 0x20, 64})).row(), 0U);
  Silent(core_.Call(0x64, {kSecretVm, 0x600, 512}));
}

}  // namespace
}  // namespace cadastre::oracle
