// SPDX-License-Identifier: Apache-2.0
// The specification S: what each call of ABI.md section 14 answers, and what it makes of the
// abstract state. A call is a list of (row, predicate) in ascending order, then its updates, as the
// manual has it; nothing is read from tables.
#ifndef CADASTRE_HARNESS_ORACLE_SPECIFICATION_H_
#define CADASTRE_HARNESS_ORACLE_SPECIFICATION_H_

#include <array>
#include <cstdint>
#include <optional>
#include <span>

#include "harness/oracle/oracle.h"
#include "harness/oracle/state.h"

namespace cadastre::oracle {

// What x1, x2, ... of a call mean, by the manual's kinds (section 1).
enum class Argument : std::uint8_t {
  kVm,
  kPfn,
  kGfn,
  kCount,
  kProt,
  kFlag,
  kId,
  kVmFlags,
  kIpaBits,
  kMetaPfn,
  kRootPfn,
};
inline constexpr std::size_t kArguments = 11;

// A call under judgement: its arguments, and the state as it is before.
struct Step {
  State& state;
  unsigned cpu = 0;
  std::array<std::uint64_t, kArguments> values{};
  Vm* vm = nullptr;  // the VM that the handle names; set if there is one

  std::uint64_t operator[](Argument argument) const {
    return values[static_cast<std::size_t>(argument)];
  }
  unsigned Slot() const { return static_cast<unsigned>((*this)[Argument::kVm] & 0xFF); }
};

// The detail if the row refuses, nullopt if it passes. Called only when all lower rows have passed.
using Predicate = std::optional<std::uint64_t> (*)(const Step&);

struct RowRule {
  unsigned row;
  Predicate refuses;
};

// gfns [first, first + count) of the VM in `slot`.
struct GfnSpan {
  unsigned slot = 0;
  std::uint64_t first = 0;
  std::uint64_t count = 0;
};

// What a successful call returns and where it may leave traces; pages whose S changed are in
// State::changes().
struct Effect {
  std::uint64_t x2 = 0;
  std::uint64_t x3 = 0;
  std::optional<GfnSpan> gfns;       // whose entries it may store
  std::optional<unsigned> vm_slot;   // whose own pages it may store to
  std::optional<unsigned> created;   // slot whose root came to be
  std::optional<unsigned> finished;  // slot whose root is gone
  std::optional<PageSpan> granules;  // pages whose host granules it may rebuild
  std::uint64_t scrubbed = 0;        // the first so many of changes() read zero afterwards
  bool stores_tables =
      false;  // false: no entries and no tables, only records of the pages that changed
};

struct CallSpecification {
  unsigned number = 0;  // function id 0xC6000000 + number
  const char* name = nullptr;
  std::span<const Argument> arguments;
  std::span<const RowRule> rows;
  void (*update)(Step&, Effect&) = nullptr;
};

// The calls by group, each in ascending number.
std::span<const CallSpecification> AnyCallerCalls();  // section 6
std::span<const CallSpecification> HostPageCalls();   // section 7, pages of the host and EL2
std::span<const CallSpecification> GuestPageCalls();  // section 7, pages of guests
std::span<const CallSpecification> VmCalls();         // section 8

// All calls that this version answers.
std::span<const CallSpecification* const> AllCalls();

enum class Outcome : std::uint8_t { kUnknown, kRefused, kDone };

struct Judgement {
  Outcome outcome = Outcome::kUnknown;
  Expectation expected{};
  const CallSpecification* call = nullptr;
  Effect effect{};
};

// Judges a hypercall and moves `state` on.
Judgement StepHypercall(State& state, const HypercallInput& input);

// What becomes of a host abort (section 10). S does not change.
AbortOutcome StepHostAbort(const State& state, const HostAbortInput& input);

}  // namespace cadastre::oracle

#endif  // CADASTRE_HARNESS_ORACLE_SPECIFICATION_H_
