// SPDX-License-Identifier: Apache-2.0
// The one machine that the image runs: its platform, its register of owners, its CPUs. Made at
// boot, in memory that the linker gives; nothing is constructed before.
#ifndef CADASTRE_SERVICE_EL2_EL2_H_
#define CADASTRE_SERVICE_EL2_EL2_H_

#include <cstddef>
#include <new>

#include "service/el2/platform.h"
#include "service/el2/psci_relay.h"
#include "service/el2/redistributors.h"
#include "service/hypervisor.h"

namespace cadastre::el2 {

struct El2 {
  El2Platform platform;
  Hypervisor<El2Platform> hypervisor;
  PsciRelay psci;
  Redistributors redistributors;
};

// Once, before TheEl2.
El2& MakeEl2();

namespace internal {
extern std::byte el2_place[];
}
inline El2& TheEl2() { return *std::launder(reinterpret_cast<El2*>(internal::el2_place)); }

}  // namespace cadastre::el2

#endif  // CADASTRE_SERVICE_EL2_EL2_H_
