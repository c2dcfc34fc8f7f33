// SPDX-License-Identifier: Apache-2.0
// Translation as the hardware does it, from raw memory: VMSAv8-64, 4 KiB granule, 48-bit output
// (Arm ARM D8.2, D8.3). The machine walks for the host's accesses and for EL2's scrub window. It
// shares no code with the core or the oracle.
#ifndef CADASTRE_HARNESS_MACHINE_HARDWARE_WALK_H_
#define CADASTRE_HARNESS_MACHINE_HARDWARE_WALK_H_

#include <array>
#include <cstdint>
#include <optional>
#include <span>

#include "harness/machine/sim_memory.h"
#include "harness/oracle/event.h"
#include "harness/oracle/oracle.h"

namespace cadastre {

// Why an access faults.
enum class FaultKind : std::uint8_t {
  kAddressSize,  // a descriptor names an address beyond the machine's
  kTranslation,
  kAccessFlag,
  kPermission,
  kWalkAbort,  // a table is not in RAM: a synchronous external abort
};

struct GuestFault {
  FaultKind kind = FaultKind::kTranslation;
  unsigned level = 0;  // of the descriptor where the walk ended
  friend bool operator==(const GuestFault&, const GuestFault&) = default;
};

// What a successful walk found.
struct Translation {
  std::uint64_t address = 0;  // output
  unsigned level = 0;         // of the leaf
  bool read = false;
  bool write = false;
  bool execute = false;
};

// A translation, or the fault that there is none for any access.
class WalkResult {
 public:
  WalkResult(const Translation& translation) : found_(true), translation_(translation) {}
  WalkResult(GuestFault fault) : fault_(fault) {}

  bool has_value() const { return found_; }
  explicit operator bool() const { return found_; }
  const Translation& operator*() const { return translation_; }
  const Translation* operator->() const { return &translation_; }
  // Only if there is no translation.
  GuestFault fault() const { return fault_; }

  // What the access meets; nullopt if it is allowed.
  std::optional<GuestFault> FaultOf(oracle::Access access) const;

 private:
  bool found_ = false;
  Translation translation_;
  GuestFault fault_;
};

// Stage 2 from `vttbr` (root in bits 47:1).
WalkResult WalkStageTwo(const SimMemory& memory, std::uint64_t vttbr, unsigned ipa_bits,
                        std::uint64_t ipa);

// Addresses of the descriptors that a walk met, from the root down.
struct WalkPath {
  std::array<std::uint64_t, 4> descriptors{};
  unsigned count = 0;
};

// The same through the tables as they were before the first of the events, as far as these are
// stores of single words.
WalkResult WalkStageTwoBefore(const SimMemory& memory, std::span<const oracle::Event> events,
                              std::uint64_t vttbr, unsigned ipa_bits, std::uint64_t ipa,
                              WalkPath& path);

// EL2's stage 1 from `ttbr` with 48 bits of input.
WalkResult WalkStageOne(const SimMemory& memory, std::uint64_t ttbr, std::uint64_t va);

// ESR_EL2 of an access by a guest that faulted at stage 2. Reads and writes move 64 bits from or to
// X`general_register`; 31 is XZR.
std::uint64_t SyndromeOf(GuestFault fault, oracle::Access access, unsigned general_register);

}  // namespace cadastre

#endif  // CADASTRE_HARNESS_MACHINE_HARDWARE_WALK_H_
