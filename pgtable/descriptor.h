// SPDX-License-Identifier: Apache-2.0
// Descriptors as bits, and typed fields of them.
#ifndef CADASTRE_PGTABLE_DESCRIPTOR_H_
#define CADASTRE_PGTABLE_DESCRIPTOR_H_

#include <cstdint>

#include "pgtable/types.h"

namespace cadastre {

// One 64-bit entry of a table. Zero is invalid and absent.
struct Descriptor {
  std::uint64_t bits = 0;
  constexpr Descriptor() = default;
  constexpr explicit Descriptor(std::uint64_t b) : bits(b) {}
  friend constexpr bool operator==(const Descriptor&, const Descriptor&) = default;
};

// Bits High..Low of a descriptor, as the Arm ARM writes them.
template <unsigned High, unsigned Low>
struct Field {
  static_assert(High >= Low && High < 64);
  static constexpr unsigned kLow = Low;
  static constexpr unsigned kWidth = High - Low + 1;
  static constexpr std::uint64_t kMax =
      kWidth == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << kWidth) - 1;
  static constexpr std::uint64_t kMask = kMax << Low;
  static constexpr std::uint64_t Get(Descriptor d) { return (d.bits & kMask) >> Low; }
  static constexpr std::uint64_t Make(std::uint64_t value) { return (value & kMax) << Low; }
  static constexpr Descriptor Set(Descriptor d, std::uint64_t value) {
    return Descriptor((d.bits & ~kMask) | Make(value));
  }
};
template <unsigned Position>
using Bit = Field<Position, Position>;

// What an entry is at its level. An invalid entry is not an absent entry: it may be an annotation.
enum class EntryKind : std::uint8_t { kAbsent, kAnnotation, kTable, kLeaf };

// Common to both stages (Arm ARM D8.3.1): bit 0 valid; bit 1 tells a table from a block below level
// 3 and must be 1 at 3. A valid entry with bit 1 clear at level 3 is reserved; nothing here makes
// one.
constexpr EntryKind KindOf(Descriptor d, Level level) {
  if ((d.bits & 1) == 0) return d.bits == 0 ? EntryKind::kAbsent : EntryKind::kAnnotation;
  return level < kPageLevel && (d.bits & 2) != 0 ? EntryKind::kTable : EntryKind::kLeaf;
}

}  // namespace cadastre

#endif  // CADASTRE_PGTABLE_DESCRIPTOR_H_
