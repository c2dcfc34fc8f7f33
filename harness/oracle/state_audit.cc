// SPDX-License-Identifier: Apache-2.0
#include "harness/oracle/state_audit.h"

namespace cadastre::oracle {
namespace {

AuditMachine MachineOf(const MachineFacts& facts) {
  return {.pa_bits = facts.pa_bits,
          .ram = {.ram = facts.ram, .no_map = facts.no_map, .devices = facts.devices},
          .image = facts.image,
          .pool = facts.pool,
          .record_base = facts.record_base,
          .own_inputs = {}};
}

const std::uint64_t* PageWords(const void* context, std::uint64_t pfn) {
  return static_cast<const Memory*>(context)->PageWords(pfn);
}

}  // namespace

StateAudit::StateAudit(const State& state, const Memory& memory)
    : state_(state),
      memory_(memory),
      machine_(MachineOf(state.facts())),
      notes_(machine_.ram.Pages()),
      audit_(machine_, notes_) {}

void StateAudit::PassOver(Regime regime, PageSpan inputs) {
  own_inputs_.push_back({.regime = regime, .inputs = inputs});
  machine_.own_inputs = own_inputs_;
}

std::optional<AuditFinding> StateAudit::Run(std::uint64_t host_root_pfn,
                                            std::uint64_t el2_root_pfn) {
  std::vector<AuditVm> vms;
  for (const unsigned slot : state_.touched_slots()) {
    const Vm& vm = state_.vm(slot);
    if (vm.phase == VmPhase::kFree) continue;
    vms.push_back(
        {.slot = slot,
         .kind = vm.kind == VmKind::kProtected ? GuestKind::kProtected : GuestKind::kPlain,
         .ipa_bits = vm.ipa_bits,
         .root_pfn = vm.root_pfn});
  }
  return audit_.Run({.page_words = &PageWords, .context = &memory_},
                    {.host_pfn = host_root_pfn, .el2_pfn = el2_root_pfn, .vms = vms});
}

}  // namespace cadastre::oracle
