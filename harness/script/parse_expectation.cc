// SPDX-License-Identifier: Apache-2.0
#include "harness/script/parse_expectation.h"

#include <string>
#include <utility>

#include "harness/script/names.h"
#include "harness/script/operand_text.h"

namespace cadastre::script {
namespace {

using Answer = Expectation::Answer;

constexpr std::uint64_t kAny64 = ~std::uint64_t{0};
constexpr std::uint64_t kAny16 = 0xffff;

// Answers of one word.
constexpr std::pair<std::string_view, Answer> kPlainWords[] = {
    {"unknown", Answer::kUnknown}, {"allowed", Answer::kAllowed}, {"injected", Answer::kInjected},
    {"done", Answer::kDone},       {"idle", Answer::kIdle},
};

absl::StatusOr<Expectation> ParseRefusal(Words& words, Errno error) {
  Expectation expectation{.answer = Answer::kRefusal, .error = error};
  words.Next();
  const auto row = TakeField(words, "row=", kAny16);
  if (!row.ok()) return row.status();
  if (*row) expectation.row = static_cast<std::uint16_t>(**row);
  const auto detail = TakeField(words, "detail=", kAny64);
  if (!detail.ok()) return detail.status();
  expectation.x2 = *detail;
  return expectation;
}

absl::StatusOr<Expectation> ParseSuccess(Words& words) {
  Expectation expectation;
  words.Next();
  const auto x2 = TakeField(words, "x2=", kAny64);
  if (!x2.ok()) return x2.status();
  expectation.x2 = *x2;
  const auto x3 = TakeField(words, "x3=", kAny64);
  if (!x3.ok()) return x3.status();
  expectation.x3 = *x3;
  return expectation;
}

absl::StatusOr<Expectation> ParseGuest(Words& words) {
  Expectation expectation{.answer = Answer::kGuest};
  words.Next();
  for (const auto& [name, field] :
       {std::pair("x0=", &expectation.x0), std::pair("x1=", &expectation.x1),
        std::pair("x2=", &expectation.x2), std::pair("x3=", &expectation.x3)}) {
    const auto value = TakeSignedField(words, name);
    if (!value.ok()) return value.status();
    *field = *value;
  }
  return expectation;
}

absl::StatusOr<Expectation> ParseExit(Words& words) {
  Expectation expectation{.answer = Answer::kExit};
  constexpr std::string_view kFront = "exit(";
  std::string_view name = words.Peek().substr(kFront.size());
  if (!name.ends_with(")")) return words.Expected("exit(irq) or another exit");
  name.remove_suffix(1);
  const std::optional<std::size_t> number = IndexOfName(kExitNames, name);
  expectation.x2 = number ? std::optional<std::uint64_t>(*number) : ParseNumber(name);
  if (!expectation.x2) return words.Expected("an exit, such as irq, or a number", kFront.size());
  words.Next();
  const auto x3 = TakeField(words, "x3=", kAny64);
  if (!x3.ok()) return x3.status();
  expectation.x3 = *x3;
  return expectation;
}

// The answer that the first word names; nullopt if it names none.
std::optional<Answer> AnswerAt(const Words& words) {
  const std::string_view word = words.Peek();
  for (const auto& [name, answer] : kPlainWords) {
    if (word == name) return answer;
  }
  if (word == "0") return Answer::kSuccess;
  if (word == "guest") return Answer::kGuest;
  if (word.starts_with("exit(")) return Answer::kExit;
  if (FindErrno(word)) return Answer::kRefusal;
  return std::nullopt;
}

// What may stand behind the arrow, for messages: "0, unknown or an error such as EPERM".
std::string Choices(OpCode code) {
  constexpr std::pair<Answer, std::string_view> kNames[] = {
      {Answer::kAllowed, "allowed"},
      {Answer::kInjected, "injected"},
      {Answer::kSuccess, "0"},
      {Answer::kUnknown, "unknown"},
      {Answer::kGuest, "guest"},
      {Answer::kExit, "an exit such as exit(irq)"},
      {Answer::kDone, "done"},
      {Answer::kIdle, "idle"},
      {Answer::kRefusal, "an error such as EPERM"},
  };
  std::string out;
  std::string_view last;
  for (const auto& [answer, name] : kNames) {
    if (!CanAnswer(code, answer)) continue;
    if (!last.empty()) out += (out.empty() ? "" : ", ") + std::string(last);
    last = name;
  }
  return out.empty() ? std::string(last) : out + " or " + std::string(last);
}

}  // namespace

absl::StatusOr<Expectation> ParseExpectation(Words& words, OpCode code) {
  const std::optional<Answer> answer = AnswerAt(words);
  if (!answer || !CanAnswer(code, *answer)) return words.Expected(Choices(code));
  switch (*answer) {
    case Answer::kSuccess:
      return ParseSuccess(words);
    case Answer::kRefusal:
      return ParseRefusal(words, *FindErrno(words.Peek()));
    case Answer::kGuest:
      return ParseGuest(words);
    case Answer::kExit:
      return ParseExit(words);
    default:
      words.Next();
      return Expectation{.answer = *answer};
  }
}

}  // namespace cadastre::script
