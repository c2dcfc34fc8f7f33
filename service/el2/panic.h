// SPDX-License-Identifier: Apache-2.0
#ifndef CADASTRE_SERVICE_EL2_PANIC_H_
#define CADASTRE_SERVICE_EL2_PANIC_H_

#include <cstdint>

namespace cadastre::el2 {

// Prints the reason and the system registers, and halts this CPU.
[[noreturn]] void Panic(const char* reason);

// What else to print of the address of an abort at EL2: at first nothing.
void SetPageReport(void (*report)(std::uint64_t address));

}  // namespace cadastre::el2

#endif  // CADASTRE_SERVICE_EL2_PANIC_H_
