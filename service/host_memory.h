// SPDX-License-Identifier: Apache-2.0
// The host's stage 2: an identity map, built lazily, that is also the register of what the host
// owns. A droppable entry carries no information: whatever is tagged or annotated is a 4 KiB entry
// and stays until its transition.
#ifndef CADASTRE_SERVICE_HOST_MEMORY_H_
#define CADASTRE_SERVICE_HOST_MEMORY_H_

#include <cstdint>
#include <optional>

#include "service/locks.h"
#include "service/memory_map.h"
#include "service/ownership.h"
#include "service/page_record.h"
#include "service/tables.h"

namespace cadastre {

enum class HostAccess : std::uint8_t { kRead, kWrite, kExecute };
// What EL2 does with a host abort: return to the instruction, or inject a synchronous external
// abort.
enum class AbortAction : std::uint8_t { kRetry, kInject };

template <class P>
class HostMemory {
 public:
  HostMemory(const MemoryMap& map, CorePool<P>& pool)
      : map_(map), pool_(pool), table_(PhysAddr(), Geometry()) {}

  // The root's geometry follows from the machine's PA bits. EINVAL: no geometry for them, or no
  // VTCR_EL2.
  Status Init(PhysAddr root);
  std::uint64_t vttbr() const { return MakeVttbr(table_.root(), 0); }
  std::uint64_t vtcr() const {
    return VtcrOf<Granule4K>(table_.geometry(), map_.pa_bits()).value();
  }
  // Precondition: IsRam(pfn).
  PageRecord<P> Record(P& p, Pfn pfn) const { return PageRecord<P>(p, map_.RecordOf(pfn)); }

  // A page that a call names.
  struct Page {
    Pfn pfn;
    std::optional<PageRecord<P>> record;  // none: it is not RAM
    bool is_ram() const { return record.has_value(); }
  };
  Page PageAt(P& p, Pfn pfn) const {
    const std::optional<PhysAddr> at = map_.FindRecord(pfn);
    return at ? Page{pfn, PageRecord<P>(p, *at)} : Page{pfn, std::nullopt};
  }

  // Reads the rows of neighbouring pages. Panics on a row that is not legal: no hypercall can make
  // one.
  class Rows {
   public:
    Rows(P& p, const HostMemory& memory, const HostLocked<P>&) : p_(p), cursor_(p, memory.table_) {}
    PageRow At(const Page& page);      // precondition: it is RAM
    Annotation AnnotationAt(Pfn pfn);  // precondition: the row is one of an annotation

   private:
    P& p_;
    LeafCursor<HostTable<P>, P> cursor_;
  };

  // Commit steps: preconditions are what the call checked, none can fail. All pages of a range are
  // RAM.

  // Every granule that the range meets becomes a TABLE with each default page mapped.
  void ToPages(P& p, const HostLocked<P>&, const PoolLocked<P>&, const PfnRange& range);
  // Sw bits of leaves that already stand at page level. No TLBI: hardware ignores them.
  void SetState(P& p, const HostLocked<P>&, const PfnRange& range, PageState state);
  // Every page becomes the annotation, whatever it was: revoked and synchronised on return. ToPages
  // comes first, unless the pages have annotations already.
  void Revoke(P& p, const HostLocked<P>&, const PfnRange& range, Annotation annotation);
  // As Revoke, for several ranges: nothing is synchronised before the batch is flushed, and `first`
  // is that of the range's first page. ToPages comes first.
  using Batch = typename HostTable<P>::Batch;
  Batch NewBatch(P& p) { return Batch(p, pool_, vttbr()); }
  void Annotate(P& p, const HostLocked<P>&, const PfnRange& range, Annotation first,
                AnnotationRun run, Batch& batch);
  // Annotated pages become reachable: as the host's own, or as borrowed from a guest.
  void GiveBack(P& p, const HostLocked<P>&, const PfnRange& range, PageState state);
  void SetUse(P& p, const HostLocked<P>&, const PfnRange& range, PageUse use);

  // An idle table becomes a block where the whole granule is RAM; anything else stays as it is.
  void Compact(P& p, const HostLocked<P>&, const PoolLocked<P>&, Pfn granule);
  // A host access that faulted.
  AbortAction Fault(P& p, const HostLocked<P>&, const PoolLocked<P>&, PhysAddr address,
                    HostAccess access);

 private:
  using Range = typename HostTable<P>::Range;

  static constexpr Prot kRamProt{Prot::kRwx};
  static constexpr Prot kDeviceProt{Prot::kRead | Prot::kWrite | Prot::kDevice};

  Range Identity(const PfnRange& range) const;
  void FillGranule(P& p, Pfn granule);
  void MapPages(P& p, Pfn first, std::uint64_t count, Prot prot, Blocks blocks, Over over);
  AbortAction FaultAbsent(P& p, Pfn pfn, HostAccess access);

  const MemoryMap& map_;
  CorePool<P>& pool_;
  HostTable<P> table_;
};

}  // namespace cadastre

#endif  // CADASTRE_SERVICE_HOST_MEMORY_H_
