// SPDX-License-Identifier: Apache-2.0
// Calls about what a guest's table says: permissions, age, TLB, blocks, the next live gfn.
// service/ABI.md sections 7 and 8.
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

// Row 205 over all entries.
template <class P>
LowestRow Hypervisor<P>::TestGfnsFit(const Vm<P>& vm, const Arguments& a) {
  LowestRow refusal;
  std::uint64_t number = 0;
  for (const PageEntry& entry : a.entries()) {
    const std::uint64_t beyond = FirstBeyond(entry.gfns, vm.geometry().input_bits);
    refusal.Test(Row::kGfnBeyondVm, beyond < entry.gfns.count(), DetailOf(number++, beyond));
  }
  return refusal;
}

// Rows 205 and, if asked for, 206.
template <class P>
LowestRow Hypervisor<P>::TestGfns(P& p, const Vm<P>& vm, const Arguments& a, Presence presence) {
  LowestRow refusal = TestGfnsFit(vm, a);
  if (refusal.any() || presence == Presence::kAnyway) return refusal;
  LeafCursor<GuestTable<P>, P> leaves(p, vm.table());
  ForEachPage(a, [&](const PageEntry& entry, std::uint64_t i, std::uint64_t detail) {
    const Leaf leaf = leaves.At(ToIpa(entry.gfns.first() + i));
    refusal.Test(Row::kGfnAbsent, leaf.descriptor.bits == 0, detail);
  });
  return refusal;
}

// Rows of the calls that edit leaves of a LIVE plain VM in place.
template <class P>
LowestRow Hypervisor<P>::TestEdit(P& p, const Vm<P>& vm, const Arguments& a, Presence presence) {
  LowestRow refusal = TestGfns(p, vm, a, presence);
  if (refusal.any()) return refusal;
  if (refusal.Test(Row::kVmNotLive, vm.IsDying(p), 0)) return refusal;
  refusal.Test(Row::kVmProtected, vm.IsProtected(p), 0);
  return refusal;
}

// Each aligned span that lies wholly in the range and is uniform becomes one block; any other stays
// as it is. The call has read all its entries anyway.
template <class P>
void Hypervisor<P>::MergeSpans(P& p, Vm<P>& vm, const GfnRange& gfns,
                               typename GuestTable<P>::Batch& batch) {
  const std::uint64_t mask = kGranulePages - 1;
  Gfn span((gfns.first().value + mask) & ~mask);
  for (; span + kGranulePages <= gfns.end(); span = span + kGranulePages) {
    // Refused where it is no uniform table; then nothing has changed.
    (void)vm.table().Merge(p, vm.slot().tables, ToIpa(span), Level{2}, batch).ok();
  }
}

template <class P>
template <class Change>
Outcome Hypervisor<P>::EditLeaves(P& p, const Arguments& a, Presence presence, Change change) {
  return WithVm<NoMoreLocks<P>>(p, a.vm, [&](Vm<P>& vm, const NoMoreLocks<P>&) {
    const LowestRow refusal = TestEdit(p, vm, a, presence);
    if (refusal.any()) return refusal.outcome();

    typename GuestTable<P>::Batch batch(p, vm.slot().tables, vm.vttbr());
    const Outcome outcome = change(vm, batch);
    batch.Flush();
    return outcome;
  });
}

template <class P>
Outcome Hypervisor<P>::RelaxGuestPerms(P& p, const Arguments& a) {
  return EditLeaves(p, a, Presence::kRequired, [&](Vm<P>& vm, auto& batch) {
    const auto range = IpaRange(vm, a.range.gfns);
    Commit(p, vm.table().RelaxPerms(p, vm.slot().tables, range, a.prot, batch),
           "relax of a guest's leaves");
    MergeSpans(p, vm, a.range.gfns, batch);
    return Outcome::Done();
  });
}

template <class P>
Outcome Hypervisor<P>::WrprotectGuest(P& p, const Arguments& a) {
  return EditLeaves(p, a, Presence::kRequired, [&](Vm<P>& vm, auto& batch) {
    Commit(p, vm.table().WrProtect(p, vm.slot().tables, IpaRange(vm, a.range.gfns), batch),
           "write protection of a guest's leaves");
    MergeSpans(p, vm, a.range.gfns, batch);
    return Outcome::Done();
  });
}

