// SPDX-License-Identifier: Apache-2.0
// Calls between the host and EL2: share, donate, compact, the list page. service/ABI.md section 7.
#ifndef CADASTRE_SERVICE_HYP_CALLS_IMPL_H_
#define CADASTRE_SERVICE_HYP_CALLS_IMPL_H_

#include "service/check.h"
#include "service/hypervisor.h"

namespace cadastre {

using abi::Row;

template <class P>
void Hypervisor<P>::TestSource(HostRows& rows, const HostPage& page, std::uint64_t index,
                               Source source, LowestRow* refusal) {
  if (refusal->Test(Row::kNotRam, !page.is_ram(), index)) return;
  const PageRow row = rows.At(page);
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
      refusal->Test(Row::kNotParked, row != PageRow::kHyp || page.record->use() != PageUse::kParked,
                    index);
      break;
  }
}

template <class P>
LowestRow Hypervisor<P>::TestSources(P& p, const HostLocked<P>& host, const Arguments& a,
                                     Source source) {
  LowestRow refusal;
  HostRows rows(p, host_, host);
  ForEachPage(a, [&](const PageEntry& entry, std::uint64_t i, std::uint64_t detail) {
    TestSource(rows, host_.PageAt(p, entry.pfns.first() + i), detail, source, &refusal);
  });
  return refusal;
}

template <class P>
Outcome Hypervisor<P>::ShareHyp(P& p, const Arguments& a) {
  const HypMemoryLocked<P> locks(p);
  const LowestRow refusal = TestSources(p, locks.host, a, Source::kPrivate);
  if (refusal.any()) return refusal.outcome();

  host_.ToPages(p, locks.host, locks.pool, a.range.pfns);
  host_.SetState(p, locks.host, a.range.pfns, PageState::kSharedOwned);
  el2_.Map(p, locks.el2, locks.pool, a.range.pfns, PageState::kSharedBorrowed);
  return Outcome::Done();
}

template <class P>
Outcome Hypervisor<P>::UnshareHyp(P& p, const Arguments& a) {
  const HypMemoryLocked<P> locks(p);
  LowestRow refusal;
  HostRows rows(p, host_, locks.host);
  for (std::uint64_t i = 0; i < a.range.pfns.count(); ++i) {
    const HostPage page = host_.PageAt(p, a.range.pfns.first() + i);
    // A page that is not RAM has no record, and so no pins.
    if (refusal.Test(Row::kPinned, page.is_ram() && page.record->pins() != 0, i)) continue;
    TestSource(rows, page, i, Source::kSharedHyp, &refusal);
  }
  if (refusal.any()) return refusal.outcome();

  el2_.Unmap(p, locks.el2, a.range.pfns);
  host_.SetState(p, locks.host, a.range.pfns, PageState::kOwned);
  return Outcome::Done();
}

template <class P>
void Hypervisor<P>::TakeFromHost(P& p, const HypMemoryLocked<P>& locks, const PfnRange& pages,
                                 PageUse use, std::uint8_t slot_plus_one) {
  host_.ToPages(p, locks.host, locks.pool, pages);
  const Annotation annotation{AnnotationKind::kHyp, static_cast<std::uint8_t>(use), slot_plus_one,
                              Gfn()};
  host_.Revoke(p, locks.host, pages, annotation);
  host_.SetUse(p, locks.host, pages, use);
  el2_.Map(p, locks.el2, locks.pool, pages, PageState::kOwned);
}

template <class P>
Outcome Hypervisor<P>::DonateHyp(P& p, const Arguments& a) {
  const HypMemoryLocked<P> locks(p);
  const LowestRow refusal = TestSources(p, locks.host, a, Source::kPrivate);
  if (refusal.any()) return refusal.outcome();

  TakeFromHost(p, locks, a.range.pfns, PageUse::kParked, 0);
  return Outcome::Done();
}

template <class P>
void Hypervisor<P>::BeginTransit(P& p, const HostLocked<P>& host, std::span<const PageSpan> spans) {
  for (const PageSpan& span : spans) {
    host_.Revoke(p, host, RangeOf(span), Annotation{AnnotationKind::kTransit, 0, 0, Gfn()});
    host_.SetUse(p, host, RangeOf(span), PageUse::kTransit);
  }
}

template <class P>
void Hypervisor<P>::ToTransit(P& p, const HypMemoryLocked<P>& locks, const PfnRange& pages) {
  const PageSpan span{pages.first(), pages.count()};
  el2_.Unmap(p, locks.el2, pages);
  BeginTransit(p, locks.host, {&span, 1});
}

template <class P>
void Hypervisor<P>::ScrubAndReturn(P& p, std::span<const PageSpan> spans) {
  if (spans.empty()) return;
  for (const PageSpan& span : spans) {
    for (Pfn pfn = span.first; pfn < span.first + span.count; pfn = pfn + 1) el2_.Scrub(p, pfn);
  }
  // The host may execute what it gets back: nothing that was fetched from it before may stay.
  p.InvalidateIcache();
  p.DsbIsh();
  const HostLocked<P> host(p);
  for (const PageSpan& span : spans) {
    host_.SetUse(p, host, RangeOf(span), PageUse::kNone);
    host_.GiveBack(p, host, RangeOf(span), PageState::kOwned);
  }
}

