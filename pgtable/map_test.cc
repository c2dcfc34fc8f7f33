// SPDX-License-Identifier: Apache-2.0
#include "pgtable/testing/table_test.h"

namespace cadastre::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

template <class W>
class MapTest : public TableTest<W> {};
TYPED_TEST_SUITE(MapTest, GuestWorlds);

TYPED_TEST(MapTest, MapsEachPageOfTheRangeAndNoOther) {
  EXPECT_EQ(this->Map(5, 3, 105, kRw), kOk);
  EXPECT_THAT(this->List(), ElementsAre(this->Line(3, 5, 3, 105, "rw-")));
}

TYPED_TEST(MapTest, MapsAcrossTables) {
  const auto block = this->kBlock;
  EXPECT_EQ(this->Map(block - 2, block + 4, 1000, kR), kOk);
  EXPECT_THAT(this->List(), ElementsAre(this->Line(3, block - 2, block + 4, 1000, "r--")));
  EXPECT_EQ(this->kStock - this->Free(), this->kPath + 2);
}

TYPED_TEST(MapTest, MapsTheLastPageOfTheInputAndOfTheOutput) {
  const auto last = this->kSpace - 1;
  EXPECT_EQ(this->Map(last, 1, last, kR), kOk);
  EXPECT_THAT(this->List(), ElementsAre(this->Line(3, last, 1, last, "r--")));
}

TYPED_TEST(MapTest, KeepsSwBitsOfItsProt) {
  EXPECT_EQ(this->Map(1, 1, 1, kR | Sw(9)), kOk);
  EXPECT_THAT(this->List(), ElementsAre(this->Line(3, 1, 1, 1, "r-- sw=9")));
}

// Unknown bits, no R, DEVICE with X, and W with X at EL2.
TYPED_TEST(MapTest, RefusesEveryIllegalProt) {
  for (unsigned bit = 0; bit < 64; ++bit) {
    const Prot prot(Prot::kRead | std::uint64_t{1} << bit);
    const int expected = TypeParam::Format::ProtIsLegal(prot) ? kOk : kEINVAL;
    EXPECT_EQ(this->Map(bit, 1, bit, prot), expected) << bit;
    if (expected != kOk) EXPECT_THAT(this->w.p.log(), IsEmpty());
  }
  EXPECT_EQ(this->Map(100, 1, 1, Prot(0)), kEINVAL);
  EXPECT_EQ(this->Map(100, 1, 1, Prot(Prot::kWrite)), kEINVAL);
  EXPECT_EQ(this->Map(100, 1, 1, Prot(Prot::kRead | Prot::kExecute | Prot::kDevice)), kEINVAL);
  EXPECT_EQ(this->Map(100, 1, 1, kRwx), TypeParam::Format::kIsStage2 ? kOk : kEINVAL);
}

TYPED_TEST(MapTest, RefusesMisalignedAndTooHighOutput) {
  using W = TypeParam;
  const auto range = this->w.Span(0, 2);
  EXPECT_EQ(this->MapRange(range, PhysAddr(8), kR), kEINVAL);
  EXPECT_EQ(this->MapRange(range, PhysAddr(W::G::kPageSize / 2), kR), kEINVAL);
  EXPECT_EQ(this->MapRange(range, W::Out(this->kSpace - 1), kR), kEINVAL);
  EXPECT_EQ(this->MapRange(range, W::Out(this->kSpace), kR), kEINVAL);
  EXPECT_EQ(this->MapRange(range, PhysAddr(~std::uint64_t{0} << W::G::kPageShift), kR), kEINVAL);
  EXPECT_THAT(this->List(), IsEmpty());
}

TYPED_TEST(MapTest, RefusesRangeAboveItsInput) {
  using Range = typename TypeParam::Range;
  const auto at = TypeParam::At(this->kSpace - 1);
  const Range range = Range::Make(at, 2, TypeParam::G::kPageShift, 52).value();
  EXPECT_EQ(this->MapRange(range, PhysAddr(0), kR), kERANGE);
  EXPECT_THAT(this->w.p.log(), IsEmpty());
}

TYPED_TEST(MapTest, RefusesRangeThatIsNotMadeOfItsPages) {
  EXPECT_EQ(this->MapRange({}, PhysAddr(0), kR), kEINVAL);
  if constexpr (TypeParam::G::kPageShift > 12) {
    using Range = typename TypeParam::Range;
    using Input = typename TypeParam::Input;
    EXPECT_EQ(this->MapRange(Range::Make(Input(4096), 64, 12, 48).value(), PhysAddr(0), kR),
              kEINVAL);
    EXPECT_EQ(this->MapRange(Range::Make(Input(0), 3, 12, 48).value(), PhysAddr(0), kR), kEINVAL);
  }
}

TYPED_TEST(MapTest, RefusesValidEntryAnywhereInTheRange) {
  ASSERT_EQ(this->Map(12, 1, 7, kR), kOk);
  const auto before = this->List();
  EXPECT_EQ(this->Map(10, 3, 20, kR), kEEXIST);
  EXPECT_EQ(this->Map(12, 1, 7, kR, Blocks::kAllowed, Over::kAnnotations), kEEXIST);
  EXPECT_THAT(this->w.p.log(), IsEmpty());
  EXPECT_EQ(this->List(), before);
}

TYPED_TEST(MapTest, ReplacesAnnotationsOnlyIfToldSo) {
  ASSERT_EQ(this->Annotate(4, 2, {AnnotationKind::kGiven, 0, 3, Gfn(9)}), kOk);
  EXPECT_EQ(this->Map(3, 4, 40, kR), kEEXIST);
  EXPECT_THAT(this->w.p.log(), IsEmpty());
  EXPECT_EQ(this->Map(3, 4, 40, kR, Blocks::kPagesOnly, Over::kAnnotations), kOk);
  EXPECT_THAT(this->List(), ElementsAre(this->Line(3, 3, 4, 40, "r--")));
}

