// SPDX-License-Identifier: Apache-2.0
// A guest on this CPU: from vcpu_run's first event to its second.
#ifndef CADASTRE_SERVICE_EL2_GUEST_H_
#define CADASTRE_SERVICE_EL2_GUEST_H_

#include "service/el2/el2.h"
#include "service/guest_registers.h"

namespace cadastre::el2 {

// Runs the vCPU that HandleHvc answered kGuest for, with `guest`, until the host goes on with
// `host`. The host's system registers are as before on return; so are ELR_EL2 and SPSR_EL2.
void RunGuest(El2& el2, GuestRegisters& guest, Registers& host);

// A trapped MRS or MSR: carries it out as for a processor that has only what a guest is given
// (ID registers tell it), or has it undefined there.
void EmulateSysreg(std::uint64_t esr, GuestRegisters& guest);

}  // namespace cadastre::el2

#endif  // CADASTRE_SERVICE_EL2_GUEST_H_
