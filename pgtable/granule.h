// SPDX-License-Identifier: Apache-2.0
// Translation granules and the shape of a table: how many bits each level resolves, where a walk
// starts (Arm ARM D8.2).
#ifndef CADASTRE_PGTABLE_GRANULE_H_
#define CADASTRE_PGTABLE_GRANULE_H_

#include <cstdint>

#include "pgtable/types.h"

namespace cadastre {

// PageShift: 12, 14 or 16. kMinBlockLevel: the lowest-numbered level that may hold a block with
// 48-bit addresses.
template <unsigned PageShift>
struct Granule {
  static_assert(PageShift == 12 || PageShift == 14 || PageShift == 16);
  static constexpr unsigned kPageShift = PageShift;
  static constexpr unsigned kEntryBits = PageShift - 3;
  static constexpr std::uint64_t kEntries = std::uint64_t{1} << kEntryBits;
  static constexpr std::uint64_t kPageSize = std::uint64_t{1} << PageShift;
  static constexpr Level kMinBlockLevel{PageShift == 12 ? 1 : 2};

  // log2 of the bytes that one entry at `level` spans.
  static constexpr unsigned Shift(Level level) {
    return PageShift + kEntryBits * static_cast<unsigned>(3 - level.value);
  }
  static constexpr std::uint64_t Size(Level level) { return std::uint64_t{1} << Shift(level); }
};

using Granule4K = Granule<12>;
using Granule16K = Granule<14>;
using Granule64K = Granule<16>;

// The shape of one table: `root_pages` concatenated pages at level `start` resolve the top of an
// `input_bits` wide input.
struct Geometry {
  unsigned input_bits = 0;
  Level start{};
  unsigned root_pages = 1;
};

namespace internal {
constexpr Result<Geometry> MakeGeometry(unsigned input_bits, unsigned page_shift,
                                        unsigned entry_bits, unsigned concatenated_bits) {
  if (input_bits > 48 || input_bits < page_shift + entry_bits + 1) return Errno::kInval;
  // The deepest start whose root, with concatenation, still covers the input. At least two levels
  // (pKVM's rule too): a root at level 3 could hold no blocks.
  for (int level = 2; level >= 0; --level) {
    const unsigned below = page_shift + entry_bits * static_cast<unsigned>(3 - level);
    if (input_bits <= below + entry_bits + concatenated_bits) {
      const unsigned root_bits = input_bits - below;
      const unsigned extra = root_bits > entry_bits ? root_bits - entry_bits : 0;
      return Geometry{input_bits, Level{level}, 1u << extra};
    }
  }
  return Errno::kInval;
}
}  // namespace internal

// Stage 2: up to 16 root pages are concatenated instead of one more level (D8.2.2). EINVAL outside
// the granule's reach.
template <class G>
constexpr Result<Geometry> Stage2Geometry(unsigned ipa_bits) {
  return internal::MakeGeometry(ipa_bits, G::kPageShift, G::kEntryBits, 4);
}

// Stage 1: one root page. EINVAL outside the granule's reach.
template <class G>
constexpr Result<Geometry> Stage1Geometry(unsigned va_bits) {
  return internal::MakeGeometry(va_bits, G::kPageShift, G::kEntryBits, 0);
}

static_assert(Stage2Geometry<Granule4K>(40).value().start == Level{1});
static_assert(Stage2Geometry<Granule4K>(40).value().root_pages == 2);
static_assert(Stage2Geometry<Granule4K>(34).value().root_pages == 16);
static_assert(Stage2Geometry<Granule4K>(35).value().start == Level{1});
static_assert(Stage2Geometry<Granule4K>(48).value().start == Level{0});
static_assert(Stage1Geometry<Granule4K>(48).value().start == Level{0});

}  // namespace cadastre

#endif  // CADASTRE_PGTABLE_GRANULE_H_
