// SPDX-License-Identifier: Apache-2.0
// What a TLB may still hold of stage 2 although the tables say something else: the translation that
// an operation under way has taken away and not yet invalidated. Every CPU that could walk it is
// deemed to hold it, until the operation has done, in this order and with the VMID of the access,
//
//   the store; a DSB; TLBI IPAS2E1IS (or its range form) that meets the entry; DSB ISH;
//   TLBI VMALLE1IS, for entries of stage 1 and 2 combined; DSB ISH
//
// or TLBI VMALLS12E1IS in place of both (Arm ARM D8.13, K1.2). A TLBI whose level hint is not the
// entry's does not meet it.
#ifndef CADASTRE_HARNESS_MACHINE_HELD_TRANSLATION_H_
#define CADASTRE_HARNESS_MACHINE_HELD_TRANSLATION_H_

#include <cstdint>
#include <optional>
#include <span>

#include "harness/machine/hardware_walk.h"
#include "harness/machine/sim_memory.h"
#include "harness/oracle/event.h"

namespace cadastre {

// An operation under way on another CPU.
struct OperationUnderWay {
  std::span<const oracle::Event> events;  // so far
  std::uint64_t vttbr_at_start = 0;
};

// The translation of `ipa` from `vttbr` as it was before the operation, if the operation has
// changed it and it may be held still. Only entries are looked at that were valid leaves before.
std::optional<Translation> HeldTranslation(const SimMemory& memory,
                                           const OperationUnderWay& operation, std::uint64_t vttbr,
                                           unsigned ipa_bits, std::uint64_t ipa);

}  // namespace cadastre

#endif  // CADASTRE_HARNESS_MACHINE_HELD_TRANSLATION_H_
