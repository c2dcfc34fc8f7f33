// SPDX-License-Identifier: Apache-2.0
// Stage 2 descriptors, VMSAv8-64, FEAT_S2FWB off. Arm ARM D8.3, D8.6.
#ifndef CADASTRE_PGTABLE_STAGE2_FORMAT_H_
#define CADASTRE_PGTABLE_STAGE2_FORMAT_H_

#include <cstdint>

#include "pgtable/descriptor.h"
#include "pgtable/format_common.h"
#include "pgtable/prot.h"
#include "pgtable/prot_rules.h"
#include "pgtable/types.h"

namespace cadastre {

struct Stage2Format : FormatCommon {
  using Input = Ipa;
  static constexpr bool kIsStage2 = true;

  using MemAttr = Field<5, 2>;
  using S2ApRead = Bit<6>;
  using S2ApWrite = Bit<7>;
  using Xn = Field<54, 53>;

  static constexpr std::uint64_t kNormalWriteBack = 0xf;
  static constexpr std::uint64_t kDeviceNGnRE = 0x1;
  static constexpr std::uint64_t kExecuteAll = 0;
  static constexpr std::uint64_t kExecuteNone = 2;

  static constexpr bool ProtIsLegal(Prot prot) { return kStage2LeafRules.Allow(prot); }

  // A young leaf. Preconditions: ProtIsLegal(prot); `out` aligned to the leaf's size, below 2^48.
  static constexpr Descriptor EncodeLeaf(PhysAddr out, Prot prot, Level level) {
    const bool device = prot.Has(Prot::kDevice);
    Descriptor d = Leaf(out, level, device ? kNonShareable : kInnerShareable);
    d = MemAttr::Set(d, device ? kDeviceNGnRE : kNormalWriteBack);
    d = S2ApRead::Set(d, prot.Has(Prot::kRead) ? 1 : 0);
    d = S2ApWrite::Set(d, prot.Has(Prot::kWrite) ? 1 : 0);
    d = Xn::Set(d, prot.Has(Prot::kExecute) ? kExecuteAll : kExecuteNone);
    return WithSw(d, Prot::kSwMask, prot.bits & Prot::kSwMask);
  }
  // Precondition: `leaf` is a leaf. Sw bits are the leaf's; in an invalid entry they are not sw
  // bits.
  static constexpr Prot DecodeProt(Descriptor leaf) {
    std::uint64_t bits = Sw(leaf);
    if (MemAttr::Get(leaf) == kDeviceNGnRE) bits |= Prot::kDevice;
    if (S2ApRead::Get(leaf) != 0) bits |= Prot::kRead;
    if (S2ApWrite::Get(leaf) != 0) bits |= Prot::kWrite;
    if (Xn::Get(leaf) == kExecuteAll) bits |= Prot::kExecute;
    return Prot(bits);
  }

  // `leaf` with the permissions of `add` too; every other bit as it was.
  static constexpr Descriptor WithPerms(Descriptor leaf, Prot add) {
    if (add.Has(Prot::kRead)) leaf = S2ApRead::Set(leaf, 1);
    if (add.Has(Prot::kWrite)) leaf = S2ApWrite::Set(leaf, 1);
    if (add.Has(Prot::kExecute)) leaf = Xn::Set(leaf, kExecuteAll);
    return leaf;
  }
  static constexpr Descriptor WithoutWrite(Descriptor leaf) { return S2ApWrite::Set(leaf, 0); }
};

// By value, from the manual: page and block, normal and device.
static_assert(Stage2Format::EncodeLeaf(PhysAddr(0x8000'1000), Prot(Prot::kRwx), kPageLevel) ==
              Descriptor(0x8000'17ff));
static_assert(Stage2Format::EncodeLeaf(PhysAddr(0x8020'0000), Prot(Prot::kRead), Level{2}) ==
              Descriptor(0x0040'0000'8020'077d));
static_assert(Stage2Format::EncodeLeaf(PhysAddr(0x900'0000),
                                       Prot(Prot::kRead | Prot::kWrite | Prot::kDevice),
                                       kPageLevel) == Descriptor(0x0040'0000'0900'04c7));
static_assert(Stage2Format::DecodeProt(Descriptor(0x0040'0000'0900'04c7)) ==
              Prot(Prot::kRead | Prot::kWrite | Prot::kDevice));

}  // namespace cadastre

#endif  // CADASTRE_PGTABLE_STAGE2_FORMAT_H_
