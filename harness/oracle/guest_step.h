// SPDX-License-Identifier: Apache-2.0
// What the specification's files about running guests share: a trap of a guest under judgement, and
// the two ways in which it ends.
#ifndef CADASTRE_HARNESS_ORACLE_GUEST_STEP_H_
#define CADASTRE_HARNESS_ORACLE_GUEST_STEP_H_

#include <cstdint>

#include "harness/oracle/specification.h"

namespace cadastre::oracle {

struct GuestStep {
  State& state;
  unsigned cpu;
  unsigned slot;
  Vm& vm;
  Vcpu& vcpu;
  Judgement& judgement;
  GuestRegisters registers;  // as the guest will find them
};

inline constexpr std::uint64_t kInstructionBytes = 4;

// A PSTATE that the host wrote, as it is taken: the defined fields, and a mode of EL0 or EL1.
std::uint64_t PstateFromHost(std::uint64_t pstate);
// Registers of a new vCPU.
GuestRegisters NewVcpuRegisters(std::uint64_t entry, std::uint64_t context);

// The guest runs next.
void Resume(GuestStep& guest);

// The vCPU leaves to the host, which sees `exit` and `value` as the answer to its vcpu_run. `shown`
// holds the words 1 to 36 of the run page that a protected VM's exit shows; a plain VM's exits show
// all registers besides.
void Leave(GuestStep& guest, Exit exit, std::uint64_t value, const RunPage& shown = {},
           ReadBack read_back = ReadBack::kNothing);

// Exits with something to show.
void LeaveByHvc(GuestStep& guest);
void LeaveByAbort(GuestStep& guest, std::uint64_t ipa, std::uint64_t syndrome);

// PSCI of a protected guest. Whether x0 names a function of the table in section 9; if it does, it
// was answered.
bool AnswerPsci(GuestStep& guest, std::uint64_t function);

// ESR_EL2 of a data or instruction abort, as far as the manual reads it.
constexpr bool HasValidSyndrome(std::uint64_t esr) { return (esr >> 24 & 1) != 0; }
constexpr bool IsFetchSyndrome(std::uint64_t esr) {
  return (esr >> 26 & 0x3F) == 0x20 && (esr >> 7 & 1) == 0;
}
// WnR; of a walk of the guest's own tables (S1PTW), whether it failed for want of permission.
constexpr bool IsWriteSyndrome(std::uint64_t esr) {
  if ((esr >> 7 & 1) != 0) return (esr >> 2 & 0xF) == 3;
  return (esr >> 26 & 0x3F) != 0x20 && (esr >> 6 & 1) != 0;
}
constexpr unsigned RegisterOfSyndrome(std::uint64_t esr) {
  return static_cast<unsigned>(esr >> 16 & 31);
}
inline constexpr unsigned kZeroRegister = 31;

// Words of the run page (section 8).
inline constexpr unsigned kWordExit = 0;
inline constexpr unsigned kWordSyndrome = 1;
inline constexpr unsigned kWordIpa = 2;
inline constexpr unsigned kWordData = 3;
inline constexpr unsigned kWordX0 = 4;
inline constexpr unsigned kWordPc = 35;
inline constexpr unsigned kWordPstate = 36;
inline constexpr unsigned kWordFlags = 37;
inline constexpr unsigned kCallRegisters = 4;  // x0..x3

}  // namespace cadastre::oracle

#endif  // CADASTRE_HARNESS_ORACLE_GUEST_STEP_H_
