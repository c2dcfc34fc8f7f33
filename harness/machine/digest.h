// SPDX-License-Identifier: Apache-2.0
// The `raw` digest: a sum over all words of a mix of (address, word). A sum, so that a store costs
// two terms however much memory there is; zero words count nothing, so that memory that was never
// written needs no bytes.
#ifndef CADASTRE_HARNESS_MACHINE_DIGEST_H_
#define CADASTRE_HARNESS_MACHINE_DIGEST_H_

#include <cstdint>

namespace cadastre {

// 128 bits in two lanes, added modulo 2^64 each.
struct RawDigest {
  std::uint64_t low = 0;
  std::uint64_t high = 0;

  friend constexpr bool operator==(const RawDigest&, const RawDigest&) = default;
  constexpr RawDigest& operator+=(const RawDigest& other) {
    low += other.low;
    high += other.high;
    return *this;
  }
  constexpr RawDigest& operator-=(const RawDigest& other) {
    low -= other.low;
    high -= other.high;
    return *this;
  }
};

namespace internal {
// Both halves of a 64 x 64 bit product, folded. Arguments that differ in one bit give unrelated
// results.
constexpr std::uint64_t FoldedProduct(std::uint64_t a, std::uint64_t b) {
  __extension__ using Wide = unsigned __int128;
  const Wide product = static_cast<Wide>(a) * b;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}
}  // namespace internal

// The term of one word. Zero gives nothing.
constexpr RawDigest DigestTerm(std::uint64_t address, std::uint64_t word) {
  if (word == 0) return {};
  // Odd random constants: a place that is zero must not make the product zero.
  const std::uint64_t place = (address ^ 0x9e3779b97f4a7c15) * 0xd6e8feb86659fd93;
  const std::uint64_t low = internal::FoldedProduct(word ^ 0xa0761d6478bd642f, place | 1);
  const std::uint64_t high = internal::FoldedProduct(word + place, low ^ 0xe7037ed1a0b428db);
  return {low, high};
}

}  // namespace cadastre

#endif  // CADASTRE_HARNESS_MACHINE_DIGEST_H_
