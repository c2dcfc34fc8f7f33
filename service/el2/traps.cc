// SPDX-License-Identifier: Apache-2.0
// What the host's calls and aborts come to. The vectors save x0..x18 and x30.
#include <cstddef>

#include "service/el2/el2.h"
#include "service/el2/exceptions.h"
#include "service/el2/guest.h"
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

// What a vCPU's registers are kept in while its VM's guest runs here.
GuestRegisters guests[kMaxCpus];

void HandleHvc(El2& el2, std::uint64_t esr, TrapFrame& frame) {
  GuestRegisters& guest = guests[el2.platform.CpuIndex()];
  const Next next =
      el2.hypervisor.HandleHvc(el2.platform, static_cast<std::uint16_t>(esr), frame.x, guest);
  if (next == Next::kGuest) RunGuest(el2, guest, frame.x);
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

void HandleAbort(El2& el2, std::uint64_t esr) {
  const std::uint64_t far = CADASTRE_READ_SYSREG(far_el2);
  std::uint64_t address;
  if (!FaultingAddress(esr, far, &address)) return;
  const AbortAction action =
      el2.hypervisor.HandleHostAbort(el2.platform, PhysAddr(address), AccessOf(esr));
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
