// SPDX-License-Identifier: Apache-2.0
// Split, Merge, Destroy, and the queries about shape: GetLeaf, TablesNeeded, TlbiSpan.
#include <functional>

#include "pgtable/sw_registry.h"
#include "pgtable/testing/table_test.h"

namespace cadastre::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

template <class W>
class ShapeTest : public TableTest<W> {};
TYPED_TEST_SUITE(ShapeTest, GuestWorlds);

TYPED_TEST(ShapeTest, SplitCopiesEverythingToEachPage) {
  const auto block = this->kBlock;
  ASSERT_EQ(this->MapBlock(block, 3 * block, kRw | Sw(11)), kOk);
  ASSERT_EQ(this->TestYoung(block, block, Young::kTestAndClear), static_cast<std::int64_t>(block));
  EXPECT_EQ(this->Split(block + 5, 3), kOk);
  EXPECT_THAT(this->List(), ElementsAre(this->Line(3, block, block, 3 * block, "rw- sw=11 old")));
  EXPECT_EQ(this->w.pages.Deposits(this->w.p), 0u);
}

TYPED_TEST(ShapeTest, MergeUndoesSplit) {
  const auto block = this->kBlock;
  ASSERT_EQ(this->MapBlock(block, 3 * block, kRw | Sw(11)), kOk);
  const auto free = this->Free();
  const auto before = this->List();
  ASSERT_EQ(this->Split(block, 3), kOk);
  EXPECT_EQ(this->Merge(2 * block - 1, 2), kOk);
  EXPECT_EQ(this->List(), before);
  EXPECT_EQ(this->Free(), free);
  EXPECT_EQ(this->w.pages.Deposits(this->w.p), 1u);
}

TYPED_TEST(ShapeTest, SplitRefusesWhatIsNoLeafLevelOfTheGranule) {
  ASSERT_EQ(this->MapBlock(0, 0, kRw), kOk);
  const int top = TypeParam::G::kMinBlockLevel.value;
  EXPECT_EQ(this->Split(0, top - 1), kEINVAL);
  EXPECT_EQ(this->Split(0, 4), kEINVAL);
  EXPECT_THAT(this->w.p.log(), IsEmpty());
}

TYPED_TEST(ShapeTest, SplitRefusesInvalidEntries) {
  ASSERT_EQ(this->Annotate(1, 1, {AnnotationKind::kHyp}), kOk);
  EXPECT_EQ(this->Split(0, 3), kENOENT);
  EXPECT_EQ(this->Split(1, 3), kENOENT);
  EXPECT_EQ(this->Split(this->kSpace - 1, 2), kENOENT);
  EXPECT_EQ(this->Split(this->kSpace, 2), kERANGE);
}

TYPED_TEST(ShapeTest, SplitOfWhatIsSmallEnoughDoesNothing) {
  ASSERT_EQ(this->MapBlock(0, 0, kRw), kOk);
  EXPECT_EQ(this->Split(1, 2), kOk);
  EXPECT_THAT(this->w.p.log(), IsEmpty());
}

TYPED_TEST(ShapeTest, MergeRefusesWhatIsNotUniform) {
  const auto block = this->kBlock;
  struct Row {
    const char* what;
    std::function<void()> spoil;
  };
  const Row rows[] = {
      {"permission", [&] { ASSERT_EQ(this->WrProtect(9, 1), kOk); }},
      {"sw bits", [&] { ASSERT_EQ(this->SetSw(9, 1, Sw(8).bits, Sw(8)), kOk); }},
      {"age", [&] { ASSERT_EQ(this->TestYoung(9, 1, Young::kTestAndClear), 1); }},
      {"output",
       [&] {
         ASSERT_EQ(this->Unmap(9, 1), kOk);
         ASSERT_EQ(this->Map(9, 1, 10, kRw), kOk);
       }},
      {"type",
       [&] {
         ASSERT_EQ(this->Unmap(9, 1), kOk);
         ASSERT_EQ(this->Map(9, 1, 9, kDeviceRw), kOk);
       }},
  };
  for (const Row& row : rows) {
    ASSERT_EQ(this->Map(0, block, 0, kRw), kOk);
    row.spoil();
    EXPECT_EQ(this->Merge(0, 2), kEINVAL) << row.what;
    EXPECT_THAT(this->w.p.log(), IsEmpty()) << row.what;
    ASSERT_EQ(this->Unmap(0, block), kOk);
  }
}

