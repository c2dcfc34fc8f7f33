// SPDX-License-Identifier: Apache-2.0
// Unmap and Annotate: what takes translations away.
#include "pgtable/testing/table_test.h"

namespace cadastre::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr Annotation kGiven{AnnotationKind::kGiven, 0, 3, Gfn(9)};

template <class W>
class UnmapTest : public TableTest<W> {};
TYPED_TEST_SUITE(UnmapTest, GuestWorlds);

TYPED_TEST(UnmapTest, RemovesLeavesAndAnnotations) {
  ASSERT_EQ(this->Map(0, 4, 0, kR), kOk);
  ASSERT_EQ(this->Annotate(4, 2, kGiven), kOk);
  EXPECT_EQ(this->Unmap(3, 2), kOk);
  EXPECT_THAT(this->List(),
              ElementsAre(this->Line(3, 0, 3, 0, "r--"), "L3 5+1 kind=2 slot=3 gfn=9"));
}

TYPED_TEST(UnmapTest, RefusesAbsentEntryAnywhere) {
  ASSERT_EQ(this->Map(0, 3, 0, kR), kOk);
  const auto before = this->List();
  EXPECT_EQ(this->Unmap(0, 4), kENOENT);
  EXPECT_EQ(this->Unmap(5, 1), kENOENT);
  EXPECT_EQ(this->Unmap(this->kSpace - 1, 1), kENOENT);
  EXPECT_THAT(this->w.p.log(), IsEmpty());
  EXPECT_EQ(this->List(), before);
}

// Tables without entries go back to the stock, all the way up; the root stays.
TYPED_TEST(UnmapTest, GivesEmptyTablesBack) {
  ASSERT_EQ(this->Map(0, 2, 0, kR), kOk);
  ASSERT_EQ(this->Map(this->kBlock, 1, 0, kR), kOk);
  ASSERT_EQ(this->Unmap(0, 1), kOk);
  EXPECT_EQ(this->kStock - this->Free(), this->kPath + 1);
  ASSERT_EQ(this->Unmap(1, 1), kOk);
  EXPECT_EQ(this->kStock - this->Free(), this->kPath);
  ASSERT_EQ(this->Unmap(this->kBlock, 1), kOk);
  EXPECT_EQ(this->Free(), this->kStock);
  EXPECT_EQ(this->w.p.Peek(this->w.table.root()), 0u);
  EXPECT_EQ(this->w.p.PeekCount(this->w.table.root()), 0u);
}

TYPED_TEST(UnmapTest, WholeBlockReturnsItsDeposit) {
  ASSERT_EQ(this->MapBlock(0, 0, kR), kOk);
  EXPECT_EQ(this->Unmap(0, this->kBlock), kOk);
  EXPECT_THAT(this->List(), IsEmpty());
  EXPECT_EQ(this->w.pages.Deposits(this->w.p), 0u);
  EXPECT_EQ(this->Free(), this->kStock);
}

TYPED_TEST(UnmapTest, PartOfABlockLeavesTheRest) {
  const auto block = this->kBlock;
  ASSERT_EQ(this->Map(0, 3 * block, 0, kRw | Sw(4), Blocks::kAllowed), kOk);
  while (this->Free() > 0) this->w.pages.Take(this->w.p);
  EXPECT_EQ(this->Unmap(block - 1, block + 2), kOk);
  EXPECT_THAT(this->List(),
              ElementsAre(this->Line(3, 0, block - 1, 0, "rw- sw=4"),
                          this->Line(3, 2 * block + 1, block - 1, 2 * block + 1, "rw- sw=4")));
}

// A run of pages is one item of the batch, whatever table it lies in.
TYPED_TEST(UnmapTest, FreedTableIsInvalidatedWithoutLevel) {
  ASSERT_EQ(this->Map(7, 1, 7, kR), kOk);
  ASSERT_EQ(this->Unmap(7, 1), kOk);
  const std::uint64_t at = TypeParam::At(7).value;
  int hintless = 0;
  for (const Event& e : this->w.p.log()) {
    if (TypeParam::Format::kIsStage2) {
      hintless += e.kind == EventKind::kTlbiIpa && e.level == 0 && e.address == at;
    } else {
      hintless += e.kind == EventKind::kTlbiVae2 && e.address == at;
      EXPECT_NE(e.kind, EventKind::kTlbiVale2);
    }
  }
  EXPECT_EQ(hintless, 1);
}

