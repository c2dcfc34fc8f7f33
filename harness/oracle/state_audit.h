// SPDX-License-Identifier: Apache-2.0
// The audit of tables (table_audit.h) as the host's oracle asks for it: where the roots of VMs are
// it learns from S, which EL2 would from its own slots.
#ifndef CADASTRE_HARNESS_ORACLE_STATE_AUDIT_H_
#define CADASTRE_HARNESS_ORACLE_STATE_AUDIT_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "harness/oracle/facts.h"
#include "harness/oracle/state.h"
#include "harness/oracle/table_audit.h"

namespace cadastre::oracle {

class StateAudit {
 public:
  // Both must outlive it.
  StateAudit(const State& state, const Memory& memory);
  StateAudit(const StateAudit&) = delete;
  StateAudit& operator=(const StateAudit&) = delete;

  // From now on the inputs are the image's own.
  void PassOver(Regime regime, PageSpan inputs);
  // Of the memory as it is now. Only while no operation is under way.
  std::optional<AuditFinding> Run(std::uint64_t host_root_pfn, std::uint64_t el2_root_pfn);

 private:
  const State& state_;
  const Memory& memory_;
  std::vector<AuditMachine::Own> own_inputs_;
  AuditMachine machine_;
  std::vector<AuditNote> notes_;
  TableAudit audit_;
};

}  // namespace cadastre::oracle

#endif  // CADASTRE_HARNESS_ORACLE_STATE_AUDIT_H_