TYPED_TEST(ShapeTest, MergeRefusesOutputThatIsNotAligned) {
  ASSERT_EQ(this->Map(0, this->kBlock, 1, kRw), kOk);
  EXPECT_EQ(this->Merge(0, 2), kEINVAL);
}

TYPED_TEST(ShapeTest, MergeRefusesInvalidEntries) {
  const auto block = this->kBlock;
  EXPECT_EQ(this->Merge(0, 2), kENOENT);
  ASSERT_EQ(this->Map(0, block - 1, 0, kRw), kOk);
  EXPECT_EQ(this->Merge(0, 2), kENOENT);
  ASSERT_EQ(this->Annotate(block - 1, 1, {AnnotationKind::kGiven}), kOk);
  EXPECT_EQ(this->Merge(0, 2), kENOENT);
  EXPECT_THAT(this->w.p.log(), IsEmpty());
}

TYPED_TEST(ShapeTest, MergeRefusesBlocksAndLevelsWithoutBlocks) {
  ASSERT_EQ(this->MapBlock(0, 0, kRw), kOk);
  EXPECT_EQ(this->Merge(0, 2), kEINVAL);
  EXPECT_EQ(this->Merge(0, 1), kEINVAL);
  EXPECT_EQ(this->Merge(0, 3), kEINVAL);
  EXPECT_EQ(this->Merge(this->kSpace, 2), kERANGE);
  EXPECT_THAT(this->w.p.log(), IsEmpty());
}

TYPED_TEST(ShapeTest, DestroyGivesEveryPageBack) {
  const auto block = this->kBlock;
  ASSERT_EQ(this->Map(0, 3 * block + 1, 0, kRw, Blocks::kAllowed), kOk);
  ASSERT_EQ(this->Map(this->kSpace - 1, 1, 0, kR), kOk);
  ASSERT_EQ(this->Annotate(5 * block, 1, {AnnotationKind::kPoison}), kOk);
  this->w.table.Destroy(this->w.p, this->w.pages);
  EXPECT_EQ(this->Free(), this->kStock);
  EXPECT_EQ(this->w.pages.Deposits(this->w.p), 0u);
  EXPECT_THAT(this->List(), IsEmpty());
  for (unsigned i = 0; i < this->w.geometry.root_pages; ++i) {
    const PhysAddr page = this->w.table.root() + i * TypeParam::G::kPageSize;
    EXPECT_EQ(this->w.p.PeekCount(page), 0u);
  }
}

TYPED_TEST(ShapeTest, GetLeafEndsAtWhateverStands) {
  const auto block = this->kBlock;
  auto& w = this->w;
  EXPECT_EQ(w.table.GetLeaf(w.p, TypeParam::At(0)).level, w.geometry.start);
  ASSERT_EQ(this->MapBlock(block, 0, kRw), kOk);
  ASSERT_EQ(this->Annotate(0, 1, {AnnotationKind::kGiven}), kOk);
  EXPECT_EQ(w.table.GetLeaf(w.p, TypeParam::At(2 * block - 1)).level, Level{2});
  const Leaf annotation = w.table.GetLeaf(w.p, TypeParam::At(0));
  EXPECT_EQ(KindOf(annotation.descriptor, annotation.level), EntryKind::kAnnotation);
  EXPECT_EQ(w.p.Peek(annotation.slot), annotation.descriptor.bits);
  EXPECT_EQ(w.table.GetLeaf(w.p, TypeParam::At(1)).descriptor.bits, 0u);
}