template <class W>
class AnnotateTest : public TableTest<W> {};
TYPED_TEST_SUITE(AnnotateTest, GuestWorlds);

TYPED_TEST(AnnotateTest, WritesPagesWhateverStood) {
  const auto block = this->kBlock;
  ASSERT_EQ(this->Map(block - 1, 1, 77, kR), kOk);
  ASSERT_EQ(this->MapBlock(block, 0, kRw), kOk);
  EXPECT_EQ(this->Annotate(block - 2, 4, kGiven, AnnotationRun::kNextGfn), kOk);
  EXPECT_THAT(this->List(),
              ElementsAre("L3 " + std::to_string(block - 2) + "+4 kind=2 slot=3 gfn=9..",
                          this->Line(3, block + 2, block - 2, 2, "rw-")));
}

TYPED_TEST(AnnotateTest, OverAnnotationsNeedsNoMaintenance) {
  ASSERT_EQ(this->Annotate(0, 3, kGiven), kOk);
  EXPECT_THAT(this->w.p.Maintenance(), IsEmpty());
  ASSERT_EQ(this->Annotate(1, 1, {AnnotationKind::kTransit}), kOk);
  EXPECT_THAT(this->w.p.Maintenance(), IsEmpty());
  EXPECT_THAT(this->List(), ElementsAre("L3 0+1 kind=2 slot=3 gfn=9", "L3 1+1 kind=4 slot=0 gfn=0",
                                        "L3 2+1 kind=2 slot=3 gfn=9"));
}

TYPED_TEST(AnnotateTest, FillsWholeTables) {
  const auto block = this->kBlock;
  EXPECT_EQ(this->Annotate(0, 2 * block, kGiven, AnnotationRun::kNextGfn), kOk);
  EXPECT_THAT(this->List(),
              ElementsAre("L3 0+" + std::to_string(2 * block) + " kind=2 slot=3 gfn=9.."));
  const PhysAddr table = this->w.table.GetLeaf(this->w.p, TypeParam::At(0)).slot;
  EXPECT_EQ(this->w.p.PeekCount(table), block);
}

// Kind none, and what does not fit its field: nothing is masked away.
TYPED_TEST(AnnotateTest, RefusesWhatCannotBeEncoded) {
  constexpr Gfn kLast{(std::uint64_t{1} << 36) - 1};
  EXPECT_EQ(this->Annotate(0, 1, {AnnotationKind::kNone, 0, 3, Gfn(9)}), kEINVAL);
  EXPECT_EQ(this->Annotate(0, 1, {AnnotationKind::kLent, 16, 3, Gfn(9)}), kEINVAL);
  EXPECT_EQ(this->Annotate(0, 1, {AnnotationKind::kLent, 0, 3, kLast + 1}), kEINVAL);
  EXPECT_EQ(this->Annotate(0, 2, {AnnotationKind::kLent, 0, 3, kLast}, AnnotationRun::kNextGfn),
            kEINVAL);
  EXPECT_THAT(this->w.p.log(), IsEmpty());
  EXPECT_EQ(this->Annotate(0, 2, {AnnotationKind::kLent, 0, 3, kLast}), kOk);
  EXPECT_EQ(this->Annotate(2, 1, {AnnotationKind::kLent, 0, 3, kLast}, AnnotationRun::kNextGfn),
            kOk);
}

TYPED_TEST(AnnotateTest, RefusesRangeAboveTheInput) {
  using Batch = typename TypeParam::Batch;
  const auto range =
      TypeParam::Range::Make(TypeParam::At(this->kSpace - 1), 2, TypeParam::G::kPageShift, 52)
          .value();
  EXPECT_EQ(this->Do([&](Batch& b) {
    return this->w.table.Annotate(this->w.p, this->w.pages, range, kGiven, AnnotationRun::kSame, b);
  }),
            kERANGE);
  EXPECT_THAT(this->w.p.log(), IsEmpty());
}

