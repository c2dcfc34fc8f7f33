// SPDX-License-Identifier: Apache-2.0
// Definitions of el2_memory.h; included once for each platform.
#ifndef CADASTRE_SERVICE_EL2_MEMORY_IMPL_H_
#define CADASTRE_SERVICE_EL2_MEMORY_IMPL_H_

#include "service/check.h"
#include "service/el2_memory.h"

namespace cadastre {

template <class P>
void El2Memory<P>::Init(P& p, PhysAddr root, unsigned cpus) {
  table_ = El2Table<P>(root, Stage1Geometry<Granule4K>(kHypVaBits).value());
  // A mapping made and taken back leaves the window's table: tables of EL2 are kept.
  const Range windows = Range::Make(kScrubWindows, cpus, kPageShift, kHypVaBits).value();
  Commit(p, table_.Map(p, pool_, windows, root, kReadWrite, Blocks::kPagesOnly, Over::kAbsentOnly),
         "map of the windows");
  Batch batch(p, pool_, 0);
  Commit(p, table_.Unmap(p, pool_, windows, batch), "unmap of the windows");
  batch.Flush();
  window_slots_ = table_.GetLeaf(p, kScrubWindows).slot;
}

template <class P>
void El2Memory<P>::MapAtBoot(P& p, const PageSpan& span) {
  const Range range = Range::Make(ToHypVa(span.first), span.count, kPageShift, kHypVaBits).value();
  Commit(p,
         table_.Map(p, pool_, range, ToAddress(span.first), kReadWrite, Blocks::kAllowed,
                    Over::kAbsentOnly),
         "map of EL2's own pages");
}

template <class P>
void El2Memory<P>::Map(P& p, const El2Locked<P>&, const PoolLocked<P>&, const PfnRange& range,
                       PageState state) {
  Commit(p,
         table_.Map(p, pool_, Linear(range), ToAddress(range.first()), kReadWrite | ToProt(state),
                    Blocks::kPagesOnly, Over::kAbsentOnly),
         "map at EL2 of pages that EL2 did not have");
}

template <class P>
void El2Memory<P>::Unmap(P& p, const El2Locked<P>&, const PfnRange& range) {
  Batch batch(p, pool_, 0);
  Commit(p, table_.Unmap(p, pool_, Linear(range), batch), "unmap at EL2 of pages that EL2 had");
  batch.Flush();
}

template <class P>
std::uint64_t El2Memory<P>::ViewNumber(P& p, const El2Locked<P>&, Pfn pfn) const {
  const Leaf leaf = table_.GetLeaf(p, ToHypVa(pfn));
  if (KindOf(leaf.descriptor, leaf.level) != EntryKind::kLeaf) return 0;
  return PageStateSw::Get(Stage1Format::DecodeProt(leaf.descriptor)) + 1;
}

template <class P>
template <class Body>
void El2Memory<P>::ThroughWindow(P& p, Pfn pfn, Body body) {
  const unsigned cpu = p.CpuIndex();
  const PhysAddr slot = window_slots_ + cpu * sizeof(std::uint64_t);
  const HypVa window = WindowOf(cpu);
  p.Store64(slot, Stage1Format::EncodeLeaf(ToAddress(pfn), kReadWrite, kPageLevel).bits);
  p.DsbIshst();
  p.Isb();
  body(window);
  p.DsbIsh();
  p.Store64(slot, 0);
  p.DsbIshst();
  p.TlbiVale2is(window);
  p.DsbIsh();
  p.Isb();
}

template <class P>
void El2Memory<P>::Scrub(P& p, Pfn pfn) {
  ThroughWindow(p, pfn, [&](HypVa window) {
    p.ZeroPage(window, ToAddress(pfn));
    p.CleanInvalidatePage(window, ToAddress(pfn));
  });
}

template <class P>
void El2Memory<P>::Clean(P& p, Pfn pfn) {
  ThroughWindow(p, pfn, [&](HypVa window) { p.CleanInvalidatePage(window, ToAddress(pfn)); });
}

}  // namespace cadastre

#endif  // CADASTRE_SERVICE_EL2_MEMORY_IMPL_H_
