// SPDX-License-Identifier: Apache-2.0
#include "harness/cli/flags.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cadastre {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

struct Values {
  std::string engine = "libfuzzer";
  std::string corpus;
  std::uint64_t seconds = 60;
  bool json = false;
};

CommandFlags FlagsFor(Values& values) {
  CommandFlags flags("fuzz [FLAGS]");
  flags.Choice("engine", "who fuzzes", {"libfuzzer", "afl"}, values.engine)
      .Text("corpus", "more inputs", values.corpus)
      .Number("seconds", "how long", 1, 86400, values.seconds)
      .Switch("json", "report as JSON", values.json);
  return flags;
}

TEST(CommandFlags, KeepDefaultsWhenNothingIsSaid) {
  Values values;
  ASSERT_TRUE(FlagsFor(values).Parse({}, FileArguments::kNone).ok());
  EXPECT_EQ(values.engine, "libfuzzer");
  EXPECT_EQ(values.seconds, 60u);
}

TEST(CommandFlags, TakeValuesAfterEqualsSignOrAsNextArgument) {
  Values values;
  const std::vector<std::string> args = {"--engine=afl", "--seconds", "5",
                                         "--json",       "a.ops",     "b.ops"};
  const absl::StatusOr<ParsedFlags> parsed = FlagsFor(values).Parse(args, FileArguments::kAny);
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_EQ(values.engine, "afl");
  EXPECT_EQ(values.seconds, 5u);
  EXPECT_TRUE(values.json);
  EXPECT_THAT(parsed->files, ElementsAre("a.ops", "b.ops"));
}

TEST(CommandFlags, HelpWinsAndNamesEachFlagWithItsDefault) {
  Values values;
  const CommandFlags flags = FlagsFor(values);
  const absl::StatusOr<ParsedFlags> parsed =
      flags.Parse(std::vector<std::string>{"--help"}, FileArguments::kNone);
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ(parsed->wish, ParsedFlags::Wish::kHelp);
  EXPECT_THAT(flags.Help(), HasSubstr("--seconds=60"));
  EXPECT_THAT(flags.Help(), HasSubstr("(libfuzzer, afl)"));
}

struct Mistake {
  std::string name;
  std::vector<std::string> args;
  std::string message;
};

class FlagsRefuse : public ::testing::TestWithParam<Mistake> {};

TEST_P(FlagsRefuse, WithOneLineThatNamesTheMistake) {
  Values values;
  const absl::StatusOr<ParsedFlags> parsed =
      FlagsFor(values).Parse(GetParam().args, FileArguments::kNone);
  ASSERT_EQ(parsed.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(std::string(parsed.status().message()), GetParam().message);
}

INSTANTIATE_TEST_SUITE_P(
    Mistakes, FlagsRefuse,
    ::testing::Values(
        Mistake{"UnknownFlag", {"--engin=afl"}, "unknown flag --engin"},
        Mistake{"ShortFlag", {"-s"}, "unknown flag -s"},
        Mistake{"BadChoice",
                {"--engine=honggfuzz"},
                "--engine is one of libfuzzer, afl, not 'honggfuzz'"},
        Mistake{
            "NotANumber", {"--seconds=1m"}, "--seconds wants a number from 1 to 86400, not '1m'"},
        Mistake{"OutOfRange", {"--seconds=0"}, "--seconds wants a number from 1 to 86400, not '0'"},
        Mistake{"NoValue", {"--corpus"}, "--corpus wants a value"},
        Mistake{"EmptyValue", {"--corpus="}, "--corpus wants a value"},
        Mistake{"SwitchWithValue", {"--json=1"}, "--json takes no value"},
        Mistake{"FileWhereNoneIsTaken", {"a.ops"}, "unexpected argument 'a.ops'"}),
    [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace cadastre
