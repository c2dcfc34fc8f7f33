// SPDX-License-Identifier: Apache-2.0
// The driver of a fuzz target that runs inputs on the simulated machines.
#ifndef CADASTRE_FUZZ_BOOTED_DRIVER_H_
#define CADASTRE_FUZZ_BOOTED_DRIVER_H_

#include "harness/run/fuzz_driver.h"

namespace cadastre::fuzz {

// The same for all inputs. Its machines boot before the first one (LLVMFuzzerInitialize).
run::FuzzDriver& BootedDriver();

}  // namespace cadastre::fuzz

#endif  // CADASTRE_FUZZ_BOOTED_DRIVER_H_
