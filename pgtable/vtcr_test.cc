// SPDX-License-Identifier: Apache-2.0
#include "pgtable/vtcr.h"

#include <gtest/gtest.h>

#include <cstdint>

namespace cadastre {
namespace {

// Bits high..low, said without VtcrFormat.
std::uint64_t Bits(std::uint64_t value, unsigned high, unsigned low) {
  return (value >> low) & ((std::uint64_t{1} << (high - low + 1)) - 1);
}

// The rows of the manual's tables of TG0 and SL0, by granule: what SL0 = 0, 1, 2 mean.
struct Rows {
  std::uint64_t tg0;
  int level_of_sl0[3];
};
template <class G>
constexpr Rows kRows{};
template <>
constexpr Rows kRows<Granule4K>{0b00, {2, 1, 0}};
template <>
constexpr Rows kRows<Granule16K>{0b10, {3, 2, 1}};
template <>
constexpr Rows kRows<Granule64K>{0b01, {3, 2, 1}};

struct Width {
  std::uint64_t ps;
  unsigned bits;
};
constexpr Width kWidths[] = {{0, 32}, {1, 36}, {2, 40}, {3, 42}, {4, 44}, {5, 48}};

template <class G>
class VtcrTest : public ::testing::Test {};
using Granules = ::testing::Types<Granule4K, Granule16K, Granule64K>;
TYPED_TEST_SUITE(VtcrTest, Granules);

TYPED_TEST(VtcrTest, SaysTheShapeOfEveryTable) {
  for (unsigned ipa_bits = 32; ipa_bits <= 48; ++ipa_bits) {
    const Geometry geometry = Stage2Geometry<TypeParam>(ipa_bits).value();
    for (const Width& width : kWidths) {
      if (width.bits < ipa_bits) continue;
      const Result<std::uint64_t> vtcr = VtcrOf<TypeParam>(geometry, width.bits);
      ASSERT_TRUE(vtcr.ok()) << ipa_bits;
      EXPECT_EQ(64 - Bits(vtcr.value(), 5, 0), ipa_bits);
      const std::uint64_t sl0 = Bits(vtcr.value(), 7, 6);
      ASSERT_LT(sl0, 3u) << ipa_bits;
      EXPECT_EQ(kRows<TypeParam>.level_of_sl0[sl0], geometry.start.value) << ipa_bits;
      EXPECT_EQ(Bits(vtcr.value(), 15, 14), kRows<TypeParam>.tg0);
      EXPECT_EQ(Bits(vtcr.value(), 18, 16), width.ps);
    }
  }
}

TYPED_TEST(VtcrTest, WalksAreCacheableAndHardwareWritesNothing) {
  for (unsigned ipa_bits = 32; ipa_bits <= 48; ++ipa_bits) {
    const std::uint64_t vtcr =
        VtcrOf<TypeParam>(Stage2Geometry<TypeParam>(ipa_bits).value(), 48).value();
    EXPECT_EQ(Bits(vtcr, 9, 8), 0b01u);    // inner write-back
    EXPECT_EQ(Bits(vtcr, 11, 10), 0b01u);  // outer write-back
    EXPECT_EQ(Bits(vtcr, 13, 12), 0b11u);  // inner shareable
    EXPECT_EQ(Bits(vtcr, 30, 19), 0u);     // VS, HA, HD, HWU and the rest
    EXPECT_EQ(Bits(vtcr, 31, 31), 1u);
    EXPECT_EQ(Bits(vtcr, 63, 32), 0u);
  }
}

TYPED_TEST(VtcrTest, RefusesWidthsThatDoNotExistAndInputsThatDoNotFit) {
  const Geometry geometry = Stage2Geometry<TypeParam>(40).value();
  for (unsigned pa_bits = 0; pa_bits <= 64; ++pa_bits) {
    const bool exists = pa_bits == 40 || pa_bits == 42 || pa_bits == 44 || pa_bits == 48;
    EXPECT_EQ(VtcrOf<TypeParam>(geometry, pa_bits).ok(), exists) << pa_bits;
  }
}

TEST(VtcrRangeTest, RefusesInputsThatT0SzCannotSay) {
  EXPECT_EQ(VtcrOf<Granule4K>(Stage2Geometry<Granule4K>(24).value(), 40).error(), Errno::kInval);
  EXPECT_TRUE(VtcrOf<Granule4K>(Stage2Geometry<Granule4K>(25).value(), 40).ok());
}

}  // namespace
}  // namespace cadastre
