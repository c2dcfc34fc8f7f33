// SPDX-License-Identifier: Apache-2.0
// As much of a GICv3 and of the virtual timer as it takes to be interrupted once.
#ifndef CADASTRE_SERVICE_EL2_PAYLOAD_INTERRUPTS_H_
#define CADASTRE_SERVICE_EL2_PAYLOAD_INTERRUPTS_H_

#include <cstdint>

namespace cadastre::payload {

inline constexpr std::uint64_t kVirtualTimerPpi = 27;

// Lets this CPU's timers interrupt it: PPI 27, and 26 by which EL2 keeps the time of 27's while a
// guest runs.
void EnableTimerInterrupts(std::uint64_t cpu);
// The virtual timer, in ticks from now.
void SetTimer(std::uint64_t ticks);
void StopTimer();
// Acknowledges and ends the interrupt that is pending; its number.
std::uint64_t TakeInterrupt();

}  // namespace cadastre::payload

#endif  // CADASTRE_SERVICE_EL2_PAYLOAD_INTERRUPTS_H_
