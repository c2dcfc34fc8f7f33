// SPDX-License-Identifier: Apache-2.0
#include "harness/run/expectation.h"

#include "harness/script/op_table.h"
#include "harness/script/text.h"

namespace cadastre::run {
namespace {

using script::Expectation;
using Answer = script::Expectation::Answer;

constexpr std::uint64_t kUnknown = ~std::uint64_t{0};
// Results of guests' calls, PSCI's among them, that say no: -1 to -9.
constexpr std::uint64_t kLeastError = ~std::uint64_t{0} - 15;

// Fields that the wanted expectation leaves open match anything.
template <class T>
bool Matches(const std::optional<T>& wanted, const std::optional<T>& got) {
  return !wanted || wanted == got;
}

bool Matches(const Expectation& wanted, const Expectation& got) {
  if (wanted.answer != got.answer) return false;
  if (wanted.answer == Answer::kRefusal && wanted.error != got.error) return false;
  return Matches(wanted.row, got.row) && Matches(wanted.x0, got.x0) && Matches(wanted.x1, got.x1) &&
         Matches(wanted.x2, got.x2) && Matches(wanted.x3, got.x3);
}

// Of an HVC that came back to the host.
Expectation CallAnswer(const oracle::Registers& x) {
  if (x[0] == kUnknown) return {.answer = Answer::kUnknown};
  if (x[1] == 0) return {.answer = Answer::kSuccess, .x2 = x[2], .x3 = x[3]};
  return {.answer = Answer::kRefusal,
          .error = static_cast<Errno>(0 - x[1]),
          .row = static_cast<std::uint16_t>(x[3]),
          .x2 = x[2]};
}

}  // namespace

Expectation ExpectationOf(const oracle::GuestRegisters& guest) {
  return {.answer = Answer::kGuest,
          .x2 = guest.x[2],
          .x3 = guest.x[3],
          .x0 = guest.x[0],
          .x1 = guest.x[1]};
}

Expectation ExpectationOf(oracle::Trap trap, const oracle::Answer& answer) {
  if (answer.next == oracle::Next::kGuest) return ExpectationOf(answer.guest);
  switch (trap) {
    case oracle::Trap::kHostHvc:
      return CallAnswer(answer.registers);
    case oracle::Trap::kHostAbort:
      return {.answer = answer.abort == oracle::AbortOutcome::kRetry ? Answer::kAllowed
                                                                     : Answer::kInjected};
    case oracle::Trap::kCpuOff:
      return {.answer = Answer::kDone};
    default:
      return {.answer = Answer::kExit, .x2 = answer.registers[2], .x3 = answer.registers[3]};
  }
}

bool IsSuccess(script::OpCode code, const Expectation& answer) {
  switch (answer.answer) {
    case Answer::kSuccess:
    case Answer::kAllowed:
    case Answer::kDone:
      return true;
    case Answer::kGuest:
      // After an access x0 may be what was loaded, and vcpu_run has no result yet.
      return code == script::OpCode::kGuestAccess ||
             script::InfoOf(code).actor != script::Actor::kGuest ||
             answer.x0.value_or(0) < kLeastError;
    case Answer::kExit:
      return code != script::OpCode::kGuestAccess;
    case Answer::kRefusal:
    case Answer::kUnknown:
    case Answer::kInjected:
    case Answer::kIdle:
      return false;
  }
  return false;
}

std::optional<Violation> JudgeExpectation(const script::Op& op, const Expectation& got) {
  if (!op.expectation || Matches(*op.expectation, got)) return std::nullopt;
  return Violation{.id = kExpectation,
                   .detail = "the script expects " + script::PrintExpectation(*op.expectation) +
                             " and gets " + script::PrintExpectation(got),
                   .also = {}};
}

}  // namespace cadastre::run
