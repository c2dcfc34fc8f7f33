// SPDX-License-Identifier: Apache-2.0
// A stock of single table pages. No orders, nothing to fragment, everything predictable.
#ifndef CADASTRE_PGTABLE_POOL_H_
#define CADASTRE_PGTABLE_POOL_H_

#include <cstdint>

#include "pgtable/granule.h"
#include "pgtable/platform.h"
#include "pgtable/types.h"

namespace cadastre {

// Free pages are linked through their first word, which no walker reads while they are free.
// Deposits are promises: a block in a guest's table deposits one page, so that splitting it later
// never lacks one; a deposited page stays in the stock and is not available. Whoever calls holds
// the lock of the stock.
//
// A PageTable takes any class with these members as its Pages. Two more are looked for, and may be
// absent:
//   static constexpr bool kDeposits
//     false: Deposit and Withdraw do nothing, so that a block costs no page and a split one
//   PhysAddr TakeToFill(P&)
//     as Take, but clears nothing, for a caller that writes the whole page and its count
template <class P, class G = Granule4K>
class PagePool {
 public:
  static constexpr bool kDeposits = true;

  constexpr PagePool() = default;

  // Pages that Take may still hand out: those held less those deposited.
  std::uint64_t Available(P& p) const { return pages_.Load(p) - deposits_.Load(p); }
  // All free pages held, deposited ones too.
  std::uint64_t Held(P& p) const { return pages_.Load(p); }
  std::uint64_t Deposits(P& p) const { return deposits_.Load(p); }

  // Adds a page. Precondition: nothing reaches it.
  void Give(P& p, PhysAddr page);
  // Removes a page and clears it and its count. Precondition: Available() > 0.
  PhysAddr Take(P& p);
  // Removes a page, whose caller writes all of it and its count. Precondition: Available() > 0.
  PhysAddr TakeToFill(P& p);
  // Precondition of Deposit: Available() > 0; of Withdraw: Deposits() > 0.
  void Deposit(P& p);
  void Withdraw(P& p);
  // Forgets every page. Precondition: no deposits; the pages' owner knows where they are.
  void Clear(P& p);

 private:
  Shared<std::uint64_t> head_;  // physical address of the first free page, 0 for none
  Shared<std::uint32_t> pages_;
  Shared<std::uint32_t> deposits_;
};

}  // namespace cadastre

#endif  // CADASTRE_PGTABLE_POOL_H_
