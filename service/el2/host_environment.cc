// SPDX-License-Identifier: Apache-2.0
#include "service/el2/host_environment.h"

#include "service/el2/image.h"
#include "service/el2/sysreg.h"

namespace cadastre::el2 {
namespace {

constexpr std::uint64_t Feature(std::uint64_t id, unsigned low) { return id >> low & 0xf; }

// HCR_EL2 (Arm ARM D19.2.48).
constexpr std::uint64_t kVm = 1 << 0;      // stage 2
constexpr std::uint64_t kSwio = 1 << 1;    // invalidate by set/way cleans too
constexpr std::uint64_t kTsc = 1 << 19;    // SMC traps
constexpr std::uint64_t kRw = 1ULL << 31;  // EL1 is AArch64
constexpr std::uint64_t kApk = 1ULL << 40;
constexpr std::uint64_t kApi = 1ULL << 41;  // pointer authentication does not trap
constexpr std::uint64_t kEnScxt = 1ULL << 53;
constexpr std::uint64_t kAta = 1ULL << 56;

// Floating point, SVE and SME do not trap: they are the host's, EL2 uses none.
void OpenFloatingPoint(std::uint64_t pfr0, std::uint64_t pfr1) {
  constexpr std::uint64_t kCptrRes1 = 0x22ff;  // with TFP, TZ and TSM clear
  constexpr std::uint64_t kLongestVector = 0x1ff;
  CADASTRE_WRITE_SYSREG(cptr_el2, kCptrRes1);
  asm volatile("isb" ::: "memory");
  if (Feature(pfr0, 32) != 0) CADASTRE_WRITE_SYSREG(S3_4_C1_C2_0, kLongestVector);  // ZCR_EL2
  if (Feature(pfr1, 24) != 0)
    CADASTRE_WRITE_SYSREG(S3_4_C1_C2_6, kLongestVector | 1ULL << 31);  // SMCR_EL2, FA64
}

// FEAT_FGT's registers are unknown at reset. All traps are off; of SME the bits are 1 then.
void OpenFineGrainedTraps(std::uint64_t pfr1) {
  constexpr std::uint64_t kNoSmpriNoTpidr2 = 3ULL << 54;
  const std::uint64_t sme = Feature(pfr1, 24) != 0 ? kNoSmpriNoTpidr2 : 0;
  CADASTRE_WRITE_SYSREG(S3_4_C1_C1_4, sme);  // HFGRTR_EL2
  CADASTRE_WRITE_SYSREG(S3_4_C1_C1_5, sme);  // HFGWTR_EL2
  CADASTRE_WRITE_SYSREG(S3_4_C1_C1_6, 0);    // HFGITR_EL2
  CADASTRE_WRITE_SYSREG(S3_4_C3_C1_4, 0);    // HDFGRTR_EL2
  CADASTRE_WRITE_SYSREG(S3_4_C3_C1_5, 0);    // HDFGWTR_EL2
}

}  // namespace

void SetHostEnvironment() {
  const std::uint64_t pfr0 = CADASTRE_READ_SYSREG(id_aa64pfr0_el1);
  const std::uint64_t pfr1 = CADASTRE_READ_SYSREG(id_aa64pfr1_el1);
  const std::uint64_t mmfr1 = CADASTRE_READ_SYSREG(id_aa64mmfr1_el1);
  const std::uint64_t dfr0 = CADASTRE_READ_SYSREG(id_aa64dfr0_el1);
  const std::uint64_t ata = Feature(pfr1, 8) != 0 ? kAta : 0;
  CADASTRE_WRITE_SYSREG(hcr_el2, kVm | kSwio | kTsc | kRw | kApk | kApi | kEnScxt | ata);
  OpenFloatingPoint(pfr0, pfr1);
  if (Feature(CADASTRE_READ_SYSREG(id_aa64mmfr0_el1), 56) != 0) OpenFineGrainedTraps(pfr1);
  if (Feature(mmfr1, 40) != 0) CADASTRE_WRITE_SYSREG(S3_4_C1_C2_2, 0);  // HCRX_EL2
  CADASTRE_WRITE_SYSREG(cnthctl_el2, 3);  // EL1 may read the physical counter and timer
  CADASTRE_WRITE_SYSREG(cntvoff_el2, 0);
  const std::uint64_t pmu = Feature(dfr0, 8);  // 0xf: one that is not the architecture's
  const std::uint64_t counters =
      pmu != 0 && pmu != 0xf ? CADASTRE_READ_SYSREG(pmcr_el0) >> 11 & 31 : 0;
  CADASTRE_WRITE_SYSREG(mdcr_el2, counters);  // HPMN: all event counters are EL1's
  CADASTRE_WRITE_SYSREG(hstr_el2, 0);
  CADASTRE_WRITE_SYSREG(vpidr_el2, CADASTRE_READ_SYSREG(midr_el1));
  CADASTRE_WRITE_SYSREG(vmpidr_el2, CADASTRE_READ_SYSREG(mpidr_el1));
  if (Feature(pfr0, 24) != 0) {                 // GIC system registers
    CADASTRE_WRITE_SYSREG(S3_4_C12_C9_5, 0xf);  // ICC_SRE_EL2: EL1 has them
    asm volatile("isb" ::: "memory");
    CADASTRE_WRITE_SYSREG(S3_4_C12_C11_0, 0);  // ICH_HCR_EL2
  }
  constexpr std::uint64_t kSctlrOff = 0x30d0'0800;  // MMU and caches off, little-endian
  CADASTRE_WRITE_SYSREG(sctlr_el1, kSctlrOff);
  asm volatile("isb\n tlbi vmalls12e1\n dsb nsh\n isb" ::: "memory");
}

void EnterHost(std::uint64_t entry, std::uint64_t context, std::uint64_t cpu) {
  SetHostEnvironment();
  const auto stack = reinterpret_cast<std::uint64_t>(el2_stacks) + (cpu + 1) * EL2_STACK_STRIDE;
  el2_enter_host(context, entry, stack);
}

}  // namespace cadastre::el2