template <class P>
Outcome Hypervisor<P>::TestClearYoungGuest(P& p, const Arguments& a) {
  return EditLeaves(p, a, Presence::kRequired, [&](Vm<P>& vm, auto& batch) {
    const Young young = a.flag ? Young::kTestAndClear : Young::kTest;
    const Result<std::uint64_t> count =
        vm.table().TestClearYoung(p, vm.slot().tables, IpaRange(vm, a.range.gfns), young, batch);
    Check(p, count.ok(), "age of a guest's leaves");
    if (a.flag) MergeSpans(p, vm, a.range.gfns, batch);
    return Outcome::Done(count.value());
  });
}

template <class P>
Outcome Hypervisor<P>::MkyoungGuest(P& p, const Arguments& a) {
  return EditLeaves(p, a, Presence::kRequired, [&](Vm<P>& vm, auto& batch) {
    Commit(p, vm.table().MkYoung(p, vm.slot().tables, IpaRange(vm, a.range.gfns), batch),
           "youth of a guest's leaves");
    MergeSpans(p, vm, a.range.gfns, batch);
    return Outcome::Done();
  });
}

template <class P>
Outcome Hypervisor<P>::FlushGuestTlb(P& p, const Arguments& a) {
  return EditLeaves(p, a, Presence::kAnyway, [&](Vm<P>&, auto& batch) {
    // It speaks of translations, not of entries: no level is known.
    batch.AddSpan(ToIpa(a.range.gfns.first()), a.range.gfns.count() * kPageSize);
    return Outcome::Done();
  });
}

template <class P>
Outcome Hypervisor<P>::CompactGuest(P& p, const Arguments& a) {
  return WithVm<PoolLocked<P>>(p, a.vm, [&](Vm<P>& vm, const PoolLocked<P>&) {
    LowestRow refusal = TestGfnsFit(vm, a);
    if (!refusal.any()) refusal.Test(Row::kVmNotLive, vm.IsDying(p), 0);
    if (refusal.any()) return refusal.outcome();

    typename GuestTable<P>::Batch batch(p, vm.slot().tables, vm.vttbr());
    MergeSpans(p, vm, a.range.gfns, batch);
    batch.Flush();
    return Outcome::Done();
  });
}

// What next_mapped tells of a live gfn in x3: its kind in bits 3:0, its page from bit 8 on.
inline std::uint64_t DescribeLive(const Visit<Ipa>& at) {
  constexpr std::uint64_t kPoison = 8;
  if (KindOf(at.descriptor, at.level) != EntryKind::kLeaf) return kPoison;
  const Leaf leaf{at.descriptor, at.level, at.slot};
  return static_cast<std::uint64_t>(StateOf(leaf)) | PageOf(leaf, at.base).value << 8;
}

template <class P>
Outcome Hypervisor<P>::NextMapped(P& p, const Arguments& a) {
  return WithVm<NoMoreLocks<P>>(p, a.vm, [&](Vm<P>& vm, const NoMoreLocks<P>&) {
    const std::uint64_t space = std::uint64_t{1} << (vm.geometry().input_bits - kPageShift);
    Outcome outcome = Outcome::Refuse(Row::kNothingMapped);
    if (a.number >= space) return outcome;
    const GfnRange rest = GfnRange::Make(Gfn(a.number), space - a.number, kGfnBits).value();
    // No table is empty: the walk passes over absent entries and a few tables on its way.
    const Status walked = vm.table().Walk(p, IpaRange(vm, rest), [&](const Visit<Ipa>& at) {
      if (at.kind != VisitKind::kLeaf || at.descriptor.bits == 0) return WalkOn::kContinue;
      outcome = Outcome::Done(ToGfn(at.base).value, DescribeLive(at));
      return WalkOn::kStop;
    });
    Check(p, walked.ok(), "a walk to the end of the VM's space");
    return outcome;
  });
}

}  // namespace cadastre

#endif  // CADASTRE_SERVICE_GUEST_CALLS_IMPL_H_
