// SPDX-License-Identifier: Apache-2.0
// What the host's calls and aborts come to. The vectors save x0..x18 and x30.
#include <cstddef>

#include "service/el2/el2.h"
#include "service/el2/layout_asm.h"
#include "service/el2/sysreg.h"

namespace cadastre::el2 {
namespace {

struct TrapFrame {
  Registers x;  // x0..x17
  std::uint64_t x18;
  std::uint64_t x30;
};
static_assert(sizeof(TrapFrame) == EL2_FRAME_BYTES);

// ESR_EL2.EC (Arm ARM D19.2.40).
constexpr std::uint64_t kEcHvc = 0x16;
constexpr std::uint64_t kEcSmc = 0x17;
constexpr std::uint64_t kEcFetchAbort = 0x20;
constexpr std::uint64_t kEcDataAbort = 0x24;

constexpr std::uint64_t EcOf(std::uint64_t esr) { return esr >> 26 & 0x3f; }

// What a vCPU's registers are kept in while its VM's guest runs here.
GuestRegisters guests[kMaxCpus];

void HandleHvc(El2& el2, std::uint64_t esr, TrapFrame& frame) {
  GuestRegisters& guest = guests[el2.platform.CpuIndex()];
  const Next next =
      el2.hypervisor.HandleHvc(el2.platform, static_cast<std::uint16_t>(esr), frame.x, guest);
  // This version has no world switch: each guest is interrupted before its first instruction, as
  // service/ABI.md section 8 allows at any instruction.
  if (next == Next::kGuest) el2.hypervisor.HandleInterrupt(el2.platform, guest, frame.x);
}

void BeforeOff() { TheEl2().hypervisor.HandleCpuOff(TheEl2().platform); }

void HandleSmc(El2& el2, std::uint64_t esr, TrapFrame& frame) {
  // A trapped SMC returns to itself.
  CADASTRE_WRITE_SYSREG(elr_el2, CADASTRE_READ_SYSREG(elr_el2) + 4);
  if (static_cast<std::uint16_t>(esr) != 0) {
    frame.x[0] = ~std::uint64_t{0};
    return;
  }
  SmcRegisters smc{{frame.x[0], frame.x[1], frame.x[2], frame.x[3]}};
  el2.psci.Handle(el2.platform.CpuIndex(), &smc, &BeforeOff);
  for (unsigned i = 0; i < 4; ++i) frame.x[i] = smc.x[i];
}

// The physical address of the access. HPFAR_EL2 is unknown after a permission fault that is no
// fault of a stage 1 walk (Arm ARM D19.2.55): the hardware translates once more. False: it no
// longer can, since stage 1 changed; the access is made again.
bool FaultingAddress(std::uint64_t esr, std::uint64_t far, PhysAddr* address) {
  constexpr std::uint64_t kPermission = 0b0011;
  const bool is_walk = (esr >> 7 & 1) != 0;
  if ((esr >> 2 & 0xf) != kPermission || is_walk) {
    const std::uint64_t page = CADASTRE_READ_SYSREG(hpfar_el2) >> 4 & 0xff'ffff'ffff;
    *address = PhysAddr(page << kPageShift | (far & (kPageSize - 1)));
    return true;
  }
  const std::uint64_t par_before = CADASTRE_READ_SYSREG(par_el1);
  asm volatile("at s1e1r, %0\n isb" : : "r"(far) : "memory");
  const std::uint64_t par = CADASTRE_READ_SYSREG(par_el1);
  CADASTRE_WRITE_SYSREG(par_el1, par_before);
  *address = PhysAddr((par & 0xf'ffff'ffff'f000) | (far & (kPageSize - 1)));
  return (par & 1) == 0;
}

HostAccess AccessOf(std::uint64_t esr) {
  if (EcOf(esr) == kEcFetchAbort) return HostAccess::kExecute;
  const bool writes = (esr >> 6 & 1) != 0;
  const bool is_walk = (esr >> 7 & 1) != 0;
  return writes && !is_walk ? HostAccess::kWrite : HostAccess::kRead;
}

// FEAT_PAN: PSTATE.PAN is set on an exception unless SCTLR_EL1.SPAN says no.
bool HasPan() { return (CADASTRE_READ_SYSREG(id_aa64mmfr1_el1) >> 20 & 0xf) != 0; }

// A synchronous external abort at EL1, as memory that answers with an error gives (Arm ARM D1.10).
void InjectAbort(std::uint64_t esr, std::uint64_t far) {
  constexpr std::uint64_t kExternal = 0x10;
  constexpr std::uint64_t kIl = 1 << 25;
  const std::uint64_t spsr = CADASTRE_READ_SYSREG(spsr_el2);
  const bool from_el1 = (spsr & 0xf) != 0;  // no mode of AArch32 but User is below EL1
  const std::uint64_t ec = EcOf(esr) + (from_el1 ? 1 : 0);
  const std::uint64_t wnr = EcOf(esr) == kEcDataAbort ? esr & 1 << 6 : 0;
  CADASTRE_WRITE_SYSREG(esr_el1, ec << 26 | kIl | wnr | kExternal);
  CADASTRE_WRITE_SYSREG(far_el1, far);
  CADASTRE_WRITE_SYSREG(elr_el1, CADASTRE_READ_SYSREG(elr_el2));
  CADASTRE_WRITE_SYSREG(spsr_el1, spsr);
  const bool from_aarch32 = (spsr >> 4 & 1) != 0;
  const std::uint64_t vector = from_aarch32      ? 0x600
                               : !from_el1       ? 0x400
                               : (spsr & 1) != 0 ? 0x200
                                                 : 0;
  CADASTRE_WRITE_SYSREG(elr_el2, CADASTRE_READ_SYSREG(vbar_el1) + vector);
  constexpr std::uint64_t kPan = 1 << 22;
  constexpr std::uint64_t kEl1hMasked = 0x3c5;
  const bool span = (CADASTRE_READ_SYSREG(sctlr_el1) >> 23 & 1) != 0;
  CADASTRE_WRITE_SYSREG(spsr_el2, kEl1hMasked | (span ? spsr & kPan : HasPan() ? kPan : 0));
}

void HandleAbort(El2& el2, std::uint64_t esr) {
  const std::uint64_t far = CADASTRE_READ_SYSREG(far_el2);
  PhysAddr address;
  if (!FaultingAddress(esr, far, &address)) return;
  const AbortAction action = el2.hypervisor.HandleHostAbort(el2.platform, address, AccessOf(esr));
  if (action == AbortAction::kInject) InjectAbort(esr, far);
}

}  // namespace
}  // namespace cadastre::el2

// From vectors.S: a synchronous exception of the host.
extern "C" void el2_handle_synchronous(void* saved) {
  using namespace cadastre::el2;
  auto* frame = static_cast<TrapFrame*>(saved);
  El2& el2 = TheEl2();
  const std::uint64_t esr = CADASTRE_READ_SYSREG(esr_el2);
  switch (EcOf(esr)) {
    case kEcHvc:
      return HandleHvc(el2, esr, *frame);
    case kEcSmc:
      return HandleSmc(el2, esr, *frame);
    case kEcFetchAbort:
    case kEcDataAbort:
      return HandleAbort(el2, esr);
    default:
      Panic("the host trapped in a way that was not asked for");
  }
}
