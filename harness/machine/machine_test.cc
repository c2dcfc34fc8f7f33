// SPDX-License-Identifier: Apache-2.0
#include "harness/machine/machine.h"

#include <gtest/gtest.h>

#include <cstring>
#include <functional>
#include <string>
#include <vector>

namespace cadastre {
namespace {

constexpr PhysAddr kPage{0x40200000};
constexpr PhysAddr kRoot{0x40300000};  // of an EL2 table: four pages from here, one for each level
constexpr HypVa kWindow{0x700000000000};

// Stands for the hypervisor object: a few cells of every width.
struct alignas(8) FakeCore {
  Shared<std::uint64_t> wide;
  Shared<std::uint32_t> word;
  Shared<std::uint16_t> half;
  Shared<std::uint8_t> byte;
};

class MachineTest : public testing::Test {
 protected:
  MachineTest() {
    machine_.RegisterObject(std::as_writable_bytes(std::span(&core_, 1)));
    machine_.Snapshot();
  }

  // The id of the violation that the body meets, or "".
  std::string Run(const std::function<void(SimPlatform&)>& body) {
    const auto violation = machine_.RunOp(0, [&] { body(p_); });
    return violation ? violation->id : "";
  }
  std::string Seam() const {
    const auto violation = machine_.CheckSeam();
    return violation ? violation->id : "";
  }
  // Makes EL2's stage 1 map kWindow to `page`, through the platform.
  void MapWindow(PhysAddr page) {
    EXPECT_EQ(Run([&](SimPlatform& p) {
                p.Store64(kRoot + 224 * 8, (kRoot + 0x1000).value | 3);
                p.Store64(kRoot + 0x1000, (kRoot + 0x2000).value | 3);
                p.Store64(kRoot + 0x2000, (kRoot + 0x3000).value | 3);
                p.Store64(kRoot + 0x3000, page.value | 0x743);
                p.WriteTtbr0El2(kRoot.value);
              }),
              "");
  }

