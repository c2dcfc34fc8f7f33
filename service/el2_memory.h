// SPDX-License-Identifier: Apache-2.0
// EL2's own stage 1: what EL2 holds or borrows, at a fixed offset, and a window for each CPU
// through which pages that it does not keep are scrubbed.
#ifndef CADASTRE_SERVICE_EL2_MEMORY_H_
#define CADASTRE_SERVICE_EL2_MEMORY_H_

#include <cstdint>

#include "service/locks.h"
#include "service/memory_map.h"
#include "service/ownership.h"
#include "service/tables.h"

namespace cadastre {

inline constexpr unsigned kHypVaBits = 48;
inline constexpr std::uint64_t kHypVaOffset = 0x4000'0000'0000;
inline constexpr HypVa kScrubWindows{0x7000'0000'0000};

constexpr HypVa ToHypVa(Pfn pfn) { return HypVa(kHypVaOffset + ToAddress(pfn).value); }

template <class P>
class El2Memory {
 public:
  explicit El2Memory(CorePool<P>& pool) : pool_(pool), table_(PhysAddr(), Geometry()) {}

  // Makes the windows' table for `cpus` CPUs. Precondition: the pool holds the pages.
  void Init(P& p, PhysAddr root, unsigned cpus);
  PhysAddr root() const { return table_.root(); }

  // Boot only: maps a span that never changes, by blocks where they fit.
  void MapAtBoot(P& p, const PageSpan& span);

  // Commit steps; none can fail after the call's checks.
  void Map(P& p, const El2Locked<P>&, const PoolLocked<P>&, const PfnRange& range, PageState state);
  // Invalidated and synchronised on return.
  void Unmap(P& p, const El2Locked<P>&, const PfnRange& range);

  // The page's state in EL2's table plus 1, 0 where it has no leaf.
  std::uint64_t ViewNumber(P& p, const El2Locked<P>&, Pfn pfn) const;

  // Zeroes a page in TRANSIT through this CPU's window and cleans it to the point of coherency. No
  // lock: the window is this CPU's own, and its table's count does not change.
  void Scrub(P& p, Pfn pfn);

  // Cleans and invalidates a page to the point of coherency through this CPU's window; its contents
  // stay. EL2 may have no other mapping of it.
  void Clean(P& p, Pfn pfn);

 private:
  using Batch = typename El2Table<P>::Batch;
  using Range = typename El2Table<P>::Range;

  static constexpr Prot kReadWrite{Prot::kRead | Prot::kWrite};
  static Range Linear(const PfnRange& range) {
    return Range::Make(ToHypVa(range.first()), range.count(), kPageShift, kHypVaBits).value();
  }
  static HypVa WindowOf(unsigned cpu) { return kScrubWindows + cpu * kPageSize; }

  // `body(HypVa)` while this CPU's window maps the page.
  template <class Body>
  void ThroughWindow(P& p, Pfn pfn, Body body);

  CorePool<P>& pool_;
  El2Table<P> table_;
  PhysAddr window_slots_{};  // the level 3 entry of CPU 0's window
};

}  // namespace cadastre

#endif  // CADASTRE_SERVICE_EL2_MEMORY_H_
