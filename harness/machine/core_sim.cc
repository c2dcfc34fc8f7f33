// SPDX-License-Identifier: Apache-2.0
#include "harness/machine/core_sim.h"

#include "pgtable/page_table_impl.h"
#include "pgtable/pool_impl.h"
#include "pgtable/tlb_batch_impl.h"
#include "service/hypervisor_impl.h"

namespace cadastre {

template class Hypervisor<SimPlatform>;

}  // namespace cadastre
