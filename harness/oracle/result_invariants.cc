// SPDX-License-Identifier: Apache-2.0
// What a hypercall answers: RESULT, REGISTERS_PRESERVED, REFUSAL_UNCHANGED.
#include "harness/oracle/operation.h"

namespace cadastre::oracle {
namespace {

constexpr unsigned kResultRegisters = 4;

const char* NameOf(const Judgement& judgement) {
  return judgement.call == nullptr ? "unknown call" : judgement.call->name;
}

// First register that answers: all of x0 to x3 after a known call, x0 alone after an unknown one.
unsigned AnswerRegisters(const Judgement& judgement) {
  return judgement.outcome == Outcome::kUnknown ? 1 : kResultRegisters;
}

using Hex = unsigned long long;

}  // namespace

// RESULT: x0 to x3 are what the specification says.
void AssertResult(const HypercallView& view, Report& report) {
  const Registers& expected = view.judgement.expected.registers;
  for (unsigned i = 0; i < AnswerRegisters(view.judgement); ++i) {
    if (view.after[i] == expected[i]) continue;
    report.Fire(
        Invariant::kResult,
        Format("%s: x%u is 0x%llx, expected 0x%llx (row %u); x1..x3 are 0x%llx 0x%llx 0x%llx",
               NameOf(view.judgement), i, Hex{view.after[i]}, Hex{expected[i]},
               view.judgement.expected.row, Hex{view.after[1]}, Hex{view.after[2]},
               Hex{view.after[3]}));
    return;
  }
}

// REGISTERS_PRESERVED: what is no answer is what the caller passed.
void AssertRegistersPreserved(const HypercallView& view, Report& report) {
  for (unsigned i = AnswerRegisters(view.judgement); i < view.after.size(); ++i) {
    if (view.after[i] == view.before[i]) continue;
    report.Fire(Invariant::kRegistersPreserved,
                Format("%s: x%u was 0x%llx and is 0x%llx", NameOf(view.judgement), i,
                       Hex{view.before[i]}, Hex{view.after[i]}));
    return;
  }
}

// REFUSAL_UNCHANGED: a refused or unknown call stores nothing.
void AssertRefusalUnchanged(const HypercallView& view, Report& report) {
  if (view.judgement.outcome == Outcome::kDone) return;
  for (const Event& event : view.events) {
    if (!IsMemoryStore(event.kind) && event.kind != EventKind::kCellStore) continue;
    report.Fire(
        Invariant::kRefusalUnchanged,
        Format("%s (row %u): a store of kind %u at 0x%llx", NameOf(view.judgement),
               view.judgement.expected.row, static_cast<unsigned>(event.kind), Hex{event.address}));
    return;
  }
}

}  // namespace cadastre::oracle
