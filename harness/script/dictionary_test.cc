// SPDX-License-Identifier: Apache-2.0
#include "harness/script/dictionary.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <sstream>
#include <string>

#include "harness/script/op_table.h"

namespace cadastre::script {
namespace {

TEST(Dictionary, TheCommittedFileIsCurrent) {
  std::ifstream file("fuzz/hypercall_fuzz.dict", std::ios::binary);
  const std::string committed{std::istreambuf_iterator<char>(file), {}};
  EXPECT_EQ(committed, Dictionary())
      << "harness/cadastre corpus dictionary > fuzz/hypercall_fuzz.dict";
}

TEST(Dictionary, EveryLineIsAnEntryThatEnginesRead) {
  const std::regex entry(R"re([a-z][a-z0-9_]*="(\\x[0-9a-f]{2}){2,64}")re");
  std::istringstream lines(Dictionary());
  std::set<std::string> names;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("#")) continue;
    EXPECT_TRUE(std::regex_match(line, entry)) << line;
    EXPECT_TRUE(names.insert(line.substr(0, line.find('='))).second) << line;
  }
  for (const OpInfo& op : OpTable()) EXPECT_TRUE(names.contains("op_" + std::string(op.name)));
}

}  // namespace
}  // namespace cadastre::script
