// SPDX-License-Identifier: Apache-2.0
// What an operating system at EL1 finds in a CPU: every register of EL2 that decides what EL1 may
// do is written, since reset leaves them unknown.
#ifndef CADASTRE_SERVICE_EL2_HOST_ENVIRONMENT_H_
#define CADASTRE_SERVICE_EL2_HOST_ENVIRONMENT_H_

namespace cadastre::el2 {

// On this CPU, with stage 2 on. VTTBR_EL2 and VTCR_EL2 hold the host's.
void SetHostEnvironment();

}  // namespace cadastre::el2

#endif  // CADASTRE_SERVICE_EL2_HOST_ENVIRONMENT_H_
