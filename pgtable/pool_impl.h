// SPDX-License-Identifier: Apache-2.0
// Definitions of PagePool. Included where a platform instantiates it, and nowhere else.
#ifndef CADASTRE_PGTABLE_POOL_IMPL_H_
#define CADASTRE_PGTABLE_POOL_IMPL_H_

#include <cstdint>

#include "pgtable/pool.h"

namespace cadastre {

template <class P, class G>
void PagePool<P, G>::Give(P& p, PhysAddr page) {
  p.Store64(page, head_.Load(p));
  head_.Store(p, page.value);
  pages_.Store(p, pages_.Load(p) + 1);
}

template <class P, class G>
PhysAddr PagePool<P, G>::TakeToFill(P& p) {
  const PhysAddr page(head_.Load(p));
  head_.Store(p, p.Load64(page));
  pages_.Store(p, pages_.Load(p) - 1);
  return page;
}

template <class P, class G>
PhysAddr PagePool<P, G>::Take(P& p) {
  const PhysAddr page = TakeToFill(p);
  p.FillTable(page, 0, 0, G::kEntries);
  p.Store16(p.TableCountAddress(page), 0);
  return page;
}

template <class P, class G>
void PagePool<P, G>::Deposit(P& p) {
  deposits_.Store(p, deposits_.Load(p) + 1);
}

template <class P, class G>
void PagePool<P, G>::Withdraw(P& p) {
  deposits_.Store(p, deposits_.Load(p) - 1);
}

template <class P, class G>
void PagePool<P, G>::Clear(P& p) {
  head_.Store(p, 0);
  pages_.Store(p, 0);
}

}  // namespace cadastre

#endif  // CADASTRE_PGTABLE_POOL_IMPL_H_
