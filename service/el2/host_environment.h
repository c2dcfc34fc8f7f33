// SPDX-License-Identifier: Apache-2.0
// What an operating system at EL1 finds in a CPU: the registers of EL2 that decide what EL1 may do
// are written, since reset leaves them unknown; those of extensions later than Armv9.2 are not.
#ifndef CADASTRE_SERVICE_EL2_HOST_ENVIRONMENT_H_
#define CADASTRE_SERVICE_EL2_HOST_ENVIRONMENT_H_

#include <cstdint>

namespace cadastre::el2 {

// On this CPU, with stage 2 on. VTTBR_EL2 and VTCR_EL2 hold the host's.
void SetHostEnvironment();

// Then the host's first instruction on this CPU: at `entry`, with `context` in x0 and zero in every
// other register.
[[noreturn]] void EnterHost(std::uint64_t entry, std::uint64_t context, std::uint64_t cpu);

}  // namespace cadastre::el2

#endif  // CADASTRE_SERVICE_EL2_HOST_ENVIRONMENT_H_
