// SPDX-License-Identifier: Apache-2.0
// Stage 1 descriptors of the EL2 regime (HCR_EL2.E2H = 0), VMSAv8-64. Arm ARM D8.3, D8.4.
#ifndef CADASTRE_PGTABLE_STAGE1_FORMAT_H_
#define CADASTRE_PGTABLE_STAGE1_FORMAT_H_

#include <cstdint>

#include "pgtable/descriptor.h"
#include "pgtable/format_common.h"
#include "pgtable/prot.h"
#include "pgtable/prot_rules.h"
#include "pgtable/types.h"

namespace cadastre {

struct Stage1Format : FormatCommon {
  using Input = HypVa;
  static constexpr bool kIsStage2 = false;

  using AttrIndex = Field<4, 2>;  // of MAIR_EL2
  using ApRes1 = Bit<6>;          // AP[1]: RES1 in a regime with one exception level
  using ReadOnly = Bit<7>;        // AP[2]
  using Xn = Bit<54>;

  static constexpr std::uint64_t kNormalWriteBack = 0;
  static constexpr std::uint64_t kDeviceNGnRE = 1;

  static constexpr bool ProtIsLegal(Prot prot) { return kStage1LeafRules.Allow(prot); }

  // A young leaf. Preconditions: ProtIsLegal(prot); `out` aligned to the leaf's size, below 2^48.
  static constexpr Descriptor EncodeLeaf(PhysAddr out, Prot prot, Level level) {
    const bool device = prot.Has(Prot::kDevice);
    Descriptor d = Leaf(out, level, device ? kNonShareable : kInnerShareable);
    d = AttrIndex::Set(d, device ? kDeviceNGnRE : kNormalWriteBack);
    d = ApRes1::Set(d, 1);
    d = ReadOnly::Set(d, prot.Has(Prot::kWrite) ? 0 : 1);
    d = Xn::Set(d, prot.Has(Prot::kExecute) ? 0 : 1);
    return WithSw(d, Prot::kSwMask, prot.bits & Prot::kSwMask);
  }
  // Precondition: `leaf` is a leaf: this regime has none that can't be read.
  static constexpr Prot DecodeProt(Descriptor leaf) {
    std::uint64_t bits = Sw(leaf) | Prot::kRead;
    if (AttrIndex::Get(leaf) == kDeviceNGnRE) bits |= Prot::kDevice;
    if (ReadOnly::Get(leaf) == 0) bits |= Prot::kWrite;
    if (Xn::Get(leaf) == 0) bits |= Prot::kExecute;
    return Prot(bits);
  }

  // `leaf` with the permissions of `add` too; every other bit as it was.
  static constexpr Descriptor WithPerms(Descriptor leaf, Prot add) {
    if (add.Has(Prot::kWrite)) leaf = ReadOnly::Set(leaf, 0);
    if (add.Has(Prot::kExecute)) leaf = Xn::Set(leaf, 0);
    return leaf;
  }
  static constexpr Descriptor WithoutWrite(Descriptor leaf) { return ReadOnly::Set(leaf, 1); }
};

// By value, from the manual: page and block, normal and device.
static_assert(Stage1Format::EncodeLeaf(PhysAddr(0x8000'1000), Prot(Prot::kRead | Prot::kWrite),
                                       kPageLevel) == Descriptor(0x0040'0000'8000'1743));
static_assert(Stage1Format::EncodeLeaf(PhysAddr(0x8020'0000), Prot(Prot::kRead | Prot::kExecute),
                                       Level{2}) == Descriptor(0x8020'07c1));
static_assert(Stage1Format::EncodeLeaf(PhysAddr(0x900'0000),
                                       Prot(Prot::kRead | Prot::kWrite | Prot::kDevice),
                                       kPageLevel) == Descriptor(0x0040'0000'0900'0447));
static_assert(Stage1Format::DecodeProt(Descriptor(0x0040'0000'0900'0447)) ==
              Prot(Prot::kRead | Prot::kWrite | Prot::kDevice));

}  // namespace cadastre

#endif  // CADASTRE_PGTABLE_STAGE1_FORMAT_H_
