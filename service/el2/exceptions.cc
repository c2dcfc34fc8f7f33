// SPDX-License-Identifier: Apache-2.0
#include "service/el2/exceptions.h"

#include "pgtable/types.h"
#include "service/el2/sysreg.h"

namespace cadastre::el2 {
namespace {

constexpr std::uint64_t kPan = 1 << 22;
constexpr std::uint64_t kDit = 1 << 24;

// FEAT_PAN: PSTATE.PAN is set on an exception unless SCTLR_EL1.SPAN says no.
bool HasPan() { return (CADASTRE_READ_SYSREG(id_aa64mmfr1_el1) >> 20 & 0xf) != 0; }

std::uint64_t PstateOfHandler(std::uint64_t interrupted) {
  constexpr std::uint64_t kEl1hMasked = 0x3c5;
  const bool span = (CADASTRE_READ_SYSREG(sctlr_el1) >> 23 & 1) != 0;
  const std::uint64_t pan = span ? interrupted & kPan : HasPan() ? kPan : 0;
  return kEl1hMasked | (interrupted & kDit) | pan;
}

std::uint64_t VectorOffset(std::uint64_t pstate) {
  const bool from_aarch32 = (pstate >> 4 & 1) != 0;
  if (from_aarch32) return 0x600;
  if ((pstate & 0xf) == 0) return 0x400;
  return (pstate & 1) != 0 ? 0x200 : 0;
}

// `change(pc, pstate)`: of where the host was interrupted.
template <class Change>
void ChangeHostState(Change&& change) {
  std::uint64_t pc = CADASTRE_READ_SYSREG(elr_el2);
  std::uint64_t pstate = CADASTRE_READ_SYSREG(spsr_el2);
  change(&pc, &pstate);
  CADASTRE_WRITE_SYSREG(elr_el2, pc);
  CADASTRE_WRITE_SYSREG(spsr_el2, pstate);
}

}  // namespace

bool FaultingAddress(std::uint64_t esr, std::uint64_t far, std::uint64_t* ipa) {
  constexpr std::uint64_t kPermission = 0b0011;
  const std::uint64_t offset = far & (kPageSize - 1);
  const bool is_walk = (esr >> 7 & 1) != 0;
  if ((esr >> 2 & 0xf) != kPermission || is_walk) {
    const std::uint64_t page = CADASTRE_READ_SYSREG(hpfar_el2) >> 4 & 0xff'ffff'ffff;
    *ipa = page << kPageShift | offset;
    return true;
  }
  const std::uint64_t par_before = CADASTRE_READ_SYSREG(par_el1);
  asm volatile("at s1e1r, %0\n isb" : : "r"(far) : "memory");
  const std::uint64_t par = CADASTRE_READ_SYSREG(par_el1);
  CADASTRE_WRITE_SYSREG(par_el1, par_before);
  *ipa = (par & 0xf'ffff'ffff'f000) | offset;
  return (par & 1) == 0;
}

void TakeToEl1(std::uint64_t esr, std::uint64_t* pc, std::uint64_t* pstate) {
  CADASTRE_WRITE_SYSREG(esr_el1, esr);
  CADASTRE_WRITE_SYSREG(elr_el1, *pc);
  CADASTRE_WRITE_SYSREG(spsr_el1, *pstate);
  *pc = CADASTRE_READ_SYSREG(vbar_el1) + VectorOffset(*pstate);
  *pstate = PstateOfHandler(*pstate);
}

HostAccess AccessOf(std::uint64_t esr) {
  if (EcOf(esr) == kEcFetchAbort) return HostAccess::kExecute;
  const bool writes = (esr >> 6 & 1) != 0;
  const bool is_walk = (esr >> 7 & 1) != 0;
  return writes && !is_walk ? HostAccess::kWrite : HostAccess::kRead;
}

void AbortToEl1(std::uint64_t esr, std::uint64_t far, std::uint64_t* pc, std::uint64_t* pstate) {
  constexpr std::uint64_t kExternal = 0x10;
  const bool from_el1 = (*pstate & 0xf) != 0;  // no mode of AArch32 but User is below EL1
  const std::uint64_t ec = EcOf(esr) + (from_el1 ? 1 : 0);
  const std::uint64_t wnr = EcOf(esr) == kEcDataAbort ? esr & 1 << 6 : 0;
  CADASTRE_WRITE_SYSREG(far_el1, far);
  TakeToEl1(ec << 26 | kEsrIl | wnr | kExternal, pc, pstate);
}

void InjectAbort(std::uint64_t esr, std::uint64_t far) {
  ChangeHostState(
      [&](std::uint64_t* pc, std::uint64_t* pstate) { AbortToEl1(esr, far, pc, pstate); });
}

void InjectUndefined() {
  ChangeHostState([](std::uint64_t* pc, std::uint64_t* pstate) {
    TakeToEl1(kEcUnknown << 26 | kEsrIl, pc, pstate);
  });
}

}  // namespace cadastre::el2
