// SPDX-License-Identifier: Apache-2.0
#include "service/el2/mmu.h"

#include "service/el2/image.h"
#include "service/el2/own_map.h"
#include "service/el2/sysreg.h"

namespace cadastre::el2 {
namespace {

// SCTLR_EL2: RES1 bits, M, C, SA, I, WXN.
constexpr std::uint64_t kSctlr = 0x30c5'0830 | 1 | 1 << 2 | 1 << 3 | 1 << 12 | 1 << 19;

// ID_AA64MMFR0_EL1.PARange.
struct PhysicalRange {
  unsigned bits;
  std::uint64_t field;
};
PhysicalRange RangeOfCpu() {
  constexpr PhysicalRange kRanges[] = {{32, 0}, {36, 1}, {40, 2}};
  const std::uint64_t range = CADASTRE_READ_SYSREG(id_aa64mmfr0_el1) & 0xf;
  return kRanges[range > 2 ? 2 : range];
}

// 48-bit inputs, 4 KiB pages, walks inner shareable and write-back.
std::uint64_t TcrOf(const PhysicalRange& range) {
  return 16 | 1 << 8 | 1 << 10 | 3 << 12 | range.field << 16 | 1U << 23 | 1U << 31;
}

}  // namespace

unsigned PhysicalAddressBits() { return RangeOfCpu().bits; }

void EnableMmu(std::uint64_t root) { el2_enable_mmu(root, TcrOf(RangeOfCpu()), kMair, kSctlr); }

void CleanRange(std::uint64_t first, std::uint64_t end) {
  const std::uint64_t line = std::uint64_t{4} << (CADASTRE_READ_SYSREG(ctr_el0) >> 16 & 15);
  for (std::uint64_t at = first & ~(line - 1); at < end; at += line)
    asm volatile("dc cvac, %0" : : "r"(at) : "memory");
  asm volatile("dsb sy" ::: "memory");
}

void CleanImage() {
  CleanRange(reinterpret_cast<std::uint64_t>(rodata_end),
             reinterpret_cast<std::uint64_t>(el2_stacks));  // theirs are their own
}

}  // namespace cadastre::el2
