// SPDX-License-Identifier: Apache-2.0
// Definitions of host_memory.h; included once for each platform.
#ifndef CADASTRE_SERVICE_HOST_MEMORY_IMPL_H_
#define CADASTRE_SERVICE_HOST_MEMORY_IMPL_H_

#include "service/check.h"
#include "service/host_memory.h"

namespace cadastre {

template <class P>
Status HostMemory<P>::Init(PhysAddr root) {
  const Result<Geometry> geometry = Stage2Geometry<Granule4K>(map_.pa_bits());
  if (!geometry.ok()) return geometry.error();
  if (!VtcrOf<Granule4K>(geometry.value(), map_.pa_bits()).ok()) return Errno::kInval;
  table_ = HostTable<P>(root, geometry.value());
  return {};
}

template <class P>
PageRow HostMemory<P>::Rows::At(const Page& page) {
  const Leaf leaf = cursor_.At(ToIpa(Gfn(page.pfn.value)));
  const HostView view = ViewOf<Stage2Format>(leaf.descriptor, leaf.level);
  const PageRow row = RowOf(view, page.record->borrowers(), page.record->pins());
  Check(p_, row != PageRow::kIllegal, "a page is in no legal row");
  return row;
}

template <class P>
Annotation HostMemory<P>::Rows::AnnotationAt(Pfn pfn) {
  return Annotation::Decode(cursor_.At(ToIpa(Gfn(pfn.value))).descriptor);
}

template <class P>
typename HostMemory<P>::Range HostMemory<P>::Identity(const PfnRange& range) const {
  // Inside the pfn space by construction of the range, and the table's input is as wide as that
  // space.
  return Range::Make(ToIpa(Gfn(range.first().value)), range.count(), kPageShift, map_.pa_bits())
      .value();
}

template <class P>
void HostMemory<P>::MapPages(P& p, Pfn first, std::uint64_t count, Prot prot, Blocks blocks,
                             Over over) {
  const PfnRange range = PfnRange::Make(first, count, map_.pa_bits() - kPageShift).value();
  Commit(p, table_.Map(p, pool_, Identity(range), ToAddress(first), prot, blocks, over),
         "map of host pages");
}

// Maps each default page of an EMPTY granule at page level, around no-map parts and holes.
template <class P>
void HostMemory<P>::FillGranule(P& p, Pfn granule) {
  const Pfn end = granule + kGranulePages;
  Pfn run = granule;
  while (run < end) {
    while (run < end && !map_.IsRam(run)) run = run + 1;
    Pfn stop = run;
    while (stop < end && map_.IsRam(stop)) stop = stop + 1;
    if (run < stop) MapPages(p, run, stop - run, kRamProt, Blocks::kPagesOnly, Over::kAbsentOnly);
    run = stop;
  }
}

template <class P>
void HostMemory<P>::ToPages(P& p, const HostLocked<P>&, const PoolLocked<P>&,
                            const PfnRange& range) {
  for (Pfn granule = GranuleOf(range.first()); granule < range.end();
       granule = granule + kGranulePages) {
    const Ipa ipa = ToIpa(Gfn(granule.value));
    const Leaf leaf = table_.GetLeaf(p, ipa);
    if (leaf.level == kPageLevel) continue;
    if (leaf.descriptor.bits == 0) {
      FillGranule(p, granule);
    } else {
      Batch batch(p, pool_, vttbr());
      Commit(p, table_.Split(p, pool_, ipa, kPageLevel, batch), "split of a host block");
      batch.Flush();
    }
  }
}

template <class P>
void HostMemory<P>::SetState(P& p, const HostLocked<P>&, const PfnRange& range, PageState state) {
  Batch batch(p, pool_, vttbr());
  Commit(p, table_.SetSw(p, pool_, Identity(range), PageStateSw::kMask, ToProt(state), batch),
         "sw bits of host pages");
  batch.Flush();
}

template <class P>
void HostMemory<P>::Revoke(P& p, const HostLocked<P>& host, const PfnRange& range,
                           Annotation annotation) {
  Batch batch = NewBatch(p);
  Annotate(p, host, range, annotation, AnnotationRun::kSame, batch);
  batch.Flush();
}

template <class P>
void HostMemory<P>::Annotate(P& p, const HostLocked<P>&, const PfnRange& range, Annotation first,
                             AnnotationRun run, Batch& batch) {
  Commit(p, table_.Annotate(p, pool_, Identity(range), first, run, batch),
         "annotation of host pages");
}

template <class P>
void HostMemory<P>::GiveBack(P& p, const HostLocked<P>&, const PfnRange& range, PageState state) {
  MapPages(p, range.first(), range.count(), kRamProt | ToProt(state), Blocks::kPagesOnly,
           Over::kAnnotations);
}

template <class P>
void HostMemory<P>::SetUse(P& p, const HostLocked<P>&, const PfnRange& range, PageUse use) {
  for (Pfn pfn = range.first(); pfn < range.end(); pfn = pfn + 1) Record(p, pfn).set_use(use);
}

template <class P>
void HostMemory<P>::Compact(P& p, const HostLocked<P>&, const PoolLocked<P>&, Pfn granule) {
  if (!map_.GranuleIsRam(granule)) return;
  const Ipa ipa = ToIpa(Gfn(granule.value));
  const Leaf leaf = table_.GetLeaf(p, ipa);
  if (leaf.level != kPageLevel) return;
  const PhysAddr table_page(leaf.slot.value & ~(kPageSize - 1));
  const std::uint16_t special = p.Load16(p.TableCountAddress(table_page));
  if (special != 0) return;
  Batch batch(p, pool_, vttbr());
  Commit(p, table_.Merge(p, pool_, ipa, Level{2}, batch), "merge of an idle host table");
  batch.Flush();
}

template <class P>
AbortAction HostMemory<P>::Fault(P& p, const HostLocked<P>&, const PoolLocked<P>&, PhysAddr address,
                                 HostAccess access) {
  if (address.value >> map_.pa_bits() != 0) return AbortAction::kInject;
  const Pfn pfn = ToPfn(address);
  const Leaf leaf = table_.GetLeaf(p, ToIpa(Gfn(pfn.value)));
  switch (KindOf(leaf.descriptor, leaf.level)) {
    case EntryKind::kLeaf: {
      // Another CPU was faster, unless the entry forbids just this: only a device forbids anything,
      // execution.
      const bool allowed = access != HostAccess::kExecute ||
                           Stage2Format::DecodeProt(leaf.descriptor).Has(Prot::kExecute);
      return allowed ? AbortAction::kRetry : AbortAction::kInject;
    }
    case EntryKind::kAbsent:
      return FaultAbsent(p, pfn, access);
    default:
      return AbortAction::kInject;
  }
}

template <class P>
AbortAction HostMemory<P>::FaultAbsent(P& p, Pfn pfn, HostAccess access) {
  const Pfn granule = GranuleOf(pfn);
  if (map_.IsRam(pfn)) {
    if (map_.GranuleIsRam(granule)) {
      MapPages(p, granule, kGranulePages, kRamProt, Blocks::kAllowed, Over::kAbsentOnly);
    } else {
      FillGranule(p, granule);
    }
    return AbortAction::kRetry;
  }
  if (!map_.IsDevice(pfn) || access == HostAccess::kExecute) return AbortAction::kInject;
  if (map_.GranuleIsDevice(granule)) {
    MapPages(p, granule, kGranulePages, kDeviceProt, Blocks::kAllowed, Over::kAbsentOnly);
    return AbortAction::kRetry;
  }
  // A table must have its default pages from the start: no default page inside a TABLE is ever
  // absent.
  if (table_.GetLeaf(p, ToIpa(Gfn(pfn.value))).level != kPageLevel) FillGranule(p, granule);
  MapPages(p, pfn, 1, kDeviceProt, Blocks::kPagesOnly, Over::kAbsentOnly);
  return AbortAction::kRetry;
}

}  // namespace cadastre

#endif  // CADASTRE_SERVICE_HOST_MEMORY_IMPL_H_
