// SPDX-License-Identifier: Apache-2.0
#include "pgtable/testing/table_test.h"

namespace cadastre::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// One visit as text: "pre L0 0+3", "leaf L3 5+1", "post ...": kind, level, first page, pages
// covered.
template <class W>
class WalkTest : public TableTest<W> {
 protected:
  std::vector<std::string> Visits(std::uint64_t first, std::uint64_t count,
                                  std::size_t limit = 100) {
    std::vector<std::string> visits;
    const auto visit = [&](const Visit<typename W::Input>& v) {
      const char* names[] = {"leaf", "pre", "post"};
      visits.push_back(std::string(names[static_cast<int>(v.kind)]) + " L" +
                       std::to_string(v.level.value) + " " +
                       std::to_string(v.base.value >> W::G::kPageShift) + "+" +
                       std::to_string(v.bytes >> W::G::kPageShift));
      if (v.kind != VisitKind::kTablePost) {
        EXPECT_EQ(this->w.p.Peek(v.slot), v.descriptor.bits);
      }
      return visits.size() == limit ? WalkOn::kStop : WalkOn::kContinue;
    };
    EXPECT_EQ(Code(this->w.table.Walk(this->w.p, this->w.Span(first, count), visit)), kOk);
    return visits;
  }
};
using Worlds =
    ::testing::Types<GuestWorld<Stage2Format, Granule64K>, GuestWorld<Stage1Format, Granule64K>>;
TYPED_TEST_SUITE(WalkTest, Worlds);

TYPED_TEST(WalkTest, AbsentEntriesAreLeaves) {
  EXPECT_THAT(this->Visits(7, 3), ElementsAre("leaf L1 7+3"));
}

// Tables before and after what they hold; leaves with the part that lies in the range.
TYPED_TEST(WalkTest, VisitsInAscendingOrderTablesAround) {
  const auto block = this->kBlock;  // 8192
  ASSERT_EQ(this->Map(block - 1, 1, 0, kR), kOk);
  ASSERT_EQ(this->MapBlock(block, 0, kR), kOk);
  EXPECT_THAT(this->Visits(block - 2, 5),
              ElementsAre("pre L1 0+5", "pre L2 0+2", "leaf L3 8190+1", "leaf L3 8191+1",
                          "post L2 0+2", "leaf L2 8192+3", "post L1 0+5"));
}

TYPED_TEST(WalkTest, StopsWhenToldTo) {
  ASSERT_EQ(this->Map(1, 4, 1, kR), kOk);
  EXPECT_THAT(this->Visits(1, 4, 3), ElementsAre("pre L1 0+4", "pre L2 0+4", "leaf L3 1+1"));
  EXPECT_THAT(this->Visits(1, 4, 1), ElementsAre("pre L1 0+4"));
}

TYPED_TEST(WalkTest, RefusesRangeAboveTheInputAndVisitsNothing) {
  const auto range =
      TypeParam::Range::Make(TypeParam::At(this->kSpace - 1), 2, TypeParam::G::kPageShift, 52)
          .value();
  int visits = 0;
  const Status status = this->w.table.Walk(this->w.p, range, [&](const auto&) {
    ++visits;
    return WalkOn::kContinue;
  });
  EXPECT_EQ(Code(status), kERANGE);
  EXPECT_EQ(visits, 0);
}

TYPED_TEST(WalkTest, StoresNothing) {
  ASSERT_EQ(this->Map(1, 4, 1, kR), kOk);
  this->w.p.ClearLog();
  EXPECT_FALSE(this->Visits(0, this->kSpace / 2).empty());
  EXPECT_THAT(this->w.p.log(), IsEmpty());
}

// All pages of a concatenated root are one level.
TEST(ConcatenatedRootTest, EveryRootPageIsReached) {
  World<Stage2Format, Granule4K, FreeingPolicy<2>, DepositingSource> w(34, 20);
  ASSERT_EQ(w.geometry.root_pages, 16u);
  for (std::uint64_t i = 0; i < 16; ++i) {
    ASSERT_TRUE(w.table
                    .Map(w.p, w.pages, w.Span(i << 18, 1), w.Out(i), kR, Blocks::kPagesOnly,
                         Over::kAbsentOnly)
                    .ok());
    EXPECT_EQ(w.p.PeekCount(w.table.root() + i * 4096), 1u);
  }
  std::vector<std::string> expected;
  for (std::uint64_t i = 0; i < 16; ++i) {
    expected.push_back("L3 " + std::to_string(i << 18) + "+1 -> " + std::to_string(i) + " r--");
  }
  EXPECT_EQ(List(w), expected);
}

// The manual's table of section 3.
TEST(GeometryTest, Stage2RootsAreTheManuals) {
  struct Row {
    unsigned bits;
    int start;
    unsigned pages;
  };
  for (const Row& row :
       {Row{32, 2, 4}, Row{33, 2, 8}, Row{34, 2, 16}, Row{35, 1, 1}, Row{39, 1, 1}, Row{40, 1, 2},
        Row{41, 1, 4}, Row{42, 1, 8}, Row{43, 1, 16}, Row{44, 0, 1}, Row{48, 0, 1}}) {
    const Geometry g = Stage2Geometry<Granule4K>(row.bits).value();
    EXPECT_EQ(g.start, Level{row.start}) << row.bits;
    EXPECT_EQ(g.root_pages, row.pages) << row.bits;
  }
  EXPECT_EQ(Code(Stage2Geometry<Granule4K>(49)), kEINVAL);
  EXPECT_EQ(Code(Stage2Geometry<Granule4K>(21)), kEINVAL);
}

}  // namespace
}  // namespace cadastre::testing
