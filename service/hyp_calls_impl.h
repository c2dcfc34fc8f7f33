// SPDX-License-Identifier: Apache-2.0
// Calls between the host and EL2: share, donate, compact, the list page. service/ABI.md section 7.
#ifndef CADASTRE_SERVICE_HYP_CALLS_IMPL_H_
#define CADASTRE_SERVICE_HYP_CALLS_IMPL_H_

#include "service/check.h"
#include "service/hypervisor.h"

namespace cadastre {

using abi::Row;

template <class P>
void Hypervisor<P>::TestSource(P& p, typename HostMemory<P>::Rows& rows, Pfn pfn,
                               std::uint64_t index, Source source, LowestRow* refusal) {
  if (refusal->Test(Row::kNotRam, !map_.IsRam(pfn), index)) return;
  const PageRow row = rows.At(pfn);
  switch (source) {
    case Source::kPrivate:
      refusal->Test(Row::kNotPrivate, row != PageRow::kPrivate, index);
      break;
    case Source::kSharedHyp:
      refusal->Test(Row::kNotSharedHyp, row != PageRow::kSharedHyp, index);
      break;
    case Source::kShareable:
      refusal->Test(Row::kNotShareable, row != PageRow::kPrivate && row != PageRow::kSharedGuests,
                    index);
      break;
    case Source::kParked:
      refusal->Test(Row::kNotParked,
                    row != PageRow::kHyp || host_.Record(p, pfn).use() != PageUse::kParked, index);
      break;
  }
}

template <class P>
LowestRow Hypervisor<P>::TestSources(P& p, const HostLocked<P>& host, const PfnRange& pages,
                                     Source source) {
  LowestRow refusal;
  typename HostMemory<P>::Rows rows(p, host_, host);
  for (std::uint64_t i = 0; i < pages.count(); ++i)
    TestSource(p, rows, pages.first() + i, i, source, &refusal);
  return refusal;
}

template <class P>
Outcome Hypervisor<P>::ShareHyp(P& p, const Arguments& a) {
  const HypMemoryLocked<P> locks(p);
  const LowestRow refusal = TestSources(p, locks.host, a.pfns, Source::kPrivate);
  if (refusal.any()) return refusal.outcome();

  host_.ToPages(p, locks.host, locks.pool, a.pfns);
  host_.SetState(p, locks.host, a.pfns, PageState::kSharedOwned);
  el2_.Map(p, locks.el2, locks.pool, a.pfns, PageState::kSharedBorrowed);
  return Outcome::Done();
}

template <class P>
Outcome Hypervisor<P>::UnshareHyp(P& p, const Arguments& a) {
  const HypMemoryLocked<P> locks(p);
  LowestRow refusal;
  typename HostMemory<P>::Rows rows(p, host_, locks.host);
  for (std::uint64_t i = 0; i < a.pfns.count(); ++i) {
    const Pfn pfn = a.pfns.first() + i;
    // A page that is not RAM has no record, and so no pins.
    if (refusal.Test(Row::kPinned, map_.IsRam(pfn) && host_.Record(p, pfn).pins() != 0, i))
      continue;
    TestSource(p, rows, pfn, i, Source::kSharedHyp, &refusal);
  }
  if (refusal.any()) return refusal.outcome();

  el2_.Unmap(p, locks.el2, a.pfns);
  host_.SetState(p, locks.host, a.pfns, PageState::kOwned);
  return Outcome::Done();
}

template <class P>
void Hypervisor<P>::TakeFromHost(P& p, const HypMemoryLocked<P>& locks, const PfnRange& pages,
                                 PageUse use, std::uint8_t slot_plus_one) {
  host_.ToPages(p, locks.host, locks.pool, pages);
  const Annotation annotation{AnnotationKind::kHyp, static_cast<std::uint8_t>(use), slot_plus_one,
                              Gfn()};
  host_.Revoke(p, locks.host, locks.pool, pages, annotation);
  host_.SetUse(p, locks.host, pages, use);
  el2_.Map(p, locks.el2, locks.pool, pages, PageState::kOwned);
}

template <class P>
Outcome Hypervisor<P>::DonateHyp(P& p, const Arguments& a) {
  const HypMemoryLocked<P> locks(p);
  const LowestRow refusal = TestSources(p, locks.host, a.pfns, Source::kPrivate);
  if (refusal.any()) return refusal.outcome();

  TakeFromHost(p, locks, a.pfns, PageUse::kParked, 0);
  return Outcome::Done();
}

template <class P>
void Hypervisor<P>::ToTransit(P& p, const HypMemoryLocked<P>& locks, const PfnRange& pages) {
  el2_.Unmap(p, locks.el2, pages);
  host_.Reannotate(p, locks.host, pages, Annotation{AnnotationKind::kTransit, 0, 0, Gfn()});
  host_.SetUse(p, locks.host, pages, PageUse::kTransit);
}

template <class P>
void Hypervisor<P>::ScrubAndReturn(P& p, std::span<const PfnRange> ranges) {
  for (const PfnRange& pages : ranges) {
    for (Pfn pfn = pages.first(); pfn < pages.end(); pfn = pfn + 1) el2_.Scrub(p, pfn);
  }
  const HostLocked<P> host(p);
  for (const PfnRange& pages : ranges) {
    host_.SetUse(p, host, pages, PageUse::kNone);
    host_.GiveBack(p, host, pages);
  }
}

template <class P>
Outcome Hypervisor<P>::ReclaimHyp(P& p, const Arguments& a) {
  {
    const HypMemoryLocked<P> locks(p);
    const LowestRow refusal = TestSources(p, locks.host, a.pfns, Source::kParked);
    if (refusal.any()) return refusal.outcome();
    ToTransit(p, locks, a.pfns);
  }
  ScrubAndReturn(p, {&a.pfns, 1});
  return Outcome::Done();
}

template <class P>
Outcome Hypervisor<P>::CompactHost(P& p, const Arguments& a) {
  const HostAndPoolLocked<P> locks(p);
  LowestRow refusal;
  for (std::uint64_t i = 0; i < a.pfns.count(); ++i)
    refusal.Test(Row::kNotRam, !map_.IsRam(a.pfns.first() + i), i);
  if (refusal.any()) return refusal.outcome();

  for (Pfn granule = GranuleOf(a.pfns.first()); granule < a.pfns.end();
       granule = granule + kGranulePages) {
    host_.Compact(p, locks.host, locks.pool, granule);
  }
  return Outcome::Done();
}

template <class P>
Outcome Hypervisor<P>::ListPageClear(P& p, const HostLocked<P>&) {
  Shared<std::uint64_t>& mine = list_page_[p.CpuIndex()];
  const std::uint64_t former = mine.Load(p);
  if (former == 0) return Outcome::Refuse(Row::kNoListPage);
  PageRecord<P> record = host_.Record(p, Pfn(former - 1));
  record.set_pins(static_cast<std::uint16_t>(record.pins() - 1));
  mine.Store(p, 0);
  return Outcome::Done();
}

template <class P>
Outcome Hypervisor<P>::ListPageSet(P& p, const Arguments& a) {
  const HostLocked<P> host(p);
  if (!a.flag) return ListPageClear(p, host);
  const LowestRow refusal = TestSources(p, host, a.pfns, Source::kSharedHyp);
  if (refusal.any()) return refusal.outcome();

  Shared<std::uint64_t>& mine = list_page_[p.CpuIndex()];
  const std::uint64_t wanted = a.pfns.first().value + 1;
  if (mine.Load(p) == wanted) return Outcome::Done();
  if (mine.Load(p) != 0) {
    PageRecord<P> former = host_.Record(p, Pfn(mine.Load(p) - 1));
    former.set_pins(static_cast<std::uint16_t>(former.pins() - 1));
  }
  PageRecord<P> record = host_.Record(p, a.pfns.first());
  record.set_pins(static_cast<std::uint16_t>(record.pins() + 1));
  mine.Store(p, wanted);
  return Outcome::Done();
}

}  // namespace cadastre

#endif  // CADASTRE_SERVICE_HYP_CALLS_IMPL_H_