template <class P>
Outcome Hypervisor<P>::ReclaimHyp(P& p, const Arguments& a) {
  {
    const HypMemoryLocked<P> locks(p);
    const LowestRow refusal = TestSources(p, locks.host, a, Source::kParked);
    if (refusal.any()) return refusal.outcome();
    ToTransit(p, locks, a.range.pfns);
  }
  const PageSpan pages{a.range.pfns.first(), a.range.pfns.count()};
  ScrubAndReturn(p, {&pages, 1});
  return Outcome::Done();
}

template <class P>
Outcome Hypervisor<P>::CompactHost(P& p, const Arguments& a) {
  const HostAndPoolLocked<P> locks(p);
  LowestRow refusal;
  for (std::uint64_t i = 0; i < a.range.pfns.count(); ++i)
    refusal.Test(Row::kNotRam, !map_.IsRam(a.range.pfns.first() + i), i);
  if (refusal.any()) return refusal.outcome();

  for (Pfn granule = GranuleOf(a.range.pfns.first()); granule < a.range.pfns.end();
       granule = granule + kGranulePages) {
    host_.Compact(p, locks.host, locks.pool, granule);
  }
  return Outcome::Done();
}

template <class P>
void Hypervisor<P>::Pin(P& p, const HostLocked<P>&, Pfn pfn) {
  PageRecord<P> record = host_.Record(p, pfn);
  record.set_pins(static_cast<std::uint16_t>(record.pins() + 1));
}
template <class P>
void Hypervisor<P>::Unpin(P& p, const HostLocked<P>&, Pfn pfn) {
  PageRecord<P> record = host_.Record(p, pfn);
  record.set_pins(static_cast<std::uint16_t>(record.pins() - 1));
}

template <class P>
Outcome Hypervisor<P>::ListPageClear(P& p, const HostLocked<P>& host) {
  Shared<std::uint64_t>& mine = list_page_[p.CpuIndex()];
  const std::uint64_t former = mine.Load(p);
  if (former == 0) return Outcome::Refuse(Row::kNoListPage);
  Unpin(p, host, Pfn(former - 1));
  mine.Store(p, 0);
  return Outcome::Done();
}

template <class P>
Outcome Hypervisor<P>::ListPageSet(P& p, const Arguments& a) {
  const HostLocked<P> host(p);
  if (!a.flag) return ListPageClear(p, host);
  const LowestRow refusal = TestSources(p, host, a, Source::kSharedHyp);
  if (refusal.any()) return refusal.outcome();

  Shared<std::uint64_t>& mine = list_page_[p.CpuIndex()];
  const std::uint64_t wanted = a.range.pfns.first().value + 1;
  if (mine.Load(p) == wanted) return Outcome::Done();
  if (mine.Load(p) != 0) Unpin(p, host, Pfn(mine.Load(p) - 1));
  Pin(p, host, a.range.pfns.first());
  mine.Store(p, wanted);
  return Outcome::Done();
}

// What query_page tells: an entity's view as the manual numbers it.
constexpr std::uint64_t HostViewNumber(PageRow row) {
  switch (row) {
    case PageRow::kSharedHyp:
    case PageRow::kSharedGuests:
      return 2;
    case PageRow::kGuestShared:
      return 3;
    case PageRow::kHyp:
      return 5;
    case PageRow::kGiven:
      return 6;
    case PageRow::kLent:
      return 7;
    case PageRow::kTransit:
      return 8;
    default:
      return 1;
  }
}

template <class P>
Outcome Hypervisor<P>::QueryPage(P& p, const Arguments& a) {
  const HostLocked<P> host(p);
  const El2Locked<P> el2(p);
  const Pfn pfn = a.range.pfns.first();
  const HostPage page = host_.PageAt(p, pfn);
  if (!page.is_ram()) return Outcome::Refuse(Row::kNotRam);
  HostRows rows(p, host_, host);
  const PageRow row = rows.At(page);
  const PageRecord<P>& record = *page.record;
  const PageUse use = record.use();
  constexpr std::uint64_t kFixed = 9;
  const std::uint64_t el2_view = use == PageUse::kFixed ? kFixed : el2_.ViewNumber(p, el2, pfn);
  const std::uint64_t x2 =
      HostViewNumber(row) | el2_view << 4 | static_cast<std::uint64_t>(use) << 8 |
      std::uint64_t{record.pins()} << 16 | std::uint64_t{record.borrowers()} << 32;
  const bool annotated = row == PageRow::kHyp || row == PageRow::kGiven || row == PageRow::kLent;
  if (!annotated) return Outcome::Done(x2, 0);
  const Annotation annotation = rows.AnnotationAt(pfn);
  return Outcome::Done(x2, annotation.slot_plus_one | annotation.gfn.value << 8);
}

}  // namespace cadastre

#endif  // CADASTRE_SERVICE_HYP_CALLS_IMPL_H_
