// SPDX-License-Identifier: Apache-2.0
// What a vCPU runs with, and who runs next on a CPU. service/ABI.md sections 8 and 9.
#ifndef CADASTRE_SERVICE_GUEST_REGISTERS_H_
#define CADASTRE_SERVICE_GUEST_REGISTERS_H_

#include <cstdint>

namespace cadastre {

inline constexpr unsigned kGeneralRegisters = 31;

// In the order of the run page's words 4 to 36, and of the vCPU page's from 0 on.
struct GuestRegisters {
  std::uint64_t x[kGeneralRegisters]{};
  std::uint64_t pc = 0;
  std::uint64_t pstate = 0;
};
inline constexpr unsigned kGuestRegisterWords = kGeneralRegisters + 2;

// Where a trap ends: the host's registers or the guest's are what the CPU goes on with.
enum class Next : std::uint8_t { kHost, kGuest };

// SPSR_EL2 for AArch64 (Arm ARM C5.2.20).
inline constexpr std::uint64_t kPstateMode = 0x1f;
inline constexpr std::uint64_t kPstateEl1h = 0b00101;
// NZCV, TCO, DIT, UAO, PAN, SSBS, BTYPE and DAIF: what a host may choose for its plain guest.
inline constexpr std::uint64_t kPstateChoice = 0xf3c0'1fc0;
inline constexpr std::uint64_t kPstateOfReset = 0x3c0 | kPstateEl1h;  // DAIF set

// What a host wrote, made into a PSTATE that an exception return to a guest may have: EL0t, EL1t or
// EL1h of AArch64, and no debug or illegal state.
constexpr std::uint64_t GuestPstate(std::uint64_t wanted) {
  const std::uint64_t mode = wanted & kPstateMode;
  const bool allowed = mode == 0b00000 || mode == 0b00100 || mode == kPstateEl1h;
  return (wanted & kPstateChoice) | (allowed ? mode : kPstateEl1h);
}
static_assert(GuestPstate(kPstateOfReset) == kPstateOfReset);
static_assert(GuestPstate(0b01001) == kPstateEl1h, "EL2h");

// Registers of a vCPU that begins at `entry`.
constexpr GuestRegisters ResetRegisters(std::uint64_t entry, std::uint64_t context) {
  GuestRegisters registers;
  registers.x[0] = context;
  registers.pc = entry;
  registers.pstate = kPstateOfReset;
  return registers;
}

// ESR_EL2 of an abort from a guest (Arm ARM D24.2.40).
struct AbortSyndrome {
  std::uint64_t bits = 0;

  static constexpr std::uint64_t kInstructionAbort = 0x20;  // EC, from a lower level
  static constexpr std::uint64_t kLevel = 0b11;             // of the fault status code
  // A data abort without a decoded access: a translation fault that EL2 reports by itself.
  static constexpr std::uint64_t kByEl2 = 0x9200'0004;

  // A walk of the guest's own tables (S1PTW): it reads, and writes where it updates flags, which is
  // all that a permission fault of it can come from.
  constexpr bool IsWalk() const { return (bits >> 7 & 1) != 0; }
  constexpr bool IsFetch() const { return !IsWalk() && (bits >> 26 & 0x3f) == kInstructionAbort; }
  constexpr bool IsDecoded() const { return (bits >> 24 & 1) != 0; }  // ISV
  constexpr bool IsWrite() const {
    constexpr std::uint64_t kPermissionFault = 0b0011;
    if (IsWalk()) return (bits >> 2 & 0xf) == kPermissionFault;
    return (bits >> 26 & 0x3f) != kInstructionAbort && (bits >> 6 & 1) != 0;
  }
  constexpr unsigned Register() const { return bits >> 16 & 0x1f; }  // SRT; 31 is no register
  constexpr AbortSyndrome WithoutLevel() const { return {bits & ~kLevel}; }
};

}  // namespace cadastre

#endif  // CADASTRE_SERVICE_GUEST_REGISTERS_H_
