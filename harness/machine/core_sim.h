// SPDX-License-Identifier: Apache-2.0
// The core on the simulated machine. Its templates are instantiated in core_sim.cc and nowhere
// else, so that a change of the core rebuilds one file.
#ifndef CADASTRE_HARNESS_MACHINE_CORE_SIM_H_
#define CADASTRE_HARNESS_MACHINE_CORE_SIM_H_

#include "harness/machine/sim_platform.h"
#include "service/hypervisor.h"

namespace cadastre {

using SimHypervisor = Hypervisor<SimPlatform>;

extern template class Hypervisor<SimPlatform>;

}  // namespace cadastre

#endif  // CADASTRE_HARNESS_MACHINE_CORE_SIM_H_
