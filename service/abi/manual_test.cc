// SPDX-License-Identifier: Apache-2.0
// The declarative table says what the manual says: calls, arguments' registers, refusals in order,
// errnos.
#include <cstdint>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "service/abi/calls.h"

namespace cadastre::abi {
namespace {

using ::testing::ElementsAreArray;

struct ManualCall {
  std::string name;
  std::vector<std::string> args;  // names, by register
  std::uint64_t max_pages = 0;
  std::vector<std::uint16_t> refusals;
};

struct Manual {
  std::map<std::uint64_t, ManualCall> calls;
  std::map<std::uint16_t, std::pair<std::string, std::string>> rows;  // number -> (name, errno)
  std::set<std::string> answered;                                     // section 14
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
  }
}

Manual ReadManual() {
  Manual manual;
  std::ifstream in("service/ABI.md");
  EXPECT_TRUE(in) << "service/ABI.md is not among the test's data";
  static const std::regex kCall(R"(\*\*0x([0-9A-F]+) (\w+)\(([^)]*)\)\*\*.*)");
  static const std::regex kRow(R"(\| (\d+) \| (\w+) \| (\w+) \| .*)");
  std::uint64_t number = 0;
  bool in_this_version = false;
  for (std::string line; std::getline(in, line);) {
    std::smatch match;
    if (std::regex_match(line, match, kCall)) {
      number = std::stoull(match[1], nullptr, 16);
      ManualCall& call = manual.calls[number];
      call.name = match[2];
      ReadArguments(match[3], &call);
    } else if (line.starts_with("Refuses: ")) {
      manual.calls[number].refusals = Numbers(line.substr(9));
    } else if (std::regex_match(line, match, kRow)) {
      manual.rows[static_cast<std::uint16_t>(std::stoul(match[1]))] = {match[2], match[3]};
    }
    if (line.starts_with("## ")) in_this_version = line.starts_with("## 14.");
    if (in_this_version) {
      static const std::regex kWord(R"(\w+)");
      for (auto it = std::sregex_iterator(line.begin(), line.end(), kWord);
           it != std::sregex_iterator(); ++it) {
        manual.answered.insert(it->str());
      }
    }
  }
  return manual;
}

std::string ErrnoName(Errno error) {
  switch (error) {
    case Errno::kPerm:
      return "EPERM";
    case Errno::kNoEnt:
      return "ENOENT";
    case Errno::kNoMem:
      return "ENOMEM";
    case Errno::kFault:
      return "EFAULT";
    case Errno::kBusy:
      return "EBUSY";
    case Errno::kExist:
      return "EEXIST";
    case Errno::kInval:
      return "EINVAL";
    case Errno::kRange:
      return "ERANGE";
    case Errno::kOverflow:
      return "EOVERFLOW";
    case Errno::kHwPoison:
      return "EHWPOISON";
  }
  return "?";
}

TEST(Manual, EachCallOfTheTableStandsInTheManualWithItsArgumentsAndRefusals) {
  const Manual manual = ReadManual();
  for (const Call& call : kCalls) {
    SCOPED_TRACE(call.name);
    const auto found = manual.calls.find(static_cast<std::uint64_t>(call.number));
    ASSERT_NE(found, manual.calls.end());
    EXPECT_EQ(found->second.name, call.name);
    EXPECT_EQ(found->second.max_pages, call.max_pages);
    std::vector<std::string> args;
    for (const Arg& arg : call.args) args.emplace_back(arg.name);
    EXPECT_THAT(found->second.args, ElementsAreArray(args));
    std::vector<std::uint16_t> refusals;
    for (const Row row : call.refusals) refusals.push_back(static_cast<std::uint16_t>(row));
    EXPECT_THAT(found->second.refusals, ElementsAreArray(refusals));
  }
}

TEST(Manual, ThisVersionAnswersExactlyTheCallsThatTheManualListsForIt) {
  const Manual manual = ReadManual();
  for (const auto& [number, call] : manual.calls) {
    EXPECT_EQ(FindCall(number) != nullptr, manual.answered.contains(call.name)) << call.name;
  }
}

TEST(Manual, EachRowOfTheTableHasTheManualsNameAndErrno) {
  const Manual manual = ReadManual();
  for (const RowInfo& info : kRows) {
    const auto found = manual.rows.find(static_cast<std::uint16_t>(info.row));
    ASSERT_NE(found, manual.rows.end()) << info.name;
    EXPECT_EQ(found->second.first, info.name);
    EXPECT_EQ(found->second.second, ErrnoName(info.error)) << info.name;
  }
}

TEST(Manual, EachRefusalOfACallIsARowWithAnErrno) {
  for (const Call& call : kCalls) {
    for (const Row row : call.refusals) EXPECT_EQ(InfoOf(row).row, row) << call.name;
  }
}

}  // namespace
}  // namespace cadastre::abi
