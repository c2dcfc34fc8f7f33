// SPDX-License-Identifier: Apache-2.0
// VTCR_EL2, the register that tells hardware the shape of a stage 2 (Arm ARM D19.2, VTCR_EL2).
#ifndef CADASTRE_PGTABLE_VTCR_H_
#define CADASTRE_PGTABLE_VTCR_H_

#include <cstdint>

#include "pgtable/descriptor.h"
#include "pgtable/format_common.h"
#include "pgtable/granule.h"
#include "pgtable/types.h"

namespace cadastre {

// The fields that we set. All others are zero, by intent: VS (19) = 0, VMIDs of 8 bits; HA (21) =
// HD (22) = 0, hardware writes no descriptor; HWU (28:25) = 0, sw bits mean nothing to hardware;
// DS (32) = 0, output addresses of 48 bits.
struct VtcrFormat {
  using T0Sz = Field<5, 0>;     // 64 - width of the input
  using Sl0 = Field<7, 6>;      // start level, counted upwards from the granule's lowest
  using Irgn0 = Field<9, 8>;    // cacheability of table walks, inner
  using Orgn0 = Field<11, 10>;  // and outer
  using Sh0 = Field<13, 12>;    // shareability of table walks
  using Tg0 = Field<15, 14>;    // granule
  using Ps = Field<18, 16>;     // width of the output
  using Res1 = Bit<31>;

  static constexpr std::uint64_t kWriteBack = 1;  // read- and write-allocate
};

namespace internal {

// TG0 is not in the order of the sizes.
constexpr std::uint64_t VtcrGranule(unsigned page_shift) {
  switch (page_shift) {
    case 14:
      return 2;
    case 16:
      return 1;
    default:
      return 0;
  }
}

// PS has a value for these widths only; 52 needs descriptors of another format.
constexpr Result<std::uint64_t> VtcrOutputSize(unsigned pa_bits) {
  constexpr unsigned kWidths[] = {32, 36, 40, 42, 44, 48};
  for (std::uint64_t i = 0; i < 6; ++i) {
    if (kWidths[i] == pa_bits) return i;
  }
  return Errno::kInval;
}

}  // namespace internal

// The value for a table of this shape, which Stage2Geometry<G> made, on a machine with physical
// addresses of `pa_bits`. EINVAL: a width that the architecture does not have, or none that our
// descriptors carry (52); an input wider than the output, or narrower than 25 bits, for which T0SZ
// has no value without FEAT_TTST.
template <class G>
constexpr Result<std::uint64_t> VtcrOf(const Geometry& geometry, unsigned pa_bits) {
  const Result<std::uint64_t> output_size = internal::VtcrOutputSize(pa_bits);
  if (!output_size.ok()) return output_size;
  if (geometry.input_bits > pa_bits || geometry.input_bits < 25) return Errno::kInval;
  // SL0 = 0 is level 2 with 4 KiB, level 3 with the others; each step is one level up.
  const int lowest = G::kPageShift == 12 ? 2 : 3;
  using V = VtcrFormat;
  return V::T0Sz::Make(64 - geometry.input_bits) |
         V::Sl0::Make(static_cast<std::uint64_t>(lowest - geometry.start.value)) |
         V::Irgn0::Make(V::kWriteBack) | V::Orgn0::Make(V::kWriteBack) |
         V::Sh0::Make(FormatCommon::kInnerShareable) |
         V::Tg0::Make(internal::VtcrGranule(G::kPageShift)) | V::Ps::Make(output_size.value()) |
         V::Res1::Make(1);
}

namespace internal {
template <class G>
constexpr std::uint64_t VtcrValue(unsigned ipa_bits, unsigned pa_bits) {
  return VtcrOf<G>(Stage2Geometry<G>(ipa_bits).value(), pa_bits).value();
}
// By value, from the manual.
static_assert(VtcrValue<Granule4K>(32, 48) == 0x8005'3520);   // starts at level 2
static_assert(VtcrValue<Granule4K>(40, 40) == 0x8002'3558);   // 1, two pages
static_assert(VtcrValue<Granule4K>(48, 48) == 0x8005'3590);   // 0
static_assert(VtcrValue<Granule16K>(40, 40) == 0x8002'b558);  // 2, sixteen pages
static_assert(VtcrValue<Granule16K>(48, 48) == 0x8005'b590);  // 1
static_assert(VtcrValue<Granule64K>(36, 36) == 0x8001'755c);  // 2
static_assert(VtcrValue<Granule64K>(48, 48) == 0x8005'7590);  // 1
}  // namespace internal

}  // namespace cadastre

#endif  // CADASTRE_PGTABLE_VTCR_H_
