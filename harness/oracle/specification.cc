// SPDX-License-Identifier: Apache-2.0
#include "harness/oracle/specification.h"

#include <vector>

#include "harness/oracle/refusal_rows.h"

namespace cadastre::oracle {
namespace {

constexpr std::uint64_t kFunctionBase = 0xC6000000;
constexpr std::uint64_t kIgnoredHint = std::uint64_t{1} << 16;
constexpr unsigned kFirstCall = 0x40;
constexpr unsigned kCallNumbers = 0x40;
constexpr std::uint64_t kUnknownCall = ~std::uint64_t{0};

using CallList = std::vector<const CallSpecification*>;

const CallList& Calls() {
  static const CallList calls = [] {
    CallList list;
    for (const auto group : {AnyCallerCalls(), HostPageCalls(), GuestPageCalls(), VmCalls()}) {
      for (const CallSpecification& call : group) list.push_back(&call);
    }
    return list;
  }();
  return calls;
}

const CallSpecification* FindCall(const HypercallInput& input) {
  static const auto by_number = [] {
    std::array<const CallSpecification*, kCallNumbers> table{};
    for (const CallSpecification* call : Calls()) table[call->number - kFirstCall] = call;
    return table;
  }();
  const std::uint64_t number = (input.registers[0] & ~kIgnoredHint) - kFunctionBase - kFirstCall;
  return input.immediate == 0 && number < kCallNumbers ? by_number[number] : nullptr;
}

}  // namespace

std::span<const CallSpecification* const> AllCalls() { return Calls(); }

Judgement StepHypercall(State& state, const HypercallInput& input) {
  Judgement judgement{.expected = {.registers = input.registers}};
  judgement.call = FindCall(input);
  auto& x = judgement.expected.registers;
  if (judgement.call == nullptr) {
    x[0] = kUnknownCall;
    return judgement;
  }
  judgement.expected.known = true;
  x[0] = 0;

  Step step{.state = state, .cpu = input.cpu};
  unsigned window = 0;
  for (const Argument argument : judgement.call->arguments) {
    step.values[static_cast<std::size_t>(argument)] = input.registers[++window];
    if (argument == Argument::kVm) step.vm = state.FindVm(input.registers[window]);
  }
  for (const RowRule& rule : judgement.call->rows) {
    if (const auto detail = rule.refuses(step)) {
      judgement.outcome = Outcome::kRefused;
      judgement.expected.row = rule.row;
      x[1] = std::uint64_t{0} - RefusalRowOf(rule.row).error;
      x[2] = *detail;
      x[3] = rule.row;
      return judgement;
    }
  }
  judgement.outcome = Outcome::kDone;
  judgement.call->update(step, judgement.effect);
  x[1] = 0;
  x[2] = judgement.effect.x2;
  x[3] = judgement.effect.x3;
  return judgement;
}

AbortOutcome StepHostAbort(const State& state, const HostAbortInput& input) {
  const std::uint64_t pfn = input.address >> kPageShift;
  if (const auto index = state.ram().OwnableIndexOf(pfn)) {
    return state.page(*index).row == Row::kHyp ? AbortOutcome::kInject : AbortOutcome::kRetry;
  }
  const bool device = state.ram().IsDevice(pfn) && input.access != Access::kExecute;
  return device ? AbortOutcome::kRetry : AbortOutcome::kInject;
}

}  // namespace cadastre::oracle
