// SPDX-License-Identifier: Apache-2.0
// ABI.md section 9: PSCI of a protected guest, which EL2 answers in x0 alone.
#include "harness/oracle/guest_step.h"

namespace cadastre::oracle {
namespace {

constexpr std::uint64_t kPsciVersion = 0x84000000;
constexpr std::uint64_t kPsciCpuOff = 0x84000002;
constexpr std::uint64_t kPsciCpuOn = 0x84000003;
constexpr std::uint64_t kPsciCpuOnWide = 0xC4000003;
constexpr std::uint64_t kPsciAffinityInfo = 0x84000004;
constexpr std::uint64_t kPsciAffinityInfoWide = 0xC4000004;
constexpr std::uint64_t kPsciSystemOff = 0x84000008;
constexpr std::uint64_t kPsciSystemReset = 0x84000009;
constexpr std::uint64_t kPsciFeatures = 0x8400000A;
constexpr std::uint64_t kSmcccVersion = 0x80000000;
constexpr std::uint64_t kFunctions[] = {kPsciVersion,   kPsciCpuOff,       kPsciCpuOn,
                                        kPsciCpuOnWide, kPsciAffinityInfo, kPsciAffinityInfoWide,
                                        kPsciSystemOff, kPsciSystemReset,  kPsciFeatures};

constexpr std::uint64_t Negative(std::uint64_t value) { return std::uint64_t{0} - value; }
constexpr std::uint64_t kNotSupported = Negative(1);
constexpr std::uint64_t kInvalidParameters = Negative(2);
constexpr std::uint64_t kAlreadyOn = Negative(4);
constexpr std::uint64_t kInvalidAddress = Negative(9);

constexpr std::uint64_t kWideForm = std::uint64_t{1} << 30;

bool IsFunction(std::uint64_t id) {
  for (const std::uint64_t function : kFunctions) {
    if (function == id) return true;
  }
  return false;
}

// The arguments x1, x2, ... of a call: of the 0x84 forms the low 32 bits.
std::uint64_t ArgumentOf(const GuestStep& guest, std::uint64_t function, unsigned index) {
  const std::uint64_t value = guest.registers.x[index];
  return (function & kWideForm) != 0 ? value : value & 0xFFFFFFFF;
}

// An answer that changes nothing besides, refusal or not.
void AnswerX0(GuestStep& guest, std::uint64_t value) {
  guest.judgement.outcome = Outcome::kRefused;
  guest.registers.x[0] = value;
  Resume(guest);
}

void CpuOn(GuestStep& guest, std::uint64_t function) {
  const std::uint64_t caller = guest.registers.x[0];
  const std::uint64_t index = ArgumentOf(guest, function, 1);
  const std::uint64_t entry = ArgumentOf(guest, function, 2);
  Vcpu* target = guest.vm.FindVcpu(index);
  if (target == nullptr) return AnswerX0(guest, kInvalidParameters);
  if (entry % kInstructionBytes != 0) return AnswerX0(guest, kInvalidAddress);
  if (target->power != Power::kOff) return AnswerX0(guest, kAlreadyOn);
  target->power = Power::kOn;
  guest.judgement.effect.vcpu_page = target->own_page;
  target->registers = NewVcpuRegisters(entry, ArgumentOf(guest, function, 3));
  target->read_back = ReadBack::kNothing;
  RunPage shown;
  shown.words[kWordX0] = caller;
  shown.words[kWordX0 + 1] = index;
  guest.registers.x[0] = 0;
  Leave(guest, Exit::kHvc, caller, shown);
}

void CpuOff(GuestStep& guest) {
  RunPage shown;
  shown.words[kWordX0] = guest.registers.x[0];
  guest.vcpu.power = Power::kOff;
  Leave(guest, Exit::kHvc, guest.registers.x[0], shown);
}

void AffinityInfo(GuestStep& guest, std::uint64_t function) {
  const Vcpu* target = guest.vm.FindVcpu(ArgumentOf(guest, function, 1));
  const bool known = target != nullptr && ArgumentOf(guest, function, 2) == 0;
  if (!known) return AnswerX0(guest, kInvalidParameters);
  AnswerX0(guest, target->power == Power::kOn ? 0 : 1);
}

void Shutdown(GuestStep& guest, std::uint64_t value) {
  guest.vcpu.power = Power::kOff;
  Leave(guest, Exit::kShutdown, value);
}

}  // namespace

bool AnswerPsci(GuestStep& guest, std::uint64_t function) {
  switch (function) {
    case kPsciVersion:
      AnswerX0(guest, 0x10001);
      return true;
    case kPsciCpuOff:
      CpuOff(guest);
      return true;
    case kPsciCpuOn:
    case kPsciCpuOnWide:
      CpuOn(guest, function);
      return true;
    case kPsciAffinityInfo:
    case kPsciAffinityInfoWide:
      AffinityInfo(guest, function);
      return true;
    case kPsciSystemOff:
      Shutdown(guest, 0);
      return true;
    case kPsciSystemReset:
      Shutdown(guest, 1);
      return true;
    case kPsciFeatures: {
      const std::uint64_t id = ArgumentOf(guest, function, 1);
      AnswerX0(guest, IsFunction(id) || id == kSmcccVersion ? 0 : kNotSupported);
      return true;
    }
    case kSmcccVersion:
      AnswerX0(guest, 0x10002);
      return true;
    default:
      return false;
  }
}

}  // namespace cadastre::oracle
