// SPDX-License-Identifier: Apache-2.0
// What a protected guest asks of EL2 about its own memory: meminfo, share, unshare, relinquish,
// wait; and the ids that Linux's driver looks for first. service/ABI.md section 9.
#ifndef CADASTRE_SERVICE_GUEST_OWN_CALLS_IMPL_H_
#define CADASTRE_SERVICE_GUEST_OWN_CALLS_IMPL_H_

#include "service/abi/guest_calls.h"
#include "service/check.h"
#include "service/hypervisor.h"

namespace cadastre {

using abi::Row;

// A guest sees one errno, whatever the row.
inline void AnswerGuest(const Outcome& outcome, GuestRegisters& guest) {
  guest.x[0] = outcome.row == Row::kNone ? outcome.x2 : abi::kGuestRefused;
  guest.x[1] = guest.x[2] = guest.x[3] = 0;
}

// Rows 101 and 105 of the calls that name one page of the guest. `flag_bits`: of x3 that may be
// set.
inline Row JudgeGuestShape(const GuestRegisters& guest, std::uint64_t flag_bits) {
  if (guest.x[2] != 0 || (guest.x[3] & ~flag_bits) != 0) return Row::kReservedBits;
  return guest.x[1] % kPageSize == 0 ? Row::kNone : Row::kMisaligned;
}

// What stands at the gfn that the guest names. Precondition: x1 is aligned.
template <class P>
typename Hypervisor<P>::OwnPage Hypervisor<P>::OwnPageAt(P& p, const Vm<P>& vm, Ipa ipa) {
  OwnPage page;
  if (ipa.value >> vm.geometry().input_bits != 0) return page;
  page.fits = true;
  page.leaf = vm.table().GetLeaf(p, ipa);
  page.kind = KindOf(page.leaf.descriptor, page.leaf.level);
  return page;
}

template <class P>
Next Hypervisor<P>::GuestShareHost(P& p, GuestRegisters& guest, Registers& host) {
  const Ipa ipa(guest.x[1]);
  const auto share = [&](Vm<P>& vm, Vcpu<P>& vcpu, const HostLocked<P>& locked) {
    const OwnPage page = OwnPageAt(p, vm, ipa);
    if (page.fits && page.kind == EntryKind::kAbsent) {
      // The host is to bring a page; then the call is made again.
      guest.pc -= kInstructionBytes;
      const AbortSyndrome by_el2{AbortSyndrome::kByEl2};
      return Leave(p, vm, vcpu, GuestExit::Abort(ipa.value, by_el2, guest), guest, host);
    }
    Row row = Row::kNone;
    if (!page.fits) {
      row = Row::kGfnBeyondVm;
    } else if (page.kind == EntryKind::kAnnotation) {
      row = Row::kGfnPoison;
    } else if (StateOf(page.leaf) != PageState::kOwned) {
      row = Row::kGuestNotOwned;
    } else {
      // Each side may use other attributes than the other: what the guest wrote last must be in
      // memory, not what it wrote before.
      SetGuestState(p, vm, ipa, PageState::kSharedOwned);
      el2_.Clean(p, PageOf(page.leaf, ipa));
      p.InvalidateIcache();  // the host may execute it, but not what the guest executed there
                             // before
      p.DsbIsh();
      host_.GiveBack(p, locked, OnePage(PageOf(page.leaf, ipa)), PageState::kSharedBorrowed);
    }
    AnswerGuest({row, 0, 0}, guest);
    return Next::kGuest;
  };
  return WithLoaded<HostLocked<P>>(p, loaded_[p.CpuIndex()].Load(p), share);
}

template <class P>
void Hypervisor<P>::SetGuestState(P& p, Vm<P>& vm, Ipa ipa, PageState state) {
  typename GuestTable<P>::Batch batch(p, vm.slot().tables, vm.vttbr());
  const GfnRange one = GfnRange::Make(ToGfn(ipa), 1, kGfnBits).value();
  Commit(p,
         vm.table().SetSw(p, vm.slot().tables, IpaRange(vm, one), PageStateSw::kMask, ToProt(state),
                          batch),
         "sw bits of a guest's page");
  batch.Flush();
}

template <class P>
Outcome Hypervisor<P>::GuestUnshareHost(P& p, Ipa ipa) {
  const auto unshare = [&](Vm<P>& vm, Vcpu<P>&, const HostLocked<P>& host) {
    const OwnPage page = OwnPageAt(p, vm, ipa);
    if (!page.fits) return Outcome::Refuse(Row::kGfnBeyondVm);
    if (page.kind == EntryKind::kAbsent) return Outcome::Refuse(Row::kGfnAbsent);
    if (page.kind == EntryKind::kAnnotation) return Outcome::Refuse(Row::kGfnPoison);
    if (StateOf(page.leaf) != PageState::kSharedOwned) return Outcome::Refuse(Row::kGuestNotShared);

    const Annotation given{AnnotationKind::kGiven, 0, vm.slot_plus_one(), ToGfn(ipa)};
    host_.Revoke(p, host, OnePage(PageOf(page.leaf, ipa)), given);
    // No line that the host left dirty may be written back over what the guest writes from now on.
    el2_.Clean(p, PageOf(page.leaf, ipa));
    SetGuestState(p, vm, ipa, PageState::kOwned);
    return Outcome::Done();
  };
  return WithLoaded<HostLocked<P>>(p, loaded_[p.CpuIndex()].Load(p), unshare);
}

template <class P>
Outcome Hypervisor<P>::GuestRelinquish(P& p, Ipa ipa, Keep keep) {
  PageSpan leaving;  // empty: nothing to scrub
  const auto relinquish = [&](Vm<P>& vm, Vcpu<P>&, const HostLocked<P>& host) {
    const OwnPage page = OwnPageAt(p, vm, ipa);
    if (!page.fits) return Outcome::Refuse(Row::kGfnBeyondVm);
    if (page.kind == EntryKind::kAbsent) return Outcome::Done();
    if (page.kind == EntryKind::kAnnotation) return Outcome::Refuse(Row::kGfnPoison);
    if (StateOf(page.leaf) == PageState::kSharedOwned) return Outcome::Refuse(Row::kGuestShared);

    const PageSpan pages{PageOf(page.leaf, ipa), 1};
    typename GuestTable<P>::Batch batch(p, vm.slot().tables, vm.vttbr());
    const GfnRange one = GfnRange::Make(ToGfn(ipa), 1, kGfnBits).value();
    Commit(p, vm.table().Unmap(p, vm.slot().tables, IpaRange(vm, one), batch),
           "unmap of a relinquished page");
    batch.Flush();
    if (keep == Keep::kYes) {
      el2_.Clean(p, pages.first);
      p.InvalidateIcache();  // the host may execute it
      p.DsbIsh();
      host_.GiveBack(p, host, RangeOf(pages), PageState::kOwned);
    } else {
      BeginTransit(p, host, {&pages, 1});
      leaving = pages;
    }
    return Outcome::Done();
  };
  const Outcome outcome = WithLoaded<HostLocked<P>>(p, loaded_[p.CpuIndex()].Load(p), relinquish);
  if (leaving.count != 0) ScrubAndReturn(p, {&leaving, 1});
  return outcome;
}

// Version and features, with the convention of section 1.
template <class P>
Next Hypervisor<P>::AnswerAnyCaller(P& p, const abi::Call& call, GuestRegisters& guest) {
  Registers x{};
  for (unsigned i = 0; i < kCallResults; ++i) x[i] = guest.x[i];
  Answer(p, x, call.number, guest);
  for (unsigned i = 0; i < kCallResults; ++i) guest.x[i] = x[i];
  return Next::kGuest;
}

template <class P>
Next Hypervisor<P>::HandleVendorCall(P& p, std::uint64_t id, GuestRegisters& guest,
                                     Registers& host) {
  using abi::GuestCallId;
  const abi::Call* call = abi::FindCall(id - abi::kFunctionBase);
  if (id >= abi::kFunctionBase && call != nullptr &&
      call->caller == abi::Caller::kHostOrProtectedGuest)
    return AnswerAnyCaller(p, *call, guest);
  switch (id) {
    case abi::kVendorUidId:
      for (unsigned i = 0; i < kCallResults; ++i) guest.x[i] = abi::kKvmUid[i];
      return Next::kGuest;
    case abi::kKvmFeaturesId:
      AnswerGuest(Outcome::Done(abi::kKvmFeatures), guest);
      return Next::kGuest;
    case static_cast<std::uint64_t>(GuestCallId::kWait):
      AnswerGuest(Outcome::Done(), guest);
      return Exit(p, GuestExit::Plain(ExitKind::kWait, 0), guest, host);
    case static_cast<std::uint64_t>(GuestCallId::kMeminfo): {
      const bool reserved = guest.x[1] != 0 || guest.x[2] != 0 || guest.x[3] != 0;
      AnswerGuest(reserved ? Outcome::Refuse(Row::kReservedBits) : Outcome::Done(kPageSize), guest);
      return Next::kGuest;
    }
    case static_cast<std::uint64_t>(GuestCallId::kShareHost):
    case static_cast<std::uint64_t>(GuestCallId::kUnshareHost):
    case static_cast<std::uint64_t>(GuestCallId::kRelinquish):
      return HandlePageCall(p, static_cast<GuestCallId>(id), guest, host);
    default:
      guest.x[0] = abi::kUnknownCall;
      return Next::kGuest;
  }
}

template <class P>
Next Hypervisor<P>::HandlePageCall(P& p, abi::GuestCallId id, GuestRegisters& guest,
                                   Registers& host) {
  const bool relinquish = id == abi::GuestCallId::kRelinquish;
  const Row shape = JudgeGuestShape(guest, relinquish ? abi::kRelinquishKeep : 0);
  const Ipa ipa(guest.x[1]);
  if (shape != Row::kNone) {
    AnswerGuest(Outcome::Refuse(shape), guest);
  } else if (id == abi::GuestCallId::kShareHost) {
    return GuestShareHost(p, guest, host);
  } else if (relinquish) {
    AnswerGuest(
        GuestRelinquish(p, ipa, guest.x[3] == abi::kRelinquishKeep ? Keep::kYes : Keep::kNo),
        guest);
  } else {
    AnswerGuest(GuestUnshareHost(p, ipa), guest);
  }
  return Next::kGuest;
}

}  // namespace cadastre

#endif  // CADASTRE_SERVICE_GUEST_OWN_CALLS_IMPL_H_
