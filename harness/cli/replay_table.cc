// SPDX-License-Identifier: Apache-2.0
#include "harness/cli/replay_table.h"

#include <algorithm>
#include <array>

#include "absl/strings/str_format.h"
#include "harness/run/report.h"
#include "harness/script/text.h"

namespace cadastre {
namespace {

constexpr std::size_t kColumns = 4;
using Row = std::array<std::string, kColumns>;

Row RowOf(std::size_t number, const run::TranscriptLine& line) {
  const run::Outcome& outcome = line.outcome;
  std::string got = "(did not return)";
  if (outcome.got) {
    got = outcome.got == outcome.expected ? "=" : script::PrintExpectation(*outcome.got);
  }
  return {std::to_string(number), script::PrintOp(line.op),
          outcome.expected ? script::PrintExpectation(*outcome.expected) : "-", got};
}

std::string Pad(const std::string& text, std::size_t width) {
  return text + std::string(width - std::min(width, text.size()), ' ');
}

}  // namespace

std::string FormatTable(const std::vector<run::TranscriptLine>& lines) {
  std::vector<Row> rows = {{"#", "operation", "specification", "core"}};
  for (const run::TranscriptLine& line : lines) rows.push_back(RowOf(rows.size(), line));
  std::array<std::size_t, kColumns> widths{};
  for (const Row& row : rows) {
    for (std::size_t i = 0; i < kColumns; ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string out;
  for (const Row& row : rows) {
    out += std::string(widths[0] - row[0].size(), ' ') + row[0];  // numbers to the right
    for (std::size_t i = 1; i + 1 < kColumns; ++i) out += "  " + Pad(row[i], widths[i]);
    out += "  " + row[kColumns - 1] + "\n";
  }
  return out;
}

std::string FormatVerdict(const run::RunResult& result,
                          const std::vector<run::TranscriptLine>& lines) {
  if (!result.failure) {
    return absl::StrFormat("no violation in %d operations; state %016x, raw %016x%016x\n",
                           result.ops, result.state, result.raw.high, result.raw.low);
  }
  const run::Failure& failure = *result.failure;
  const std::size_t number = run::BlamedLine(failure, lines);
  std::string out = std::string("violation ") + failure.violation.id + " in operation " +
                    std::to_string(number) + " (" + failure.call + ")\n  " +
                    failure.violation.detail + "\n";
  for (const char* also : failure.violation.also) out += std::string("  also ") + also + "\n";
  if (number != 0 && !lines[number - 1].page_before.empty()) {
    out += "  page before: " + lines[number - 1].page_before + "\n";
    out += "  page after:  " + lines[number - 1].page_after + "\n";
  }
  return out;
}

}  // namespace cadastre
