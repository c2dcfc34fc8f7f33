// SPDX-License-Identifier: Apache-2.0
// Translation as the hardware does it, from raw memory: VMSAv8-64, 4 KiB granule, 48-bit output
// (Arm ARM D8.2, D8.3). The machine walks for the host's accesses and for EL2's scrub window. It
// shares nothing with the core or the oracle.
#ifndef CADASTRE_HARNESS_MACHINE_HARDWARE_WALK_H_
#define CADASTRE_HARNESS_MACHINE_HARDWARE_WALK_H_

#include <cstdint>
#include <optional>

#include "harness/machine/sim_memory.h"

namespace cadastre {

// What a successful walk found.
struct Translation {
  std::uint64_t address = 0;  // output
  bool read = false;
  bool write = false;
  bool execute = false;
};

// Stage 2 from `vttbr` (root in bits 47:1). nullopt: translation, address size or access flag
// fault.
std::optional<Translation> WalkStageTwo(const SimMemory& memory, std::uint64_t vttbr,
                                        unsigned ipa_bits, std::uint64_t ipa);

// EL2's stage 1 from `ttbr` with 48 bits of input. nullopt as above.
std::optional<Translation> WalkStageOne(const SimMemory& memory, std::uint64_t ttbr,
                                        std::uint64_t va);

}  // namespace cadastre

#endif  // CADASTRE_HARNESS_MACHINE_HARDWARE_WALK_H_
