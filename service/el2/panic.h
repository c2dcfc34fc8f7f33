// SPDX-License-Identifier: Apache-2.0
#ifndef CADASTRE_SERVICE_EL2_PANIC_H_
#define CADASTRE_SERVICE_EL2_PANIC_H_

namespace cadastre::el2 {

// Prints the reason and the registers, and halts this CPU.
[[noreturn]] void Panic(const char* reason);

}  // namespace cadastre::el2

#endif  // CADASTRE_SERVICE_EL2_PANIC_H_
