// SPDX-License-Identifier: Apache-2.0
// The system registers that trap from a guest. The ID registers show what a guest is given; what it
// is not given is undefined, as on a processor without it.
#include "service/el2/exceptions.h"
#include "service/el2/guest.h"
#include "service/el2/sysreg.h"

namespace cadastre::el2 {
namespace {

// Op0, Op1, CRn, CRm, Op2 as in ESR_EL2.ISS (Arm ARM D19.2.40), without register and direction.
constexpr std::uint64_t Encoding(unsigned op0, unsigned op1, unsigned crn, unsigned crm,
                                 unsigned op2) {
  return std::uint64_t{op0} << 20 | op2 << 17 | op1 << 14 | crn << 10 | crm << 1;
}
constexpr std::uint64_t kEncodingMask = Encoding(3, 7, 15, 15, 7);
constexpr std::uint64_t IdRegister(unsigned crm, unsigned op2) {
  return Encoding(3, 0, 0, crm, op2);
}
constexpr std::uint64_t kActlr = Encoding(3, 0, 1, 0, 1);

constexpr std::uint64_t Field(unsigned low) { return 0xfULL << low; }

// A field not above `most`.
constexpr std::uint64_t Limit(std::uint64_t id, unsigned low, std::uint64_t most) {
  const std::uint64_t value = id >> low & 0xf;
  return (id & ~Field(low)) | (value < most ? value : most) << low;
}

// No EL2 or EL3, GIC, RAS, SVE, MPAM, AMU; AArch64 at EL1; no SCXTNUM registers.
std::uint64_t Pfr0() {
  constexpr std::uint64_t kGone = Field(8) | Field(12) | Field(24) | Field(28) | Field(32) |
                                  Field(36) | Field(40) | Field(44) | Field(52);
  const std::uint64_t id = CADASTRE_READ_SYSREG(id_aa64pfr0_el1) & ~kGone;
  return Limit(Limit(id, 4, 1), 56, 1);
}
// No tags, RAS, MPAM, SME, random-number trap, SCXTNUM.
std::uint64_t Pfr1() { return CADASTRE_READ_SYSREG(id_aa64pfr1_el1) & (Field(0) | Field(4)); }
// The debug registers that the architecture requires, and neither trace nor PMU nor profiling.
std::uint64_t Dfr0() {
  constexpr std::uint64_t kShown = Field(0) | Field(12) | Field(20) | Field(28);
  constexpr std::uint64_t kNoDoubleLock = Field(36);
  return (CADASTRE_READ_SYSREG(id_aa64dfr0_el1) & kShown) | kNoDoubleLock;
}
// No LS64, which HCRX_EL2 would have to allow.
std::uint64_t Isar1() { return CADASTRE_READ_SYSREG(id_aa64isar1_el1) & ~Field(60); }
// No MOPS, for the same reason.
std::uint64_t Isar2() { return CADASTRE_READ_SYSREG(S3_0_C0_C6_2) & ~Field(16); }
// No FGT, ECV.
std::uint64_t Mmfr0() { return CADASTRE_READ_SYSREG(id_aa64mmfr0_el1) & ~(Field(56) | Field(60)); }
// No VHE, LORegions, TWED, HCX.
std::uint64_t Mmfr1() {
  return CADASTRE_READ_SYSREG(id_aa64mmfr1_el1) & ~(Field(8) | Field(16) | Field(32) | Field(40));
}
// No nested virtualization, EVT.
std::uint64_t Mmfr2() { return CADASTRE_READ_SYSREG(S3_0_C0_C7_2) & ~(Field(24) | Field(56)); }

// Registers of this space that are not named here read as zero: AArch32's, and those to come.
std::uint64_t ReadId(std::uint64_t encoding) {
  switch (encoding) {
    case IdRegister(4, 0):
      return Pfr0();
    case IdRegister(4, 1):
      return Pfr1();
    case IdRegister(5, 0):
      return Dfr0();
    case IdRegister(6, 0):
      return CADASTRE_READ_SYSREG(id_aa64isar0_el1);
    case IdRegister(6, 1):
      return Isar1();
    case IdRegister(6, 2):
      return Isar2();
    case IdRegister(7, 0):
      return Mmfr0();
    case IdRegister(7, 1):
      return Mmfr1();
    case IdRegister(7, 2):
      return Mmfr2();
    default:
      return 0;
  }
}

constexpr bool IsIdSpace(std::uint64_t encoding) {
  constexpr std::uint64_t kAllButCrmOp2 = Encoding(3, 7, 15, 0, 0);
  return (encoding & kAllButCrmOp2) == Encoding(3, 0, 0, 0, 0);
}
// Debug registers: every processor has them; a guest's do nothing.
constexpr bool IsDebugSpace(std::uint64_t encoding) {
  return (encoding & Encoding(3, 7, 0, 0, 0)) == Encoding(2, 0, 0, 0, 0);
}

}  // namespace

void EmulateSysreg(std::uint64_t esr, GuestRegisters& guest) {
  const std::uint64_t encoding = esr & kEncodingMask;
  const bool is_read = (esr & 1) != 0;
  const unsigned target = esr >> 5 & 0x1f;
  const bool is_id = IsIdSpace(encoding) && is_read;
  if (!is_id && !IsDebugSpace(encoding) && encoding != kActlr) {
    TakeToEl1(kEcUnknown << 26 | kEsrIl, &guest.pc, &guest.pstate);
    return;
  }
  if (is_read && target < kGeneralRegisters) guest.x[target] = is_id ? ReadId(encoding) : 0;
  guest.pc += kInstructionBytes;
}

}  // namespace cadastre::el2
