// SPDX-License-Identifier: Apache-2.0
// The tables that null_instances.cc instantiates on the null platform.
#ifndef CADASTRE_PGTABLE_NULL_INSTANCES_H_
#define CADASTRE_PGTABLE_NULL_INSTANCES_H_

#include "pgtable/null_platform.h"
#include "pgtable/page_table.h"
#include "pgtable/pool.h"
#include "pgtable/stage1_format.h"
#include "pgtable/stage2_format.h"
#include "pgtable/testing/policies.h"

namespace cadastre {

template <class Format, class G>
struct NullTable {
  using P = NullPlatform<G>;
  using Pages = PagePool<P, G>;
  using Batch = TlbBatch<Format, G, Pages, P>;
  using Table = PageTable<Format, G, testing::FreeingPolicy<2>, Pages, P>;
};

}  // namespace cadastre

#endif  // CADASTRE_PGTABLE_NULL_INSTANCES_H_
