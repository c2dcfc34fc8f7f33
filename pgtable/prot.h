// SPDX-License-Identifier: Apache-2.0
// What a mapping allows, and the software bits it carries. 64 bits wide, because the sw bits stand
// at their descriptor positions and are moved, never translated.
#ifndef CADASTRE_PGTABLE_PROT_H_
#define CADASTRE_PGTABLE_PROT_H_

#include <cstdint>

namespace cadastre {

// A set of permissions, the memory type and sw bits. Any 64-bit value can be held, so that a
// caller's bits can be judged: each operation names the values that it handles and answers the rest
// with EINVAL. Nothing is masked away.
struct Prot {
  std::uint64_t bits = 0;

  static constexpr std::uint64_t kRead = 1 << 0;
  static constexpr std::uint64_t kWrite = 1 << 1;
  static constexpr std::uint64_t kExecute = 1 << 2;
  static constexpr std::uint64_t kDevice = 1 << 3;
  static constexpr std::uint64_t kRwx = kRead | kWrite | kExecute;
  // SW0..SW3 are descriptor bits 55..58, ignored by the hardware in every valid descriptor (Arm ARM
  // D8.3). The library gives them no meaning: users claim them in sw_registry.h.
  static constexpr unsigned kSwShift = 55;
  static constexpr std::uint64_t kSwMask = std::uint64_t{0xf} << kSwShift;
  static constexpr std::uint64_t kKnown = kRwx | kDevice | kSwMask;

  constexpr Prot() = default;
  constexpr explicit Prot(std::uint64_t b) : bits(b) {}
  constexpr bool Has(std::uint64_t mask) const { return (bits & mask) == mask; }
  friend constexpr bool operator==(const Prot&, const Prot&) = default;
  friend constexpr Prot operator|(Prot a, Prot b) { return Prot(a.bits | b.bits); }
};

}  // namespace cadastre

#endif  // CADASTRE_PGTABLE_PROT_H_
