// SPDX-License-Identifier: Apache-2.0
// Calls by which the host takes pages back from a guest: unshare, reclaim from a dying one, forced
// reclaim. service/ABI.md sections 7 and 8.
#ifndef CADASTRE_SERVICE_RETURN_CALLS_IMPL_H_
#define CADASTRE_SERVICE_RETURN_CALLS_IMPL_H_

#include "service/check.h"
#include "service/hypervisor.h"
#include "service/runs.h"

namespace cadastre {

using abi::Row;

// Pages in TRANSIT until they are scrubbed, as runs of neighbours.
struct TransitPages {
  PageSpan runs[abi::kMaxScrubbedPages];
  std::size_t size = 0;

  std::span<const PageSpan> spans() const { return {runs, size}; }
};

// One borrower less. True if the page is the host's alone again.
template <class P>
bool Hypervisor<P>::DropBorrower(P& p, const HostLocked<P>&, Pfn pfn) {
  PageRecord<P> record = host_.Record(p, pfn);
  const std::uint16_t left = static_cast<std::uint16_t>(record.borrowers() - 1);
  record.set_borrowers(left);
  return left == 0;
}

template <class P>
Outcome Hypervisor<P>::UnshareGuest(P& p, const Arguments& a) {
  return WithVm<HostAndPoolLocked<P>>(p, a.vm, [&](Vm<P>& vm, const HostAndPoolLocked<P>& locks) {
    LowestRow refusal = TestGfns(p, vm, a, Presence::kRequired);
    if (refusal.any()) return refusal.outcome();
    if (vm.IsProtected(p)) return Outcome::Refuse(Row::kVmProtected);

    Runs owned([&](std::uint64_t first, std::uint64_t count) {
      host_.SetState(p, locks.host, RangeOf({Pfn(first), count}), PageState::kOwned);
    });
    LeafCursor<GuestTable<P>, P> leaves(p, vm.table());
    ForEachPage(a, [&](const PageEntry& entry, std::uint64_t i, std::uint64_t) {
      const Ipa ipa = ToIpa(entry.gfns.first() + i);
      const Pfn pfn = PageOf(leaves.At(ipa), ipa);
      if (DropBorrower(p, locks.host, pfn)) owned.Add(pfn.value);
    });
    owned.Finish();
    typename GuestTable<P>::Batch batch(p, vm.slot().tables, vm.vttbr());
    for (const PageEntry& entry : a.entries()) {
      Commit(p, vm.table().Unmap(p, vm.slot().tables, IpaRange(vm, entry.gfns), batch),
             "unmap of shared pages in a guest");
    }
    batch.Flush();
    return Outcome::Done();
  });
}

// What stands at the gfns of a dying VM goes back to the host; the leaves themselves go afterwards,
// all at once. What the guest alone could write is left to be scrubbed.
template <class P>
void Hypervisor<P>::TakeBack(P& p, const HostLocked<P>& host, Vm<P>& vm, const Arguments& a,
                             TransitPages* transit) {
  Runs owned([&](std::uint64_t first, std::uint64_t count) {
    host_.SetState(p, host, RangeOf({Pfn(first), count}), PageState::kOwned);
  });
  Runs leaving([&](std::uint64_t first, std::uint64_t count) {
    transit->runs[transit->size++] = {Pfn(first), count};
  });
  LeafCursor<GuestTable<P>, P> leaves(p, vm.table());
  ForEachPage(a, [&](const PageEntry& entry, std::uint64_t i, std::uint64_t) {
    const Ipa ipa = ToIpa(entry.gfns.first() + i);
    const Leaf leaf = leaves.At(ipa);
    // POISON names no page: it goes, and gives none.
    if (KindOf(leaf.descriptor, leaf.level) != EntryKind::kLeaf) return;
    const Pfn pfn = PageOf(leaf, ipa);
    switch (StateOf(leaf)) {
      case PageState::kOwned:
      case PageState::kLoaned:
        leaving.Add(pfn.value);
        break;
      case PageState::kSharedOwned:  // the host reached it already: nothing to hide
        owned.Add(pfn.value);
        break;
      case PageState::kSharedBorrowed:
        if (DropBorrower(p, host, pfn)) owned.Add(pfn.value);
        break;
    }
  });
  owned.Finish();
  leaving.Finish();
}

template <class P>
Outcome Hypervisor<P>::ReclaimGuestPage(P& p, const Arguments& a) {
  TransitPages transit;
  const auto reclaim = [&](Vm<P>& vm, const HostLocked<P>& host) {
    LowestRow refusal = TestGfns(p, vm, a, Presence::kRequired);
    if (refusal.any()) return refusal.outcome();
    if (!vm.IsDying(p)) return Outcome::Refuse(Row::kVmNotDying);

    TakeBack(p, host, vm, a, &transit);
    typename GuestTable<P>::Batch batch(p, vm.slot().tables, vm.vttbr());
    Commit(p, vm.table().Unmap(p, vm.slot().tables, IpaRange(vm, a.range.gfns), batch),
           "unmap of a dying guest's pages");
    batch.Flush();
    BeginTransit(p, host, transit.spans());
    return Outcome::Done();
  };
  const Outcome outcome = WithVm<HostLocked<P>>(p, a.vm, reclaim);
  if (outcome.row == Row::kNone) ScrubAndReturn(p, transit.spans());
  return outcome;
}

// `edit(GfnRange)` for the gfns at which a VM has the pages: the host's annotations name them.
template <class P>
template <class Edit>
void Hypervisor<P>::ForEachGfnRun(P& p, const HostLocked<P>& host, const PfnRange& pages,
                                  Edit edit) {
  Runs gfns([&](std::uint64_t first, std::uint64_t count) {
    edit(GfnRange::Make(Gfn(first), count, kGfnBits).value());
  });
  HostRows rows(p, host_, host);
  for (Pfn pfn = pages.first(); pfn < pages.end(); pfn = pfn + 1)
    gfns.Add(rows.AnnotationAt(pfn).gfn.value);
  gfns.Finish();
}

template <class P>
LowestRow Hypervisor<P>::TestHeldBy(P& p, const HostLocked<P>& host, const Vm<P>& vm,
                                    const PfnRange& pages, Row row) {
  LowestRow refusal;
  HostRows rows(p, host_, host);
  for (std::uint64_t i = 0; i < pages.count(); ++i) {
    const HostPage page = host_.PageAt(p, pages.first() + i);
    if (refusal.Test(Row::kNotRam, !page.is_ram(), i)) continue;
    const PageRow at = rows.At(page);
    const bool right = at == PageRow::kLent || (at == PageRow::kGiven && row == Row::kNotOfVm);
    const bool held = right && rows.AnnotationAt(page.pfn).slot_plus_one == vm.slot_plus_one();
    refusal.Test(row, !held, i);
  }
  return refusal;
}

template <class P>
Outcome Hypervisor<P>::ReclaimLoan(P& p, const Arguments& a) {
  const PageSpan pages{a.range.pfns.first(), a.range.pfns.count()};
  const auto reclaim = [&](Vm<P>& vm, const HostLocked<P>& host) {
    if (!vm.IsDying(p)) return Outcome::Refuse(Row::kVmNotDying);
    const LowestRow refusal = TestHeldBy(p, host, vm, a.range.pfns, Row::kNotLent);
    if (refusal.any()) return refusal.outcome();

    typename GuestTable<P>::Batch batch(p, vm.slot().tables, vm.vttbr());
    ForEachGfnRun(p, host, a.range.pfns, [&](const GfnRange& gfns) {
      Commit(p, vm.table().Unmap(p, vm.slot().tables, IpaRange(vm, gfns), batch),
             "unmap of loans in a dying guest");
    });
    batch.Flush();
    BeginTransit(p, host, {&pages, 1});
    return Outcome::Done();
  };
  const Outcome outcome = WithVm<HostLocked<P>>(p, a.vm, reclaim);
  if (outcome.row == Row::kNone) ScrubAndReturn(p, {&pages, 1});
  return outcome;
}

template <class P>
Outcome Hypervisor<P>::ForceReclaim(P& p, const Arguments& a) {
  const PageSpan pages{a.range.pfns.first(), a.range.pfns.count()};
  const auto reclaim = [&](Vm<P>& vm, const HostLocked<P>& host) {
    const LowestRow refusal = TestHeldBy(p, host, vm, a.range.pfns, Row::kNotOfVm);
    if (refusal.any()) return refusal.outcome();

    // What stays at the gfn tells the guest, and the host, that its page was taken.
    typename GuestTable<P>::Batch batch(p, vm.slot().tables, vm.vttbr());
    ForEachGfnRun(p, host, a.range.pfns, [&](const GfnRange& gfns) {
      Commit(p,
             vm.table().Annotate(p, vm.slot().tables, IpaRange(vm, gfns),
                                 Annotation{AnnotationKind::kPoison, 0, 0, Gfn()},
                                 AnnotationRun::kSame, batch),
             "poison where a guest's pages were");
    });
    batch.Flush();
    BeginTransit(p, host, {&pages, 1});
    return Outcome::Done();
  };
  const Outcome outcome = WithVm<HostLocked<P>>(p, a.vm, reclaim);
  if (outcome.row == Row::kNone) ScrubAndReturn(p, {&pages, 1});
  return outcome;
}

}  // namespace cadastre

#endif  // CADASTRE_SERVICE_RETURN_CALLS_IMPL_H_