// A block where the range, the input and the output allow it, pages elsewhere.
TYPED_TEST(MapTest, UsesBlocksWhereTheyFit) {
  const auto block = this->kBlock;
  EXPECT_EQ(this->Map(block - 1, 2 * block + 2, 7 * block - 1, kRw, Blocks::kAllowed), kOk);
  EXPECT_THAT(this->List(), ElementsAre(this->Line(3, block - 1, 1, 7 * block - 1, "rw-"),
                                        this->Line(2, block, 2 * block, 7 * block, "rw-"),
                                        this->Line(3, 3 * block, 1, 9 * block, "rw-")));
}

TYPED_TEST(MapTest, UsesNoBlockIfOutputIsNotCongruent) {
  const auto block = this->kBlock;
  EXPECT_EQ(this->Map(block, block, 7 * block + 1, kRw, Blocks::kAllowed), kOk);
  EXPECT_THAT(this->List(), ElementsAre(this->Line(3, block, block, 7 * block + 1, "rw-")));
}

TYPED_TEST(MapTest, UsesNoBlockUnlessAllowed) {
  EXPECT_EQ(this->Map(0, this->kBlock, 0, kRw), kOk);
  EXPECT_THAT(this->List(), ElementsAre(this->Line(3, 0, this->kBlock, 0, "rw-")));
}

// Each block deposits the page that splitting it will take.
TYPED_TEST(MapTest, BlockDepositsItsPage) {
  ASSERT_EQ(this->Map(0, 2 * this->kBlock, 0, kRw, Blocks::kAllowed), kOk);
  EXPECT_EQ(this->w.pages.Deposits(this->w.p), 2u);
  EXPECT_EQ(this->Free(), this->kStock - this->kPath + 1 - 2);
}

TYPED_TEST(MapTest, RefusesIfTheStockLacksOnePage) {
  const auto block = this->kBlock;
  const auto range = this->w.Span(0, 3 * block);
  const std::uint64_t needed = this->w.table.TablesNeeded(this->w.p, range);
  EXPECT_EQ(needed, this->kPath - 1 + 3);
  std::vector<PhysAddr> taken;
  while (this->Free() >= needed) taken.push_back(this->w.pages.Take(this->w.p));
  for (const Blocks blocks : {Blocks::kPagesOnly, Blocks::kAllowed}) {
    EXPECT_EQ(this->MapRange(range, PhysAddr(0), kR, blocks), kENOMEM);
    EXPECT_THAT(this->w.p.log(), IsEmpty());
  }
  this->w.pages.Give(this->w.p, taken.back());
  EXPECT_EQ(this->MapRange(range, PhysAddr(0), kR), kOk);
  EXPECT_EQ(this->Free(), 0u);
}

// Walkers must see entries, EL2's own too, before the call ends; nothing is invalidated.
TYPED_TEST(MapTest, PublishesWithBarriersAndNoTlbi) {
  ASSERT_EQ(this->Map(1, 2, 1, kR), kOk);
  if (TypeParam::Format::kIsStage2) {
    EXPECT_THAT(this->w.p.Maintenance(), ElementsAre("dsb ishst"));
  } else {
    EXPECT_THAT(this->w.p.Maintenance(), ElementsAre("dsb ishst", "isb"));
  }
}

// A page-level table that the range fills is linked by one store after it is filled.
TYPED_TEST(MapTest, FillsWholeTablesBeforeLinkingThem) {
  ASSERT_EQ(this->Map(0, 1, 0, kR), kOk);
  ASSERT_EQ(this->Map(this->kBlock, this->kBlock, 0, kR), kOk);
  const auto lines = this->w.p.Lines();
  ASSERT_GE(lines.size(), 3u);
  EXPECT_EQ(lines[0], "fill");
  EXPECT_EQ(lines[1], "make");
  EXPECT_EQ(lines[2], "dsb ishst");
}

template <class W>
class HostMapTest : public TableTest<W> {};
TYPED_TEST_SUITE(HostMapTest, HostWorlds);

// Without deposits a block costs nothing; the largest that the granule has is used.
TYPED_TEST(HostMapTest, LargestBlocksCostNoPage) {
  const auto block = this->kBlock;
  const int top = TypeParam::G::kMinBlockLevel.value;
  const auto pages = top == 1 ? block * block : block;
  ASSERT_EQ(this->Map(0, pages, 0, kRw | Sw(0), Blocks::kAllowed), kOk);
  EXPECT_THAT(this->List(), ElementsAre(this->Line(top, 0, pages, 0, "rw-")));
  EXPECT_EQ(this->kStock - this->Free(),
            static_cast<std::uint64_t>(top - this->w.geometry.start.value));
}

// Only what can't be rebuilt counts: annotations, and leaves with sw bits.
TYPED_TEST(HostMapTest, CountsSpecialEntriesOnly) {
  ASSERT_EQ(this->Map(0, 4, 0, kRw), kOk);
  ASSERT_EQ(this->Map(4, 3, 4, kRw | Sw(1)), kOk);
  ASSERT_EQ(this->Annotate(6, 2, {AnnotationKind::kHyp, 2, 0, Gfn(0)}), kOk);
  const PhysAddr slot = this->w.table.GetLeaf(this->w.p, TypeParam::At(0)).slot;
  EXPECT_EQ(this->w.p.PeekCount(slot), 4u);
}

}  // namespace
}  // namespace cadastre::testing
