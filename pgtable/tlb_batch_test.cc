// SPDX-License-Identifier: Apache-2.0
#include <memory>

#include "pgtable/testing/table_test.h"

namespace cadastre::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr std::uint64_t kVttbr = 0x0005'0000'4000'0000;

template <class Format>
class BatchTest : public ::testing::Test {
 protected:
  using W = World<Format, Granule4K, FreeingPolicy<2>, DepositingSource>;
  using Batch = typename W::Batch;
  using Input = typename Format::Input;

  BatchTest() : w(48, 40), batch(std::make_unique<Batch>(w.p, w.pages, kVttbr)) {}
  std::vector<std::string> Flush() {
    w.p.ClearLog();
    batch->Flush();
    return w.p.Maintenance();
  }

  W w;
  std::unique_ptr<Batch> batch;
};
using Stage2BatchTest = BatchTest<Stage2Format>;
using El2BatchTest = BatchTest<Stage1Format>;

TEST_F(Stage2BatchTest, FlushOfNothingDoesNothing) { EXPECT_THAT(Flush(), IsEmpty()); }

TEST_F(Stage2BatchTest, SwitchesToTheLosersVmidAndBack) {
  w.p.WriteVttbr(0x77);
  batch->AddLeaves(Ipa(0x1000), 0x1000, kPageLevel);
  EXPECT_THAT(Flush(),
              ElementsAre("dsb ishst", "vttbr 0x5000040000000", "isb", "ipas2e1is 0x1000 level 3",
                          "dsb ish", "vmalle1is", "dsb ish", "vttbr 0x77", "isb"));
}

TEST_F(Stage2BatchTest, KeepsTheVmidIfItIsTheLosers) {
  w.p.WriteVttbr(kVttbr);
  batch->AddLeaves(Ipa(0x1000), 0x1000, kPageLevel);
  EXPECT_THAT(Flush(), ElementsAre("dsb ishst", "ipas2e1is 0x1000 level 3", "dsb ish", "vmalle1is",
                                   "dsb ish", "isb"));
}

TEST_F(Stage2BatchTest, NeighboursShareAnItem) {
  w.p.WriteVttbr(kVttbr);
  batch->AddLeaves(Ipa(0x1000), 0x1000, kPageLevel);
  batch->AddLeaves(Ipa(0x2000), 0x3000, kPageLevel);
  EXPECT_THAT(Flush(), ElementsAre("dsb ishst", "ripas2e1is 0x1000 pages 4 level 3", "dsb ish",
                                   "vmalle1is", "dsb ish", "isb"));
}

TEST_F(Stage2BatchTest, LevelsStayApart) {
  w.p.WriteVttbr(kVttbr);
  batch->AddLeaves(Ipa(0x1ff000), 0x1000, kPageLevel);
  batch->AddLeaves(Ipa(0x200000), 0x200000, Level{2});
  EXPECT_THAT(Flush(),
              ElementsAre("dsb ishst", "ipas2e1is 0x1ff000 level 3", "ipas2e1is 0x200000 level 2",
                          "dsb ish", "vmalle1is", "dsb ish", "isb"));
}

// A range instruction covers (NUM + 1) * 2^(5 * SCALE + 1) pages.
TEST_F(Stage2BatchTest, RangesAreMadeOfWhatOneInstructionCovers) {
  w.p.WriteVttbr(kVttbr);
  batch->AddLeaves(Ipa(0), 0x1000 * (64 + 6 + 1), kPageLevel);
  EXPECT_THAT(Flush(),
              ElementsAre("dsb ishst", "ripas2e1is 0x0 pages 64 level 3",
                          "ripas2e1is 0x40000 pages 6 level 3", "ipas2e1is 0x46000 level 3",
                          "dsb ish", "vmalle1is", "dsb ish", "isb"));
}

// Whatever the length: each piece is one instruction's, and together they are the range.
TEST_F(Stage2BatchTest, RangePiecesAreEncodableAndComplete) {
  w.p.WriteVttbr(kVttbr);
  for (const std::uint64_t pages : {2ul, 3ul, 63ul, 64ul, 65ul, 511ul, 512ul, 2047ul, 2048ul,
                                    2049ul, 65536ul, 100001ul, 1ul << 21, (1ul << 22) + 77}) {
    batch->AddLeaves(Ipa(0x5000), pages << 12, kPageLevel);
    Flush();
    std::uint64_t next = 0x5000;
    for (const Event& e : w.p.log()) {
      if (e.kind != EventKind::kTlbiIpa && e.kind != EventKind::kTlbiIpaRange) continue;
      EXPECT_EQ(e.address, next);
      next += e.value << 12;
      if (e.kind == EventKind::kTlbiIpa) continue;
      bool encodable = false;
      for (unsigned scale = 0; scale < 4; ++scale) {
        const std::uint64_t unit = std::uint64_t{1} << (5 * scale + 1);
        encodable |= e.value % unit == 0 && e.value / unit >= 1 && e.value / unit <= 32;
      }
      EXPECT_TRUE(encodable) << e.value;
    }
    EXPECT_EQ(next, 0x5000 + (pages << 12)) << pages;
  }
}

