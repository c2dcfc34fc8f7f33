// SPDX-License-Identifier: Apache-2.0
// What the host does to memory. EL2 hears of it only when stage 2 aborts.
#include <string>
#include <utility>

#include "harness/machine/hardware_walk.h"
#include "harness/run/executor.h"
#include "harness/script/operand_text.h"

namespace cadastre::run {

using Answer = script::Expectation::Answer;
using What = script::ResolvedOp::What;

bool Executor::HostReaches(const Cpu& cpu) const {
  const WalkResult found = WalkStageTwo(machine_.memory(), machine_.registers(NumberOf(cpu)).vttbr,
                                        system_.facts().pa_bits, cpu.op.address);
  return !found.FaultOf(cpu.op.access);
}

Executor::Result Executor::StartHostAccess(Cpu& cpu) {
  const script::ResolvedOp& op = cpu.op;
  const bool is_list_entry = op.what == What::kHostStore && op.word_count != 1;
  if (is_list_entry && op.word_count == 0) return Answered(cpu, Answer::kIdle);
  // Beyond the machine's address size stage 1 faults, and EL2 never hears of it (Arm ARM D8.2,
  // address size fault).
  if ((op.address >> system_.facts().pa_bits) != 0) return Answered(cpu, Answer::kInjected);
  if (const auto stale = StaleAddress(cpu, system_.facts().pa_bits)) {
    if (auto violation = JudgeStale(cpu, *stale, kHostAccessForbidden))
      return Blame(cpu, *std::move(violation));
    return CarryOutHostAccess(cpu, *stale);
  }
  cpu.trap.address = op.address;
  cpu.trap.access = op.access;
  const bool reaches = HostReaches(cpu);
  if (is_list_entry && !reaches) return Answered(cpu, Answer::kIdle);
  // A list page is pinned and keeps its place, whatever another CPU is at.
  if (is_list_entry && OtherHolds(cpu, LockId::kHost))
    return CarryOutHostAccess(cpu, cpu.op.address);
  if (!reaches || OtherHolds(cpu, LockId::kHost)) {
    return Call(cpu, oracle::Trap::kHostAbort, op.schedule);
  }
  const std::uint64_t page = op.address >> 12;
  if (auto violation = JudgeAtOnce(cpu, oracle::Trap::kHostAbort, kHostAccessForbidden, page)) {
    return Blame(cpu, *std::move(violation));
  }
  return CarryOutHostAccess(cpu, cpu.op.address);
}

// Hardware allows the access and EL2 is not called: is that what the specification says? Its state
// is the one at the last linearisation point, and a CPU that holds the lock may have changed the
// table since, or changes it still: of such a moment nothing can be said, and what the host stored
// then would be taken for what a scrub left. So an access that falls there counts as one whose walk
// came an instant earlier or later, where entries are broken: it aborts, EL2 waits for the lock,
// and the specification judges its answer.
//
// Precondition: no other CPU holds the lock of the table.
std::optional<Violation> Executor::JudgeAtOnce(Cpu& cpu, oracle::Trap trap, const char* forbidden,
                                               std::uint64_t page) {
  const unsigned number = NumberOf(cpu);
  cpu.trap.trap = trap;
  cpu.trap.cpu = number;
  cpu.answer = {};
  if (trap == oracle::Trap::kGuestAbort) {
    cpu.answer.next = oracle::Next::kGuest;
    cpu.answer.guest = cpu.guest;
  }
  oracle_.Begin(cpu.trap);
  auto violation = oracle_.End(number, cpu.answer, {});
  const oracle::Answer& expected = oracle_.expectation(number).answer;
  if (expected.next != cpu.answer.next || expected.abort != cpu.answer.abort) {
    NoteExpected(cpu);
    return Violation{.id = forbidden,
                     .detail = "hardware allows the access to " +
                               script::PrintNumber(cpu.op.address) + ": " +
                               oracle_.DescribePage(page),
                     .also = {}};
  }
  return violation;
}

Executor::Result Executor::AfterHostAbort(Cpu& cpu) {
  if (cpu.answer.abort == oracle::AbortOutcome::kInject) return {};
  if (HostReaches(cpu)) return CarryOutHostAccess(cpu, cpu.op.address);
  // Another CPU may take the page away between EL2's answer and the access. Then the access aborts
  // once more; this time nobody comes between.
  if (!cpu.retried && WasOvertaken(cpu)) {
    cpu.retried = true;
    return Call(cpu, oracle::Trap::kHostAbort, 0);
  }
  return Stuck(cpu, kHostAccessStuck);
}

Executor::Result Executor::Stuck(const Cpu& cpu, const char* id) {
  return Blame(cpu, {.id = id,
                     .detail = "the access to " + script::PrintNumber(cpu.op.address) +
                               " aborts again after its retry",
                     .also = {}});
}

Executor::Result Executor::CarryOutHostAccess(Cpu& cpu, std::uint64_t address) {
  const script::ResolvedOp& op = cpu.op;
  if (auto violation = oracle_.NoteAccess(NumberOf(cpu), address >> 12, op.access))
    return Blame(cpu, *std::move(violation));
  if (op.what == What::kHostStore) {
    for (std::size_t i = 0; i < op.word_count; ++i) StoreWord(address + 8 * i, op.words[i]);
    return Answered(cpu, op.word_count == 1 ? Answer::kAllowed : Answer::kDone);
  }
  if (op.access == oracle::Access::kWrite) {
    // Looks like a valid entry to whoever forgets to clear.
    StoreWord(address & ~std::uint64_t{7}, 0xd000'0000'0000'0001 + ++stores_);
  }
  return Answered(cpu, Answer::kAllowed);
}

void Executor::StoreWord(std::uint64_t address, std::uint64_t word) {
  if (!machine_.memory().IsOrdinaryRam(address >> 12)) return;  // a device keeps nothing
  machine_.memory().Write(address, word);
}

}  // namespace cadastre::run
