// SPDX-License-Identifier: Apache-2.0
// The core for this platform, and its place.
#include "service/el2/el2.h"

#include "service/hypervisor_impl.h"

namespace cadastre {

template class Hypervisor<el2::El2Platform>;

namespace el2 {
namespace internal {
alignas(El2) std::byte el2_place[sizeof(El2)];
}  // namespace internal

El2& MakeEl2() { return *new (internal::el2_place) El2; }

}  // namespace el2
}  // namespace cadastre
