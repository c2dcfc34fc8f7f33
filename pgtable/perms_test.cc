// SPDX-License-Identifier: Apache-2.0
// RelaxPerms, WrProtect, MkYoung, TestClearYoung, SetSw.
#include "pgtable/testing/table_test.h"

namespace cadastre::testing {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;

template <class W>
class PermsTest : public TableTest<W> {};
TYPED_TEST_SUITE(PermsTest, GuestWorlds);

TYPED_TEST(PermsTest, RelaxAddsAndNeverRemoves) {
  ASSERT_EQ(this->Map(1, 1, 1, kRw), kOk);
  ASSERT_EQ(this->Map(2, 1, 2, kR), kOk);
  EXPECT_EQ(this->Relax(1, 2, Prot(Prot::kRead)), kOk);
  EXPECT_THAT(this->List(),
              ElementsAre(this->Line(3, 1, 1, 1, "rw-"), this->Line(3, 2, 1, 2, "r--")));
  EXPECT_EQ(this->Relax(1, 2, Prot(Prot::kWrite)), kOk);
  EXPECT_THAT(this->List(), ElementsAre(this->Line(3, 1, 2, 1, "rw-")));
}

TYPED_TEST(PermsTest, RelaxKeepsSwBitsAndAge) {
  ASSERT_EQ(this->Map(1, 1, 1, kR | Sw(13)), kOk);
  ASSERT_EQ(this->TestYoung(1, 1, Young::kTestAndClear), 1);
  EXPECT_EQ(this->Relax(1, 1, kRw), kOk);
  EXPECT_THAT(this->List(), ElementsAre(this->Line(3, 1, 1, 1, "rw- sw=13 old")));
}

// Zero, DEVICE, any sw bit, any unknown bit.
TYPED_TEST(PermsTest, RelaxRefusesEverythingButSubsetsOfRwx) {
  ASSERT_EQ(this->Map(1, 1, 1, kR), kOk);
  EXPECT_EQ(this->Relax(1, 1, Prot(0)), kEINVAL);
  for (unsigned bit = 3; bit < 64; ++bit) {
    const std::uint64_t mask = std::uint64_t{1} << bit;
    EXPECT_EQ(this->Relax(1, 1, Prot(mask)), kEINVAL) << bit;
    EXPECT_EQ(this->Relax(1, 1, Prot(Prot::kRead | mask)), kEINVAL) << bit;
    EXPECT_THAT(this->w.p.log(), IsEmpty());
  }
}

// What Map would refuse can't be reached by adding, either.
TYPED_TEST(PermsTest, RelaxRefusesIllegalResult) {
  ASSERT_EQ(this->Map(0, 4, 0, kRw), kOk);
  ASSERT_EQ(this->Map(4, 1, 4, kDeviceRw), kOk);
  const auto before = this->List();
  EXPECT_EQ(this->Relax(4, 1, Prot(Prot::kExecute)), kEINVAL);
  EXPECT_EQ(this->Relax(0, 5, Prot(Prot::kExecute)), kEINVAL);
  EXPECT_THAT(this->w.p.log(), IsEmpty());
  EXPECT_EQ(this->List(), before);
  EXPECT_EQ(this->Relax(0, 4, Prot(Prot::kExecute)), TypeParam::Format::kIsStage2 ? kOk : kEINVAL);
}

TYPED_TEST(PermsTest, EveryOperationRefusesInvalidEntryAnywhere) {
  ASSERT_EQ(this->Map(0, 4, 0, kR), kOk);
  ASSERT_EQ(this->Annotate(4, 1, {AnnotationKind::kLent, 0, 1, Gfn(4)}), kOk);
  const auto before = this->List();
  for (const std::uint64_t count : {5, 6}) {
    EXPECT_EQ(this->Relax(0, count, kRw), kENOENT);
    EXPECT_EQ(this->WrProtect(0, count), kENOENT);
    EXPECT_EQ(this->MkYoung(0, count), kENOENT);
    EXPECT_EQ(this->TestYoung(0, count, Young::kTest), -kENOENT);
    EXPECT_EQ(this->TestYoung(0, count, Young::kTestAndClear), -kENOENT);
    EXPECT_EQ(this->SetSw(0, count, Sw(1).bits, Sw(1)), kENOENT);
    EXPECT_THAT(this->w.p.log(), IsEmpty());
  }
  EXPECT_EQ(this->Relax(this->kSpace - 1, 1, kRw), kENOENT);
  EXPECT_EQ(this->List(), before);
}

TYPED_TEST(PermsTest, EveryOperationRefusesRangeAboveTheInput) {
  using Batch = typename TypeParam::Batch;
  const auto range =
      TypeParam::Range::Make(TypeParam::At(this->kSpace), 1, TypeParam::G::kPageShift, 52).value();
  auto& [geometry, p, pages, table] = this->w;
  EXPECT_EQ(this->Do([&](Batch& b) { return table.RelaxPerms(p, pages, range, kR, b); }), kERANGE);
  EXPECT_EQ(this->Do([&](Batch& b) { return table.WrProtect(p, pages, range, b); }), kERANGE);
  EXPECT_EQ(this->Do([&](Batch& b) { return table.MkYoung(p, pages, range, b); }), kERANGE);
  EXPECT_EQ(
      this->Do([&](Batch& b) { return table.TestClearYoung(p, pages, range, Young::kTest, b); }),
      kERANGE);
  EXPECT_EQ(this->Do([&](Batch& b) { return table.SetSw(p, pages, range, 0, Prot(0), b); }),
            kERANGE);
  EXPECT_EQ(this->Do([&](Batch& b) { return table.Unmap(p, pages, range, b); }), kERANGE);
  EXPECT_THAT(this->w.p.log(), IsEmpty());
}

// No TLBI, no store: nothing was missing.
TYPED_TEST(PermsTest, RelaxLeavesSatisfiedLeavesAlone) {
  ASSERT_EQ(this->Map(0, 2, 0, kRw), kOk);
  EXPECT_EQ(this->Relax(0, 2, kRw), kOk);
  EXPECT_THAT(this->w.p.log(), IsEmpty());
}

// Stale instructions must be gone before anyone may fetch from a page that gains X.
TYPED_TEST(PermsTest, RelaxInvalidatesIcacheBeforeGrantingExecute) {
  ASSERT_EQ(this->Map(1, 1, 16, kRx), kOk);
  ASSERT_EQ(this->Map(2, 1, 17, kR), kOk);
  ASSERT_EQ(this->Relax(1, 2, Prot(Prot::kExecute)), kOk);
  const auto& log = this->w.p.log();
  ASSERT_GT(log.size(), 2U);
  EXPECT_EQ(log[0].kind, EventKind::kIcache);
  EXPECT_EQ(log[1].kind, EventKind::kDsbIsh);
  EXPECT_EQ(log[2].kind, EventKind::kStore);
}

TYPED_TEST(PermsTest, RelaxLeavesTheIcacheWhereEveryPageWasExecutable) {
  ASSERT_EQ(this->Map(1, 1, 16, kRx), kOk);
  ASSERT_EQ(this->Relax(1, 1, Prot(Prot::kExecute)), kOk);
  for (const Event& e : this->w.p.log()) EXPECT_NE(e.kind, EventKind::kIcache);
}

TYPED_TEST(PermsTest, RelaxWithoutExecuteLeavesIcacheAlone) {
  ASSERT_EQ(this->Map(1, 1, 1, kR), kOk);
  ASSERT_EQ(this->Relax(1, 1, kRw), kOk);
  for (const Event& e : this->w.p.log()) EXPECT_NE(e.kind, EventKind::kIcache);
}

TYPED_TEST(PermsTest, WrProtectTakesWriteAndNothingElse) {
  ASSERT_EQ(this->Map(1, 1, 1, kRw | Sw(6)), kOk);
  ASSERT_EQ(this->Map(2, 1, 2, kDeviceRw), kOk);
  EXPECT_EQ(this->WrProtect(1, 2), kOk);
  EXPECT_THAT(this->List(), ElementsAre(this->Line(3, 1, 1, 1, "r-- sw=6"),
                                        this->Line(3, 2, 1, 2, "r-- device")));
}

TYPED_TEST(PermsTest, TestYoungCountsAndClearsOnlyIfAsked) {
  ASSERT_EQ(this->Map(0, 4, 0, kR), kOk);
  EXPECT_EQ(this->TestYoung(0, 4, Young::kTest), 4);
  EXPECT_THAT(this->w.p.log(), IsEmpty());
  EXPECT_EQ(this->TestYoung(1, 2, Young::kTestAndClear), 2);
  EXPECT_EQ(this->TestYoung(0, 4, Young::kTestAndClear), 2);
  EXPECT_EQ(this->TestYoung(0, 4, Young::kTest), 0);
  EXPECT_THAT(this->List(), ElementsAre(this->Line(3, 0, 4, 0, "r-- old")));
}

// An old page may be served from a TLB a while longer: no TLBI, by intent.
TYPED_TEST(PermsTest, ClearingYoungMaintainsNothing) {
  ASSERT_EQ(this->Map(0, 1, 0, kR), kOk);
  ASSERT_EQ(this->TestYoung(0, 1, Young::kTestAndClear), 1);
  EXPECT_THAT(this->w.p.Maintenance(), IsEmpty());
}

TYPED_TEST(PermsTest, MkYoungStoresThenOrders) {
  ASSERT_EQ(this->Map(0, 2, 0, kR), kOk);
  ASSERT_EQ(this->TestYoung(0, 1, Young::kTestAndClear), 1);
  EXPECT_EQ(this->MkYoung(0, 2), kOk);
  EXPECT_THAT(this->w.p.Lines(), ElementsAre("make", "dsb ishst"));
  EXPECT_EQ(this->TestYoung(0, 2, Young::kTest), 2);
}

// Hardware ignores sw bits: a plain store.
TYPED_TEST(PermsTest, SetSwStoresPlainly) {
  ASSERT_EQ(this->Map(0, 2, 0, kR | Sw(5)), kOk);
  EXPECT_EQ(this->SetSw(0, 2, Sw(6).bits, Sw(2)), kOk);
  EXPECT_THAT(this->w.p.Lines(), ElementsAre("make", "make"));
  EXPECT_THAT(this->List(), ElementsAre(this->Line(3, 0, 2, 0, "r-- sw=3")));
}

TYPED_TEST(PermsTest, SetSwRefusesOtherBitsAndValuesOutsideItsMask) {
  ASSERT_EQ(this->Map(0, 1, 0, kR), kOk);
  for (unsigned bit = 0; bit < 64; ++bit) {
    const std::uint64_t mask = std::uint64_t{1} << bit;
    const bool sw = (mask & Prot::kSwMask) != 0;
    EXPECT_EQ(this->SetSw(0, 1, mask, Prot(0)), sw ? kOk : kEINVAL) << bit;
    EXPECT_EQ(this->SetSw(0, 1, Prot::kSwMask, Prot(mask)), sw ? kOk : kEINVAL) << bit;
    EXPECT_EQ(this->SetSw(0, 1, Prot::kSwMask & ~mask, Prot(mask)), kEINVAL) << bit;
  }
}

// The whole block at once, if all of it is meant.
TYPED_TEST(PermsTest, WholeBlockIsChangedAsABlock) {
  const auto block = this->kBlock;
  ASSERT_EQ(this->MapBlock(block, 0, kR), kOk);
  EXPECT_EQ(this->Relax(block, block, kRw), kOk);
  EXPECT_EQ(this->SetSw(block, block, Sw(1).bits, Sw(1)), kOk);
  EXPECT_EQ(this->TestYoung(block, block, Young::kTestAndClear), static_cast<std::int64_t>(block));
  EXPECT_THAT(this->List(), ElementsAre(this->Line(2, block, block, 0, "rw- sw=1 old")));
}

// Part of it: its deposited page becomes the table, and the rest stays as it was.
TYPED_TEST(PermsTest, PartOfABlockSplitsItByItsDeposit) {
  const auto block = this->kBlock;
  ASSERT_EQ(this->MapBlock(block, 0, kRw | Sw(2)), kOk);
  while (this->Free() > 0) this->w.pages.Take(this->w.p);
  EXPECT_EQ(this->WrProtect(block + 1, 2), kOk);
  EXPECT_THAT(this->List(), ElementsAre(this->Line(3, block, 1, 0, "rw- sw=2"),
                                        this->Line(3, block + 1, 2, 1, "r-- sw=2"),
                                        this->Line(3, block + 3, block - 3, 3, "rw- sw=2")));
  EXPECT_EQ(this->w.pages.Deposits(this->w.p), 0u);
}

TYPED_TEST(PermsTest, BlockThatWouldNotChangeIsNotSplit) {
  const auto block = this->kBlock;
  ASSERT_EQ(this->MapBlock(block, 0, kR), kOk);
  EXPECT_EQ(this->WrProtect(block + 1, 2), kOk);
  EXPECT_EQ(this->Relax(block + 1, 2, kR), kOk);
  EXPECT_EQ(this->TestYoung(block + 1, 2, Young::kTest), 2);
  EXPECT_THAT(this->List(), ElementsAre(this->Line(2, block, block, 0, "r--")));
}

template <class W>
class HostPermsTest : public TableTest<W> {};
TYPED_TEST_SUITE(HostPermsTest, HostWorlds);

// Two ends in two blocks take two pages; without them nothing changes.
TYPED_TEST(HostPermsTest, EveryOperationRefusesIfSplitsLackAPage) {
  using Batch = typename TypeParam::Batch;
  const auto block = this->kBlock;
  ASSERT_EQ(this->Map(block, 2 * block, block, kRw, Blocks::kAllowed), kOk);
  while (this->Free() > 1) this->w.pages.Take(this->w.p);
  const auto before = this->List();
  const auto range = this->w.Span(block + 1, 2 * block - 2);
  auto& [geometry, p, pages, table] = this->w;
  ASSERT_EQ(this->Do([&](Batch& b) { return table.Unmap(p, pages, range, b); }), kENOMEM);
  ASSERT_EQ(this->Do([&](Batch& b) { return table.WrProtect(p, pages, range, b); }), kENOMEM);
  ASSERT_EQ(this->Do([&](Batch& b) { return table.SetSw(p, pages, range, Sw(1).bits, Sw(1), b); }),
            kENOMEM);
  ASSERT_EQ(this->Do([&](Batch& b) {
    return table.TestClearYoung(p, pages, range, Young::kTestAndClear, b);
  }),
            kENOMEM);
  ASSERT_EQ(this->Do([&](Batch& b) {
    return table.Annotate(p, pages, range, {AnnotationKind::kHyp}, AnnotationRun::kSame, b);
  }),
            kENOMEM);
  if (TypeParam::Format::kIsStage2) {
    ASSERT_EQ(this->Do([&](Batch& b) { return table.RelaxPerms(p, pages, range, kRx, b); }),
              kENOMEM);
  }
  EXPECT_THAT(this->w.p.log(), IsEmpty());
  EXPECT_EQ(this->List(), before);
  EXPECT_EQ(this->WrProtect(block + 1, block - 1), kOk);
}

TYPED_TEST(HostPermsTest, MkYoungRefusesIfASplitLacksAPage) {
  const auto block = this->kBlock;
  ASSERT_EQ(this->Map(block, block, block, kRw, Blocks::kAllowed), kOk);
  ASSERT_EQ(this->TestYoung(block, block, Young::kTestAndClear), static_cast<std::int64_t>(block));
  while (this->Free() > 0) this->w.pages.Take(this->w.p);
  EXPECT_EQ(this->MkYoung(block, 1), kENOMEM);
  EXPECT_THAT(this->w.p.log(), IsEmpty());
  EXPECT_EQ(this->MkYoung(block, block), kOk);
}

// Sw bits make a host leaf special: the count follows them both ways.
TYPED_TEST(HostPermsTest, SetSwMovesTheCount) {
  ASSERT_EQ(this->Map(0, 4, 0, kRw), kOk);
  const PhysAddr table = this->w.table.GetLeaf(this->w.p, TypeParam::At(0)).slot;
  EXPECT_EQ(this->w.p.PeekCount(table), 0u);
  ASSERT_EQ(this->SetSw(1, 2, Sw(3).bits, Sw(1)), kOk);
  EXPECT_EQ(this->w.p.PeekCount(table), 2u);
  ASSERT_EQ(this->SetSw(0, 4, Sw(3).bits, Sw(0)), kOk);
  EXPECT_EQ(this->w.p.PeekCount(table), 0u);
}

// ABI.md section 4, RW: store, then as RG without the invalid step.
using Stage2 = TableTest<GuestWorld<Stage2Format, Granule4K>>;
class Stage2PermsTest : public Stage2 {};

TEST_F(Stage2PermsTest, WrProtectInvalidatesAfterTheStore) {
  ASSERT_EQ(Map(1, 1, 1, kRw), kOk);
  ASSERT_EQ(WrProtect(1, 1), kOk);
  EXPECT_THAT(w.p.Lines(), ElementsAre("make", "dsb ishst", "vttbr 0x5000040000000", "isb",
                                       "ipas2e1is 0x1000 level 3", "dsb ish", "vmalle1is",
                                       "dsb ish", "vttbr 0x0", "isb"));
}

TEST_F(Stage2PermsTest, RelaxInvalidatesAfterTheStore) {
  ASSERT_EQ(Map(1, 1, 1, kR), kOk);
  ASSERT_EQ(Relax(1, 1, kRw), kOk);
  EXPECT_THAT(w.p.Lines(), ElementsAre("make", "dsb ishst", "vttbr 0x5000040000000", "isb",
                                       "ipas2e1is 0x1000 level 3", "dsb ish", "vmalle1is",
                                       "dsb ish", "vttbr 0x0", "isb"));
}

TEST_F(Stage2PermsTest, UnchangedLeavesAreNotInvalidated) {
  ASSERT_EQ(Map(0, 1, 0, kRw), kOk);
  ASSERT_EQ(Map(1, 1, 1, kR), kOk);
  ASSERT_EQ(Map(2, 1, 2, kRw), kOk);
  ASSERT_EQ(WrProtect(0, 3), kOk);
  EXPECT_THAT(w.p.Maintenance(), Contains("ipas2e1is 0x0 level 3"));
  EXPECT_THAT(w.p.Maintenance(), Contains("ipas2e1is 0x2000 level 3"));
  EXPECT_THAT(w.p.Maintenance(), Not(Contains("ipas2e1is 0x1000 level 3")));
}

}  // namespace
}  // namespace cadastre::testing
