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

// As KEEP_CALLERS lays it out.
struct CallersFrame {
  std::uint64_t x29;
  std::uint64_t x30;  // of the vector, not of the host
  std::uint64_t x19_to_x28[10];
};
static_assert(sizeof(CallersFrame) == EL2_CALLERS_FRAME_BYTES);

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

// What the vectors do when C++ returns.
enum class Then : std::uint64_t { kReturn = 0, kDeviceAccess = 1 };

Then HandleAbort(El2& el2, std::uint64_t esr) {
  const std::uint64_t far = CADASTRE_READ_SYSREG(far_el2);
  if (!IsTranslationAbort(esr)) {
    InjectAbort(esr, far);
    return Then::kReturn;
  }
  std::uint64_t address;
  if (!FaultingAddress(esr, far, &address)) return Then::kReturn;
  if (IsDecodedAccess(esr) && el2.redistributors.Contains(address)) return Then::kDeviceAccess;
  const AbortAction action =
      el2.hypervisor.HandleHostAbort(el2.platform, PhysAddr(address), AccessOf(esr));
  if (action == AbortAction::kInject) InjectAbort(esr, far);
  return Then::kReturn;
}

// The host's register of that number; nullptr for XZR.
std::uint64_t* RegisterOf(unsigned number, TrapFrame& frame, CallersFrame& callers) {
  if (number < frame.x.size()) return &frame.x[number];
  switch (number) {
    case 18:
      return &frame.x18;
    case 29:
      return &callers.x29;
    case 30:
      return &frame.x30;
    case 31:
      return nullptr;
    default:
      return &callers.x19_to_x28[number - 19];
  }
}

}  // namespace
}  // namespace cadastre::el2

// From vectors.S: a synchronous exception of the host.
extern "C" std::uint64_t el2_handle_synchronous(void* saved) {
  using namespace cadastre::el2;
  auto* frame = static_cast<TrapFrame*>(saved);
  El2& el2 = TheEl2();
  const std::uint64_t esr = CADASTRE_READ_SYSREG(esr_el2);
  switch (EcOf(esr)) {
    case kEcHvc:
      HandleHvc(el2, esr, *frame);
      break;
    case kEcSmc:
      HandleSmc(el2, esr, *frame);
      break;
    case kEcFetchAbort:
    case kEcDataAbort:
      return static_cast<std::uint64_t>(HandleAbort(el2, esr));
    default:
      InjectUndefined();  // nothing that the host has needs EL2 for it
      break;
  }
  return static_cast<std::uint64_t>(Then::kReturn);
}

// From vectors.S, after Then::kDeviceAccess: a load or a store that ESR_EL2 describes.
extern "C" void el2_handle_device_access(void* saved, void* saved_callers) {
  using namespace cadastre::el2;
  const Redistributors& redistributors = TheEl2().redistributors;
  const std::uint64_t esr = CADASTRE_READ_SYSREG(esr_el2);
  const std::uint64_t far = CADASTRE_READ_SYSREG(far_el2);
  const DecodedAccess access = DecodeAccess(esr);
  std::uint64_t address;
  if (!FaultingAddress(esr, far, &address)) return;
  if (address % access.bytes != 0) return InjectAbort(esr, far);
  std::uint64_t* x = RegisterOf(access.number, *static_cast<TrapFrame*>(saved),
                                *static_cast<CallersFrame*>(saved_callers));
  if (access.is_store) {
    redistributors.Store(address, access.bytes, x == nullptr ? 0 : *x);
  } else {
    const std::uint64_t value = redistributors.Load(address, access.bytes);
    if (x != nullptr) *x = access.Extend(value);
  }
  CADASTRE_WRITE_SYSREG(elr_el2, CADASTRE_READ_SYSREG(elr_el2) + 4);
}
