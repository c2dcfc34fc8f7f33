// SPDX-License-Identifier: Apache-2.0
// Where EL2 sees physical memory (ABI.md section 13).
#ifndef CADASTRE_HARNESS_ORACLE_ADDRESS_SPACE_H_
#define CADASTRE_HARNESS_ORACLE_ADDRESS_SPACE_H_

#include <cstdint>
#include <optional>

#include "harness/oracle/descriptor.h"

namespace cadastre::oracle {

inline constexpr std::uint64_t kLinearOffset = 0x4000'0000'0000;
inline constexpr std::uint64_t kScrubWindow = 0x7000'0000'0000;

// The page at which a CPU of EL2 sees what it scrubs.
constexpr std::uint64_t ScrubWindowOf(unsigned cpu) {
  return kScrubWindow + (std::uint64_t{cpu} << kPageShift);
}

constexpr std::uint64_t LinearAddress(std::uint64_t pfn) {
  return kLinearOffset + (pfn << kPageShift);
}

// The page that a virtual address of the linear map stands for; nullopt below it and from the scrub
// window on.
constexpr std::optional<std::uint64_t> LinearPfn(std::uint64_t address) {
  if (address < kLinearOffset || address >= kScrubWindow) return std::nullopt;
  return (address - kLinearOffset) >> kPageShift;
}

}  // namespace cadastre::oracle

#endif  // CADASTRE_HARNESS_ORACLE_ADDRESS_SPACE_H_
