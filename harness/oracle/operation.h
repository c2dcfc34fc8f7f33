// SPDX-License-Identifier: Apache-2.0
// Invariants of group C: what one operation answered and did, judged from registers, events and
// what S says of it.
#ifndef CADASTRE_HARNESS_ORACLE_OPERATION_H_
#define CADASTRE_HARNESS_ORACLE_OPERATION_H_

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "harness/oracle/event.h"
#include "harness/oracle/footprint.h"
#include "harness/oracle/report.h"
#include "harness/oracle/specification.h"
#include "harness/oracle/views.h"

namespace cadastre::oracle {

constexpr bool IsMemoryStore(EventKind kind) {
  return kind == EventKind::kStore || kind == EventKind::kFill || kind == EventKind::kZeroPage;
}

// A hypercall after it: `before` is what the caller passed, `after` what it got back.
struct HypercallView {
  const Judgement& judgement;
  const Registers& before;
  const Registers& after;
  std::span<const Event> events;
};

void AssertResult(const HypercallView& view, Report& report);
void AssertRegistersPreserved(const HypercallView& view, Report& report);
void AssertRefusalUnchanged(const HypercallView& view, Report& report);

// Any operation after it, with S and the walker moved on.
struct OperationView {
  const World& world;
  const WalkChanges& changes;
  const Effect& effect;
  const Footprint& footprint;
  std::span<const Event> events;
};

void AssertFootprint(const OperationView& view, Report& report);
void AssertNoWriteOutsideHyp(const OperationView& view, Report& report);
void AssertScrubbedClean(const OperationView& view, Report& report);

// Outcome of a host abort; after kRetry the walker must find the access allowed.
void AssertAbortOutcome(const World& world, const HostAbortInput& input, AbortOutcome expected,
                        AbortOutcome outcome, Report& report);

// LOCKS_RELEASED and LOCK_ORDER speak of the events of one operation.
void AssertLocksReleased(std::span<const Event> events, Report& report);
void AssertLockOrder(std::span<const Event> events, Report& report);

// The translation roots as each CPU has them.
struct RootRegisters {
  std::uint64_t host_vttbr = 0;
  std::uint64_t el2_ttbr0 = 0;
  std::vector<std::optional<std::uint64_t>> vttbr;  // by CPU; none until it was seen written
};

// Follows the events; `finished` is the slot whose root went away in this operation.
void AssertVttbrAgrees(const State& state, std::optional<unsigned> finished,
                       std::span<const Event> events, RootRegisters& registers, Report& report);

}  // namespace cadastre::oracle

#endif  // CADASTRE_HARNESS_ORACLE_OPERATION_H_
