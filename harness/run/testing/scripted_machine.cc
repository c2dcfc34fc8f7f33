// SPDX-License-Identifier: Apache-2.0
#include "harness/run/testing/scripted_machine.h"

#include <gtest/gtest.h>

#include <optional>
#include <sstream>

#include "absl/status/statusor.h"
#include "harness/run/expectation.h"
#include "harness/script/operand_text.h"
#include "harness/script/profile.h"
#include "harness/script/text.h"

namespace cadastre::run {
namespace {

std::string AsScript(std::string_view lines, script::Profile profile) {
  std::string text = "cadastre-ops 1 profile=" + std::string(script::NameOf(profile)) + "\n";
  std::istringstream in{std::string(lines)};
  for (std::string line; std::getline(in, line);) {
    const std::size_t start = line.find_first_not_of(' ');
    if (start == std::string::npos) continue;
    line.erase(0, start);
    text += (line.starts_with("cpu") && !line.starts_with("cpu_off") ? "" : "cpu0 ") + line + "\n";
  }
  return text;
}

}  // namespace

ScriptedMachine::ScriptedMachine(script::Profile profile)
    : profile_(profile), runner_(*Profile::Make(static_cast<unsigned>(profile))) {
  Reset();
}

script::Expectation ScriptedMachine::Do(std::string_view lines) {
  return Take(lines, Demand::kAnything);
}

void ScriptedMachine::Must(std::string_view lines) { Take(lines, Demand::kSuccess); }

void ScriptedMachine::Sweep() {
  const std::optional<Failure> failure = runner_.Sweep();
  if (failure) ADD_FAILURE() << failure->violation.id << ": " << failure->violation.detail;
}

script::Expectation ScriptedMachine::Take(std::string_view lines, Demand demand) {
  const absl::StatusOr<script::Script> script = script::Parse(AsScript(lines, profile_));
  EXPECT_TRUE(script.ok()) << script.status() << "\n" << lines;
  script::Expectation answer{.answer = script::Expectation::Answer::kIdle};
  if (!script.ok()) return answer;
  for (const script::Op& op : script->ops) answer = TakeOp(op, demand);
  return answer;
}

script::Expectation ScriptedMachine::TakeOp(const script::Op& op, Demand demand) {
  last_line_ = script::PrintOp(op);
  const script::ResolvedOp resolved = script::Resolve(op, runner_.context());
  const std::optional<Failure> failure = runner_.Step(resolved, script::InfoOf(op.code).name);
  if (failure) {
    ADD_FAILURE() << last_line_ << ": " << failure->violation.id << ": "
                  << failure->violation.detail;
  }
  const auto& got = runner_.outcome(resolved.cpu).got;
  if (failure || !got) return {.answer = script::Expectation::Answer::kIdle};
  if (demand == Demand::kSuccess) {
    EXPECT_TRUE(IsSuccess(op.code, *got)) << last_line_ << ": " << script::PrintExpectation(*got);
  }
  const auto wrong = JudgeExpectation(op, *got);
  if (wrong) ADD_FAILURE() << last_line_ << ": " << wrong->detail;
  return *got;
}

std::string Fill(std::string text,
                 std::initializer_list<std::pair<std::string_view, std::string>> values) {
  for (const auto& [name, value] : values) {
    const std::string hole = "{" + std::string(name) + "}";
    for (std::size_t at = text.find(hole); at != std::string::npos; at = text.find(hole)) {
      text.replace(at, hole.size(), value);
    }
  }
  return text;
}

std::string With(std::string_view line, std::string_view operands) {
  std::istringstream in{std::string(line)};
  std::string out;
  for (std::string word; in >> word;) {
    const std::string name = " " + word.substr(0, word.find('=') + 1);
    const std::string all = " " + std::string(operands);
    const std::size_t at = word.find('=') == std::string::npos ? word.npos : all.find(name);
    if (at != std::string::npos) word = all.substr(at + 1, all.find(' ', at + 1) - at - 1);
    out += (out.empty() ? "" : " ") + word;
  }
  return out;
}

std::string Hex(std::uint64_t value) { return script::PrintNumber(value); }

}  // namespace cadastre::run
