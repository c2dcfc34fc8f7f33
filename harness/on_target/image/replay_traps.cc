// SPDX-License-Identifier: Apache-2.0
// What the payload's calls, accesses and requests come to.
#include <cstddef>

#include "harness/on_target/image/replay_el2.h"
#include "service/el2/exceptions.h"
#include "service/el2/layout_asm.h"
#include "service/el2/panic.h"
#include "service/el2/sysreg.h"

namespace cadastre::on_target {
namespace {

struct TrapFrame {
  Registers x;  // x0..x17
  std::uint64_t x18;
  std::uint64_t x30;
};
static_assert(sizeof(TrapFrame) == EL2_FRAME_BYTES);

void HandleAbort(ReplayEl2& replay, std::uint64_t esr) {
  const std::uint64_t far = CADASTRE_READ_SYSREG(far_el2);
  std::uint64_t address;
  if (!el2::FaultingAddress(esr, far, &address)) return;
  const AbortAction action =
      replay.hypervisor.HandleHostAbort(replay.platform, PhysAddr(address), el2::AccessOf(esr));
  if (action != AbortAction::kInject) return;
  ++replay.injected[replay.platform.CpuIndex()];
  el2::InjectAbort(esr, far);
}

void NoOff() {}

void HandleSmc(ReplayEl2& replay, TrapFrame& frame) {
  CADASTRE_WRITE_SYSREG(elr_el2, CADASTRE_READ_SYSREG(elr_el2) + 4);
  const auto* op = reinterpret_cast<const TargetOp*>(frame.x[1]);
  auto* answer = reinterpret_cast<TargetAnswer*>(frame.x[2]);
  switch (frame.x[0]) {
    case kReset:
      return ResetMachine();
    case kPark:
      return ParkCpu();
    case kBeginOp:
      return BeginOp(*op, answer);
    case kFillState:
      return FillState(answer);
    case kFinishOp:
      return FinishOp(*op, answer);
    case kCarryOut:
      return on_target::CarryOut(*op, answer);
    default:
      break;
  }
  el2::SmcRegisters smc{{frame.x[0], frame.x[1], frame.x[2], frame.x[3]}};
  Psci().Handle(replay.platform.CpuIndex(), &smc, &NoOff);
  for (unsigned i = 0; i < 4; ++i) frame.x[i] = smc.x[i];
}

}  // namespace
}  // namespace cadastre::on_target

// From vectors.S: a synchronous exception of the payload.
extern "C" std::uint64_t el2_handle_synchronous(void* saved) {
  using namespace cadastre;
  using namespace cadastre::on_target;
  auto* frame = static_cast<TrapFrame*>(saved);
  ReplayEl2& replay = TheReplay();
  const std::uint64_t esr = CADASTRE_READ_SYSREG(esr_el2);
  switch (el2::EcOf(esr)) {
    case el2::kEcHvc:
      CallCore(static_cast<std::uint16_t>(esr), frame->x);
      break;
    case el2::kEcSmc:
      HandleSmc(replay, *frame);
      break;
    case el2::kEcFetchAbort:
    case el2::kEcDataAbort:
      HandleAbort(replay, esr);
      break;
    default:
      el2::Panic("the payload trapped in a way that was not asked for");
  }
  return 0;
}

// From vectors.S, if the above asks for it.
extern "C" void el2_handle_device_access(void*, void*) {
  cadastre::el2::Panic("the payload has no devices");
}
