// SPDX-License-Identifier: Apache-2.0
// What must hold of where boot places EL2, whatever the device tree says.
#ifndef CADASTRE_FUZZ_BOOT_CHECK_H_
#define CADASTRE_FUZZ_BOOT_CHECK_H_

#include <cstdint>
#include <span>

#include "service/el2/device_tree.h"
#include "service/el2/placement.h"

namespace cadastre::fuzz {

// What is wrong with a placement that Place accepted for an image at `image_base`; nullptr if
// nothing is.
const char* WrongPlacement(const el2::MachineDescription& machine, std::uint64_t image_base,
                           std::span<const el2::Taken> taken, const el2::Placement& placement);

}  // namespace cadastre::fuzz

#endif  // CADASTRE_FUZZ_BOOT_CHECK_H_