TYPED_TEST(AnnotateTest, RefusesIfTablesAreMissing) {
  while (this->Free() >= this->kPath) this->w.pages.Take(this->w.p);
  EXPECT_EQ(this->Annotate(0, 1, kGiven), kENOMEM);
  EXPECT_THAT(this->w.p.log(), IsEmpty());
  EXPECT_THAT(this->List(), IsEmpty());
}

// A valid page is revoked: its run goes to the batch at page level.
using Stage2 = TableTest<GuestWorld<Stage2Format, Granule4K>>;
class Stage2RevokeTest : public Stage2 {};

TEST_F(Stage2RevokeTest, UnmapIsTheManualsRg) {
  ASSERT_EQ(Map(1, 3, 1, kRw), kOk);
  ASSERT_EQ(Unmap(1, 2), kOk);
  EXPECT_THAT(w.p.Lines(), ElementsAre("clear", "clear", "dsb ishst", "vttbr 0x5000040000000",
                                       "isb", "ripas2e1is 0x1000 pages 2 level 3", "dsb ish",
                                       "vmalle1is", "dsb ish", "vttbr 0x0", "isb"));
}

TEST_F(Stage2RevokeTest, AnnotateIsTheManualsRg) {
  ASSERT_EQ(Map(1, 1, 1, kRw), kOk);
  ASSERT_EQ(Annotate(1, 1, kGiven), kOk);
  EXPECT_THAT(w.p.Lines(), ElementsAre("annotate", "dsb ishst", "vttbr 0x5000040000000", "isb",
                                       "ipas2e1is 0x1000 level 3", "dsb ish", "vmalle1is",
                                       "dsb ish", "vttbr 0x0", "isb"));
}

TEST_F(Stage2RevokeTest, WholeBlockGoesByItsLevel) {
  ASSERT_EQ(Map(0, 1, 0, kRw), kOk);
  ASSERT_EQ(MapBlock(512, 512, kRw), kOk);
  ASSERT_EQ(Unmap(512, 512), kOk);
  EXPECT_THAT(w.p.Lines(), ElementsAre("clear", "dsb ishst", "vttbr 0x5000040000000", "isb",
                                       "ipas2e1is 0x200000 level 2", "dsb ish", "vmalle1is",
                                       "dsb ish", "vttbr 0x0", "isb"));
}

// The table page is given back after the last barrier of the flush, never before.
TEST_F(Stage2RevokeTest, FreedTablesReturnAfterTheFlush) {
  ASSERT_EQ(Map(7, 1, 7, kRw), kOk);
  ASSERT_EQ(Unmap(7, 1), kOk);
  // The entry, three links; then the flush; then three pages linked into the stock (the last one
  // on the end of the list or on a page's address, which has bit 0 clear: an "annotate").
  EXPECT_THAT(w.p.Lines(),
              ElementsAre("clear", "clear", "clear", "clear", "dsb ishst", "vttbr 0x5000040000000",
                          "isb", "ipas2e1is 0x7000", "dsb ish", "vmalle1is", "dsb ish", "vttbr 0x0",
                          "isb", "annotate", "annotate", "annotate"));
}

using El2 = TableTest<GuestWorld<Stage1Format, Granule4K>>;
class El2RevokeTest : public El2 {};

TEST_F(El2RevokeTest, UnmapIsTheManualsRe) {
  ASSERT_EQ(Map(1, 3, 1, kRw), kOk);
  ASSERT_EQ(Unmap(1, 2), kOk);
  EXPECT_THAT(w.p.Lines(), ElementsAre("clear", "clear", "dsb ishst", "vale2is 0x1000",
                                       "vale2is 0x2000", "dsb ish", "isb"));
}

}  // namespace
}  // namespace cadastre::testing
