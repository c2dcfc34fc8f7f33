// SPDX-License-Identifier: Apache-2.0
// What stage 1 and stage 2 descriptors of VMSAv8-64 have in common. Arm ARM D8.3.1.
#ifndef CADASTRE_PGTABLE_FORMAT_COMMON_H_
#define CADASTRE_PGTABLE_FORMAT_COMMON_H_

#include <cstdint>

#include "pgtable/descriptor.h"
#include "pgtable/prot.h"
#include "pgtable/types.h"

namespace cadastre {

// Bits and whole-descriptor changes that need no knowledge of the stage.
//
// 48-bit output addresses. With the 16 KiB and 64 KiB granules, and in blocks, an address has zero
// bits below bit 14, 16 or the block's size; what is zero in the address is zero in the descriptor,
// so one field serves them all.
struct FormatCommon {
  using Valid = Bit<0>;
  using Page = Bit<1>;  // at level 3: 1; in a block: 0; in a table: 1
  using Shareability = Field<9, 8>;
  using AccessFlag = Bit<10>;
  using Output = Field<47, 12>;
  using Software = Field<58, 55>;  // free for users of the library: sw_registry.h

  static constexpr std::uint64_t kInnerShareable = 3;
  static constexpr std::uint64_t kNonShareable = 0;

  // Precondition: `next` is aligned to the granule and below 2^48.
  static constexpr Descriptor EncodeTable(PhysAddr next) {
    return Descriptor(Valid::Make(1) | Page::Make(1) | (next.value & Output::kMask));
  }
  // Where a leaf's memory or a table's next table begins. Precondition: `d` is a leaf or a table.
  static constexpr PhysAddr OutputAddress(Descriptor d, Level) {
    return PhysAddr(d.bits & Output::kMask);
  }

  // The same leaf as an entry of `level`: a block and a page differ in bit 1 alone.
  static constexpr Descriptor AtLevel(Descriptor leaf, Level level) {
    return Page::Set(leaf, level == kPageLevel ? 1 : 0);
  }

  static constexpr bool Young(Descriptor leaf) { return AccessFlag::Get(leaf) != 0; }
  static constexpr Descriptor WithYoung(Descriptor leaf) { return AccessFlag::Set(leaf, 1); }
  static constexpr Descriptor WithoutYoung(Descriptor leaf) { return AccessFlag::Set(leaf, 0); }

  // Sw bits stand at the same positions in a Prot: they are moved, never translated.
  static_assert(Software::kMask == Prot::kSwMask);
  static constexpr std::uint64_t Sw(Descriptor leaf) { return leaf.bits & Software::kMask; }
  // Precondition: `mask` within the sw bits, `value` within `mask`.
  static constexpr Descriptor WithSw(Descriptor leaf, std::uint64_t mask, std::uint64_t value) {
    return Descriptor((leaf.bits & ~mask) | value);
  }

 protected:
  static constexpr Descriptor Leaf(PhysAddr out, Level level, std::uint64_t shareability) {
    const Descriptor page(Valid::Make(1) | AccessFlag::Make(1) | Shareability::Make(shareability) |
                          (out.value & Output::kMask));
    return AtLevel(page, level);
  }
};

static_assert(KindOf(FormatCommon::EncodeTable(PhysAddr(0x4000'0000)), Level{2}) ==
              EntryKind::kTable);
static_assert(FormatCommon::OutputAddress(FormatCommon::EncodeTable(PhysAddr(0x4000'0000)),
                                          Level{2}) == PhysAddr(0x4000'0000));

}  // namespace cadastre

#endif  // CADASTRE_PGTABLE_FORMAT_COMMON_H_
