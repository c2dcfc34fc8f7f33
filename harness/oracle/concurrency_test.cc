// SPDX-License-Identifier: Apache-2.0
// Operations of several CPUs overlap: the oracle is silent over a core that holds its locks, in
// whatever order its pieces run, and still sees what one of them breaks.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "harness/oracle/testing/corruption.h"

namespace cadastre::oracle {
namespace {

using testing::HandCore;
using testing::kFreeA;
using testing::kParkedPage;
using testing::kPlainVm;
using testing::kPrivatePage;

std::string Told(const std::optional<Violation>& violation) {
  return violation ? std::string(violation->id) + ": " + violation->detail : "silent";
}

class Concurrency : public ::testing::Test {
 protected:
  Concurrency() { testing::PrepareWorld(core_); }
  void Start(unsigned cpu, unsigned number, std::initializer_list<std::uint64_t> arguments) {
    core_.Start(HandCore::Hypercall(cpu, number, arguments));
  }
  void Commit(unsigned cpu) { EXPECT_EQ(Told(core_.Commit(cpu)), "silent"); }
  std::uint64_t Finish(unsigned cpu) {
    EXPECT_EQ(Told(core_.Finish(cpu)), "silent");
    return core_.oracle->expectation(cpu).row;
  }
  HandCore core_;
};

TEST_F(Concurrency, OtherCallsSeeTransit) {
  Start(0, 0x47, {kParkedPage, 2});
  Commit(0);
  Start(1, 0x42, {kParkedPage + 1, 1});
  Commit(1);
  EXPECT_EQ(Finish(1), 503U);
  EXPECT_EQ(core_.oracle->PickPage(PageClass::kParked, 0), std::nullopt);
  Commit(0);
  EXPECT_EQ(Finish(0), 0U);
  Start(1, 0x42, {kParkedPage + 1, 1});
  Commit(1);
  EXPECT_EQ(Finish(1), 0U);
  EXPECT_EQ(Told(core_.oracle->FullSweep()), "silent");
}

TEST_F(Concurrency, LinearisationPointsDecide) {
  Start(0, 0x42, {kPrivatePage, 1});
  Start(1, 0x46, {kPrivatePage, 1});
  Commit(1);
  Commit(0);
  EXPECT_EQ(Finish(0), 503U);
  EXPECT_EQ(Finish(1), 0U);
}

// A slot is made again between the two events of vm_finish_teardown.
TEST_F(Concurrency, SlotIsReusedWhileItsPagesAreScrubbed) {
  core_.Call(0x5E, {testing::kProtectedVm});
  core_.Call(0x60, {testing::kProtectedVm, kFreeA + 0x30, 2});
  Start(0, 0x61, {testing::kProtectedVm});
  Commit(0);
  Start(1, 0x56, {0, 40, kFreeA + 0x40, kFreeA + 0x44});
  Commit(1);
  EXPECT_EQ(Finish(1), 0U);
  EXPECT_EQ(core_.oracle->expectation(1).answer.registers[2], 0x201U);
  Commit(0);
  EXPECT_EQ(Finish(0), 0U);
  EXPECT_EQ(Told(core_.oracle->FullSweep()), "silent");
}

// One CPU holds the host lock and has changed a page that a guest borrows, but not its record; the
// other, under the VM's lock alone, edits the leaf.
TEST_F(Concurrency, HalfDoneChangesOfOthersAreNotJudged) {
  Start(0, 0x42, {kPrivatePage, 1});
  core_.machine.Poke(core_.machine.RecordAddress(testing::kGuestPages), 7);
  Start(1, 0x4C, {kPlainVm, testing::kGfn, 2});
  Commit(1);
  EXPECT_EQ(Finish(1), 0U);
  core_.machine.Poke(core_.machine.RecordAddress(testing::kGuestPages), 1);
  Commit(0);
  EXPECT_EQ(Finish(0), 0U);
}

TEST_F(Concurrency, ALateStoreIsSeen) {
  Start(0, 0x46, {kPrivatePage, 1});
  Start(1, 0x42, {kPrivatePage + 1, 1});
  Commit(0);
  Commit(1);
  const auto violation =
      core_.Finish(0, {.late = [&](Answer&) {
                     core_.machine.SetHost(kPrivatePage, testing::HostPage(kPrivatePage, 0));
                   }});
  ASSERT_TRUE(violation.has_value());
  EXPECT_STREQ(violation->id, "TWO_PHASE");
}

// Random pieces of random operations on both CPUs, over few pages.
class RandomPieces {
 public:
  RandomPieces(HandCore& core, std::uint64_t seed) : core_(core), random_(seed) {}

