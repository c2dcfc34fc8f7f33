// SPDX-License-Identifier: Apache-2.0
// The checks of the self-check: counted, and told where they fail.
#ifndef CADASTRE_SERVICE_EL2_PAYLOAD_CHECKS_H_
#define CADASTRE_SERVICE_EL2_PAYLOAD_CHECKS_H_

#include <cstdint>

#include "service/el2/payload/payload.h"

namespace cadastre::payload {

// Counts a check; one that fails is told, with the number if there is one.
void Check(bool holds, const char* what, std::uint64_t number = ~std::uint64_t{0});

// Whether a load or a store there is met by a synchronous external abort with the right address, on
// this CPU.
bool IsLoadInjected(std::uint64_t cpu, std::uint64_t address);
bool IsStoreInjected(std::uint64_t cpu, std::uint64_t address);

// Says how many checks there were, and ends QEMU: status 0 if all held, else 1.
[[noreturn]] void EndChecks(unsigned cpus);

// redistributor_check.cc: of the GIC, this CPU's.
void CheckRedistributor(std::uint64_t cpu);

// guest_check.cc: a protected and a plain VM, run on this CPU.
void CheckGuests(std::uint64_t cpu);
// The same file: a guest that CPU 1 runs, and from which CPU 0 takes a page meanwhile.
void RunCountingGuest();
void CheckTakingFromCountingGuest();

}  // namespace cadastre::payload

#endif  // CADASTRE_SERVICE_EL2_PAYLOAD_CHECKS_H_
