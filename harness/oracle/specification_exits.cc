// SPDX-License-Identifier: Apache-2.0
// ABI.md section 8: how a vCPU leaves, and what the host is shown of it.
#include "harness/oracle/guest_step.h"

namespace cadastre::oracle {
namespace {

// NZCV; TCO, DIT, UAO, PAN; SSBS, BTYPE; DAIF.
constexpr std::uint64_t kKeptPstate = 0xF0000000 | 0x03C00000 | 0x1C00 | 0x3C0;
constexpr std::uint64_t kPstateMode = 0x1F;
constexpr std::uint64_t kModeEl0 = 0b00000;
constexpr std::uint64_t kModeEl1t = 0b00100;
constexpr std::uint64_t kModeEl1h = 0b00101;
constexpr std::uint64_t kNewPstate = 0x3C5;
constexpr std::uint64_t kSyndromeLevel = 3;  // would tell block from table
constexpr std::uint64_t kGfnMask = (std::uint64_t{1} << 36) - 1;

}  // namespace

std::uint64_t PstateFromHost(std::uint64_t pstate) {
  const std::uint64_t mode = pstate & kPstateMode;
  const bool known = mode == kModeEl0 || mode == kModeEl1t || mode == kModeEl1h;
  return (pstate & kKeptPstate) | (known ? mode : kModeEl1h);
}

GuestRegisters NewVcpuRegisters(std::uint64_t entry, std::uint64_t context) {
  GuestRegisters registers;
  registers.x[0] = context;
  registers.pc = entry;
  registers.pstate = kNewPstate;
  return registers;
}

void Resume(GuestStep& guest) {
  guest.judgement.expected.answer.next = Next::kGuest;
  guest.judgement.expected.answer.guest = guest.registers;
}

void Leave(GuestStep& guest, Exit exit, std::uint64_t value, const RunPage& shown,
           ReadBack read_back) {
  RunPage& page = guest.judgement.run_page.emplace(shown);
  page.pfn = guest.state.ram().PfnOf(guest.vcpu.run_page);
  page.words[kWordExit] = static_cast<std::uint64_t>(exit);
  page.words[kWordFlags] = 0;
  guest.vcpu.read_back = read_back;
  if (guest.vm.kind == VmKind::kPlain) {
    for (unsigned i = 0; i < guest.registers.x.size(); ++i)
      page.words[kWordX0 + i] = guest.registers.x[i];
    page.words[kWordPc] = guest.registers.pc;
    page.words[kWordPstate] = guest.registers.pstate;
    guest.vcpu.read_back = ReadBack::kAllRegisters;
  }
  guest.vcpu.registers = guest.registers;
  CpuState& cpu = guest.state.EditCpu(guest.cpu);
  cpu.runs_guest = false;
  guest.judgement.exit = exit;
  Answer& answer = guest.judgement.expected.answer;
  answer.next = Next::kHost;
  answer.registers = cpu.host_registers;
  answer.registers[0] = answer.registers[1] = 0;
  answer.registers[2] = static_cast<std::uint64_t>(exit);
  answer.registers[3] = value;
}

void LeaveByHvc(GuestStep& guest) {
  RunPage shown;
  for (unsigned i = 0; i < kCallRegisters; ++i) shown.words[kWordX0 + i] = guest.registers.x[i];
  Leave(guest, Exit::kHvc, guest.registers.x[0], shown, ReadBack::kCallRegisters);
}

void LeaveByAbort(GuestStep& guest, std::uint64_t ipa, std::uint64_t syndrome) {
  RunPage shown;
  shown.words[kWordSyndrome] = syndrome & ~kSyndromeLevel;
  shown.words[kWordIpa] = ipa;
  const unsigned source = RegisterOfSyndrome(syndrome);
  if (HasValidSyndrome(syndrome) && IsWriteSyndrome(syndrome) && source != kZeroRegister)
    shown.words[kWordData] = guest.registers.x[source];
  guest.vcpu.syndrome = syndrome;
  Leave(guest, Exit::kAbort, ipa >> kPageShift & kGfnMask, shown, ReadBack::kAccess);
}

}  // namespace cadastre::oracle