  // One piece of what a CPU does; what the oracle says of it. A CPU that needs a lock which the
  // other may hold waits.
  std::optional<Violation> Advance(unsigned cpu) {
    switch (stages_[cpu]) {
      case Piece::kStart:
        operations_[cpu] = Next(cpu);
        core_.Start(operations_[cpu]);
        stages_[cpu] = Piece::kChange;
        return std::nullopt;
      case Piece::kChange:
        if (!MustWait(cpu)) {
          held_[cpu] = core_.Change(cpu);
          stages_[cpu] = Piece::kRelease;
        }
        return std::nullopt;
      case Piece::kRelease:
        held_[cpu].clear();
        stages_[cpu] = core_.IsCommitted(cpu) ? Piece::kFinish : Piece::kChange;
        return core_.Release(cpu);
      case Piece::kFinish:
        break;
    }
    stages_[cpu] = Piece::kStart;
    const auto violation = core_.Finish(cpu);
    guests_[cpu] = core_.oracle->expectation(cpu).answer.guest;
    return violation;
  }
  unsigned overlaps() const { return overlaps_; }
  bool IsUnderWay(unsigned cpu) const { return stages_[cpu] != Piece::kStart; }
  std::uint64_t Roll(std::uint64_t sides) { return random_() % sides; }

 private:
  enum class Piece { kStart, kChange, kRelease, kFinish };

  // Only calls and traps that take their VM's lock alone run beside another's changes.
  bool MustWait(unsigned cpu) {
    const auto& others = held_[1 - cpu];
    if (others.empty()) return false;
    const auto slot = SlotOfVmLockAlone(cpu);
    if (!slot || std::find(others.begin(), others.end(), 0x100 + *slot) != others.end())
      return true;
    ++overlaps_;
    return false;
  }

  std::optional<std::uint64_t> SlotOfVmLockAlone(unsigned cpu) const {
    const Operation& operation = operations_[cpu];
    if (operation.trap == Trap::kInterrupt || operation.trap == Trap::kGuestAbort)
      return *core_.oracle->RunningVm(cpu) & 0xFF;
    constexpr unsigned kVmLockAlone[] = {0x4B, 0x4C, 0x4D, 0x4E, 0x5A, 0x5D, 0x64};
    const std::uint64_t number = operation.registers[0] & 0xFF;
    const bool alone = std::find(std::begin(kVmLockAlone), std::end(kVmLockAlone), number) !=
                       std::end(kVmLockAlone);
    if (operation.trap != Trap::kHostHvc || !alone) return std::nullopt;
    return operation.registers[1] & 0xFF;
  }

  Operation Next(unsigned cpu) {
    return core_.oracle->RunningVm(cpu) ? NextTrap(cpu) : NextCall(cpu);
  }

  Operation NextTrap(unsigned cpu) {
    Operation trap{.cpu = cpu, .guest = guests_[cpu]};
    trap.address = GfnFor(0, *core_.oracle->RunningVm(cpu)) << 12;
    switch (Roll(8)) {
      case 0:
        trap.trap = Trap::kInterrupt;
        return trap;
      case 1:
        trap.trap = Trap::kGuestAbort;
        trap.syndrome = Roll(2) << 24 | Roll(2) << 6 | std::uint64_t{0x24} << 26 | 9U << 16;
        return trap;
      case 2: {
        constexpr std::uint64_t kPsci[] = {0x84000002, 0xC4000003, 0x84000004, 0x84000008, 7};
        trap.guest.x[0] = kPsci[Roll(5)];
        trap.guest.x[1] = Roll(3);
        trap.guest.x[2] = 0x4000;
        break;
      }
      default: {
        constexpr std::uint64_t kCalls[] = {3, 3, 4, 9, 9, 0x70, 2};
        trap.guest.x[0] = 0xC6000000 + kCalls[Roll(7)];
        trap.guest.x[1] = trap.address;
        trap.guest.x[2] = 0;
        trap.guest.x[3] = 0;
        if (trap.guest.x[0] == 0xC6000009) trap.guest.x[3] = Roll(2);
        if (trap.guest.x[0] == 0xC6000002) trap.guest.x[1] = 0;
        break;
      }
    }
    trap.trap = Trap::kGuestHvc;
    return trap;
  }

