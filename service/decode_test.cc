// SPDX-License-Identifier: Apache-2.0
#include "service/decode.h"

#include <cstdint>
#include <initializer_list>

#include "gtest/gtest.h"

namespace cadastre {
namespace {

using abi::CallNumber;
using abi::Row;

constexpr Limits kLimits{.pa_bits = 40, .max_borrowers = 3, .cpus = 1};
constexpr std::uint64_t kTop = ~std::uint64_t{0};

template <CallNumber kNumber>
Row Shape(std::initializer_list<std::uint64_t> args, Arguments* out) {
  Registers x{};
  std::size_t i = 1;
  for (const std::uint64_t value : args) x[i++] = value;
  return Decoder<kNumber>(x, kLimits).Decode(out);
}

template <CallNumber kNumber>
Row Shape(std::initializer_list<std::uint64_t> args) {
  Arguments out;
  return Shape<kNumber>(args, &out);
}

TEST(Decode, EveryBitAboveANarrowArgumentIsRefused) {
  for (unsigned bit = 32; bit < 64; ++bit) {
    EXPECT_EQ(Shape<CallNumber::kUnshareGuest>({std::uint64_t{1} << bit, 0, 1}), Row::kReservedBits)
        << bit;
  }
  for (unsigned bit = 1; bit < 64; ++bit) {
    EXPECT_EQ(Shape<CallNumber::kTestClearYoungGuest>({1, 0, 1, std::uint64_t{1} << bit}),
              Row::kReservedBits)
        << bit;
    EXPECT_EQ(Shape<CallNumber::kVmCreate>({std::uint64_t{1} << bit, 40, 0, 8}), Row::kReservedBits)
        << bit;
  }
}

TEST(Decode, MappingProtIsReadWithAnyOfWriteAndExecuteAndNothingElse) {
  for (unsigned bit = 3; bit < 64; ++bit) {
    EXPECT_EQ(Shape<CallNumber::kShareGuest>({1, 0, 0, 1, 1 | std::uint64_t{1} << bit}),
              Row::kBadProt)
        << bit;
  }
  for (std::uint64_t prot = 0; prot < 8; ++prot) {
    const Row expected = (prot & 1) != 0 ? Row::kNone : Row::kBadProt;
    EXPECT_EQ(Shape<CallNumber::kShareGuest>({1, 0, 0, 1, prot}), expected) << prot;
  }
}

TEST(Decode, AddedProtIsANonEmptySubset) {
  for (unsigned bit = 3; bit < 64; ++bit) {
    EXPECT_EQ(Shape<CallNumber::kRelaxGuestPerms>({1, 0, 1, std::uint64_t{1} << bit}),
              Row::kBadProt)
        << bit;
  }
  for (std::uint64_t prot = 0; prot < 8; ++prot) {
    EXPECT_EQ(Shape<CallNumber::kRelaxGuestPerms>({1, 0, 1, prot}),
              prot == 0 ? Row::kBadProt : Row::kNone)
        << prot;
  }
}

TEST(Decode, CountsAreBoundedByTheCall) {
  for (const std::uint64_t count : {std::uint64_t{0}, std::uint64_t{513}, kTop}) {
    EXPECT_EQ(Shape<CallNumber::kShareHyp>({0, count}), Row::kBadCount) << count;
  }
  EXPECT_EQ(Shape<CallNumber::kShareHyp>({0, 512}), Row::kNone);
  EXPECT_EQ(Shape<CallNumber::kReclaimHyp>({0, 64}), Row::kNone);
  EXPECT_EQ(Shape<CallNumber::kReclaimHyp>({0, 65}), Row::kBadCount);
}

TEST(Decode, RangesEndWithTheirSpace) {
  const std::uint64_t pfns = std::uint64_t{1} << 28;
  const std::uint64_t gfns = std::uint64_t{1} << 36;
  EXPECT_EQ(Shape<CallNumber::kShareHyp>({pfns - 2, 2}), Row::kNone);
  EXPECT_EQ(Shape<CallNumber::kShareHyp>({pfns - 1, 2}), Row::kOutOfSpace);
  EXPECT_EQ(Shape<CallNumber::kShareHyp>({kTop, 2}), Row::kOutOfSpace) << "wraps";
  EXPECT_EQ(Shape<CallNumber::kUnshareGuest>({1, gfns - 2, 2}), Row::kNone);
  EXPECT_EQ(Shape<CallNumber::kUnshareGuest>({1, gfns - 1, 2}), Row::kOutOfSpace);
  EXPECT_EQ(Shape<CallNumber::kUnshareGuest>({1, kTop - 1, 2}), Row::kOutOfSpace) << "wraps";
}

TEST(Decode, TheLowestRowWinsOverTheArgumentsOrder) {
  EXPECT_EQ(Shape<CallNumber::kShareGuest>({kTop, kTop, kTop, 0, 0}), Row::kReservedBits);
  EXPECT_EQ(Shape<CallNumber::kShareGuest>({1, kTop, kTop, 0, 0}), Row::kBadProt);
  EXPECT_EQ(Shape<CallNumber::kShareGuest>({1, kTop, kTop, 0, 1}), Row::kBadCount);
  EXPECT_EQ(Shape<CallNumber::kShareGuest>({1, kTop, kTop, 1, 1}), Row::kOutOfSpace);
}

TEST(Decode, ListPageClearTakesNoPage) {
  EXPECT_EQ(Shape<CallNumber::kListPageSet>({0, 0}), Row::kNone);
  EXPECT_EQ(Shape<CallNumber::kListPageSet>({0, 1}), Row::kReservedBits);
  EXPECT_EQ(Shape<CallNumber::kListPageSet>({0, kTop}), Row::kReservedBits);
  EXPECT_EQ(Shape<CallNumber::kListPageSet>({1, kTop}), Row::kOutOfSpace);
}

TEST(Decode, VmCreateJudgesItsOwnShape) {
  EXPECT_EQ(Shape<CallNumber::kVmCreate>({0, 31, 0, 8}), Row::kBadValue);
  EXPECT_EQ(Shape<CallNumber::kVmCreate>({0, 41, 0, 8}), Row::kBadValue);
  EXPECT_EQ(Shape<CallNumber::kVmCreate>({0, 34, 0, 8}), Row::kMisaligned) << "16 root pages";
  EXPECT_EQ(Shape<CallNumber::kVmCreate>({0, 34, 17, 16}), Row::kSelfOverlap);
  EXPECT_EQ(Shape<CallNumber::kVmCreate>({0, 34, 15, 16}), Row::kSelfOverlap)
      << "the second metadata page";
  EXPECT_EQ(Shape<CallNumber::kVmCreate>({0, 34, 14, 16}), Row::kNone);
  EXPECT_EQ(Shape<CallNumber::kVmCreate>({0, 34, kTop, 16}), Row::kOutOfSpace);
  Arguments out;
  ASSERT_EQ(Shape<CallNumber::kVmCreate>({1, 40, 4, 8}, &out), Row::kNone);
  EXPECT_EQ(out.kind, VmKind::kProtected);
  EXPECT_EQ(out.range.pfns.count(), kVmMetaPages);
  EXPECT_EQ(out.roots.count(), 2u);
}

TEST(Decode, FeaturesKnowsSevenIds) {
  EXPECT_EQ(Shape<CallNumber::kFeatures>({6}), Row::kNone);
  EXPECT_EQ(Shape<CallNumber::kFeatures>({7}), Row::kBadValue);
}

}  // namespace
}  // namespace cadastre
