// SPDX-License-Identifier: Apache-2.0
#include "service/el2/guest.h"

#include <new>

#include "service/el2/exceptions.h"
#include "service/el2/guest_context.h"
#include "service/el2/image.h"
#include "service/el2/sysreg.h"

namespace cadastre::el2 {
namespace {

// HCR_EL2 (Arm ARM D19.2.48) while a guest runs: stage 2; set/way invalidation cleans; FIQ, IRQ and
// SError come here; EL1's TLBI and barriers reach all CPUs, since a vCPU moves between them; waits,
// SMC, implementation-defined registers, ACTLR_EL1, ID registers, LORegions and error records trap;
// AArch64. Pointer authentication does not: its keys are switched. Tags and SCXTNUM do (ATA and
// EnSCXT clear).
constexpr std::uint64_t kGuestHcr = 1ULL << 0 | 1ULL << 1 | 7ULL << 3 | 1ULL << 9 | 1ULL << 10 |
                                    3ULL << 13 | 1ULL << 18 | 1ULL << 19 | 1ULL << 20 | 1ULL << 21 |
                                    1ULL << 31 | 1ULL << 35 | 1ULL << 36 | 3ULL << 40;

// From guest_entry.S: by which vector the guest came back. It runs in AArch64 or AArch32; what the
// two do is told by ESR_EL2.
enum class Vector : std::uint64_t {
  kSynchronous = 8,
  kIrq = 9,
  kFiq = 10,
  kSError = 11,
  kSynchronousA32 = 12,
  kIrqA32 = 13,
  kFiqA32 = 14,
  kSErrorA32 = 15,
};

void InjectUndefined(GuestRegisters& guest) {
  TakeToEl1(kEcUnknown << 26 | kEsrIl, &guest.pc, &guest.pstate);
}

Next HandleAbort(El2& el2, std::uint64_t esr, GuestRegisters& guest, Registers& host) {
  const std::uint64_t far = CADASTRE_READ_SYSREG(far_el2);
  if (!IsTranslationAbort(esr)) {
    AbortToEl1(esr, far, &guest.pc, &guest.pstate);
    return Next::kGuest;
  }
  std::uint64_t ipa;
  // The guest changed its tables meanwhile: the access is made again.
  if (!FaultingAddress(esr, far, &ipa)) return Next::kGuest;
  return el2.hypervisor.HandleGuestAbort(el2.platform, Ipa(ipa), {esr}, guest, host);
}

Next HandleSynchronous(El2& el2, GuestRegisters& guest, Registers& host) {
  const std::uint64_t esr = CADASTRE_READ_SYSREG(esr_el2);
  switch (EcOf(esr)) {
    case kEcWait:
      return el2.hypervisor.HandleGuestWait(el2.platform, guest, host);
    case kEcHvc:
      return el2.hypervisor.HandleGuestHvc(el2.platform, static_cast<std::uint16_t>(esr), guest,
                                           host);
    case kEcSmc:
      return el2.hypervisor.HandleGuestSmc(el2.platform, guest, host);
    case kEcFetchAbort:
    case kEcDataAbort:
      return HandleAbort(el2, esr, guest, host);
    case kEcSysreg:
      EmulateSysreg(esr, guest);
      return Next::kGuest;
    default:
      // What is kept from guests: SVE, SME, AArch32's coprocessor registers.
      InjectUndefined(guest);
      return Next::kGuest;
  }
}

Next HandleException(El2& el2, Vector vector, GuestRegisters& guest, Registers& host) {
  switch (vector) {
    case Vector::kSynchronous:
    case Vector::kSynchronousA32:
      return HandleSynchronous(el2, guest, host);
    case Vector::kIrq:
    case Vector::kFiq:
    case Vector::kIrqA32:
    case Vector::kFiqA32:
      return el2.hypervisor.HandleInterrupt(el2.platform, guest, host);
    case Vector::kSError:
    case Vector::kSErrorA32:
      break;
  }
  Panic("SError while a guest ran");
}

}  // namespace

void RunGuest(El2& el2, GuestRegisters& guest, Registers& host) {
  const VcpuOfCpu running = el2.hypervisor.RunningVcpu(el2.platform);
  Vcpu<El2Platform> vcpu(el2.platform, running.page);
  auto* place = el2.platform.Bytes(running.page + kPlatformContext);
  const bool is_new = !vcpu.has_platform_context();
  VcpuContext& context =
      is_new ? *new (place) VcpuContext : *std::launder(reinterpret_cast<VcpuContext*>(place));
  vcpu.set_has_platform_context();

  const HostSide kept = LeaveHost(el2.platform.CpuIndex());
  CADASTRE_WRITE_SYSREG(hcr_el2, kGuestHcr);
  EnterVcpu(context, running.index);
  Next next;
  do {
    const auto vector = static_cast<Vector>(el2_run_guest(&guest));
    next = HandleException(el2, vector, guest, host);
  } while (next == Next::kGuest);
  LeaveVcpu(context);
  ReturnToHost(el2.platform.CpuIndex(), kept);
}

}  // namespace cadastre::el2
