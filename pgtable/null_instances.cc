// SPDX-License-Identifier: Apache-2.0
// Every member of the library for every format and granule, on the null platform. It proves that
// nothing in pgtable/ needs an operating system: freestanding_test compiles it for bare AArch64 and
// allows four undefined symbols, memcpy and its like. Benchmarks link it.
#include "pgtable/null_instances.h"

#include "pgtable/page_table_impl.h"
#include "pgtable/pool_impl.h"
#include "pgtable/tlb_batch_impl.h"

namespace cadastre {

template class PagePool<NullPlatform<Granule4K>, Granule4K>;
template class PagePool<NullPlatform<Granule16K>, Granule16K>;
template class PagePool<NullPlatform<Granule64K>, Granule64K>;

template class TlbBatch<Stage2Format, Granule4K, PagePool<NullPlatform<Granule4K>, Granule4K>,
                        NullPlatform<Granule4K>>;
template class TlbBatch<Stage2Format, Granule16K, PagePool<NullPlatform<Granule16K>, Granule16K>,
                        NullPlatform<Granule16K>>;
template class TlbBatch<Stage2Format, Granule64K, PagePool<NullPlatform<Granule64K>, Granule64K>,
                        NullPlatform<Granule64K>>;
template class TlbBatch<Stage1Format, Granule4K, PagePool<NullPlatform<Granule4K>, Granule4K>,
                        NullPlatform<Granule4K>>;
template class TlbBatch<Stage1Format, Granule16K, PagePool<NullPlatform<Granule16K>, Granule16K>,
                        NullPlatform<Granule16K>>;
template class TlbBatch<Stage1Format, Granule64K, PagePool<NullPlatform<Granule64K>, Granule64K>,
                        NullPlatform<Granule64K>>;

template class PageTable<Stage2Format, Granule4K, testing::FreeingPolicy<2>,
                         PagePool<NullPlatform<Granule4K>, Granule4K>, NullPlatform<Granule4K>>;
template class PageTable<Stage2Format, Granule16K, testing::FreeingPolicy<2>,
                         PagePool<NullPlatform<Granule16K>, Granule16K>, NullPlatform<Granule16K>>;
template class PageTable<Stage2Format, Granule64K, testing::FreeingPolicy<2>,
                         PagePool<NullPlatform<Granule64K>, Granule64K>, NullPlatform<Granule64K>>;
template class PageTable<Stage1Format, Granule4K, testing::FreeingPolicy<2>,
                         PagePool<NullPlatform<Granule4K>, Granule4K>, NullPlatform<Granule4K>>;
template class PageTable<Stage1Format, Granule16K, testing::FreeingPolicy<2>,
                         PagePool<NullPlatform<Granule16K>, Granule16K>, NullPlatform<Granule16K>>;
template class PageTable<Stage1Format, Granule64K, testing::FreeingPolicy<2>,
                         PagePool<NullPlatform<Granule64K>, Granule64K>, NullPlatform<Granule64K>>;

}  // namespace cadastre
