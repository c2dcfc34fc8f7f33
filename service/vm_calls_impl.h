// SPDX-License-Identifier: Apache-2.0
// The life of a VM: create, give it table memory, tear down. service/ABI.md section 8.
#ifndef CADASTRE_SERVICE_VM_CALLS_IMPL_H_
#define CADASTRE_SERVICE_VM_CALLS_IMPL_H_

#include "service/check.h"
#include "service/hypervisor.h"

namespace cadastre {

using abi::Row;

template <class P>
std::optional<unsigned> Hypervisor<P>::LowestFreeSlot(P& p, const VmTableLocked<P>&) {
  for (unsigned slot = 0; slot < kVmSlots; ++slot) {
    // A slot whose generations are spent is not used again: an old handle must never become good.
    const bool spent = vms_[slot].generation.Load(p) == kMaxGeneration;
    if (vms_[slot].phase.Load(p) == VmPhase::kFree && !spent) return slot;
  }
  return std::nullopt;
}

template <class P>
LowestRow Hypervisor<P>::TestCreate(P& p, const HostLocked<P>& host, const Arguments& a) {
  LowestRow refusal;
  HostRows rows(p, host_, host);
  std::uint64_t index = 0;  // runs on over metadata and root pages
  for (const PfnRange& pages : {a.range.pfns, a.roots}) {
    for (Pfn pfn = pages.first(); pfn < pages.end(); pfn = pfn + 1, ++index) {
      TestSource(rows, host_.PageAt(p, pfn), index, Source::kPrivate, &refusal);
    }
  }
  return refusal;
}

template <class P>
Outcome Hypervisor<P>::CreateIn(P& p, const HypMemoryLocked<P>& locks, const VmLocked<P>& locked,
                                const Arguments& a) {
  VmSlot<P>& slot = vms_[locked.slot()];
  const std::uint8_t slot_plus_one = static_cast<std::uint8_t>(locked.slot() + 1);
  TakeFromHost(p, locks, a.range.pfns, PageUse::kVmMeta, slot_plus_one);
  TakeFromHost(p, locks, a.roots, PageUse::kVmMeta, slot_plus_one);
  for (Pfn pfn = a.roots.first(); pfn < a.roots.end(); pfn = pfn + 1) {
    p.FillTable(ToAddress(pfn), 0, 0, Granule4K::kEntries);
  }
  p.FillTable(ToAddress(a.range.pfns.first()), 0, 0, Granule4K::kEntries);  // no vCPU yet
  const std::uint32_t generation = slot.generation.Load(p) + 1;
  slot.kind.Store(p, a.kind);
  slot.ipa_bits.Store(p, static_cast<std::uint8_t>(a.number));
  slot.root.Store(p, ToAddress(a.roots.first()).value);
  slot.meta.Store(p, ToAddress(a.range.pfns.first()).value);
  slot.donated.Store(p, 0);
  slot.vcpu_pages.Store(p, 0);
  slot.generation.Store(p, generation);
  p.DsbIshst();  // the cleared roots before anything that names them
  slot.phase.Store(p, VmPhase::kLive);
  return Outcome::Done(VmHandle::Make(locked.slot(), generation).value);
}

template <class P>
Outcome Hypervisor<P>::VmCreate(P& p, const Arguments& a) {
  const VmTableLocked<P> vm_table(p);
  const std::optional<unsigned> free_slot = LowestFreeSlot(p, vm_table);
  if (!free_slot.has_value()) {
    const HypMemoryLocked<P> locks(p);
    const LowestRow refusal = TestCreate(p, locks.host, a);
    return refusal.any() ? refusal.outcome() : Outcome::Refuse(Row::kNoSlot);
  }
  const VmLocked<P> locked(p, *free_slot);
  const HypMemoryLocked<P> locks(p);
  const LowestRow refusal = TestCreate(p, locks.host, a);
  return refusal.any() ? refusal.outcome() : CreateIn(p, locks, locked, a);
}

template <class P>
Outcome Hypervisor<P>::VmDonateTables(P& p, const Arguments& a) {
  return WithVm<HypMemoryLocked<P>>(p, a.vm, [&](Vm<P>& vm, const HypMemoryLocked<P>& locks) {
    if (vm.IsDying(p)) return Outcome::Refuse(Row::kVmNotLive);
    const LowestRow refusal = TestSources(p, locks.host, a, Source::kPrivate);
    if (refusal.any()) return refusal.outcome();

    std::uint64_t donated = vm.slot().donated.Load(p);
    for (const PageEntry& entry : a.entries()) {
      TakeFromHost(p, locks, entry.pfns, PageUse::kTable, vm.slot_plus_one());
      for (Pfn pfn = entry.pfns.first(); pfn < entry.pfns.end(); pfn = pfn + 1)
        vm.slot().tables.Give(p, ToAddress(pfn));
      donated += entry.pfns.count();
    }
    vm.slot().donated.Store(p, donated);
    return Outcome::Done();
  });
}

template <class P>
Outcome Hypervisor<P>::VmStartTeardown(P& p, const Arguments& a) {
  return WithVm<HostLocked<P>>(p, a.vm, [&](Vm<P>& vm, const HostLocked<P>& host) {
    if (vm.IsDying(p)) return Outcome::Refuse(Row::kVmNotLive);
    if (vm.slot().loaded.Load(p) != 0) return Outcome::Refuse(Row::kVcpusLoaded);
    EndVcpus(p, host, vm);
    vm.slot().phase.Store(p, VmPhase::kDying);
    return Outcome::Done();
  });
}

template <class P>
LowestRow Hypervisor<P>::TestReclaimTables(P& p, const HostLocked<P>& host, Vm<P>& vm,
                                           const PfnRange& pages) {
  LowestRow refusal;
  if (refusal.Test(Row::kVmNotDying, !vm.IsDying(p), 0)) return refusal;
  if (refusal.Test(Row::kVmNotEmpty, !vm.IsEmpty(p), vm.Used(p))) return refusal;
  HostRows rows(p, host_, host);
  for (std::uint64_t i = 0; i < pages.count(); ++i) {
    const HostPage page = host_.PageAt(p, pages.first() + i);
    if (refusal.Test(Row::kNotRam, !page.is_ram(), i)) continue;
    const bool hyp = rows.At(page) == PageRow::kHyp;
    const PageUse use = page.record->use();
    const bool reclaimable = hyp && (use == PageUse::kTable || use == PageUse::kVmVcpu) &&
                             rows.AnnotationAt(page.pfn).slot_plus_one == vm.slot_plus_one();
    refusal.Test(Row::kNotVmPage, !reclaimable, i);
  }
  return refusal;
}

template <class P>
Outcome Hypervisor<P>::ReclaimTables(P& p, const Arguments& a) {
  const PageSpan pages{a.range.pfns.first(), a.range.pfns.count()};
  const Outcome outcome =
      WithVm<HypMemoryLocked<P>>(p, a.vm, [&](Vm<P>& vm, const HypMemoryLocked<P>& locks) {
        const LowestRow refusal = TestReclaimTables(p, locks.host, vm, a.range.pfns);
        if (refusal.any()) return refusal.outcome();
        // No gfn is live and none will be: no table is needed any more, so the stock need not know
        // which pages are left.
        if (vm.slot().tables.Held(p) != 0) vm.slot().tables.Clear(p);
        std::uint32_t vcpus = 0;
        for (Pfn pfn = pages.first; pfn < pages.first + pages.count; pfn = pfn + 1)
          vcpus += host_.Record(p, pfn).use() == PageUse::kVmVcpu ? 1 : 0;
        const std::uint64_t tables = pages.count - vcpus;
        if (vcpus != 0) vm.slot().vcpu_pages.Store(p, vm.slot().vcpu_pages.Load(p) - vcpus);
        if (tables != 0) vm.slot().donated.Store(p, vm.slot().donated.Load(p) - tables);
        ToTransit(p, locks, a.range.pfns);
        return Outcome::Done();
      });
  if (outcome.row == Row::kNone) ScrubAndReturn(p, {&pages, 1});
  return outcome;
}

template <class P>
Outcome Hypervisor<P>::VmFinishTeardown(P& p, const Arguments& a) {
  PageSpan pages[2];  // metadata and roots
  const auto release = [&](Vm<P>& vm, const HypMemoryLocked<P>& locks) {
    VmSlot<P>& slot = vm.slot();
    if (!vm.IsDying(p)) return Outcome::Refuse(Row::kVmNotDying);
    if (!vm.IsEmpty(p)) return Outcome::Refuse(Row::kVmNotEmpty, vm.Used(p));
    const std::uint64_t left = slot.donated.Load(p) + slot.vcpu_pages.Load(p);
    if (left != 0) return Outcome::Refuse(Row::kVmPagesLeft, left);

    pages[0] = {ToPfn(PhysAddr(slot.meta.Load(p))), kVmMetaPages};
    pages[1] = {ToPfn(vm.table().root()), vm.geometry().root_pages};
    FlushVmid(p, vm.vttbr());
    for (const PageSpan& span : pages) ToTransit(p, locks, RangeOf(span));
    slot.phase.Store(p, VmPhase::kFree);
    return Outcome::Done();
  };
  Outcome outcome;
  {
    const VmTableLocked<P> vm_table(p);
    outcome = WithVm<HypMemoryLocked<P>>(p, a.vm, release);
  }
  if (outcome.row == Row::kNone) ScrubAndReturn(p, pages);
  return outcome;
}

// The VMID may serve another VM after this.
template <class P>
void Hypervisor<P>::FlushVmid(P& p, std::uint64_t vttbr) {
  const std::uint64_t mine = p.ReadVttbr();
  p.DsbIshst();
  p.WriteVttbr(vttbr);
  p.Isb();
  p.TlbiVmalls12e1is();
  p.DsbIsh();
  p.Isb();
  p.WriteVttbr(mine);
  p.Isb();
}

}  // namespace cadastre

#endif  // CADASTRE_SERVICE_VM_CALLS_IMPL_H_
