// SPDX-License-Identifier: Apache-2.0
// Accesses through translations that the TLBs may hold still, while an operation under way on
// another CPU takes them away. EL2 hears nothing of them. Until that operation has completed its
// invalidation the specification has not stepped, so what it grants is what the old translation
// allows; a core that goes on before that is found out by what the access meets.
#include <string>

#include "harness/machine/held_translation.h"
#include "harness/run/executor.h"
#include "harness/script/operand_text.h"

namespace cadastre::run {

// Where the CPU's access goes through such a translation, which allows it and which the tables do
// not agree with; nullopt if the script does not ask, or there is none.
std::optional<std::uint64_t> Executor::StaleAddress(const Cpu& cpu, unsigned ipa_bits) {
  if (cpu.op.through != script::ResolvedOp::Through::kTlb) return std::nullopt;
  const std::uint64_t vttbr = machine_.registers(NumberOf(cpu)).vttbr;
  const SimMemory& memory = machine_.memory();
  const WalkResult now = WalkStageTwo(memory, vttbr, ipa_bits, cpu.op.address);
  for (unsigned other = 0; other < cpus_.size(); ++other) {
    if (other == NumberOf(cpu) || !machine_.Busy(other)) continue;
    const OperationUnderWay operation{machine_.events(other), cpus_[other].vttbr_at_start};
    const auto held = HeldTranslation(memory, operation, vttbr, ipa_bits, cpu.op.address);
    if (!held || WalkResult(*held).FaultOf(cpu.op.access)) continue;
    const bool agrees = now && now->address == held->address && !now.FaultOf(cpu.op.access);
    if (!agrees && memory.IsOrdinaryRam(held->address >> 12)) return held->address;
  }
  return std::nullopt;
}

// A store must be one that the specification grants. What a load finds is a matter of its colour,
// which NoteAccess judges.
std::optional<Violation> Executor::JudgeStale(const Cpu& cpu, std::uint64_t address,
                                              const char* forbidden) {
  const unsigned number = NumberOf(cpu);
  for (unsigned other = 0; other < cpus_.size(); ++other) {
    if (other != number && machine_.Busy(other))
      oracle_.NoteProgress(other, machine_.events(other));
  }
  if (cpu.op.access != oracle::Access::kWrite) return std::nullopt;
  if (oracle_.GrantsStore(number, cpu.op.address >> 12, address >> 12)) return std::nullopt;
  return Violation{.id = forbidden,
                   .detail = "a translation not yet invalidated allows the store to " +
                             script::PrintNumber(cpu.op.address) + ": " +
                             oracle_.DescribePage(address >> 12),
                   .also = {}};
}

}  // namespace cadastre::run
