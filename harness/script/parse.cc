// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "harness/script/names.h"
#include "harness/script/operand_text.h"
#include "harness/script/parse_expectation.h"
#include "harness/script/text.h"
#include "harness/script/words.h"

namespace cadastre::script {
namespace {

std::string_view TrimEnd(std::string_view text) {
  const std::size_t last = text.find_last_not_of(' ');
  return last == std::string_view::npos ? std::string_view() : text.substr(0, last + 1);
}

std::string_view Trim(std::string_view text) {
  text = TrimEnd(text);
  const std::size_t first = text.find_first_not_of(' ');
  return first == std::string_view::npos ? std::string_view() : text.substr(first);
}

constexpr std::uint64_t kAny16 = 0xffff;

absl::StatusOr<std::uint8_t> ParseCpu(Words& words) {
  const std::string_view word = words.Peek();
  const std::optional<std::uint64_t> cpu =
      word.starts_with("cpu") ? ParseNumber(word.substr(3)) : std::nullopt;
  if (!cpu || *cpu >= kMaxScriptCpus) {
    return words.Expected(absl::StrCat("a CPU, cpu0 to cpu", kMaxScriptCpus - 1));
  }
  words.Next();
  return static_cast<std::uint8_t>(*cpu);
}

absl::Status ParseOperands(Words& words, Op& op) {
  const OpInfo& info = InfoOf(op.code);
  for (std::size_t i = 0; i < info.operand_count; ++i) {
    const OperandInfo& operand = info.operands()[i];
    const std::string prefix = std::string(operand.name) + "=";
    if (!words.Peek().starts_with(prefix)) return words.Expected(prefix);
    const std::optional<Operand> value =
        ParseOperand(operand.kind, words.Peek().substr(prefix.size()));
    if (!value) return words.Expected(std::string(ExpectedOperand(operand.kind)), prefix.size());
    op.operands[i] = *value;
    words.Next();
  }
  return absl::OkStatus();
}

// One operation's line without its comment.
absl::StatusOr<Op> ParseOp(Words& words) {
  Op op;
  const absl::StatusOr<std::uint8_t> cpu = ParseCpu(words);
  if (!cpu.ok()) return cpu.status();
  op.cpu = *cpu;
  const OpInfo* info = FindOp(words.Peek());
  if (info == nullptr) return words.Expected("an operation, such as share_hyp");
  op.code = info->code;
  words.Next();
  if (absl::Status status = ParseOperands(words, op); !status.ok()) return status;
  const auto schedule = TakeField(words, "sched=", kAny16);
  if (!schedule.ok()) return schedule.status();
  op.schedule = static_cast<std::uint16_t>(schedule->value_or(0));
  if (words.AtEnd()) return op;
  if (words.Peek() != "->") return words.Expected("-> or the end of the line");
  words.Next();
  absl::StatusOr<Expectation> expectation = ParseExpectation(words, op.code);
  if (!expectation.ok()) return expectation.status();
  op.expectation = *expectation;
  if (!words.AtEnd()) return words.Expected("the end of the line");
  return op;
}

absl::Status ParseHeader(Words& words, Script& script) {
  if (words.Peek() != "cadastre-ops") {
    return words.Expected("the header, such as 'cadastre-ops 1 profile=small'");
  }
  words.Next();
  if (ParseNumber(words.Peek()) != std::optional<std::uint64_t>(kScriptVersion)) {
    return words.Expected(absl::StrCat("version ", kScriptVersion));
  }
  words.Next();
  constexpr std::string_view kPrefix = "profile=";
  if (!words.Peek().starts_with(kPrefix)) return words.Expected(std::string(kPrefix));
  const std::optional<std::size_t> profile =
      IndexOfName(kProfileNames, words.Peek().substr(kPrefix.size()));
  if (!profile) {
    std::string names;
    for (const std::string_view name : kProfileNames) {
      names += (names.empty() ? "" : " or ") + std::string(name);
    }
    return words.Expected(names, kPrefix.size());
  }
  script.profile = static_cast<Profile>(*profile);
  words.Next();
  if (!words.AtEnd()) return words.Expected("the end of the line");
  return absl::OkStatus();
}

// Takes the text line by line.
class ScriptParser {
 public:
  absl::Status Line(std::string_view line) {
    ++number_;
    const std::size_t hash = line.find('#');
    const std::string_view code = TrimEnd(line.substr(0, hash));
    if (code.empty()) {
      notes_.emplace_back(Trim(line));
      return absl::OkStatus();
    }
    Words words(code, number_);
    const std::string_view comment =
        hash == std::string_view::npos ? "" : Trim(line.substr(hash + 1));
    return header_seen_ ? OpLine(words, comment) : HeaderLine(words, comment);
  }

  absl::StatusOr<Script> Finish() {
    if (!header_seen_) {
      return Words("", number_ + 1).Expected("the header, such as 'cadastre-ops 1 profile=small'");
    }
    script_.foot = std::move(notes_);
    return std::move(script_);
  }

 private:
  absl::Status HeaderLine(Words& words, std::string_view comment) {
    if (absl::Status status = ParseHeader(words, script_); !status.ok()) return status;
    if (!comment.empty()) {
      return absl::InvalidArgumentError(
          absl::StrCat("line ", number_, ": no comment may stand behind the header"));
    }
    header_seen_ = true;
    script_.head = std::exchange(notes_, {});
    return absl::OkStatus();
  }

  absl::Status OpLine(Words& words, std::string_view comment) {
    if (script_.ops.size() == kMaxOps) {
      return words.Expected(absl::StrCat("at most ", kMaxOps, " operations"));
    }
    absl::StatusOr<Op> op = ParseOp(words);
    if (!op.ok()) return op.status();
    op->above = std::exchange(notes_, {});
    op->comment = comment;
    script_.ops.push_back(*std::move(op));
    return absl::OkStatus();
  }

  Script script_;
  std::vector<std::string> notes_;  // lines since the header or the last operation
  std::size_t number_ = 0;
  bool header_seen_ = false;
};

}  // namespace

absl::StatusOr<Script> Parse(std::string_view text) {
  ScriptParser parser;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    if (absl::Status status = parser.Line(text.substr(0, end)); !status.ok()) return status;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parser.Finish();
}

}  // namespace cadastre::script