  Operation NextCall(unsigned cpu) {
    constexpr unsigned kNumbers[] = {0x42, 0x42, 0x43, 0x44, 0x45, 0x46, 0x47, 0x48, 0x48, 0x49,
                                     0x4A, 0x4A, 0x4B, 0x4C, 0x4D, 0x4E, 0x50, 0x51, 0x51, 0x52,
                                     0x53, 0x54, 0x55, 0x56, 0x56, 0x57, 0x57, 0x58, 0x59, 0x59,
                                     0x5A, 0x5A, 0x5A, 0x5B, 0x5C, 0x5C, 0x5C, 0x5D, 0x5E, 0x5F,
                                     0x5F, 0x60, 0x60, 0x61, 0x62, 0x64};
    const unsigned number = kNumbers[Roll(std::size(kNumbers))];
    const bool reclaims = number == 0x49 || (number >= 0x5F && number <= 0x61);
    const std::uint64_t live = core_.oracle->PickVm(VmClass::kLive, Roll(9)).value_or(0x100);
    const std::uint64_t vm = reclaims || Roll(4) == 0
                                 ? core_.oracle->PickVm(VmClass::kDying, Roll(9)).value_or(live)
                                 : live;
    const std::uint64_t pfn = PageFor(number);
    const std::uint64_t gfn = GfnFor(number, vm);
    const std::uint64_t count = 1 + Roll(3);
    if (number >= 0x52 && number <= 0x58 && number != 0x56 && number != 0x57)
      return List(cpu, number, vm);
    const auto call = [&](std::initializer_list<std::uint64_t> arguments) {
      return HandCore::Hypercall(cpu, number, arguments);
    };
    if (Roll(60) == 0) return {.trap = Trap::kCpuOff, .cpu = cpu};
    switch (number) {
      case 0x44:
      case 0x48:
        return call({vm, pfn, gfn, count, 1 + Roll(8)});
      case 0x4A:
        return call({vm, pfn, gfn, count});
      case 0x49:
      case 0x57:
      case 0x60:
      case 0x62:
        return call({vm, pfn, count});
      case 0x51:
        return call({Roll(4) == 0 ? 0U : 1U, Shared()});
      case 0x56:
        return call({Roll(3) == 0 ? 0U : 1U, 32 + Roll(9), pfn, pfn + 2 + Roll(8)});
      case 0x59:
        return call({vm, Roll(2), pfn, Shared(), 0, 0});
      case 0x5A:
        return call({vm, Roll(2)});
      case 0x5D:
      case 0x5E:
      case 0x61:
        return Roll(3) == 0 ? call({vm, 0}) : HandCore::Hypercall(cpu, 0x5C, {});
      default:
        return number < 0x48 || number == 0x50
                   ? (number == 0x45 ? call({vm, gfn, count}) : call({pfn, count}))
                   : call({vm, gfn, count, 1});
    }
  }

  // Half of the time a page in the row that the call asks for.
  std::uint64_t PageFor(unsigned number) {
    const std::uint64_t any = testing::kRamB - 8 + Roll(32);
    const auto in_row = [&](PageClass row) {
      return Roll(2) == 0 ? any : core_.oracle->PickPage(row, Roll(9)).value_or(any);
    };
    switch (number) {
      case 0x43:
        return in_row(PageClass::kSharedHyp);
      case 0x47:
        return in_row(PageClass::kParked);
      case 0x49:
        return in_row(PageClass::kLent);
      case 0x60:
        return in_row(Roll(2) == 0 ? PageClass::kVmTable : PageClass::kVmVcpu);
      case 0x62:
        return in_row(Roll(2) == 0 ? PageClass::kLent : PageClass::kGiven);
      default:
        return any;
    }
  }

