// SPDX-License-Identifier: Apache-2.0
// Table pages of the host's and EL2's own tables. Sized at boot so that it never runs dry.
#ifndef CADASTRE_SERVICE_CORE_POOL_H_
#define CADASTRE_SERVICE_CORE_POOL_H_

#include <cstdint>

#include "pgtable/pool.h"
#include "service/memory_map.h"
#include "service/page_record.h"

namespace cadastre {

// A PagePool that also keeps each page's use. Blocks of the host deposit nothing: the pool holds a
// page for each granule from boot.
template <class P>
class CorePool {
 public:
  static constexpr bool kDeposits = false;

  explicit constexpr CorePool(const MemoryMap& map) : map_(map) {}

  std::uint64_t Available(P& p) const { return stock_.Available(p); }
  void Give(P& p, PhysAddr page) {
    SetUse(p, page, PageUse::kPoolFree);
    stock_.Give(p, page);
  }
  PhysAddr Take(P& p) {
    const PhysAddr page = stock_.Take(p);
    SetUse(p, page, PageUse::kTable);
    return page;
  }
  // As Take, for a caller that writes the whole page and its count.
  PhysAddr TakeToFill(P& p) {
    const PhysAddr page = stock_.TakeToFill(p);
    SetUse(p, page, PageUse::kTable);
    return page;
  }
  void Deposit(P&) {}
  void Withdraw(P&) {}

 private:
  void SetUse(P& p, PhysAddr page, PageUse use) {
    PageRecord<P>(p, map_.RecordOf(ToPfn(page))).set_use(use);
  }

  const MemoryMap& map_;
  PagePool<P> stock_;
};

}  // namespace cadastre

#endif  // CADASTRE_SERVICE_CORE_POOL_H_
