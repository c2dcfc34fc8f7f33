// SPDX-License-Identifier: Apache-2.0
#include "harness/run/core_call.h"

#include <algorithm>
#include <iterator>

namespace cadastre::run {
namespace {

GuestRegisters ForCore(const oracle::GuestRegisters& guest) {
  GuestRegisters out;
  static_assert(std::size(decltype(out.x){}) == std::tuple_size_v<decltype(guest.x)>);
  std::copy(guest.x.begin(), guest.x.end(), std::begin(out.x));
  out.pc = guest.pc;
  out.pstate = guest.pstate;
  return out;
}

oracle::GuestRegisters FromCore(const GuestRegisters& guest) {
  oracle::GuestRegisters out;
  std::copy(std::begin(guest.x), std::end(guest.x), out.x.begin());
  out.pc = guest.pc;
  out.pstate = guest.pstate;
  return out;
}

HostAccess ForCore(oracle::Access access) {
  switch (access) {
    case oracle::Access::kWrite:
      return HostAccess::kWrite;
    case oracle::Access::kExecute:
      return HostAccess::kExecute;
    case oracle::Access::kRead:
      break;
  }
  return HostAccess::kRead;
}

oracle::AbortOutcome FromCore(AbortAction action) {
  return action == AbortAction::kRetry ? oracle::AbortOutcome::kRetry
                                       : oracle::AbortOutcome::kInject;
}

Next HandleTrap(SimHypervisor& core, SimPlatform& p, const oracle::Operation& operation,
                GuestRegisters& guest, Registers& host, AbortAction& abort) {
  switch (operation.trap) {
    case oracle::Trap::kHostHvc:
      return core.HandleHvc(p, operation.immediate, host, guest);
    case oracle::Trap::kHostAbort:
      abort = core.HandleHostAbort(p, PhysAddr(operation.address), ForCore(operation.access));
      return Next::kHost;
    case oracle::Trap::kCpuOff:
      core.HandleCpuOff(p);
      return Next::kHost;
    case oracle::Trap::kGuestHvc:
      return core.HandleGuestHvc(p, operation.immediate, guest, host);
    case oracle::Trap::kGuestSmc:
      return core.HandleGuestSmc(p, guest, host);
    case oracle::Trap::kGuestWait:
      return core.HandleGuestWait(p, guest, host);
    case oracle::Trap::kGuestAbort:
      return core.HandleGuestAbort(p, Ipa(operation.address), AbortSyndrome{operation.syndrome},
                                   guest, host);
    case oracle::Trap::kInterrupt:
      return core.HandleInterrupt(p, guest, host);
  }
  return Next::kHost;
}

}  // namespace

oracle::Answer CallCore(SimHypervisor& core, SimPlatform& platform,
                        const oracle::Operation& operation, const oracle::Registers& host) {
  oracle::Answer answer;
  answer.registers = operation.trap == oracle::Trap::kHostHvc ? operation.registers : host;
  GuestRegisters guest = ForCore(operation.guest);
  AbortAction abort = AbortAction::kRetry;
  const Next next = HandleTrap(core, platform, operation, guest, answer.registers, abort);
  answer.next = next == Next::kGuest ? oracle::Next::kGuest : oracle::Next::kHost;
  answer.guest = FromCore(guest);
  answer.abort = FromCore(abort);
  return answer;
}

}  // namespace cadastre::run