TYPED_TEST(ShapeTest, TablesNeededCountsTablesThatAreMissing) {
  const auto block = this->kBlock;
  auto& w = this->w;
  EXPECT_EQ(w.table.TablesNeeded(w.p, w.Span(0, 1)), this->kPath);
  EXPECT_EQ(w.table.TablesNeeded(w.p, w.Span(block - 1, 2)), this->kPath + 1);
  ASSERT_EQ(this->Map(0, 1, 0, kR), kOk);
  EXPECT_EQ(w.table.TablesNeeded(w.p, w.Span(1, 1)), 0u);
  EXPECT_EQ(w.table.TablesNeeded(w.p, w.Span(1, 3 * block)), 3u);
}

// The hint at the page itself.
TYPED_TEST(ShapeTest, TlbiSpanIsTheHintedGuestLeaf) {
  auto& w = this->w;
  EXPECT_EQ(w.table.TlbiSpan(w.p, TypeParam::At(5)), 0u);
  ASSERT_EQ(this->Map(5, 1, 5, kR), kOk);
  EXPECT_EQ(w.table.TlbiSpan(w.p, TypeParam::At(5)), 0u);
  for (int level = 1; level <= 3; ++level) {
    const Prot hint = LevelHintSw::Make(static_cast<std::uint64_t>(level));
    ASSERT_EQ(this->SetSw(5, 1, LevelHintSw::kMask, hint), kOk);
    EXPECT_EQ(w.table.TlbiSpan(w.p, TypeParam::At(5)), TypeParam::G::Size(Level{level}));
  }
}

// The part of the guest's block at its beginning tells about all of it, and of nothing beyond.
TYPED_TEST(ShapeTest, TlbiSpanFindsTheHintAtTheBeginningOfALargerLeaf) {
  const auto block = this->kBlock;
  auto& w = this->w;
  ASSERT_EQ(this->Map(block, 1, 5, kR | LevelHintSw::Make(2)), kOk);
  EXPECT_EQ(w.table.TlbiSpan(w.p, TypeParam::At(2 * block - 1)), TypeParam::G::Size(Level{2}));
  EXPECT_EQ(w.table.TlbiSpan(w.p, TypeParam::At(2 * block)), 0u);
  ASSERT_EQ(this->SetSw(block, 1, LevelHintSw::kMask, LevelHintSw::Make(3)), kOk);
  EXPECT_EQ(w.table.TlbiSpan(w.p, TypeParam::At(block + 1)), 0u);
}

// Stale hints of two sizes: the larger wins, for it is never smaller than the guest's leaf.
TYPED_TEST(ShapeTest, TlbiSpanIsTheLargestOfSeveralHints) {
  const auto block = this->kBlock;
  auto& w = this->w;
  ASSERT_EQ(this->Map(block, 1, 5, kR | LevelHintSw::Make(2)), kOk);
  ASSERT_EQ(this->Map(block + 9, 1, 5, kR | LevelHintSw::Make(3)), kOk);
  EXPECT_EQ(w.table.TlbiSpan(w.p, TypeParam::At(block + 9)), TypeParam::G::Size(Level{2}));
}

// Break, invalidate without level over the span, then make. ABI.md section 4, SPLIT.
using Stage2 = TableTest<GuestWorld<Stage2Format, Granule4K>>;
class Stage2ShapeTest : public Stage2 {};

TEST_F(Stage2ShapeTest, SplitBreaksBeforeItMakes) {
  ASSERT_EQ(MapBlock(512, 0, kRw), kOk);
  ASSERT_EQ(Split(512, 3), kOk);
  EXPECT_THAT(w.p.Lines(), ElementsAre("fill", "clear", "dsb ishst", "vttbr 0x5000040000000", "isb",
                                       "ripas2e1is 0x200000 pages 512", "dsb ish", "vmalle1is",
                                       "dsb ish", "vttbr 0x0", "isb", "make", "dsb ishst"));
}

