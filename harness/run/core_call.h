// SPDX-License-Identifier: Apache-2.0
// One entry into the core, as the hardware makes it, and what came of it. In the oracle's types on
// the outside, the core's own within.
#ifndef CADASTRE_HARNESS_RUN_CORE_CALL_H_
#define CADASTRE_HARNESS_RUN_CORE_CALL_H_

#include "harness/machine/core_sim.h"
#include "harness/oracle/oracle.h"

namespace cadastre::run {

// `host`: the host's registers, which a guest's exit is told in. In them the host finds x2 and x3.
oracle::Answer CallCore(SimHypervisor& core, SimPlatform& platform,
                        const oracle::Operation& operation, const oracle::Registers& host);

}  // namespace cadastre::run

#endif  // CADASTRE_HARNESS_RUN_CORE_CALL_H_
