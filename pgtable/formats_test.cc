// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cstdint>
#include <type_traits>

#include "pgtable/stage1_format.h"
#include "pgtable/stage2_format.h"
#include "pgtable/sw_registry.h"

namespace cadastre {
namespace {

constexpr std::uint64_t kR = Prot::kRead;
constexpr std::uint64_t kW = Prot::kWrite;
constexpr std::uint64_t kX = Prot::kExecute;
constexpr std::uint64_t kD = Prot::kDevice;

template <class Format>
class FormatTest : public ::testing::Test {
 protected:
  // Calls function(prot) for every Prot of known bits: 16 attributes times 16 sw values.
  template <class Function>
  static void ForEachKnownProt(Function function) {
    for (std::uint64_t attributes = 0; attributes < 16; ++attributes) {
      for (std::uint64_t sw = 0; sw < 16; ++sw) function(Prot(attributes | sw << Prot::kSwShift));
    }
  }
};
using Formats = ::testing::Types<Stage2Format, Stage1Format>;
TYPED_TEST_SUITE(FormatTest, Formats);

// What is encoded comes back, for every legal combination at every leaf level.
TYPED_TEST(FormatTest, LegalProtsRoundTripAtEveryLevel) {
  int legal = 0;
  this->ForEachKnownProt([&](Prot prot) {
    if (!TypeParam::ProtIsLegal(prot)) return;
    ++legal;
    for (const Level level : {Level{1}, Level{2}, Level{3}}) {
      const PhysAddr out(0xffff'c000'0000);
      const Descriptor d = TypeParam::EncodeLeaf(out, prot, level);
      EXPECT_EQ(TypeParam::DecodeProt(d), prot);
      EXPECT_EQ(TypeParam::OutputAddress(d, level), out);
      EXPECT_EQ(KindOf(d, level), EntryKind::kLeaf);
      EXPECT_TRUE(TypeParam::Young(d));
    }
  });
  EXPECT_EQ(legal, TypeParam::kIsStage2 ? 6 * 16 : 5 * 16);
}

// The strict table over all combinations of known bits, said the other way round: what is allowed.
TYPED_TEST(FormatTest, LegalProtsAreTheseAndNoOthers) {
  this->ForEachKnownProt([&](Prot prot) {
    const std::uint64_t attributes = prot.bits & 0xf;
    bool expected = attributes == kR || attributes == (kR | kW) || attributes == (kR | kX) ||
                    attributes == (kR | kD) || attributes == (kR | kW | kD);
    if (TypeParam::kIsStage2) expected = expected || attributes == (kR | kW | kX);
    EXPECT_EQ(TypeParam::ProtIsLegal(prot), expected) << std::hex << prot.bits;
  });
}

TYPED_TEST(FormatTest, EveryUnknownBitIsIllegal) {
  for (unsigned bit = 0; bit < 64; ++bit) {
    const std::uint64_t mask = std::uint64_t{1} << bit;
    const bool known = bit < 4 || (bit >= 55 && bit <= 58);
    EXPECT_EQ((Prot::kKnown & mask) != 0, known) << bit;
    if (!known) EXPECT_FALSE(TypeParam::ProtIsLegal(Prot(kR | mask))) << bit;
  }
}

// Sw bits are where the hardware ignores them, and nowhere else.
TYPED_TEST(FormatTest, SwBitsStandAtTheirDescriptorPositions) {
  const Descriptor plain = TypeParam::EncodeLeaf(PhysAddr(0x1000), Prot(kR), kPageLevel);
  for (unsigned sw = 0; sw < 4; ++sw) {
    const std::uint64_t bit = std::uint64_t{1} << (55 + sw);
    const Descriptor d = TypeParam::EncodeLeaf(PhysAddr(0x1000), Prot(kR | bit), kPageLevel);
    EXPECT_EQ(d.bits, plain.bits | bit);
  }
}

// Adding permissions is a union, bit for bit, whatever else stands in the leaf.
TYPED_TEST(FormatTest, AddedPermissionsChangeNothingElse) {
  this->ForEachKnownProt([&](Prot prot) {
    if (!TypeParam::ProtIsLegal(prot)) return;
    const Descriptor old =
        TypeParam::WithoutYoung(TypeParam::EncodeLeaf(PhysAddr(0x7f'f000), prot, kPageLevel));
    for (std::uint64_t add = 0; add < 8; ++add) {
      const Descriptor d = TypeParam::WithPerms(old, Prot(add));
      EXPECT_EQ(TypeParam::DecodeProt(d), Prot(prot.bits | add));
      EXPECT_FALSE(TypeParam::Young(d));
      EXPECT_EQ(TypeParam::OutputAddress(d, kPageLevel), PhysAddr(0x7f'f000));
      if ((prot.bits | add) == prot.bits) EXPECT_EQ(d, old);
    }
  });
}

TYPED_TEST(FormatTest, TakingWriteChangesNothingElse) {
  this->ForEachKnownProt([&](Prot prot) {
    if (!TypeParam::ProtIsLegal(prot)) return;
    const Descriptor old = TypeParam::EncodeLeaf(PhysAddr(0x7f'f000), prot, kPageLevel);
    const Prot without(prot.bits & ~kW);
    EXPECT_EQ(TypeParam::WithoutWrite(old),
              TypeParam::EncodeLeaf(PhysAddr(0x7f'f000), without, kPageLevel));
  });
}

TYPED_TEST(FormatTest, YoungIsBitTenAlone) {
  const Descriptor d = TypeParam::EncodeLeaf(PhysAddr(0x1000), Prot(kR), kPageLevel);
  EXPECT_EQ(TypeParam::WithoutYoung(d).bits, d.bits & ~std::uint64_t{0x400});
  EXPECT_EQ(TypeParam::WithYoung(TypeParam::WithoutYoung(d)), d);
}

// A block is its first page's leaf but for bit 1.
TYPED_TEST(FormatTest, BlockAndPageDifferInBitOne) {
  const PhysAddr out(0x4000'0000);
  const Descriptor page = TypeParam::EncodeLeaf(out, Prot(kR | kW), kPageLevel);
  const Descriptor block = TypeParam::EncodeLeaf(out, Prot(kR | kW), Level{2});
  EXPECT_EQ(page.bits ^ block.bits, 2u);
  EXPECT_EQ(TypeParam::AtLevel(page, Level{2}), block);
  EXPECT_EQ(TypeParam::AtLevel(block, kPageLevel), page);
  EXPECT_EQ(TypeParam::AtLevel(block, Level{1}), block);
}

TYPED_TEST(FormatTest, TableHasNoHierarchicalBits) {
  EXPECT_EQ(TypeParam::EncodeTable(PhysAddr(0xffff'ffff'f000)).bits, 0x0000'ffff'ffff'f003u);
}

// One row of the manual's section 13: attributes and the bits that they must be.
struct KnownLeaf {
  std::uint64_t prot;
  std::uint64_t bits;
};

TEST(Stage2FormatTest, LeavesAreTheManualsBits) {
  constexpr std::uint64_t kXn = std::uint64_t{2} << 53;
  constexpr std::uint64_t kNormal = 0xf << 2 | 3 << 8 | 1 << 10 | 3;
  constexpr std::uint64_t kDevice = 1 << 2 | 1 << 10 | 3;
  const KnownLeaf rows[] = {
      {kR, kNormal | 1 << 6 | kXn},      {kR | kW, kNormal | 3 << 6 | kXn},
      {kR | kX, kNormal | 1 << 6},       {kR | kW | kX, kNormal | 3 << 6},
      {kR | kD, kDevice | 1 << 6 | kXn}, {kR | kW | kD, kDevice | 3 << 6 | kXn},
  };
  for (const KnownLeaf& row : rows) {
    const Descriptor d =
        Stage2Format::EncodeLeaf(PhysAddr(0x8000'5000), Prot(row.prot), kPageLevel);
    EXPECT_EQ(d.bits, row.bits | 0x8000'5000) << row.prot;
  }
}

TEST(Stage1FormatTest, LeavesAreTheManualsBits) {
  constexpr std::uint64_t kXn = std::uint64_t{1} << 54;
  constexpr std::uint64_t kNormal = 1 << 6 | 3 << 8 | 1 << 10 | 3;
  constexpr std::uint64_t kDevice = 1 << 2 | 1 << 6 | 1 << 10 | 3;
  const KnownLeaf rows[] = {
      {kR, kNormal | 1 << 7 | kXn},      {kR | kW, kNormal | kXn},      {kR | kX, kNormal | 1 << 7},
      {kR | kD, kDevice | 1 << 7 | kXn}, {kR | kW | kD, kDevice | kXn},
  };
  for (const KnownLeaf& row : rows) {
    const Descriptor d =
        Stage1Format::EncodeLeaf(PhysAddr(0x8000'5000), Prot(row.prot), kPageLevel);
    EXPECT_EQ(d.bits, row.bits | 0x8000'5000) << row.prot;
  }
}

TEST(RelaxRulesTest, TakesNonEmptySubsetsOfRwxOnly) {
  for (std::uint64_t bits = 0; bits < 16; ++bits) {
    EXPECT_EQ(kRelaxRules.Allow(Prot(bits)), bits >= 1 && bits <= 7) << bits;
  }
  for (unsigned bit = 3; bit < 64; ++bit) {
    EXPECT_FALSE(kRelaxRules.Allow(Prot(kR | std::uint64_t{1} << bit))) << bit;
  }
}

// The registry's own assertion reads kDisjoint, so that a clash does not compile.
struct A;
struct B;
struct C;
template <class Tag, unsigned First, unsigned Width>
using Row = internal::SwField<Tag, First, Width>;
static_assert(internal::kDisjoint<Row<A, 0, 2>, Row<B, 2, 1>, Row<C, 3, 1>>);
static_assert(!internal::kDisjoint<Row<A, 0, 2>, Row<B, 1, 1>>);
static_assert(!internal::kDisjoint<Row<A, 0, 2>, Row<B, 2, 2>, Row<C, 3, 1>>);
static_assert(!internal::kDisjoint<Row<A, 1, 3>, Row<B, 1, 3>>);
static_assert(!internal::kDisjoint<Row<A, 0, 4>, Row<B, 0, 1>, Row<C, 0, 1>>);

// A field comes from a row and from nowhere else; a tag has one row.
template <class Registry, class Tag>
concept HasField = requires { typename Registry::template Of<Tag>; };
using Two = internal::SwRegistry<Row<A, 0, 2>, Row<B, 2, 1>>;
static_assert(std::is_same_v<Two::Of<B>, Row<B, 2, 1>>);
static_assert(HasField<Two, A> && HasField<Two, B> && !HasField<Two, C>);
static_assert(!HasField<internal::SwRegistry<Row<A, 0, 1>, Row<A, 1, 1>>, A>);
static_assert(!HasField<SwUsers, A>);

// A constant that does not fit its field does not compile.
template <class Field, std::uint64_t value>
concept Fits =
    requires { typename std::integral_constant<std::uint64_t, Field::Make(value).bits>; };
static_assert(Fits<LevelHintSw, 3> && !Fits<LevelHintSw, 4> && !Fits<PageStateSw, ~0ull>);

TEST(SwRegistryTest, FieldsKeepToTheirBits) {
  const Prot both = PageStateSw::Make(2) | LevelHintSw::Make(3);
  EXPECT_EQ(PageStateSw::Get(both), 2u);
  EXPECT_EQ(LevelHintSw::Get(both), 3u);
  EXPECT_EQ(both.bits, std::uint64_t{0b1110} << 55);
}

TEST(SwRegistryDeathTest, ValuesThatDoNotFitAreNotCut) {
  volatile std::uint64_t value = 4;
  EXPECT_DEATH(LevelHintSw::Make(value), "");
}

}  // namespace
}  // namespace cadastre