TEST_F(Stage2BatchTest, WithoutRangeTlbiSixtyFourPagesGoOneByOne) {
  w.p.WriteVttbr(kVttbr);
  w.p.set_range_tlbi(false);
  batch->AddLeaves(Ipa(0), 64 * 0x1000, kPageLevel);
  const auto lines = Flush();
  ASSERT_EQ(lines.size(), 64u + 5);
  EXPECT_EQ(lines[1], "ipas2e1is 0x0 level 3");
  EXPECT_EQ(lines[64], "ipas2e1is 0x3f000 level 3");
}

TEST_F(Stage2BatchTest, WithoutRangeTlbiMoreDropTheVmid) {
  w.p.WriteVttbr(kVttbr);
  w.p.set_range_tlbi(false);
  batch->AddLeaves(Ipa(0), 65 * 0x1000, kPageLevel);
  EXPECT_THAT(Flush(), ElementsAre("dsb ishst", "vmalls12e1is", "dsb ish", "isb"));
}

TEST_F(Stage2BatchTest, MoreItemsThanFitDropTheVmid) {
  w.p.WriteVttbr(kVttbr);
  for (std::uint64_t i = 0; i < 17; ++i) batch->AddLeaves(Ipa(i * 0x2000), 0x1000, kPageLevel);
  EXPECT_THAT(Flush(), ElementsAre("dsb ishst", "vmalls12e1is", "dsb ish", "isb"));
  EXPECT_THAT(Flush(), IsEmpty());
}

// A level hint names a leaf: the pointer to a table would survive it.
TEST_F(Stage2BatchTest, RemovedTableGoesWithoutLevel) {
  w.p.WriteVttbr(kVttbr);
  const PhysAddr page = w.pages.Take(w.p);
  batch->AddTable(Ipa(0x200000), 0x200000, page);
  EXPECT_THAT(Flush(), ElementsAre("dsb ishst", "ipas2e1is 0x200000", "dsb ish", "vmalle1is",
                                   "dsb ish", "isb"));
}

TEST_F(Stage2BatchTest, RemovedTableTakesTheHintFromItsPages) {
  w.p.WriteVttbr(kVttbr);
  const PhysAddr page = w.pages.Take(w.p);
  batch->AddLeaves(Ipa(0x200000), 0x2000, kPageLevel);
  batch->AddTable(Ipa(0x200000), 0x200000, page);
  EXPECT_THAT(Flush(), ElementsAre("dsb ishst", "ripas2e1is 0x200000 pages 2", "dsb ish",
                                   "vmalle1is", "dsb ish", "isb"));
}

TEST_F(Stage2BatchTest, PagesReturnOnlyAtTheFlush) {
  const PhysAddr page = w.pages.Take(w.p);
  const std::uint64_t free = w.pages.Available(w.p);
  batch->AddTable(Ipa(0), 0x200000, page);
  EXPECT_EQ(w.pages.Available(w.p), free);
  batch->Flush();
  EXPECT_EQ(w.pages.Available(w.p), free + 1);
}

// More tables than fit: what is owed is paid early, nothing is lost.
TEST_F(Stage2BatchTest, ManyTablesAllReturn) {
  const std::uint64_t free = w.pages.Available(w.p);
  std::vector<PhysAddr> pages;
  for (int i = 0; i < 37; ++i) pages.push_back(w.pages.Take(w.p));
  for (std::uint64_t i = 0; i < 37; ++i) batch->AddTable(Ipa(i << 22), 0x200000, pages[i]);
  batch->Flush();
  EXPECT_EQ(w.pages.Available(w.p), free);
}

TEST_F(El2BatchTest, LeavesGoByLastLevelAndTablesByAll) {
  const PhysAddr page = w.pages.Take(w.p);
  batch->AddLeaves(HypVa(0x1000), 0x2000, kPageLevel);
  batch->AddTable(HypVa(0x40000000), 0x200000, page);
  EXPECT_THAT(Flush(), ElementsAre("dsb ishst", "vale2is 0x1000", "vale2is 0x2000",
                                   "vae2is 0x40000000", "dsb ish", "isb"));
}

// EL2's own entries always go by address; more than fit are flushed in portions.
TEST_F(El2BatchTest, MoreItemsThanFitAllGo) {
  w.p.ClearLog();
  for (std::uint64_t i = 0; i < 40; ++i) batch->AddLeaves(HypVa(i * 0x2000), 0x1000, kPageLevel);
  batch->Flush();
  std::vector<std::uint64_t> gone;
  for (const Event& e : w.p.log()) {
    if (e.kind == EventKind::kTlbiVale2) gone.push_back(e.address);
  }
  ASSERT_EQ(gone.size(), 40u);
  for (std::uint64_t i = 0; i < 40; ++i) EXPECT_EQ(gone[i], i * 0x2000);
}

TEST(TlbBatchDeathTest, DroppedUnflushedPanics) {
  using W = World<Stage2Format, Granule4K, FreeingPolicy<2>, DepositingSource>;
  W w(48, 1);
  EXPECT_DEATH(
      {
        W::Batch batch(w.p, w.pages, kVttbr);
        batch.AddLeaves(Ipa(0), 0x1000, kPageLevel);
      },
      "dropped unflushed");
}

}  // namespace
}  // namespace cadastre::testing