TEST_F(Stage2ShapeTest, SplitWithoutRangeTlbiDropsTheVmid) {
  w.p.set_range_tlbi(false);
  ASSERT_EQ(MapBlock(512, 0, kRw), kOk);
  ASSERT_EQ(Split(512, 3), kOk);
  EXPECT_THAT(w.p.Lines(),
              ElementsAre("fill", "clear", "dsb ishst", "vttbr 0x5000040000000", "isb",
                          "vmalls12e1is", "dsb ish", "vttbr 0x0", "isb", "make", "dsb ishst"));
}

TEST_F(Stage2ShapeTest, MergeBreaksBeforeItMakes) {
  ASSERT_EQ(Map(512, 512, 0, kRw), kOk);
  ASSERT_EQ(Merge(512, 2), kOk);
  EXPECT_THAT(w.p.Lines(),
              ElementsAre("clear", "dsb ishst", "vttbr 0x5000040000000", "isb",
                          "ripas2e1is 0x200000 pages 512", "dsb ish", "vmalle1is", "dsb ish",
                          "vttbr 0x0", "isb", "annotate", "make", "dsb ishst"));
}

using El2 = TableTest<GuestWorld<Stage1Format, Granule4K>>;
class El2ShapeTest : public El2 {};

TEST_F(El2ShapeTest, SplitBreaksBeforeItMakes) {
  ASSERT_EQ(MapBlock(512, 0, kRw), kOk);
  ASSERT_EQ(Split(512, 3), kOk);
  EXPECT_THAT(w.p.Lines(), ElementsAre("fill", "clear", "dsb ishst", "vale2is 0x200000", "dsb ish",
                                       "isb", "make", "dsb ishst", "isb"));
}

// Larger blocks than level 2: one page a level.
using Host = TableTest<HostWorld<Stage2Format, Granule4K>>;
class HostShapeTest : public Host {};

TEST_F(HostShapeTest, SplitOfALevelOneBlockTakesOnePageALevel) {
  ASSERT_EQ(Map(0, 512 * 512, 0, kRw, Blocks::kAllowed), kOk);
  const auto free = Free();
  ASSERT_EQ(Split(700, 2), kOk);
  EXPECT_EQ(free - Free(), 1u);
  ASSERT_EQ(Split(700, 3), kOk);
  EXPECT_EQ(free - Free(), 2u);
  EXPECT_THAT(List(), ElementsAre(Line(2, 0, 512, 0, "rw-"), Line(3, 512, 512, 512, "rw-"),
                                  Line(2, 1024, 512 * 510, 1024, "rw-")));
}

TEST_F(HostShapeTest, MergeGoesUpLevelByLevel) {
  ASSERT_EQ(Map(0, 512 * 512, 0, kRw, Blocks::kAllowed), kOk);
  const auto before = List();
  const auto free = Free();
  ASSERT_EQ(Split(700, 3), kOk);
  EXPECT_EQ(Merge(700, 1), kEINVAL);
  ASSERT_EQ(Merge(700, 2), kOk);
  ASSERT_EQ(Merge(700, 1), kOk);
  EXPECT_EQ(List(), before);
  EXPECT_EQ(Free(), free);
}

TEST_F(HostShapeTest, SplitRefusesIfAPageIsLacking) {
  ASSERT_EQ(Map(0, 512 * 512, 0, kRw, Blocks::kAllowed), kOk);
  while (Free() > 1) w.pages.Take(w.p);
  EXPECT_EQ(Split(0, 3), kENOMEM);
  EXPECT_THAT(w.p.log(), IsEmpty());
  EXPECT_EQ(Split(0, 2), kOk);
}

}  // namespace
}  // namespace cadastre::testing
