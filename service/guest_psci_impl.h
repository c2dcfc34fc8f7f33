// SPDX-License-Identifier: Apache-2.0
// PSCI for protected guests (Arm DEN0022), answered at EL2: where a vCPU begins is the guest's
// secret and its integrity. service/ABI.md section 9.
#ifndef CADASTRE_SERVICE_GUEST_PSCI_IMPL_H_
#define CADASTRE_SERVICE_GUEST_PSCI_IMPL_H_

#include "service/abi/guest_calls.h"
#include "service/hypervisor.h"

namespace cadastre {

using abi::PsciId;

// The 32-bit forms take the low halves of their registers.
constexpr std::uint64_t PsciArgument(PsciId id, std::uint64_t x) {
  const bool wide = (static_cast<std::uint32_t>(id) & 0x4000'0000) != 0;
  return wide ? x : x & 0xffff'ffff;
}

// The page of the vCPU that a PSCI target names, 0 if there is none.
template <class P>
PhysAddr TargetOf(const VcpuDirectory<P>& vcpus, std::uint64_t target) {
  return target < abi::kMaxVcpus ? vcpus.At(target) : PhysAddr();
}

template <class P>
Next Hypervisor<P>::PsciCpuOn(P& p, PsciId id, GuestRegisters& guest, Registers& host) {
  const std::uint64_t target = PsciArgument(id, guest.x[1]);
  const std::uint64_t entry = PsciArgument(id, guest.x[2]);
  const std::uint64_t context = PsciArgument(id, guest.x[3]);
  const auto answer = [&](std::uint64_t value) {
    guest.x[0] = value;
    return Next::kGuest;
  };
  const auto turn_on = [&](Vm<P>& vm, Vcpu<P>& caller, const NoMoreLocks<P>&) {
    const PhysAddr page = TargetOf(vm.Vcpus(p), target);
    if (page == PhysAddr()) return answer(abi::kPsciInvalidParameters);
    if (entry % kInstructionBytes != 0) return answer(abi::kPsciInvalidAddress);
    Vcpu<P> vcpu(p, page);
    if (vcpu.power() == Power::kOn) return answer(abi::kPsciAlreadyOn);
    vcpu.Save(ResetRegisters(entry, context));
    vcpu.set_read_back(ReadBack::kNothing, {});
    vcpu.set_power(Power::kOn);
    const std::uint64_t shown_id = guest.x[0];
    guest.x[0] = 0;
    return Leave(p, vm, caller, GuestExit::Psci(shown_id, target), guest, host);
  };
  return WithLoaded<NoMoreLocks<P>>(p, loaded_[p.CpuIndex()].Load(p), turn_on);
}

// The calling vCPU stops for good: turned on again, it begins anew.
template <class P>
Next Hypervisor<P>::PsciOff(P& p, const GuestExit& exit, const GuestRegisters& guest,
                            Registers& host) {
  return WithLoaded<NoMoreLocks<P>>(p, loaded_[p.CpuIndex()].Load(p),
                                    [&](Vm<P>& vm, Vcpu<P>& vcpu, const NoMoreLocks<P>&) {
                                      vcpu.set_power(Power::kOff);
                                      return Leave(p, vm, vcpu, exit, guest, host);
                                    });
}

template <class P>
std::uint64_t Hypervisor<P>::PsciAffinityInfo(P& p, PsciId id, const GuestRegisters& guest) {
  const std::uint64_t target = PsciArgument(id, guest.x[1]);
  const std::uint64_t lowest_level = PsciArgument(id, guest.x[2]);
  return WithLoaded<NoMoreLocks<P>>(p, loaded_[p.CpuIndex()].Load(p),
                                    [&](Vm<P>& vm, Vcpu<P>&, const NoMoreLocks<P>&) {
                                      const PhysAddr page = TargetOf(vm.Vcpus(p), target);
                                      if (lowest_level != 0 || page == PhysAddr())
                                        return abi::kPsciInvalidParameters;
                                      constexpr std::uint64_t kOn = 0;
                                      constexpr std::uint64_t kOff = 1;
                                      return Vcpu<P>(p, page).power() == Power::kOn ? kOn : kOff;
                                    });
}

template <class P>
Next Hypervisor<P>::HandlePsci(P& p, PsciId id, GuestRegisters& guest, Registers& host) {
  switch (id) {
    case PsciId::kVersion:
      guest.x[0] = abi::kPsciVersion;
      return Next::kGuest;
    case PsciId::kFeatures: {
      const std::uint64_t asked = PsciArgument(id, guest.x[1]);
      const bool known = abi::IsPsciId(asked) || asked == abi::kSmcccVersionId;
      guest.x[0] = known ? 0 : abi::kPsciNotSupported;
      return Next::kGuest;
    }
    case PsciId::kAffinityInfo:
    case PsciId::kAffinityInfo64:
      guest.x[0] = PsciAffinityInfo(p, id, guest);
      return Next::kGuest;
    case PsciId::kCpuOn:
    case PsciId::kCpuOn64:
      return PsciCpuOn(p, id, guest, host);
    case PsciId::kCpuOff:
      return PsciOff(p, GuestExit::Psci(guest.x[0], 0), guest, host);
    case PsciId::kSystemOff:
    case PsciId::kSystemReset:
      break;
  }
  const std::uint64_t reset = id == PsciId::kSystemReset ? 1 : 0;
  return PsciOff(p, GuestExit::Plain(ExitKind::kShutdown, reset), guest, host);
}

}  // namespace cadastre

#endif  // CADASTRE_SERVICE_GUEST_PSCI_IMPL_H_
