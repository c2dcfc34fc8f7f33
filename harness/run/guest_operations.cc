// SPDX-License-Identifier: Apache-2.0
// What the guest does that runs on a CPU. An instruction that EL2 does not answer is carried out
// here, as the hardware would.
#include <algorithm>
#include <utility>

#include "harness/machine/hardware_walk.h"
#include "harness/run/executor.h"
#include "harness/run/expectation.h"

namespace cadastre::run {

using Answer = script::Expectation::Answer;
using What = script::ResolvedOp::What;

namespace {

constexpr std::uint64_t kInstruction = 4;  // bytes
constexpr unsigned kZeroRegister = 31;

}  // namespace

// PC is behind an HVC when EL2 hears of it, and at any other instruction (Arm ARM D1.3.2, preferred
// exception return address).
Executor::Result Executor::StartGuest(Cpu& cpu) {
  if (!cpu.runs_guest) return Answered(cpu, Answer::kIdle);
  const script::ResolvedOp& op = cpu.op;
  if (secrets_ != nullptr && oracle_.KeepsSecrets(RunningVm(cpu)))
    secrets_->Compute(NumberOf(cpu), RunningVm(cpu), op, cpu.guest);
  if (op.what == What::kGuestAccess) return StartGuestAccess(cpu);
  std::copy_n(op.registers.begin(), op.register_count, cpu.guest.x.begin());
  if (op.what == What::kGuestHvc) cpu.guest.pc += kInstruction;
  cpu.trap.guest = cpu.guest;
  cpu.trap.immediate = op.immediate;
  switch (op.what) {
    case What::kGuestHvc:
      return Call(cpu, oracle::Trap::kGuestHvc, op.schedule);
    case What::kGuestSmc:
      return Call(cpu, oracle::Trap::kGuestSmc, op.schedule);
    case What::kGuestWait:
      return Call(cpu, oracle::Trap::kGuestWait, op.schedule);
    default:
      return Call(cpu, oracle::Trap::kInterrupt, op.schedule);
  }
}

std::uint64_t Executor::RunningVm(const Cpu& cpu) const {
  return oracle_.RunningVm(NumberOf(cpu)).value_or(0);
}

WalkResult Executor::WalkGuest(const Cpu& cpu) const {
  const SystemRegisters& registers = machine_.registers(NumberOf(cpu));
  return WalkStageTwo(machine_.memory(), registers.vttbr, registers.ipa_bits(), cpu.op.address);
}

Executor::Result Executor::StartGuestAccess(Cpu& cpu) {
  const script::ResolvedOp& op = cpu.op;
  // Beyond the machine's address size the guest faults by itself, as the host does.
  if ((op.address >> system_.facts().pa_bits) != 0) return Answered(cpu, Answer::kInjected);
  const unsigned ipa_bits = machine_.registers(NumberOf(cpu)).ipa_bits();
  if (const auto stale = StaleAddress(cpu, ipa_bits)) {
    if (auto violation = JudgeStale(cpu, *stale, kGuestAccessForbidden))
      return Blame(cpu, *std::move(violation));
    return CarryOutGuestAccess(cpu, *stale);
  }
  const WalkResult found = WalkGuest(cpu);
  const auto fault = found.FaultOf(op.access);
  cpu.trap.address = op.address;
  cpu.trap.access = op.access;
  cpu.trap.guest = cpu.guest;
  cpu.trap.syndrome = SyndromeOf(fault.value_or(GuestFault{}), op.access, op.guest_register);
  const auto lock =
      static_cast<LockId>(static_cast<std::uint64_t>(LockId::kVmBase) + (RunningVm(cpu) & 0xff));
  if (fault || OtherHolds(cpu, lock)) {
    return Call(cpu, oracle::Trap::kGuestAbort, op.schedule);
  }
  const std::uint64_t page = found->address >> 12;
  if (auto violation = JudgeAtOnce(cpu, oracle::Trap::kGuestAbort, kGuestAccessForbidden, page)) {
    return Blame(cpu, *std::move(violation));
  }
  return CarryOutGuestAccess(cpu, found->address);
}

// As AfterHostAbort.
Executor::Result Executor::AfterGuestAbort(Cpu& cpu) {
  if (!cpu.runs_guest) return {};
  const WalkResult found = WalkGuest(cpu);
  const auto fault = found.FaultOf(cpu.op.access);
  if (!fault) return CarryOutGuestAccess(cpu, found->address);
  if (!cpu.retried && WasOvertaken(cpu)) {
    cpu.retried = true;
    cpu.trap.syndrome = SyndromeOf(*fault, cpu.op.access, cpu.op.guest_register);
    return Call(cpu, oracle::Trap::kGuestAbort, 0);
  }
  return Stuck(cpu, kGuestAccessStuck);
}

Executor::Result Executor::CarryOutGuestAccess(Cpu& cpu, std::uint64_t address) {
  const unsigned number = cpu.op.guest_register;
  if (auto violation = oracle_.NoteAccess(NumberOf(cpu), address >> 12, cpu.op.access))
    return Blame(cpu, *std::move(violation));
  switch (cpu.op.access) {
    case oracle::Access::kRead:
      if (number != kZeroRegister) cpu.guest.x[number] = machine_.memory().Peek(address);
      break;
    case oracle::Access::kWrite:
      StoreWord(address, number == kZeroRegister ? 0 : cpu.guest.x[number]);
      if (secrets_ != nullptr) secrets_->NoteStore(NumberOf(cpu), address >> 12);
      break;
    case oracle::Access::kExecute:
      break;
  }
  cpu.guest.pc += kInstruction;
  return GoesOn(cpu);
}

Executor::Result Executor::GoesOn(Cpu& cpu) {
  cpu.outcome.expected = cpu.outcome.got = ExpectationOf(cpu.guest);
  return {};
}

}  // namespace cadastre::run
