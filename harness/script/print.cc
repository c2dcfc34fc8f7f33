// SPDX-License-Identifier: Apache-2.0
#include <string>
#include <vector>

#include "harness/script/names.h"
#include "harness/script/operand.h"
#include "harness/script/operand_text.h"
#include "harness/script/text.h"

namespace cadastre::script {
namespace {

void AppendLines(const std::vector<std::string>& lines, std::string& out) {
  for (const std::string& line : lines) out += line + "\n";
}

std::string PrintRefusal(const Expectation& expectation) {
  std::string out(NameOf(expectation.error));
  if (expectation.row) out += " row=" + std::to_string(*expectation.row);
  if (expectation.x2) out += " detail=" + std::to_string(*expectation.x2);
  return out;
}

// Results of guests' calls are small negative numbers.
std::string PrintSigned(std::uint64_t value) {
  const std::uint64_t negative = std::uint64_t{0} - value;
  return negative < kIndexLimit && value != 0 ? "-" + PrintNumber(negative) : PrintNumber(value);
}

std::string PrintGuest(const Expectation& expectation) {
  std::string out = "guest";
  if (expectation.x0) out += " x0=" + PrintSigned(*expectation.x0);
  if (expectation.x1) out += " x1=" + PrintSigned(*expectation.x1);
  if (expectation.x2) out += " x2=" + PrintSigned(*expectation.x2);
  if (expectation.x3) out += " x3=" + PrintSigned(*expectation.x3);
  return out;
}

std::string PrintExit(const Expectation& expectation) {
  const std::uint64_t exit = expectation.x2.value_or(0);
  const std::string name =
      exit < kExitNames.size() ? std::string(kExitNames[exit]) : PrintNumber(exit);
  return "exit(" + name + ")" + (expectation.x3 ? " x3=" + PrintNumber(*expectation.x3) : "");
}

std::string PrintSuccess(const Expectation& expectation) {
  std::string out = "0";
  if (expectation.x2) out += " x2=" + PrintNumber(*expectation.x2);
  if (expectation.x3) out += " x3=" + PrintNumber(*expectation.x3);
  return out;
}

}  // namespace

std::string PrintExpectation(const Expectation& expectation) {
  switch (expectation.answer) {
    case Expectation::Answer::kSuccess:
      return PrintSuccess(expectation);
    case Expectation::Answer::kRefusal:
      return PrintRefusal(expectation);
    case Expectation::Answer::kUnknown:
      return "unknown";
    case Expectation::Answer::kAllowed:
      return "allowed";
    case Expectation::Answer::kInjected:
      return "injected";
    case Expectation::Answer::kGuest:
      return PrintGuest(expectation);
    case Expectation::Answer::kExit:
      return PrintExit(expectation);
    case Expectation::Answer::kDone:
      return "done";
    case Expectation::Answer::kIdle:
      return "idle";
  }
  return "";
}

std::string PrintOp(const Op& op) {
  const OpInfo& info = InfoOf(op.code);
  std::string out = "cpu" + std::to_string(op.cpu) + " " + std::string(info.name);
  for (std::size_t i = 0; i < info.operand_count; ++i) {
    const OperandInfo& operand = info.operands()[i];
    out += " " + std::string(operand.name) + "=" + PrintOperand(operand.kind, op.operands[i]);
  }
  if (op.schedule != 0) out += " sched=" + PrintNumber(op.schedule);
  if (op.expectation) out += " -> " + PrintExpectation(*op.expectation);
  if (!op.comment.empty()) out += "  # " + op.comment;
  return out;
}

std::size_t LineOf(const Script& script, std::size_t index) {
  std::size_t line = script.head.size() + 1;  // of the header
  for (std::size_t i = 0; i <= index; ++i) line += script.ops[i].above.size() + 1;
  return line;
}

std::string Print(const Script& script) {
  std::string out;
  AppendLines(script.head, out);
  out += "cadastre-ops " + std::to_string(script.version) +
         " profile=" + std::string(NameOf(script.profile)) + "\n";
  for (const Op& op : script.ops) {
    AppendLines(op.above, out);
    out += PrintOp(op) + "\n";
  }
  AppendLines(script.foot, out);
  return out;
}

}  // namespace cadastre::script
