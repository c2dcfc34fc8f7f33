// SPDX-License-Identifier: Apache-2.0
// Exceptions: what ESR_EL2 says of one that came here, and how one is taken to EL1 in its stead.
#ifndef CADASTRE_SERVICE_EL2_EXCEPTIONS_H_
#define CADASTRE_SERVICE_EL2_EXCEPTIONS_H_

#include <cstdint>

#include "service/host_memory.h"

namespace cadastre::el2 {

// ESR_EL2.EC (Arm ARM D19.2.40).
enum ExceptionClass : std::uint64_t {
  kEcUnknown = 0x00,
  kEcWait = 0x01,  // WFI, WFE
  kEcHvc = 0x16,
  kEcSmc = 0x17,
  kEcSysreg = 0x18,
  kEcFetchAbort = 0x20,
  kEcDataAbort = 0x24,
};
constexpr std::uint64_t EcOf(std::uint64_t esr) { return esr >> 26 & 0x3f; }
constexpr std::uint64_t kEsrIl = 1 << 25;

// Is the abort one of translation at stage 2, or of what is allowed there? Only then does
// FaultingAddress know where; others are alignment, exclusives, errors of memory.
constexpr bool IsTranslationAbort(std::uint64_t esr) { return (esr & 0x3f) < 0x10; }

// Does ESR_EL2 of a data abort describe the access (ISV), which is no walk of stage 1?
constexpr bool IsDecodedAccess(std::uint64_t esr) {
  return EcOf(esr) == kEcDataAbort && (esr >> 24 & 1) != 0 && (esr >> 7 & 1) == 0;
}
// Precondition: IsDecodedAccess(esr).
struct DecodedAccess {
  unsigned number;  // of the register, 31 for XZR
  unsigned bytes;
  bool is_store;
  bool extends_sign;
  bool is_64_bits;  // the register

  // What the register holds after a load of `value`.
  constexpr std::uint64_t Extend(std::uint64_t value) const {
    const unsigned shift = 64 - 8 * bytes;
    const auto up = static_cast<std::int64_t>(value << shift);
    const std::uint64_t wide = extends_sign ? static_cast<std::uint64_t>(up >> shift)
                                            : static_cast<std::uint64_t>(up) >> shift;
    return is_64_bits ? wide : wide & 0xffff'ffff;
  }
};
constexpr DecodedAccess DecodeAccess(std::uint64_t esr) {
  return {.number = static_cast<unsigned>(esr >> 16 & 31),
          .bytes = 1u << (esr >> 22 & 3),
          .is_store = (esr >> 6 & 1) != 0,
          .extends_sign = (esr >> 21 & 1) != 0,
          .is_64_bits = (esr >> 15 & 1) != 0};
}

// The page and offset of an access that faulted at stage 2, as EL1's output: an IPA. HPFAR_EL2 is
// unknown after a permission fault that is no fault of a stage 1 walk (Arm ARM D19.2.55): the
// hardware translates once more, by the registers of EL1 that are in place. False: it no longer
// can, since stage 1 changed; the access is made again.
bool FaultingAddress(std::uint64_t esr, std::uint64_t far, std::uint64_t* ipa);

// Takes a synchronous exception to EL1 (Arm ARM D1.10), whose registers are in place: ESR_EL1 =
// esr, and *pc and *pstate, where EL1 or EL0 was interrupted, become those of its handler.
void TakeToEl1(std::uint64_t esr, std::uint64_t* pc, std::uint64_t* pstate);

// What the host did that faulted at stage 2, by ESR_EL2.
HostAccess AccessOf(std::uint64_t esr);

// An abort that came from EL1 or EL0 becomes a synchronous external abort there, as memory gives
// that answers with an error.
void AbortToEl1(std::uint64_t esr, std::uint64_t far, std::uint64_t* pc, std::uint64_t* pstate);
// The same for the host, and an exception of an undefined instruction: where ELR_EL2 and SPSR_EL2
// say that it was.
void InjectAbort(std::uint64_t esr, std::uint64_t far);
void InjectUndefined();

}  // namespace cadastre::el2

#endif  // CADASTRE_SERVICE_EL2_EXCEPTIONS_H_
