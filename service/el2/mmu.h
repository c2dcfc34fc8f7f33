// SPDX-License-Identifier: Apache-2.0
// EL2's own stage 1: how it is turned on, on every CPU alike.
#ifndef CADASTRE_SERVICE_EL2_MMU_H_
#define CADASTRE_SERVICE_EL2_MMU_H_

#include <cstdint>

namespace cadastre::el2 {

// Bits of a physical address, as many as this CPU has and descriptors and VTCR_EL2 carry: 32, 36 or
// 40, which QEMU's RAM fits.
unsigned PhysicalAddressBits();

// The MMU goes on with the table at `root`, which maps this code where it is.
void EnableMmu(std::uint64_t root);

// Addresses that are mapped: what was written there reaches memory, for who reads with caches off.
void CleanRange(std::uint64_t first, std::uint64_t end);
// What the image wrote since it was loaded reaches memory: a CPU that comes up reads it with its
// caches off.
void CleanImage();

}  // namespace cadastre::el2

#endif  // CADASTRE_SERVICE_EL2_MMU_H_
