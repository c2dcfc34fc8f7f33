// SPDX-License-Identifier: Apache-2.0
// What a running guest traps to EL2 with: HVC, SMC, waits, aborts, interrupts; and the way back to
// the host. service/ABI.md sections 8 to 10.
#ifndef CADASTRE_SERVICE_GUEST_TRAPS_IMPL_H_
#define CADASTRE_SERVICE_GUEST_TRAPS_IMPL_H_

#include "service/abi/guest_calls.h"
#include "service/check.h"
#include "service/hypervisor.h"

namespace cadastre {

// vcpu_run's second event: every word of the run page is stored, so that nothing of an earlier exit
// stays in it; the host gets its translation and its answer.
template <class P>
Next Hypervisor<P>::Leave(P& p, const Vm<P>&, Vcpu<P>& vcpu, const GuestExit& exit,
                          const GuestRegisters& guest, Registers& host) {
  const bool is_protected = loaded_[p.CpuIndex()].Load(p).is_protected();
  vcpu.Save(guest);
  vcpu.set_read_back(is_protected ? exit.read_back : ReadBack::kEverything, exit.syndrome);

  std::uint64_t words[kRunWords] = {};
  words[kRunExit] = static_cast<std::uint64_t>(exit.kind);
  words[kRunSyndrome] = exit.syndrome.WithoutLevel().bits;
  words[kRunIpa] = exit.ipa;
  words[kRunData] = exit.data;
  if (is_protected) {
    for (unsigned i = 0; i < kCallResults; ++i) words[kRunRegisters + i] = exit.registers[i];
  } else {
    for (unsigned i = 0; i < kGeneralRegisters; ++i) words[kRunRegisters + i] = guest.x[i];
    words[kRunPc] = guest.pc;
    words[kRunPstate] = guest.pstate;
  }
  RunPage<P>(p, ToAddress(vcpu.run_page())).Write(words);
  p.WriteVtcr(host_.vtcr());
  p.WriteVttbr(host_.vttbr());
  p.Isb();
  host[0] = 0;
  host[1] = 0;
  host[2] = static_cast<std::uint64_t>(exit.kind);
  host[3] = exit.value;
  return Next::kHost;
}

template <class P>
Next Hypervisor<P>::Exit(P& p, const GuestExit& exit, const GuestRegisters& guest,
                         Registers& host) {
  return WithLoaded<NoMoreLocks<P>>(p, loaded_[p.CpuIndex()].Load(p),
                                    [&](Vm<P>& vm, Vcpu<P>& vcpu, const NoMoreLocks<P>&) {
                                      return Leave(p, vm, vcpu, exit, guest, host);
                                    });
}

template <class P>
Next Hypervisor<P>::HandleInterrupt(P& p, GuestRegisters& guest, Registers& host) {
  return Exit(p, GuestExit::Plain(ExitKind::kIrq, 0), guest, host);
}

template <class P>
Next Hypervisor<P>::HandleGuestWait(P& p, GuestRegisters& guest, Registers& host) {
  guest.pc += kInstructionBytes;
  return Exit(p, GuestExit::Plain(ExitKind::kWait, 0), guest, host);
}

template <class P>
Next Hypervisor<P>::HandleGuestSmc(P& p, GuestRegisters& guest, Registers& host) {
  guest.pc += kInstructionBytes;
  if (!loaded_[p.CpuIndex()].Load(p).is_protected())
    return Exit(p, GuestExit::Call(guest), guest, host);
  guest.x[0] = abi::kUnknownCall;
  return Next::kGuest;
}

// Does a leaf allow the access, as the hardware would judge it?
inline bool Allows(const Leaf& leaf, AbortSyndrome access) {
  const Prot prot = Stage2Format::DecodeProt(leaf.descriptor);
  if (!Stage2Format::Young(leaf.descriptor)) return false;
  if (access.IsFetch()) return prot.Has(Prot::kExecute);
  return prot.Has(access.IsWrite() ? Prot::kWrite : Prot::kRead);
}

template <class P>
Next Hypervisor<P>::HandleGuestAbort(P& p, Ipa ipa, AbortSyndrome access, GuestRegisters& guest,
                                     Registers& host) {
  const auto judge = [&](Vm<P>& vm, Vcpu<P>& vcpu, const NoMoreLocks<P>&) {
    if (ipa.value >> vm.geometry().input_bits == 0) {
      const Leaf leaf = vm.table().GetLeaf(p, ipa);
      const EntryKind kind = KindOf(leaf.descriptor, leaf.level);
      if (kind == EntryKind::kLeaf && Allows(leaf, access)) return Next::kGuest;
      if (kind == EntryKind::kAnnotation) {
        const GuestExit poison = GuestExit::Plain(ExitKind::kPoison, ToGfn(ipa).value);
        return Leave(p, vm, vcpu, poison, guest, host);
      }
    }
    return Leave(p, vm, vcpu, GuestExit::Abort(ipa.value, access, guest), guest, host);
  };
  return WithLoaded<NoMoreLocks<P>>(p, loaded_[p.CpuIndex()].Load(p), judge);
}

template <class P>
Next Hypervisor<P>::HandleGuestHvc(P& p, std::uint16_t immediate, GuestRegisters& guest,
                                   Registers& host) {
  if (!loaded_[p.CpuIndex()].Load(p).is_protected())
    return Exit(p, GuestExit::Call(guest), guest, host);
  const std::uint64_t id = guest.x[0] & ~abi::kSveHint;
  if (immediate != 0 || id >> 32 != 0) {
    guest.x[0] = abi::kUnknownCall;
    return Next::kGuest;
  }
  if (abi::IsPsciId(id)) return HandlePsci(p, static_cast<abi::PsciId>(id), guest, host);
  if (id == abi::kSmcccVersionId) {
    guest.x[0] = abi::kSmcccVersion;
    return Next::kGuest;
  }
  if (abi::IsVendorHypervisorId(id)) return HandleVendorCall(p, id, guest, host);
  return Exit(p, GuestExit::Call(guest), guest, host);
}

}  // namespace cadastre

#endif  // CADASTRE_SERVICE_GUEST_TRAPS_IMPL_H_
