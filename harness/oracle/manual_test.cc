// SPDX-License-Identifier: Apache-2.0
// The specification's rows are those of the manual: every `Refuses:` line and the table of section
// 5 are parsed and compared.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <regex>
#include <string>
#include <vector>

#include "harness/oracle/maintenance.h"
#include "harness/oracle/refusal_rows.h"
#include "harness/oracle/specification.h"
#include "harness/oracle/touch_bound.h"

namespace cadastre::oracle {
namespace {

struct ManualCall {
  std::string name;
  std::vector<std::string> arguments;
  std::vector<unsigned> rows;
};

std::vector<std::string> ReadManual() {
  std::ifstream file("service/ABI.md");
  EXPECT_TRUE(file.is_open());
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  return lines;
}

std::vector<unsigned> NumbersIn(const std::string& line) {
  std::vector<unsigned> numbers;
  const std::regex number("[0-9]+");
  for (std::sregex_iterator at(line.begin(), line.end(), number), end; at != end; ++at) {
    numbers.push_back(static_cast<unsigned>(std::stoul(at->str())));
  }
  return numbers;
}

// Calls by number: "**0x42 share_hyp(x1 pfn, x2 count <= 512)**" and the next "Refuses: ..." line.
std::map<unsigned, ManualCall> CallsOfManual() {
  std::map<unsigned, ManualCall> calls;
  const std::regex heading(R"(\*\*0x(?:C60000)?([0-9A-F]{2}) (\w+)\(([^)]*)\)\*\*.*)");
  const std::regex argument(R"(x[0-9] (\w+))");
  ManualCall* current = nullptr;
  for (const std::string& line : ReadManual()) {
    std::smatch match;
    if (std::regex_match(line, match, heading)) {
      current = &calls[static_cast<unsigned>(std::stoul(match[1], nullptr, 16))];
      current->name = match[2];
      const std::string list = match[3];
      for (std::sregex_iterator at(list.begin(), list.end(), argument), end; at != end; ++at) {
        current->arguments.push_back((*at)[1]);
      }
    } else if (current != nullptr && line.starts_with("Refuses: ")) {
      current->rows = NumbersIn(line);
      current = nullptr;
    }
  }
  return calls;
}

// The manual's words for arguments, in the order of Argument.
std::string WordFor(Argument argument) {
  constexpr const char* kWords[kArguments] = {
      "vm",       "pfn",      "gfn", "count", "prot",    "flag",  "id",      "flags", "ipa_bits",
      "meta_pfn", "root_pfn", "n",   "index", "run_pfn", "entry", "context", "ipa",   "zero"};
  return kWords[static_cast<std::size_t>(argument)];
}

TEST(Manual, EveryCallRefusesTheRowsOfTheManual) {
  const auto manual = CallsOfManual();
  for (const CallSpecification* call : AllCalls()) {
    ASSERT_TRUE(manual.contains(call->number)) << call->name;
    const ManualCall& expected = manual.at(call->number);
    EXPECT_EQ(call->name, expected.name);
    std::vector<unsigned> rows;
    for (const RowRule& rule : call->rows) rows.push_back(rule.row);
    EXPECT_EQ(rows, expected.rows) << call->name;
    std::vector<std::string> arguments;
    for (const Argument argument : call->arguments) arguments.push_back(WordFor(argument));
    EXPECT_EQ(arguments, expected.arguments) << call->name;
  }
}

// Section 14: all calls of sections 6 to 9.
TEST(Manual, EveryCallIsAnswered) {
  std::vector<std::string> expected;
  for (const auto& [number, call] : CallsOfManual()) expected.push_back(call.name);
  std::vector<std::string> answered;
  for (const CallSpecification* call : AllCalls()) answered.emplace_back(call->name);
  EXPECT_THAT(answered, ::testing::UnorderedElementsAreArray(expected));
}

TEST(Manual, QueryPageIsAnsweredByCheckingBuildsOnly) {
  MachineFacts checking;
  checking.checking_build = 1;
  for (const CallSpecification* call : AllCalls()) {
    EXPECT_TRUE(IsAnswered(checking, *call));
    EXPECT_EQ(IsAnswered(MachineFacts{}, *call), std::string(call->name) != "query_page");
  }
}

TEST(Manual, RowsHaveTheNamesAndErrnosOfSectionFive) {
  const std::regex row(R"(\| ([0-9]{3}) \| (\w+) \| (\w+) \|.*)");
  std::size_t next = 0;
  const auto rows = RefusalRows();
  for (const std::string& line : ReadManual()) {
    std::smatch match;
    if (!std::regex_match(line, match, row)) continue;
    ASSERT_LT(next, rows.size());
    EXPECT_EQ(rows[next].number, std::stoul(match[1]));
    EXPECT_EQ(rows[next].name, match[2]);
    EXPECT_EQ(rows[next].errno_name, match[3]);
    ++next;
  }
  EXPECT_EQ(next, rows.size());
}

// "Errno (Linux): EPERM 1, ENOENT 2, ...".
TEST(Manual, ErrnosHaveTheNumbersOfSectionOne) {
  std::string text;
  for (const std::string& line : ReadManual()) text += line + " ";
  for (const RefusalRow& row : RefusalRows()) {
    const std::regex given(std::string(row.errno_name) + " " + std::to_string(row.error) + "[,. ]");
    EXPECT_TRUE(std::regex_search(text, given)) << row.errno_name << " " << row.error;
  }
}

// What the manual says of each call, in one line.
std::map<unsigned, std::string> TextsOfCalls() {
  std::map<unsigned, std::string> texts;
  const std::regex heading(R"(\*\*0x(?:C60000)?([0-9A-F]{2}) (\w+)\(([^)]*)\)\*\*.*)");
  unsigned number = 0;
  for (const std::string& line : ReadManual()) {
    std::smatch match;
    if (line.starts_with("**") || line.starts_with("#")) number = 0;
    if (std::regex_match(line, match, heading))
      number = static_cast<unsigned>(std::stoul(match[1], nullptr, 16));
    if (number != 0) texts[number] += line + " ";
  }
  return texts;
}

// List forms do as their single calls.
unsigned SingleOf(unsigned number) {
  const std::map<unsigned, unsigned> single_of = {
      {0x52, 0x44}, {0x53, 0x45}, {0x54, 0x48}, {0x55, 0x4A}, {0x58, 0x57}};
  const auto single = single_of.find(number);
  return single == single_of.end() ? number : single->second;
}

// What stands behind "Touches" of each call, up to a full stop, or to a comma that explains a term.
// Calls that say nothing touch nothing.
TEST(Manual, EveryCallTouchesWhatTheManualSays) {
  const auto texts = TextsOfCalls();
  const std::regex said(R"(Touches ([^.]*?)(?:, [rn] = [^.]*)?\.)");
  std::map<unsigned, std::string> rules;
  for (const TouchRule& rule : TouchRules()) rules[rule.number] = rule.touches;
  for (const CallSpecification* call : AllCalls()) {
    std::smatch match;
    const auto text = texts.find(SingleOf(call->number));
    const bool touches = text != texts.end() && std::regex_search(text->second, match, said);
    EXPECT_EQ(rules[call->number], touches ? match[1].str() : "0") << call->name;
  }
  EXPECT_EQ(TouchBound("h + e", 512, 1), 1540u + 3596u);
  EXPECT_EQ(TouchBound("h + g", 512, 64), 66304u + 263680u);
}

// CC and IC among the duties of each call; donate_guest has those of lend_guest.
TEST(Manual, EveryCallCleansAndInvalidatesAsItsDutiesSay) {
  const auto texts = TextsOfCalls();
  std::map<unsigned, MaintenanceRule> rules;
  for (const MaintenanceRule& rule : MaintenanceRules()) rules[rule.number] = rule;
  const auto duties_of = [&](unsigned number) {
    const auto text = texts.find(number);
    std::smatch match;
    const std::regex duties(R"(Duties: ([^.]*)\.)");
    if (text == texts.end() || !std::regex_search(text->second, match, duties))
      return std::string();
    return match[1].str();
  };
  unsigned cleaning = 0;
  for (const CallSpecification* call : AllCalls()) {
    unsigned number = SingleOf(call->number);
    if (number == 0x4A) number = 0x48;
    const std::string duties = duties_of(number);
    const bool cleans = std::regex_search(duties, std::regex(R"(\bCC\b)"));
    const bool invalidates = std::regex_search(duties, std::regex(R"(\bIC\b(?! IALLU))"));
    EXPECT_EQ(rules[call->number].cleans, cleans) << call->name << ": " << duties;
    EXPECT_EQ(rules[call->number].invalidates, invalidates) << call->name << ": " << duties;
    cleaning += cleans ? 1 : 0;
  }
  EXPECT_EQ(cleaning, 9u);
}

TEST(Manual, RowsOfEachCallAscend) {
  for (const CallSpecification* call : AllCalls()) {
    for (std::size_t i = 1; i < call->rows.size(); ++i)
      EXPECT_LT(call->rows[i - 1].row, call->rows[i].row) << call->name;
  }
}

}  // namespace
}  // namespace cadastre::oracle
