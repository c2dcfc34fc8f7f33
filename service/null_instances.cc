// SPDX-License-Identifier: Apache-2.0
// The whole service on the null platform, as a freestanding library: proves that nothing in
// service/ needs an operating system.
#include "pgtable/null_platform.h"
#include "service/hypervisor_impl.h"

namespace cadastre {

template class Hypervisor<NullPlatform<Granule4K>>;

}  // namespace cadastre
