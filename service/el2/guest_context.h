// SPDX-License-Identifier: Apache-2.0
// What a processor holds of the host or of a vCPU besides general registers, PC and PSTATE, and how
// it is switched.
#ifndef CADASTRE_SERVICE_EL2_GUEST_CONTEXT_H_
#define CADASTRE_SERVICE_EL2_GUEST_CONTEXT_H_

#include <cstdint>

#include "service/vcpu.h"

// The registers of EL1 and EL0 that every Armv8.0 processor has and that do not trap.
#define CADASTRE_EL1_REGISTERS(X)                                                                 \
  X(sctlr_el1)                                                                                    \
  X(cpacr_el1)                                                                                    \
  X(ttbr0_el1) X(ttbr1_el1) X(tcr_el1) X(mair_el1) X(amair_el1) X(vbar_el1) X(esr_el1) X(far_el1) \
      X(afsr0_el1) X(afsr1_el1) X(par_el1) X(contextidr_el1) X(elr_el1) X(spsr_el1) X(sp_el0)     \
          X(sp_el1) X(tpidr_el0) X(tpidrro_el0) X(tpidr_el1) X(csselr_el1) X(mdscr_el1)           \
              X(cntkctl_el1) X(cntv_ctl_el0) X(cntv_cval_el0)

namespace cadastre::el2 {

// SCTLR_EL1 of a processor that begins: MMU and caches off, little-endian.
inline constexpr std::uint64_t kSctlrOff = 0x30d0'0800;

struct El1Registers {
#define CADASTRE_DECLARE(name) std::uint64_t name = 0;
  CADASTRE_EL1_REGISTERS(CADASTRE_DECLARE)
#undef CADASTRE_DECLARE
  std::uint64_t keys[10]{};  // of pointer authentication, where there is any
  std::uint64_t tpidr2 = 0;  // TPIDR2_EL0, where there is SME: CPTR_EL2 does not trap it
};

struct FloatingPoint {
  alignas(16) std::uint64_t q[64]{};
  std::uint64_t fpcr = 0;
  std::uint64_t fpsr = 0;
};

// Of a vCPU, in its page. As made: one that begins.
struct VcpuContext {
  El1Registers el1{.sctlr_el1 = kSctlrOff};
  FloatingPoint fp;
};
static_assert(sizeof(VcpuContext) <= kPlatformContextBytes);

// The registers of EL2 that differ while a guest runs.
struct HostSide {
  std::uint64_t hcr, elr, spsr, vmpidr, cptr, mdcr, cnthctl;
  bool has_gic;
};

// Keeps the host's registers: those of EL1 and floating point, SVE's too, in a place of this CPU's.
HostSide LeaveHost(unsigned cpu);
void ReturnToHost(unsigned cpu, const HostSide& host);

void EnterVcpu(const VcpuContext& vcpu, std::uint64_t index);
void LeaveVcpu(VcpuContext& vcpu);

}  // namespace cadastre::el2

#endif  // CADASTRE_SERVICE_EL2_GUEST_CONTEXT_H_
