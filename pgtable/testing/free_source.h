// SPDX-License-Identifier: Apache-2.0
// A source of table pages for which blocks deposit nothing, as the service's own pool is.
#ifndef CADASTRE_PGTABLE_TESTING_FREE_SOURCE_H_
#define CADASTRE_PGTABLE_TESTING_FREE_SOURCE_H_

#include <cstdint>

#include "pgtable/pool.h"
#include "pgtable/types.h"

namespace cadastre::testing {

template <class P, class G>
class FreeSource {
 public:
  static constexpr bool kDeposits = false;

  std::uint64_t Available(P& p) const { return pool_.Available(p); }
  std::uint64_t Held(P& p) const { return pool_.Held(p); }
  std::uint64_t Deposits(P&) const { return 0; }
  void Give(P& p, PhysAddr page) { pool_.Give(p, page); }
  PhysAddr Take(P& p) { return pool_.Take(p); }
  void Deposit(P&) {}
  void Withdraw(P&) {}

 private:
  PagePool<P, G> pool_;
};

}  // namespace cadastre::testing

#endif  // CADASTRE_PGTABLE_TESTING_FREE_SOURCE_H_
