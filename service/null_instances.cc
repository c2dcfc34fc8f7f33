// SPDX-License-Identifier: Apache-2.0
// The whole service on the null platform. It proves that nothing in service/ needs an operating
// system: freestanding_test compiles it for bare AArch64 and allows four undefined symbols, memcpy
// and its like.
#include "pgtable/null_platform.h"
#include "service/hypervisor_impl.h"

namespace cadastre {

template class Hypervisor<NullPlatform<Granule4K>>;

}  // namespace cadastre
