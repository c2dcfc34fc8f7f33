// SPDX-License-Identifier: Apache-2.0
// A machine, the core on it, and the oracle beside it: booted once, and back to that as often as
// wanted.
#ifndef CADASTRE_HARNESS_RUN_SYSTEM_H_
#define CADASTRE_HARNESS_RUN_SYSTEM_H_

#include <cstdint>
#include <memory>
#include <optional>

#include "harness/machine/core_sim.h"
#include "harness/machine/machine.h"
#include "harness/oracle/oracle.h"

namespace cadastre::run {

class System {
 public:
  explicit System(Profile profile);
  System(const System&) = delete;
  System& operator=(const System&) = delete;

  // What was wrong with the boot, if anything. Nothing else may be asked then.
  const std::optional<Violation>& boot_violation() const { return boot_violation_; }

  // To the state after boot. Drops operations that are under way.
  void Reset();
  // Everything anew from raw memory. Only while no operation is under way.
  std::optional<Violation> Sweep();

  Machine& machine() { return machine_; }
  const Machine& machine() const { return machine_; }
  SimHypervisor& core() { return *core_; }
  oracle::Oracle& oracle() { return oracle_; }
  const oracle::Oracle& oracle() const { return oracle_; }
  const oracle::MachineFacts& facts() const { return facts_; }

 private:
  std::optional<Violation> Boot();

  Machine machine_;
  oracle::MachineFacts facts_;
  std::unique_ptr<std::uint64_t[]> storage_;  // of the core's object, zeroed
  SimHypervisor* core_;                       // in storage_
  oracle::Oracle oracle_;
  std::optional<Violation> boot_violation_;
};

}  // namespace cadastre::run

#endif  // CADASTRE_HARNESS_RUN_SYSTEM_H_
