// SPDX-License-Identifier: Apache-2.0
// The host's calls about vCPUs: create, load, put, run; and the end of all of a VM's.
// service/ABI.md sections 3 and 8.
#ifndef CADASTRE_SERVICE_VCPU_CALLS_IMPL_H_
#define CADASTRE_SERVICE_VCPU_CALLS_IMPL_H_

#include "service/check.h"
#include "service/hypervisor.h"

namespace cadastre {

using abi::Row;

// The pages of a new vCPU, counted on from its own pages to the run page.
template <class P>
LowestRow Hypervisor<P>::TestVcpuPages(P& p, const HostLocked<P>& host, const Arguments& a) {
  LowestRow refusal;
  HostRows rows(p, host_, host);
  for (std::uint64_t i = 0; i < a.range.pfns.count(); ++i)
    TestSource(rows, host_.PageAt(p, a.range.pfns.first() + i), i, Source::kPrivate, &refusal);
  TestSource(rows, host_.PageAt(p, a.run.first()), a.range.pfns.count(), Source::kSharedHyp,
             &refusal);
  return refusal;
}

template <class P>
Outcome Hypervisor<P>::VcpuCreate(P& p, const Arguments& a) {
  return WithVm<HypMemoryLocked<P>>(p, a.vm, [&](Vm<P>& vm, const HypMemoryLocked<P>& locks) {
    if (vm.IsDying(p)) return Outcome::Refuse(Row::kVmNotLive);
    const LowestRow refusal = TestVcpuPages(p, locks.host, a);
    if (refusal.any()) return refusal.outcome();
    VcpuDirectory<P> vcpus = vm.Vcpus(p);
    if (vcpus.At(a.number) != PhysAddr()) return Outcome::Refuse(Row::kVcpuExists);

    TakeFromHost(p, locks, a.range.pfns, PageUse::kVmVcpu, vm.slot_plus_one());
    Pin(p, locks.host, a.run.first());
    const PhysAddr page = ToAddress(a.range.pfns.first());
    Vcpu<P> vcpu(p, page);
    vcpu.Save(ResetRegisters(a.entry, a.context));
    vcpu.set_run_page(a.run.first());
    // Where a secondary vCPU of a protected guest begins is the guest's to say.
    vcpu.set_power(a.number != 0 && vm.IsProtected(p) ? Power::kOff : Power::kOn);
    vcpu.set_cpu_plus_one(0);
    vcpu.set_read_back(ReadBack::kNothing, {});
    vm.slot().vcpu_pages.Store(
        p, static_cast<std::uint32_t>(vm.slot().vcpu_pages.Load(p) + kVcpuPages));
    vcpus.Set(a.number, page);
    return Outcome::Done();
  });
}

// All vCPUs become NONE; their pages stay with EL2. Precondition: none is loaded.
template <class P>
void Hypervisor<P>::EndVcpus(P& p, const HostLocked<P>& host, Vm<P>& vm) {
  VcpuDirectory<P> vcpus = vm.Vcpus(p);
  for (std::uint64_t index = 0; index < abi::kMaxVcpus; ++index) {
    const PhysAddr page = vcpus.At(index);
    if (page == PhysAddr()) continue;
    Unpin(p, host, Vcpu<P>(p, page).run_page());
    vcpus.Set(index, PhysAddr());
  }
}

// What the CPU holds of the VM may be of another vCPU: an address space or code of its own.
template <class P>
void Hypervisor<P>::ForgetOtherVcpus(P& p, Vm<P>& vm, unsigned index) {
  Shared<std::uint8_t>& last = vm.slot().last_vcpu[p.CpuIndex()];
  const std::uint8_t former = last.Load(p);
  const std::uint8_t wanted = static_cast<std::uint8_t>(index + 1);
  if (former == wanted) return;
  last.Store(p, wanted);
  if (former == 0) return;
  const std::uint64_t mine = p.ReadVttbr();
  p.WriteVttbr(vm.vttbr());
  p.Isb();
  p.TlbiVmalle1();
  p.InvalidateIcacheLocal();
  p.DsbNsh();
  p.WriteVttbr(mine);
  p.Isb();
}

template <class P>
Outcome Hypervisor<P>::VcpuLoad(P& p, const Arguments& a) {
  return WithVm<NoMoreLocks<P>>(p, a.vm, [&](Vm<P>& vm, const NoMoreLocks<P>&) {
    const PhysAddr page = vm.Vcpus(p).At(a.number);
    if (page == PhysAddr()) return Outcome::Refuse(Row::kNoSuchVcpu);
    const unsigned cpu = p.CpuIndex();
    if (loaded_[cpu].Load(p).any()) return Outcome::Refuse(Row::kCpuOccupied);
    Vcpu<P> vcpu(p, page);
    if (vcpu.cpu_plus_one() != 0) return Outcome::Refuse(Row::kVcpuElsewhere);

    const unsigned index = static_cast<unsigned>(a.number);
    ForgetOtherVcpus(p, vm, index);
    vcpu.set_cpu_plus_one(cpu + 1);
    vm.slot().loaded.Store(p, vm.slot().loaded.Load(p) + 1);
    loaded_[cpu].Store(p, LoadedVcpu::Make(vm.index(), index, vm.IsProtected(p)));
    return Outcome::Done();
  });
}

template <class P>
template <class More, class Body>
auto Hypervisor<P>::WithLoaded(P& p, LoadedVcpu loaded, Body body) {
  const VmLocked<P> locked(p, loaded.slot());
  const More more(p);
  Vm<P> vm(p, vms_[loaded.slot()], locked);
  Vcpu<P> vcpu(p, vm.Vcpus(p).At(loaded.index()));
  return body(vm, vcpu, more);
}

template <class P>
Outcome Hypervisor<P>::VcpuPut(P& p, const Arguments&) {
  const LoadedVcpu loaded = loaded_[p.CpuIndex()].Load(p);
  if (!loaded.any()) return Outcome::Refuse(Row::kNoneLoaded);
  return WithLoaded<NoMoreLocks<P>>(p, loaded,
                                    [&](Vm<P>& vm, Vcpu<P>& vcpu, const NoMoreLocks<P>&) {
                                      vcpu.set_cpu_plus_one(0);
                                      vm.slot().loaded.Store(p, vm.slot().loaded.Load(p) - 1);
                                      loaded_[p.CpuIndex()].Store(p, LoadedVcpu());
                                      return Outcome::Done();
                                    });
}

// What the last exit lets the host write, each word read once, in ascending order.
template <class P>
void Hypervisor<P>::ReadRunPage(P& p, Vcpu<P>& vcpu, GuestRegisters* guest) {
  const RunPage<P> page(p, ToAddress(vcpu.run_page()));
  switch (vcpu.read_back()) {
    case ReadBack::kNothing:
      break;
    case ReadBack::kCallResult:
      for (unsigned i = 0; i < kCallResults; ++i) guest->x[i] = page.Read(kRunRegisters + i);
      break;
    case ReadBack::kEverything:
      for (unsigned i = 0; i < kGeneralRegisters; ++i) guest->x[i] = page.Read(kRunRegisters + i);
      guest->pc = page.Read(kRunPc);
      guest->pstate = GuestPstate(page.Read(kRunPstate));
      break;
    case ReadBack::kAccess: {
      const AbortSyndrome access = vcpu.syndrome();
      if ((page.Read(kRunFlags) & kRunEmulated) == 0) break;
      guest->pc += kInstructionBytes;
      if (!access.IsWrite() && access.Register() < kGeneralRegisters)
        guest->x[access.Register()] = page.Read(kRunData);
      break;
    }
  }
}

// vcpu_run's first event. The call's answer comes with the exit.
template <class P>
Outcome Hypervisor<P>::EnterGuest(P& p, GuestRegisters* guest) {
  const LoadedVcpu loaded = loaded_[p.CpuIndex()].Load(p);
  if (!loaded.any()) return Outcome::Refuse(Row::kNoneLoaded);
  return WithLoaded<NoMoreLocks<P>>(
      p, loaded, [&](Vm<P>& vm, Vcpu<P>& vcpu, const NoMoreLocks<P>&) {
        if (vcpu.power() == Power::kOff) return Outcome::Refuse(Row::kVcpuOff);
        *guest = vcpu.Load();
        ReadRunPage(p, vcpu, guest);
        p.WriteVtcr(VtcrOf<Granule4K>(vm.geometry(), limits_.pa_bits).value());
        p.WriteVttbr(vm.vttbr());
        p.Isb();
        return Outcome::Done();
      });
}

template <class P>
VcpuOfCpu Hypervisor<P>::RunningVcpu(P& p) {
  const LoadedVcpu loaded = loaded_[p.CpuIndex()].Load(p);
  const VmLocked<P> locked(p, loaded.slot());
  const Vm<P> vm(p, vms_[loaded.slot()], locked);
  return {loaded.index(), vm.Vcpus(p).At(loaded.index())};
}

template <class P>
void Hypervisor<P>::HandleCpuOff(P& p) {
  // Neither is an error where there is nothing to put or clear.
  (void)VcpuPut(p, Arguments());
  if (list_page_[p.CpuIndex()].Load(p) == 0) return;
  const HostLocked<P> host(p);
  (void)ListPageClear(p, host);
}

}  // namespace cadastre

#endif  // CADASTRE_SERVICE_VCPU_CALLS_IMPL_H_
