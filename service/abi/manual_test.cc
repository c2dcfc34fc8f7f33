// SPDX-License-Identifier: Apache-2.0
// The declarative table says what the manual says: calls, arguments' registers, refusals in order,
// errnos.
#include <algorithm>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <map>
#include <regex>
#include <sstream>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "service/abi/calls.h"
#include "service/abi/guest_calls.h"

namespace cadastre::abi {
namespace {

using ::testing::ElementsAreArray;

struct ManualCall {
  std::string name;
  std::vector<std::string> args;  // names, by register
  std::uint64_t max_pages = 0;
  std::uint64_t max_entries = 0;
  unsigned section = 0;
  bool checking_builds_only = false;
  std::vector<std::uint16_t> refusals;
};

struct Manual {
  std::map<std::uint64_t, ManualCall> calls;
  std::map<std::uint16_t, std::pair<std::string, std::string>> rows;  // number -> (name, errno)
};

std::vector<std::uint16_t> Numbers(const std::string& text) {
  std::vector<std::uint16_t> numbers;
  std::istringstream in(text);
  for (unsigned n; in >> n;) numbers.push_back(static_cast<std::uint16_t>(n));
  return numbers;
}

// "x1 vm, x2 pfn, x3 count <= 512" -> names and the limit.
void ReadArguments(const std::string& text, ManualCall* call) {
  static const std::regex kArgument(R"(x\d (?:flag )?(\w+)(?: <= (\d+))?)");
  for (auto it = std::sregex_iterator(text.begin(), text.end(), kArgument);
       it != std::sregex_iterator(); ++it) {
    call->args.push_back((*it)[1]);
    if ((*it)[1] == "count") call->max_pages = std::stoull((*it)[2]);
    if ((*it)[1] == "n") call->max_entries = std::stoull((*it)[2]);
  }
}

Manual ReadManual() {
  Manual manual;
  std::ifstream in("service/ABI.md");
  EXPECT_TRUE(in) << "service/ABI.md is not among the test's data";
  static const std::regex kCall(R"(\*\*0x([0-9A-F]+) (\w+)\(([^)]*)\)\*\*.*)");
  static const std::regex kSection(R"(## (\d+)\. .*)");
  static const std::regex kRow(R"(\| (\d+) \| (\w+) \| (\w+) \| .*)");
  std::uint64_t number = 0;
  unsigned section = 0;
  for (std::string line; std::getline(in, line);) {
    std::smatch match;
    if (std::regex_match(line, match, kCall)) {
      number = std::stoull(match[1], nullptr, 16);
      ManualCall& call = manual.calls[number];
      call.name = match[2];
      call.section = section;
      call.checking_builds_only = line.ends_with("checking builds only");
      ReadArguments(match[3], &call);
    } else if (line.starts_with("Refuses: ")) {
      manual.calls[number].refusals = Numbers(line.substr(9));
    } else if (section == 5 && std::regex_match(line, match, kRow)) {
      manual.rows[static_cast<std::uint16_t>(std::stoul(match[1]))] = {match[2], match[3]};
    }
    if (std::regex_match(line, match, kSection)) {
      section = static_cast<unsigned>(std::stoul(match[1]));
    } else if (line.starts_with("## ")) {
      section = 0;  // without a number
    }
  }
  return manual;
}

TEST(Manual, EachCallOfTheTableStandsInTheManualWithItsArgumentsAndRefusals) {
  const Manual manual = ReadManual();
  for (const Call& call : kCalls) {
    SCOPED_TRACE(call.name);
    const auto found = manual.calls.find(static_cast<std::uint64_t>(call.number));
    ASSERT_NE(found, manual.calls.end());
    EXPECT_EQ(found->second.name, call.name);
    EXPECT_EQ(found->second.max_pages, call.max_pages);
    const bool is_list = call.list != ListWords::kNoList;
    EXPECT_EQ(found->second.max_entries, is_list ? kMaxListEntries : 0);
    EXPECT_EQ(found->second.checking_builds_only, call.presence == Presence::kCheckingBuild);
    const bool any_caller = call.caller == Caller::kHostOrProtectedGuest;
    EXPECT_TRUE(any_caller ? found->second.section == 6
                           : found->second.section == 7 || found->second.section == 8);
    std::vector<std::string> args;
    for (const Arg& arg : call.args) args.emplace_back(arg.name);
    EXPECT_THAT(found->second.args, ElementsAreArray(args));
    std::vector<std::uint16_t> refusals;
    for (const Row row : call.refusals) refusals.push_back(static_cast<std::uint16_t>(row));
    EXPECT_THAT(found->second.refusals, ElementsAreArray(refusals));
  }
}

TEST(Manual, EachCallOfTheManualIsInATable) {
  const Manual manual = ReadManual();
  for (const auto& [number, call] : manual.calls) {
    if (call.section == 9) {
      const auto id = static_cast<GuestCallId>(number);
      EXPECT_TRUE(std::any_of(std::begin(kGuestCalls), std::end(kGuestCalls),
                              [&](const GuestCall& guest) { return guest.id == id; }))
          << call.name;
    } else {
      EXPECT_NE(FindCall(number), nullptr) << call.name;
    }
  }
}

TEST(Manual, EachGuestCallStandsInTheManualWithItsArgumentsAndRefusals) {
  const Manual manual = ReadManual();
  for (const GuestCall& call : kGuestCalls) {
    SCOPED_TRACE(call.name);
    const auto found = manual.calls.find(static_cast<std::uint64_t>(call.id));
    ASSERT_NE(found, manual.calls.end());
    EXPECT_EQ(found->second.name, call.name);
    EXPECT_EQ(found->second.section, 9U);
    std::vector<std::string> args;
    for (const GuestArg& arg : call.args) args.emplace_back(arg.name);
    EXPECT_THAT(found->second.args, ElementsAreArray(args));
    std::vector<std::uint16_t> refusals;
    for (const Row row : call.refusals) refusals.push_back(static_cast<std::uint16_t>(row));
    EXPECT_THAT(found->second.refusals, ElementsAreArray(refusals));
  }
}

TEST(Manual, EachRowOfTheManualIsInTheTable) {
  for (const auto& [number, row] : ReadManual().rows) {
    EXPECT_EQ(static_cast<std::uint16_t>(InfoOf(static_cast<Row>(number)).row), number)
        << row.first;
  }
}

TEST(Manual, EachRowOfTheTableHasTheManualsNameAndErrno) {
  const Manual manual = ReadManual();
  for (const RowInfo& info : kRows) {
    const auto found = manual.rows.find(static_cast<std::uint16_t>(info.row));
    ASSERT_NE(found, manual.rows.end()) << info.name;
    EXPECT_EQ(found->second.first, info.name);
    EXPECT_EQ(found->second.second, NameOf(info.error)) << info.name;
  }
}

// "Errno (Linux): EPERM 1, ENOENT 2, ...", which runs over several lines.
TEST(Manual, EachErrnoOfTheTableHasTheManualsNumber) {
  std::ifstream in("service/ABI.md");
  const std::string text(std::istreambuf_iterator<char>(in), {});
  const std::size_t begin = text.find("Errno (Linux): ");
  ASSERT_NE(begin, std::string::npos);
  const std::string list = text.substr(begin, text.find("\n\n", begin) - begin);
  static const std::regex kNumber(R"((E[A-Z]+)\s(\d+))");
  std::map<std::string, unsigned> of_manual;
  for (auto it = std::sregex_iterator(list.begin(), list.end(), kNumber);
       it != std::sregex_iterator(); ++it) {
    of_manual[(*it)[1]] = static_cast<unsigned>(std::stoul((*it)[2]));
  }
  std::map<std::string, unsigned> of_table;
  for (const ErrnoInfo& info : kErrnos) of_table[info.name] = static_cast<unsigned>(info.error);
  EXPECT_EQ(of_table, of_manual);
}

TEST(Manual, EachRefusalOfACallIsARowWithAnErrno) {
  for (const Call& call : kCalls) {
    for (const Row row : call.refusals) EXPECT_EQ(InfoOf(row).row, row) << call.name;
  }
}

}  // namespace
}  // namespace cadastre::abi