  // New gfns for what maps; else mostly a live one.
  std::uint64_t GfnFor(unsigned number, std::uint64_t vm) {
    const std::uint64_t any = 0x1FC + Roll(8);
    const bool maps = number == 0x44 || number == 0x48 || number == 0x4A;
    return maps || Roll(4) == 0 ? any : core_.oracle->PickGfn(vm, Roll(9)).value_or(any);
  }

  std::uint64_t Shared() {
    return core_.oracle->PickPage(PageClass::kSharedHyp, Roll(9)).value_or(0);
  }

  Operation List(unsigned cpu, unsigned number, std::uint64_t vm) {
    if (const auto page = core_.oracle->ListPage(cpu)) {
      const auto entry = [&] {
        return Range{number == 0x53 ? 0 : testing::kRamB - 8 + Roll(32),
                     number == 0x58 ? 0 : GfnFor(number == 0x53 ? 0x45 : 0x44, vm), 1 + Roll(2)};
      };
      core_.WriteList(*page, {entry(), entry()});
    }
    return HandCore::Hypercall(cpu, number, {vm, 1 + Roll(2), 3});
  }

  HandCore& core_;
  std::mt19937_64 random_;
  Piece stages_[2] = {};
  Operation operations_[2];
  GuestRegisters guests_[2];
  std::vector<std::uint64_t> held_[2];
  unsigned overlaps_ = 0;
};

// A plain and a protected VM, the latter with a vCPU, and a list page on each CPU.
void PrepareRound(HandCore& core) {
  core.MakeVm(0, 40, kFreeA, kFreeA + 4, kFreeA + 0x10, 4);
  const std::uint64_t vm = core.MakeVm(1, 32, kFreeA + 2, kFreeA + 0x20, kFreeA + 0x30, 2);
  core.Call(0x42, {kFreeA + 0x50, 2});
  core.Call(0x59, {vm, 0, kFreeA + 0x40, kFreeA + 0x50, 0x1000, 0});
  core.Call(0x51, {1, kFreeA + 0x51});
  core.CallOn(1, 0x51, {1, kFreeA + 0x51});
  core.CallOn(1, 0x5A, {vm, 0});
}

TEST(RandomConcurrency, StaysSilent) {
  HandCore core;
  const std::uint64_t boot = core.oracle->StateDigest();
  unsigned overlaps = 0;
  for (std::uint64_t round = 0; round < 500; ++round) {
    PrepareRound(core);
    RandomPieces pieces(core, round);
    for (int step = 0; step < 600; ++step) {
      ASSERT_EQ(Told(pieces.Advance(static_cast<unsigned>(pieces.Roll(2)))), "silent")
          << "round " << round << " step " << step;
    }
    for (const unsigned cpu : {0U, 1U}) {
      while (pieces.IsUnderWay(cpu)) {
        for (const unsigned either : {0U, 1U}) {
          if (pieces.IsUnderWay(either)) ASSERT_EQ(Told(pieces.Advance(either)), "silent");
        }
      }
    }
    ASSERT_EQ(Told(core.oracle->FullSweep()), "silent") << "round " << round;
    overlaps += pieces.overlaps();
    core.Reset();
    ASSERT_EQ(core.oracle->StateDigest(), boot);
    ASSERT_EQ(Told(core.oracle->FullSweep()), "silent");
  }
  EXPECT_GT(overlaps, 100U);
  // What the rounds reached, so that silence says something.
  for (std::size_t i = 0; i < core.oracle->CellCounters().size(); ++i) {
    const std::string name = core.oracle->CellName(i);
    if (!name.ends_with("/ok") && !name.starts_with("row ") && !name.starts_with("exit ")) continue;
    if (name == "version/ok" || name == "features/ok" || name == "query_page/ok" ||
        name == "flush_guest_tlb/ok" || name == "exit NEED_TABLES")
      continue;
    EXPECT_GT(core.oracle->CellCounters()[i], 0U) << name;
  }
}

}  // namespace
}  // namespace cadastre::oracle
