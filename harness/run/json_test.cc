// SPDX-License-Identifier: Apache-2.0
#include "harness/run/json.h"

#include <gtest/gtest.h>

namespace cadastre::run {
namespace {

TEST(JsonStringTest, EscapesWhatWouldEndItOrIsNoCharacter) {
  EXPECT_EQ(JsonString(""), "\"\"");
  EXPECT_EQ(JsonString("a \"b\" \\ c"), R"("a \"b\" \\ c")");
  EXPECT_EQ(JsonString("1\n2\x1f"), R"("1\u000a2\u001f")");
  EXPECT_EQ(JsonString("\xc3\xa9"), "\"\xc3\xa9\"");
}

}  // namespace
}  // namespace cadastre::run