  FakeCore core_;
  Machine machine_{*Profile::Make(0)};
  SimPlatform& p_ = machine_.platform();
};

using oracle::EventKind;

// A double fetch finds another value than the one that was checked, of the script's choice.
TEST_F(MachineTest, AWordOfTheHostIsAnotherAtItsSecondReading) {
  machine_.memory().Write(kPage.value + 8, 5);
  machine_.memory().Write(kPage.value + 16, 6);
  machine_.memory().Write(kPage.value + 8 + SimPlatform::kSecondReading, 77);
  std::vector<std::uint64_t> words;
  const auto read = [&](SimPlatform& p) {
    for (const unsigned at : {16, 8, 8, 16, 24}) words.push_back(p.ReadHostWord(kPage + at));
  };
  EXPECT_EQ(Run(read), "");
  EXPECT_EQ(words, (std::vector<std::uint64_t>{6, 5, 77, 0, 0}));
  EXPECT_EQ(machine_.events(0)[2].value, 77U);
  EXPECT_EQ(Run(read), "");
  EXPECT_EQ(std::vector(words.begin() + 5, words.end()),
            std::vector(words.begin(), words.begin() + 5));
}

TEST_F(MachineTest, TheSecondReadingDiffersWhateverTheHostKeeps) {
  std::uint64_t second = 0;
  EXPECT_EQ(Run([&](SimPlatform& p) {
              p.ReadHostWord(kPage);
              second = p.ReadHostWord(kPage);
            }),
            "");
  EXPECT_EQ(second, ~std::uint64_t{0});
}

// Each kind of store, and what the oracle must be told.
struct StoreCase {
  const char* name;
  std::function<void(SimPlatform&, FakeCore&)> store;
  EventKind kind;
  std::uint64_t address, value, old_value;
};

void PrintTo(const StoreCase& c, std::ostream* out) { *out << c.name; }

class EveryStore : public MachineTest, public testing::WithParamInterface<StoreCase> {};

constexpr std::uint64_t kAt = kPage.value;
INSTANTIATE_TEST_SUITE_P(
    All, EveryStore,
    testing::Values(
        StoreCase{"Store64", [](SimPlatform& p, FakeCore&) { p.Store64(kPage + 8, 7); },
                  EventKind::kStore, kAt + 8, 7, 0},
        StoreCase{"WriteHostWord", [](SimPlatform& p, FakeCore&) { p.WriteHostWord(kPage + 8, 7); },
                  EventKind::kStore, kAt + 8, 7, 0},
        StoreCase{"Store16", [](SimPlatform& p, FakeCore&) { p.Store16(kPage + 2, 0x1234); },
                  EventKind::kStore, kAt, 0x1111'1111'1234'1111, 0x1111'1111'1111'1111},
        StoreCase{"Store8", [](SimPlatform& p, FakeCore&) { p.Store8(kPage + 7, 0xab); },
                  EventKind::kStore, kAt, 0xab11'1111'1111'1111, 0x1111'1111'1111'1111},
        StoreCase{"FillTable", [](SimPlatform& p, FakeCore&) { p.FillTable(kPage, 3, 5, 512); },
                  EventKind::kFill, kAt, 3, 5},
        StoreCase{"Cell64", [](SimPlatform& p, FakeCore& c) { c.wide.Store(p, 9); },
                  EventKind::kCellStore, 0, 9, 0},
        StoreCase{"Cell32", [](SimPlatform& p, FakeCore& c) { c.word.Store(p, 9); },
                  EventKind::kCellStore, 8, 9, 0},
        StoreCase{"Cell16", [](SimPlatform& p, FakeCore& c) { c.half.Store(p, 9); },
                  EventKind::kCellStore, 12, 9, 0},
        StoreCase{"Cell8", [](SimPlatform& p, FakeCore& c) { c.byte.Store(p, 9); },
                  EventKind::kCellStore, 14, 9, 0}),
    [](const auto& info) { return info.param.name; });

TEST_P(EveryStore, IsToldCountedAndTakenBack) {
  ASSERT_EQ(Run([](SimPlatform& p) { p.Store64(kPage, 0x1111'1111'1111'1111); }), "");
  machine_.Snapshot();
  const RawDigest before = machine_.Digest();
  ASSERT_EQ(Run([&](SimPlatform& p) { GetParam().store(p, core_); }), "");

  ASSERT_EQ(machine_.events(0).size(), 1u);
  const oracle::Event& event = machine_.events(0).front();
  EXPECT_EQ(event.kind, GetParam().kind);
  EXPECT_EQ(event.address, GetParam().address);
  EXPECT_EQ(event.value, GetParam().value);
  EXPECT_EQ(event.old_value, GetParam().old_value);

  EXPECT_NE(machine_.Digest(), before);
  EXPECT_EQ(Seam(), "");
  machine_.Rollback();
  EXPECT_EQ(machine_.Digest(), before);
  EXPECT_EQ(Seam(), "");
  EXPECT_EQ(machine_.memory().Peek(kPage.value), 0x1111'1111'1111'1111u);
}

TEST_F(MachineTest, PartsOfAWordAreReadWhereTheyLie) {
  EXPECT_EQ(Run([](SimPlatform& p) {
              p.Store64(kPage, 0x8877'6655'4433'2211);
              EXPECT_EQ(p.Load64(kPage), 0x8877'6655'4433'2211u);
              EXPECT_EQ(p.Load16(kPage + 4), 0x6655u);
              EXPECT_EQ(p.Load8(kPage + 6), 0x77u);
            }),
            "");
}

TEST_F(MachineTest, ReadOfHostMemoryIsToldWithWhatWasRead) {
  machine_.memory().Write(kPage.value + 16, 0x1234);
  ASSERT_EQ(Run([](SimPlatform& p) { EXPECT_EQ(p.ReadHostWord(kPage + 16), 0x1234u); }), "");
  ASSERT_EQ(machine_.events(0).size(), 1u);
  EXPECT_EQ(machine_.events(0)[0].kind, EventKind::kReadHost);
  EXPECT_EQ(machine_.events(0)[0].address, kAt + 16);
  EXPECT_EQ(machine_.events(0)[0].value, 0x1234u);
}

TEST_F(MachineTest, LocalMaintenanceIsToldWithItsCpu) {
  ASSERT_EQ(machine_.RunOp(1, [&] { p_.TlbiVmalle1(), p_.InvalidateIcacheLocal(); }), std::nullopt);
  ASSERT_EQ(machine_.events(1).size(), 2u);
  EXPECT_EQ(machine_.events(1)[0].kind, EventKind::kTlbiVmalle1);
  EXPECT_EQ(machine_.events(1)[1].kind, EventKind::kIcIallu);
  EXPECT_EQ(machine_.events(1)[1].cpu, 1u);
}

TEST_F(MachineTest, SystemRegistersRollBack) {
  p_.set_registers(0, {.vttbr = 5, .ttbr0_el2 = 6});
  machine_.Snapshot();
  const RawDigest before = machine_.Digest();
  ASSERT_EQ(Run([](SimPlatform& p) { p.WriteVttbr(7), p.WriteTtbr0El2(8); }), "");
  EXPECT_NE(machine_.Digest(), before);
  machine_.Rollback();
  EXPECT_EQ(machine_.registers(0), (SystemRegisters{.vttbr = 5, .ttbr0_el2 = 6}));
}

TEST_F(MachineTest, WildAccessEndsTheOperation) {
  for (const PhysAddr pa : {PhysAddr(0x40880000), PhysAddr(0x40052ff8), PhysAddr(0x9003000),
                            PhysAddr(0), PhysAddr(~std::uint64_t{7}), kPage + 4}) {
    bool went_on = false;
    EXPECT_EQ(Run([&](SimPlatform& p) { p.Load64(pa), went_on = true; }), kWildAccess) << pa.value;
    EXPECT_EQ(Run([&](SimPlatform& p) { p.Store64(pa, 0), went_on = true; }), kWildAccess);
    EXPECT_FALSE(went_on);
  }
  EXPECT_EQ(Run([](SimPlatform& p) { p.Store16(kPage + 1, 0); }), kWildAccess);
  EXPECT_EQ(Run([](SimPlatform& p) { p.FillTable(kPage + 8, 0, 0, 512); }), kWildAccess);
  EXPECT_EQ(Run([](SimPlatform& p) { p.FillTable(kPage, 0, 0, 100); }), kWildAccess);
}

TEST_F(MachineTest, CellOutsideOfTheObjectIsWild) {
  Shared<std::uint64_t> elsewhere;
  EXPECT_EQ(Run([&](SimPlatform& p) { elsewhere.Store(p, 1); }), kWildAccess);
  EXPECT_EQ(Run([&](SimPlatform& p) { static_cast<void>(elsewhere.Load(p)); }), kWildAccess);
}

TEST_F(MachineTest, PanicIsACoreAssertionWithItsReason) {
  const auto violation = machine_.RunOp(0, [&] { p_.Panic("because"); });
  ASSERT_TRUE(violation.has_value());
  EXPECT_STREQ(violation->id, kCoreAssertion);
  EXPECT_EQ(violation->detail, "because");
  EXPECT_EQ(Run([](SimPlatform&) {}), "") << "the next operation is a new one";
}

TEST_F(MachineTest, EndlessOperationUsesItsBudgetUp) {
  EXPECT_EQ(Run([](SimPlatform& p) {
              while (true) p.Load64(kPage);
            }),
            kStepBudget);
}

TEST_F(MachineTest, EveryAccessIsAYieldPoint) {
  ASSERT_EQ(Run([&](SimPlatform& p) {
              p.Store64(kPage, 1);
              p.Load8(kPage);
              core_.word.Store(p, 2);
              p.Lock(LockId::kHost);
              p.DsbIsh();
              p.Unlock(LockId::kHost);
              p.WriteHostWord(kPage, p.ReadHostWord(kPage) + 1);
            }),
            "");
  EXPECT_EQ(machine_.steps(0), 8u);
}

TEST_F(MachineTest, LocksFollowTheOrder) {
  constexpr auto kVm = static_cast<LockId>(static_cast<std::uint16_t>(LockId::kVmBase) + 7);
  constexpr auto kOther = static_cast<LockId>(static_cast<std::uint16_t>(LockId::kVmBase) + 8);
  const std::vector<LockId> order = {LockId::kVmTable, kVm, LockId::kHost, LockId::kEl2,
                                     LockId::kPool};
  EXPECT_EQ(Run([&](SimPlatform& p) {
              for (const LockId lock : order) p.Lock(lock);
              for (const LockId lock : order) p.Unlock(lock);
              p.Lock(LockId::kHost);
              p.Unlock(LockId::kHost);
            }),
            "");
  for (std::size_t later = 0; later < order.size(); ++later) {
    for (std::size_t earlier = 0; earlier <= later; ++earlier) {
      EXPECT_EQ(Run([&](SimPlatform& p) { p.Lock(order[later]), p.Lock(order[earlier]); }),
                kLockOrder);
    }
  }
  EXPECT_EQ(Run([&](SimPlatform& p) { p.Lock(kVm), p.Unlock(kVm), p.Lock(kOther); }), kLockOrder);
  EXPECT_EQ(Run([&](SimPlatform& p) { p.Lock(kVm), p.Unlock(kOther); }), kLockNotHeld);
  EXPECT_EQ(Run([&](SimPlatform& p) { p.Unlock(LockId::kPool); }), kLockNotHeld);
  EXPECT_EQ(Run([&](SimPlatform& p) { p.Lock(LockId::kPool); }), kLockHeldAtExit);
}

TEST_F(MachineTest, ScrubGoesThroughTheWindow) {
  EXPECT_EQ(Run([](SimPlatform& p) { p.ZeroPage(kWindow, kPage); }), kWildAccess) << "no table";
  MapWindow(kPage);
  EXPECT_EQ(Run([](SimPlatform& p) { p.Store64(kPage, 1), p.ZeroPage(kWindow, kPage); }), "");
  EXPECT_EQ(machine_.memory().Peek(kPage.value), 0u);
  EXPECT_EQ(machine_.events(0).back().kind, EventKind::kZeroPage);
  EXPECT_EQ(Run([](SimPlatform& p) { p.ZeroPage(kWindow, kPage + 0x1000); }), kWildAccess);
  EXPECT_EQ(Run([](SimPlatform& p) {
              p.Store64(kRoot + 0x3000, kPage.value | 0x7c3);  // read-only
              p.ZeroPage(kWindow, kPage);
            }),
            kWildAccess);
}

TEST_F(MachineTest, CleaningGoesThroughTheWindowAndKeepsThePage) {
  EXPECT_EQ(Run([](SimPlatform& p) { p.CleanInvalidatePage(kWindow, kPage); }), kWildAccess);
  MapWindow(kPage);
  EXPECT_EQ(Run([](SimPlatform& p) {
              p.Store64(kPage, 7);
              p.CleanInvalidatePage(kWindow, kPage);
            }),
            "");
  EXPECT_EQ(machine_.memory().Peek(kPage.value), 7u);
  EXPECT_EQ(machine_.events(0).back().kind, EventKind::kCleanInvalidate);
  EXPECT_EQ(Run([](SimPlatform& p) { p.CleanInvalidatePage(kWindow, kPage + 0x1000); }),
            kWildAccess);
}

TEST_F(MachineTest, ScrubHoldsNoLock) {
  MapWindow(kPage);
  EXPECT_EQ(Run([](SimPlatform& p) { p.Lock(LockId::kVmTable), p.ZeroPage(kWindow, kPage); }),
            kScrubUnderLock);
}

TEST_F(MachineTest, ALoadHoldsTheLockThatCoversItsPage) {
  const SimMemory& memory = machine_.memory();
  std::vector<oracle::Cover> covers(0x1000, oracle::kNoCover);
  const auto index = memory.RamIndex(kPage.value >> 12);
  ASSERT_LT(index + 4, covers.size());
  covers[index] = oracle::kHostCover;
  covers[index + 1] = oracle::kEl2Cover;
  covers[index + 2] = oracle::kPoolCover;
  covers[index + 3] = 8;  // the VM in slot 7
  p_.set_load_covers(covers);
  const LockId kVm7 = static_cast<LockId>(0x107);
  const LockId kLocks[] = {LockId::kHost, LockId::kEl2, LockId::kPool, kVm7};
  for (unsigned page = 0; page < 4; ++page) {
    const PhysAddr at = kPage + page * 0x1000;
    for (const LockId lock : {LockId::kVmTable, static_cast<LockId>(0x106), kVm7, LockId::kHost,
                              LockId::kEl2, LockId::kPool}) {
      const auto load = [&](SimPlatform& p) { p.Lock(lock), p.Load64(at), p.Unlock(lock); };
      EXPECT_EQ(Run(load), lock == kLocks[page] ? "" : kLoadUncovered) << page;
      machine_.Rollback();
    }
    EXPECT_EQ(Run([&](SimPlatform& p) { p.Load8(at); }), kLoadUncovered);
    machine_.Rollback();
  }
  EXPECT_EQ(Run([&](SimPlatform& p) { p.Load64(kPage + 0x4000); }), "");
}

TEST_F(MachineTest, ACountIsLoadedUnderTheLockOfItsPageAndOtherFieldsUnderTheHosts) {
  std::vector<oracle::Cover> covers(0x1000, oracle::kNoCover);
  covers[5] = oracle::kEl2Cover;
  p_.set_load_covers(covers);
  const PhysAddr record = machine_.profile().Boot().records + 5 * 8;
  const auto load = [&](LockId lock, unsigned byte) {
    const std::string id = Run([&](SimPlatform& p) {
      p.Lock(lock);
      byte == 6 ? p.Load8(record + byte) : p.Load16(record + byte);
      p.Unlock(lock);
    });
    machine_.Rollback();
    return id;
  };
  EXPECT_EQ(load(LockId::kEl2, 4), "");
  EXPECT_EQ(load(LockId::kHost, 4), kLoadUncovered);
  for (const unsigned byte : {0u, 2u, 6u}) {
    EXPECT_EQ(load(LockId::kHost, byte), "");
    EXPECT_EQ(load(LockId::kEl2, byte), kLoadUncovered);
  }
}

TEST_F(MachineTest, CountOfATablePageLiesInItsRecord) {
  const std::uint64_t records = machine_.profile().Boot().records.value;
  EXPECT_EQ(Run([&](SimPlatform& p) {
              EXPECT_EQ(p.TableCountAddress(PhysAddr(0x40053000)).value, records + 4);
              EXPECT_EQ(p.TableCountAddress(PhysAddr(0x40055000)).value, records + 20);
            }),
            "");
}

TEST_F(MachineTest, RangeTlbiWhereThereIsNoneIsAnAssertion) {
  EXPECT_EQ(Run([](SimPlatform& p) { p.TlbiRipas2e1is(Ipa(0), 8, TlbiLevel::kLevel3); }),
            kCoreAssertion);
}

TEST_F(MachineTest, PokeIntoRawMemoryBypassesTheSeam) {
  ASSERT_EQ(Run([](SimPlatform& p) { p.Store64(kPage, 1); }), "");
  ASSERT_EQ(Seam(), "");
  const_cast<std::uint64_t*>(machine_.memory().PageWords(kPage.value >> 12))[9] = 1;
  EXPECT_EQ(Seam(), kSeamBypassed);
}

TEST_F(MachineTest, PokeIntoTheObjectBypassesTheSeam) {
  ASSERT_EQ(Seam(), "");
  std::memset(static_cast<void*>(&core_), 1, 1);
  EXPECT_EQ(Seam(), kSeamBypassed);
}

}  // namespace
}  // namespace cadastre
