// SPDX-License-Identifier: Apache-2.0
// What becomes of a host abort: ABORT_OUTCOME.
#include "harness/oracle/operation.h"

namespace cadastre::oracle {
namespace {

using Hex = unsigned long long;

std::uint64_t ProtOf(Access access) {
  switch (access) {
    case Access::kRead:
      return kProtRead;
    case Access::kWrite:
      return kProtWrite;
    case Access::kExecute:
      return kProtExecute;
  }
  return 0;
}

}  // namespace

void AssertAbortOutcome(const AnswerView& view, Report& report) {
  if (view.operation.trap != Trap::kHostAbort) return;
  if (view.answer.abort == view.judgement.expected.answer.abort) return;
  report.Fire(Invariant::kAbortOutcome,
              Format("abort at 0x%llx was %s", Hex{view.operation.address},
                     view.answer.abort == AbortOutcome::kRetry ? "retried, not injected"
                                                               : "injected, not retried"));
}

void AssertAbortMapped(const StepView& view, Report& report) {
  const Operation& operation = view.operation;
  if (operation.trap != Trap::kHostAbort ||
      view.judgement.expected.answer.abort == AbortOutcome::kInject)
    return;
  const WalkEnd end = view.world.walker.Walk({.regime = Regime::kHost}, operation.address);
  const bool mapped = KindOf(end.word, end.level) == EntryKind::kLeaf;
  if (mapped && (DecodeLeaf(Stage::kTwo, end.word).prot & ProtOf(operation.access)) != 0) return;
  report.Fire(Invariant::kAbortOutcome, Format("abort at 0x%llx retried, entry is 0x%llx",
                                               Hex{operation.address}, Hex{end.word}));
}

}  // namespace cadastre::oracle
