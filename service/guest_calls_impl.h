// SPDX-License-Identifier: Apache-2.0
// Calls about a guest's memory: share, unshare, permissions, age, TLB. service/ABI.md section 7.
#ifndef CADASTRE_SERVICE_GUEST_CALLS_IMPL_H_
#define CADASTRE_SERVICE_GUEST_CALLS_IMPL_H_

#include "service/check.h"
#include "service/hypervisor.h"

namespace cadastre {

using abi::Row;

// The manual's row 205 as an index: the first page of the range that is not below the VM's space;
// count if none.
inline std::uint64_t FirstBeyond(const GfnRange& gfns, unsigned ipa_bits) {
  const std::uint64_t space = std::uint64_t{1} << (ipa_bits - kPageShift);
  if (gfns.first().value >= space) return 0;
  const std::uint64_t room = space - gfns.first().value;
  return room < gfns.count() ? room : gfns.count();
}

// The gfns as a range of the VM's table. Precondition: none is beyond the VM.
template <class P>
typename GuestTable<P>::Range IpaRange(const Vm<P>& vm, const GfnRange& gfns) {
  return GuestTable<P>::Range::Make(ToIpa(gfns.first()), gfns.count(), kPageShift,
                                    vm.geometry().input_bits)
      .value();
}

template <class P>
bool Hypervisor<P>::IsGood(P& p, const VmLocked<P>& locked, VmHandle handle) {
  VmSlot<P>& slot = vms_[locked.slot()];
  return slot.phase.Load(p) != VmPhase::kFree && slot.generation.Load(p) == handle.generation();
}

template <class P>
template <class More, class Body>
Outcome Hypervisor<P>::WithVm(P& p, VmHandle handle, Body body) {
  if (handle.slot() >= kVmSlots) return Outcome::Refuse(Row::kNoSuchVm);
  const VmLocked<P> locked(p, handle.slot());
  const More more(p);
  if (!IsGood(p, locked, handle)) return Outcome::Refuse(Row::kNoSuchVm);
  Vm<P> vm(p, vms_[handle.slot()], locked);
  return body(vm, more);
}

template <class P>
LowestRow Hypervisor<P>::TestGfns(P& p, Vm<P>& vm, const GfnRange& gfns, Presence presence,
                                  Phase phase) {
  LowestRow refusal;
  const std::uint64_t beyond = FirstBeyond(gfns, vm.geometry().input_bits);
  if (refusal.Test(Row::kGfnBeyondVm, beyond < gfns.count(), beyond)) return refusal;
  if (presence == Presence::kRequired) {
    LeafCursor<GuestTable<P>, P> leaves(p, vm.table());
    for (std::uint64_t i = 0; i < gfns.count(); ++i) {
      const Leaf leaf = leaves.At(ToIpa(gfns.first() + i));
      if (refusal.Test(Row::kGfnAbsent, leaf.descriptor.bits == 0, i)) return refusal;
    }
  }
  const bool dying = vm.slot().phase.Load(p) == VmPhase::kDying;
  if (refusal.Test(Row::kVmNotLive, phase == Phase::kLiveOnly && dying, 0)) return refusal;
  refusal.Test(Row::kVmProtected, vm.slot().kind.Load(p) == VmKind::kProtected, 0);
  return refusal;
}

template <class P>
LowestRow Hypervisor<P>::TestShare(P& p, const HostLocked<P>& host, Vm<P>& vm, const Arguments& a) {
  LowestRow refusal;
  const std::uint64_t beyond = FirstBeyond(a.gfns, vm.geometry().input_bits);
  if (refusal.Test(Row::kGfnBeyondVm, beyond < a.gfns.count(), beyond)) return refusal;
  if (refusal.Test(Row::kVmNotLive, vm.slot().phase.Load(p) == VmPhase::kDying, 0)) return refusal;
  refusal.Test(Row::kVmProtected, vm.slot().kind.Load(p) == VmKind::kProtected, 0);

  typename HostMemory<P>::Rows rows(p, host_, host);
  LeafCursor<GuestTable<P>, P> leaves(p, vm.table());
  for (std::uint64_t i = 0; i < a.pfns.count(); ++i) {
    const Pfn pfn = a.pfns.first() + i;
    TestSource(p, rows, pfn, i, Source::kShareable, &refusal);
    const Leaf leaf = leaves.At(ToIpa(a.gfns.first() + i));
    refusal.Test(Row::kGfnInUse, KindOf(leaf.descriptor, leaf.level) == EntryKind::kLeaf, i);
    const bool full = map_.IsRam(pfn) && host_.Record(p, pfn).borrowers() == limits_.max_borrowers;
    refusal.Test(Row::kTooManyBorrowers, full, i);
  }
  if (refusal.any()) return refusal;
  const std::uint64_t need = vm.table().TablesNeeded(p, IpaRange(vm, a.gfns));
  const std::uint64_t free = vm.slot().tables.Available(p);
  refusal.Test(Row::kTablesMissing, need > free, need - free);
  return refusal;
}

// Precondition: the pages' cleaning is complete. What is fetched before that is what memory held
// before, and would be kept.
template <class P>
void InvalidateIcache(P& p, const PfnRange& pages) {
  for (Pfn pfn = pages.first(); pfn < pages.end(); pfn = pfn + 1)
    p.InvalidateIcachePage(ToAddress(pfn));
  p.DsbIsh();
}

template <class P>
Outcome Hypervisor<P>::ShareGuest(P& p, const Arguments& a) {
  return WithVm<HostAndPoolLocked<P>>(p, a.vm, [&](Vm<P>& vm, const HostAndPoolLocked<P>& locks) {
    const LowestRow refusal = TestShare(p, locks.host, vm, a);
    if (refusal.any()) return refusal.outcome();

    host_.ToPages(p, locks.host, locks.pool, a.pfns);
    host_.SetState(p, locks.host, a.pfns, PageState::kSharedOwned);
    for (Pfn pfn = a.pfns.first(); pfn < a.pfns.end(); pfn = pfn + 1) {
      PageRecord<P> record = host_.Record(p, pfn);
      record.set_borrowers(static_cast<std::uint16_t>(record.borrowers() + 1));
      // The guest may use other attributes than the host: what the host wrote must be in memory,
      // and fetched anew.
      p.CleanInvalidatePage(ToAddress(pfn));
    }
    p.DsbIsh();
    if (a.prot.Has(Prot::kExecute)) InvalidateIcache(p, a.pfns);
    Commit(p,
           vm.table().Map(p, vm.slot().tables, IpaRange(vm, a.gfns), ToAddress(a.pfns.first()),
                          a.prot | ToProt(PageState::kSharedBorrowed), Blocks::kAllowed,
                          Over::kAbsentOnly),
           "map of shared pages in a guest");
    return Outcome::Done();
  });
}

// The page that a guest's leaf gives for an address inside it. Precondition: a valid leaf.
inline Pfn PageOf(const Leaf& leaf, Ipa ipa) {
  const std::uint64_t offset = ipa.value & (Granule4K::Size(leaf.level) - 1);
  return ToPfn(Stage2Format::OutputAddress(leaf.descriptor, leaf.level) + offset);
}

// Each page of the gfns loses a borrower; at none it is the host's alone again. Neighbours go back
// in one step.
template <class P>
void Hypervisor<P>::DropBorrowers(P& p, const HostLocked<P>& host, Vm<P>& vm,
                                  const GfnRange& gfns) {
  Pfn run{};
  std::uint64_t length = 0;
  const auto give_back = [&] {
    if (length == 0) return;
    host_.SetState(p, host, PfnRange::Make(run, length, limits_.pfn_bits()).value(),
                   PageState::kOwned);
    length = 0;
  };
  LeafCursor<GuestTable<P>, P> leaves(p, vm.table());
  for (Gfn gfn = gfns.first(); gfn < gfns.end(); gfn = gfn + 1) {
    const Pfn pfn = PageOf(leaves.At(ToIpa(gfn)), ToIpa(gfn));
    PageRecord<P> record = host_.Record(p, pfn);
    const std::uint16_t left = static_cast<std::uint16_t>(record.borrowers() - 1);
    record.set_borrowers(left);
    if (left != 0) continue;
    if (length == 0 || pfn != run + length) {
      give_back();
      run = pfn;
    }
    ++length;
  }
  give_back();
}

template <class P>
Outcome Hypervisor<P>::UnshareGuest(P& p, const Arguments& a) {
  return WithVm<HostAndPoolLocked<P>>(p, a.vm, [&](Vm<P>& vm, const HostAndPoolLocked<P>& locks) {
    const LowestRow refusal = TestGfns(p, vm, a.gfns, Presence::kRequired, Phase::kLiveOrDying);
    if (refusal.any()) return refusal.outcome();

    DropBorrowers(p, locks.host, vm, a.gfns);
    typename GuestTable<P>::Batch batch(p, vm.slot().tables, vm.vttbr());
    Commit(p, vm.table().Unmap(p, vm.slot().tables, IpaRange(vm, a.gfns), batch),
           "unmap of shared pages in a guest");
    batch.Flush();
    return Outcome::Done();
  });
}

template <class P>
Outcome Hypervisor<P>::RelaxGuestPerms(P& p, const Arguments& a) {
  return WithVm<NoMoreLocks<P>>(p, a.vm, [&](Vm<P>& vm, const NoMoreLocks<P>&) {
    const LowestRow refusal = TestGfns(p, vm, a.gfns, Presence::kRequired, Phase::kLiveOnly);
    if (refusal.any()) return refusal.outcome();

    typename GuestTable<P>::Batch batch(p, vm.slot().tables, vm.vttbr());
    Commit(p, vm.table().RelaxPerms(p, vm.slot().tables, IpaRange(vm, a.gfns), a.prot, batch),
           "relax of a guest's leaves");
    batch.Flush();
    return Outcome::Done();
  });
}

template <class P>
Outcome Hypervisor<P>::WrprotectGuest(P& p, const Arguments& a) {
  return WithVm<NoMoreLocks<P>>(p, a.vm, [&](Vm<P>& vm, const NoMoreLocks<P>&) {
    const LowestRow refusal = TestGfns(p, vm, a.gfns, Presence::kRequired, Phase::kLiveOnly);
    if (refusal.any()) return refusal.outcome();

    typename GuestTable<P>::Batch batch(p, vm.slot().tables, vm.vttbr());
    Commit(p, vm.table().WrProtect(p, vm.slot().tables, IpaRange(vm, a.gfns), batch),
           "write protection of a guest's leaves");
    batch.Flush();
    return Outcome::Done();
  });
}

template <class P>
Outcome Hypervisor<P>::TestClearYoungGuest(P& p, const Arguments& a) {
  return WithVm<NoMoreLocks<P>>(p, a.vm, [&](Vm<P>& vm, const NoMoreLocks<P>&) {
    const LowestRow refusal = TestGfns(p, vm, a.gfns, Presence::kRequired, Phase::kLiveOnly);
    if (refusal.any()) return refusal.outcome();

    const Young young = a.flag ? Young::kTestAndClear : Young::kTest;
    typename GuestTable<P>::Batch batch(p, vm.slot().tables, vm.vttbr());
    const Result<std::uint64_t> count =
        vm.table().TestClearYoung(p, vm.slot().tables, IpaRange(vm, a.gfns), young, batch);
    Check(p, count.ok(), "age of a guest's leaves");
    batch.Flush();
    return Outcome::Done(count.value());
  });
}

template <class P>
Outcome Hypervisor<P>::MkyoungGuest(P& p, const Arguments& a) {
  return WithVm<NoMoreLocks<P>>(p, a.vm, [&](Vm<P>& vm, const NoMoreLocks<P>&) {
    const LowestRow refusal = TestGfns(p, vm, a.gfns, Presence::kRequired, Phase::kLiveOnly);
    if (refusal.any()) return refusal.outcome();

    typename GuestTable<P>::Batch batch(p, vm.slot().tables, vm.vttbr());
    Commit(p, vm.table().MkYoung(p, vm.slot().tables, IpaRange(vm, a.gfns), batch),
           "youth of a guest's leaves");
    batch.Flush();
    return Outcome::Done();
  });
}

template <class P>
Outcome Hypervisor<P>::FlushGuestTlb(P& p, const Arguments& a) {
  return WithVm<NoMoreLocks<P>>(p, a.vm, [&](Vm<P>& vm, const NoMoreLocks<P>&) {
    const LowestRow refusal = TestGfns(p, vm, a.gfns, Presence::kAnyway, Phase::kLiveOnly);
    if (refusal.any()) return refusal.outcome();

    // It speaks of translations, not of entries: no level is known.
    typename GuestTable<P>::Batch batch(p, vm.slot().tables, vm.vttbr());
    batch.AddSpan(ToIpa(a.gfns.first()), a.gfns.count() * kPageSize);
    batch.Flush();
    return Outcome::Done();
  });
}

}  // namespace cadastre

#endif  // CADASTRE_SERVICE_GUEST_CALLS_IMPL_H_
