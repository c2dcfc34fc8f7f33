// SPDX-License-Identifier: Apache-2.0
// The core for this platform, and its place.
#include "service/el2/el2.h"

#include <new>

#include "service/hypervisor_impl.h"

namespace cadastre {

template class Hypervisor<el2::El2Platform>;

namespace el2 {
namespace {

alignas(El2) std::byte place[sizeof(El2)];

}  // namespace

El2& TheEl2() { return *std::launder(reinterpret_cast<El2*>(place)); }
El2& MakeEl2() { return *new (place) El2; }

}  // namespace el2
}  // namespace cadastre
