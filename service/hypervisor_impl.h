// SPDX-License-Identifier: Apache-2.0
// All definitions of the service and of the page-table library under it, for the one source file of
// each platform that instantiates it.
#ifndef CADASTRE_SERVICE_HYPERVISOR_IMPL_H_
#define CADASTRE_SERVICE_HYPERVISOR_IMPL_H_

#include "pgtable/page_table_impl.h"
#include "pgtable/pool_impl.h"
#include "pgtable/tlb_batch_impl.h"
#include "service/check.h"
#include "service/dispatch_impl.h"
#include "service/el2_memory_impl.h"
#include "service/grant_calls_impl.h"
#include "service/guest_calls_impl.h"
#include "service/guest_own_calls_impl.h"
#include "service/guest_psci_impl.h"
#include "service/guest_traps_impl.h"
#include "service/host_memory_impl.h"
#include "service/hyp_calls_impl.h"
#include "service/hypervisor.h"
#include "service/return_calls_impl.h"
#include "service/vcpu_calls_impl.h"
#include "service/vm_calls_impl.h"

namespace cadastre {

// How many entries at a level that spans 2^shift bytes each the span meets.
inline std::uint64_t EntriesMet(const PageSpan& span, unsigned shift) {
  if (span.count == 0) return 0;
  const unsigned page_bits = shift - kPageShift;
  const std::uint64_t last = span.first.value + (span.count - 1);
  return (last >> page_bits) - (span.first.value >> page_bits) + 1;
}

template <class P>
std::uint64_t Hypervisor<P>::PoolPagesNeeded(const BootInfo& info) {
  const Result<Geometry> host = Stage2Geometry<Granule4K>(info.pa_bits);
  if (!host.ok()) return 0;
  std::uint64_t pages = 3;  // the scrub windows' tables
  for (int level = 0; level < kPageLevel.value; ++level) {
    const unsigned shift = Granule4K::Shift(Level{level});
    // A table below an entry of the host's root level, and of each level under it; EL2's root is at
    // level 0.
    const bool host_has = level >= host.value().start.value;
    for (const PageSpan& span : info.ram) pages += EntriesMet(span, shift) * (host_has ? 2 : 1);
    for (const PageSpan& span : info.devices) pages += host_has ? EntriesMet(span, shift) : 0;
  }
  return pages;
}

// EL2 sees each page at its address plus an offset; all of RAM must have a place there, below the
// windows. The spans are judged already: nothing wraps.
inline bool LinearMapFits(const BootInfo& info) {
  for (const PageSpan& span : info.ram) {
    if (ToHypVa(span.first + span.count) > kScrubWindows) return false;
  }
  return true;
}

// Both roots and the records lie in the image, apart from each other, and are aligned as BootInfo
// says.
inline bool RootsFit(const BootInfo& info, std::uint64_t ram_pages, unsigned host_root_pages) {
  const struct Part {
    PhysAddr at;
    std::uint64_t bytes;
    std::uint64_t alignment;
  } parts[] = {{info.records, ram_pages * kRecordBytes, kRecordBytes},
               {info.host_root, host_root_pages * kPageSize, host_root_pages * kPageSize},
               {info.el2_root, kPageSize, kPageSize}};
  const PhysAddr image = ToAddress(info.image.first);
  const std::uint64_t size = info.image.count * kPageSize;
  for (const Part& part : parts) {
    if (part.at.value % part.alignment != 0) return false;
    if (part.bytes > size || part.at < image || part.at - image > size - part.bytes) return false;
    for (const Part& other : parts) {
      const bool meet = part.at < other.at + other.bytes && other.at < part.at + part.bytes;
      if (&part != &other && meet) return false;
    }
  }
  return true;
}

template <class P>
Status Hypervisor<P>::Boot(P& p, const BootInfo& info) {
  if (info.cpus == 0 || info.cpus > kMaxCpus || info.max_borrowers == 0 ||
      info.max_borrowers > 65535)
    return Errno::kInval;
  if (const Status status = map_.Init(info); !status.ok()) return status;
  const unsigned host_root_pages = Stage2Geometry<Granule4K>(info.pa_bits).value().root_pages;
  if (!LinearMapFits(info)) return Errno::kInval;
  if (!RootsFit(info, map_.ram_pages(), host_root_pages)) return Errno::kInval;
  if (info.pool.count < PoolPagesNeeded(info)) return Errno::kNoMem;
  limits_ = Limits{info.pa_bits, info.max_borrowers, info.cpus, info.build};

  if (const Status status = host_.Init(info.host_root); !status.ok()) return status;

  const HypMemoryLocked<P> locks(p);
  const PageSpan& pool = map_.pool();
  for (Pfn pfn = pool.first; pfn < pool.first + pool.count; pfn = pfn + 1)
    pool_.Give(p, ToAddress(pfn));
  el2_.Init(p, info.el2_root, info.cpus);
  p.WriteVttbr(host_.vttbr());  // what TLB maintenance comes back to
  p.Isb();

  const struct {
    const PageSpan& span;
    PageUse use;
  } owned[] = {{map_.image(), PageUse::kImage}, {map_.pool(), PageUse::kPoolFree}};
  for (const auto& [span, use] : owned) {
    const PfnRange pages = PfnRange::Make(span.first, span.count, limits_.pfn_bits()).value();
    el2_.MapAtBoot(p, span);
    host_.ToPages(p, locks.host, locks.pool, pages);
    host_.Revoke(p, locks.host, pages,
                 Annotation{AnnotationKind::kHyp, static_cast<std::uint8_t>(use), 0, Gfn()});
    // Pool pages got their use when they were given, and those taken since are tables.
    if (use == PageUse::kImage) host_.SetUse(p, locks.host, pages, use);
  }
  BootCpu(p);
  return {};
}

// EL2 is reached through the new table only once it is complete.
template <class P>
void Hypervisor<P>::BootCpu(P& p) {
  p.WriteTtbr0El2(el2_.root().value);
  p.WriteVtcr(host_.vtcr());
  p.WriteVttbr(host_.vttbr());
  p.Isb();
}

template <class P>
AbortAction Hypervisor<P>::HandleHostAbort(P& p, PhysAddr address, HostAccess access) {
  const HostAndPoolLocked<P> locks(p);
  return host_.Fault(p, locks.host, locks.pool, address, access);
}

}  // namespace cadastre

#endif  // CADASTRE_SERVICE_HYPERVISOR_IMPL_H_
