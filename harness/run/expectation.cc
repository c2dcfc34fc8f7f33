// SPDX-License-Identifier: Apache-2.0
#include "harness/run/expectation.h"

namespace cadastre::run {
namespace {

using script::Expectation;

constexpr std::uint64_t kUnknown = ~std::uint64_t{0};

// Fields that the wanted expectation leaves open match anything.
bool Matches(const Expectation& wanted, const Expectation& got) {
  if (wanted.answer != got.answer) return false;
  if (wanted.answer == Expectation::Answer::kRefusal && wanted.error != got.error) return false;
  return (!wanted.row || wanted.row == got.row) && (!wanted.x2 || wanted.x2 == got.x2) &&
         (!wanted.x3 || wanted.x3 == got.x3);
}

std::string Describe(const Expectation& answer) {
  switch (answer.answer) {
    case Expectation::Answer::kUnknown:
      return "unknown call";
    case Expectation::Answer::kAllowed:
      return "access allowed";
    case Expectation::Answer::kInjected:
      return "abort injected";
    case Expectation::Answer::kSuccess:
      return "success" + (answer.x2 ? ", x2 = " + std::to_string(*answer.x2) : "") +
             (answer.x3 ? ", x3 = " + std::to_string(*answer.x3) : "");
    case Expectation::Answer::kRefusal:
      break;
  }
  return "errno " + std::to_string(static_cast<int>(answer.error)) +
         (answer.row ? ", row " + std::to_string(*answer.row) : "") +
         (answer.x2 ? ", detail " + std::to_string(*answer.x2) : "");
}

}  // namespace

Expectation AnswerOf(const script::ResolvedOp& op, const oracle::Registers& after,
                     AccessResult access) {
  Expectation answer;
  if (op.what == script::ResolvedOp::What::kHostAccess) {
    answer.answer = access == AccessResult::kAllowed ? Expectation::Answer::kAllowed
                                                     : Expectation::Answer::kInjected;
  } else if (after[0] == kUnknown) {
    answer.answer = Expectation::Answer::kUnknown;
  } else {
    answer.x2 = after[2];
    if (after[1] == 0) {
      answer.x3 = after[3];
    } else {
      answer.answer = Expectation::Answer::kRefusal;
      answer.error = static_cast<Errno>(0 - after[1]);
      answer.row = static_cast<std::uint16_t>(after[3]);
    }
  }
  return answer;
}

std::optional<Violation> JudgeExpectation(const script::Op& op, const script::ResolvedOp& resolved,
                                          const Outcome& outcome) {
  if (!op.expectation) return std::nullopt;
  const Expectation got = AnswerOf(resolved, outcome.after, outcome.access);
  if (Matches(*op.expectation, got)) return std::nullopt;
  return Violation{
      .id = kExpectation,
      .detail = "the script expects " + Describe(*op.expectation) + " and gets " + Describe(got),
      .also = {}};
}

}  // namespace cadastre::run
