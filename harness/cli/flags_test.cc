// SPDX-License-Identifier: Apache-2.0
#include "harness/cli/flags.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cadastre {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr FlagRow kFlagRows[] = {
    {"cook", "engine", FlagKind::kChoice, "libfuzzer afl"},
    {"cook", "corpus", FlagKind::kText, ""},
    {"cook", "seconds", FlagKind::kNumber, "1 86400"},
    {"cook", "json", FlagKind::kSwitch, ""},
    {"cook", "name", FlagKind::kName, ""},
    {"cook", "folder", FlagKind::kFolder, ""},
    {"bake", "out", FlagKind::kNeeded, ""},
    {"eat", "json", FlagKind::kSwitch, ""},
};
constexpr FilesRow kFilesRows[] = {
    {"cook", FileArguments::kNone, ""},
    {"bake", FileArguments::kOneFile, "loaf"},
    {"eat", FileArguments::kFiles, "meals"},
    {"serve", FileArguments::kOneFolder, "table"},
};
constexpr ArgumentTable kTable = {.flags = kFlagRows, .files = kFilesRows};

struct Values {
  std::string engine = "libfuzzer";
  std::string text;
  std::string name;
  std::string folder;
  std::uint64_t seconds = 60;
  bool json = false;
};

CommandFlags FlagsFor(const std::string& command, Values& values) {
  CommandFlags flags(command, "[FLAGS]", {.ok = "fine", .found = "burnt"}, kTable);
  if (command == "cook") {
    flags.Text("engine", "who fuzzes", values.engine)
        .Text("corpus", "more inputs", values.text)
        .Text("name", "a name", values.name)
        .Text("folder", "a folder", values.folder)
        .Number("seconds", "how long", values.seconds)
        .Switch("json", "report as JSON", values.json);
  }
  if (command == "bake") flags.Text("out", "where to", values.text);
  if (command == "eat") flags.Switch("json", "report as JSON", values.json);
  return flags;
}

TEST(CommandFlags, KeepDefaultsWhenNothingIsSaid) {
  Values values;
  ASSERT_TRUE(FlagsFor("cook", values).Parse({}).ok());
  EXPECT_EQ(values.engine, "libfuzzer");
  EXPECT_EQ(values.seconds, 60u);
}

TEST(CommandFlags, TakeValuesAfterEqualsSignOrAsNextArgument) {
  Values values;
  const std::vector<std::string> args = {"--engine=afl", "--seconds", "5",
                                         "--json",       "--name",    "a_1"};
  const absl::StatusOr<ParsedFlags> parsed = FlagsFor("cook", values).Parse(args);
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_EQ(values.engine, "afl");
  EXPECT_EQ(values.seconds, 5u);
  EXPECT_EQ(values.name, "a_1");
  EXPECT_TRUE(values.json);
}

TEST(CommandFlags, FilesMayStandBetweenFlags) {
  Values values;
  const std::vector<std::string> args = {"/dev/null", "--json", "/dev/zero"};
  const absl::StatusOr<ParsedFlags> parsed = FlagsFor("eat", values).Parse(args);
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_THAT(parsed->files, ElementsAre("/dev/null", "/dev/zero"));
}

TEST(CommandFlags, HelpWinsAndNamesEachFlagWithItsDefaultAndEachExitStatus) {
  Values values;
  const CommandFlags flags = FlagsFor("cook", values);
  const absl::StatusOr<ParsedFlags> parsed = flags.Parse(std::vector<std::string>{"--help"});
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ(parsed->wish, ParsedFlags::Wish::kHelp);
  EXPECT_THAT(flags.Help(), HasSubstr("usage: harness/cadastre cook [FLAGS]\n"));
  EXPECT_THAT(flags.Help(), HasSubstr("--seconds=60"));
  EXPECT_THAT(flags.Help(), HasSubstr("(libfuzzer, afl)"));
  EXPECT_THAT(flags.Help(), HasSubstr("Exit status: 0 fine, 1 burnt, 2 misuse,\n3 "));
}

TEST(CommandFlagsDeathTest, ATableThatDoesNotFitEndsTheProgram) {
  Values values;
  CommandFlags flags("cook", "", {}, kTable);
  EXPECT_DEATH(flags.Text("salt", "", values.text), "flags.def: cook: salt");
  EXPECT_DEATH(flags.Text("json", "", values.text), "flags.def: cook: json");
  EXPECT_DEATH(flags.Number("engine", "", values.seconds), "flags.def: cook: engine");
  EXPECT_DEATH((void)flags.Parse({}), "flags.def: cook: engine");
  EXPECT_DEATH(CommandFlags("fry", "", {}, kTable), "flags.def: fry");
}

TEST(FlagsDef, HasTheChoicesOfACommand) {
  EXPECT_THAT(ChoicesOf("fuzz", "engine"), ElementsAre("libfuzzer", "afl"));
}

struct Mistake {
  std::string name;
  std::string command;
  std::vector<std::string> args;
  std::string message;
};

class FlagsRefuse : public ::testing::TestWithParam<Mistake> {};

TEST_P(FlagsRefuse, WithOneLineThatNamesTheMistake) {
  Values values;
  const absl::StatusOr<ParsedFlags> parsed =
      FlagsFor(GetParam().command, values).Parse(GetParam().args);
  ASSERT_EQ(parsed.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(std::string(parsed.status().message()), GetParam().message);
}

INSTANTIATE_TEST_SUITE_P(
    Mistakes, FlagsRefuse,
    ::testing::Values(
        Mistake{"UnknownFlag", "cook", {"--engin=afl"}, "unknown flag --engin"},
        Mistake{"FlagOfAnotherCommand", "cook", {"--out=x"}, "unknown flag --out"},
        Mistake{"ShortFlag", "cook", {"-s"}, "unknown flag -s"},
        Mistake{"BadChoice",
                "cook",
                {"--engine=honggfuzz"},
                "--engine is one of libfuzzer, afl, not 'honggfuzz'"},
        Mistake{"TwoChoices",
                "cook",
                {"--engine=libfuzzer afl"},
                "--engine is one of libfuzzer, afl, not 'libfuzzer afl'"},
        Mistake{"NotANumber",
                "cook",
                {"--seconds=1m"},
                "--seconds wants a number from 1 to 86400, not '1m'"},
        Mistake{"SignedNumber",
                "cook",
                {"--seconds=+1"},
                "--seconds wants a number from 1 to 86400, not '+1'"},
        Mistake{"OutOfRange",
                "cook",
                {"--seconds=0"},
                "--seconds wants a number from 1 to 86400, not '0'"},
        Mistake{"BadName", "cook", {"--name=../x"}, "--name wants a name, not '../x'"},
        Mistake{"NoFolder", "cook", {"--folder=/no/such"}, "--folder: no folder '/no/such'"},
        Mistake{"NoValue", "cook", {"--corpus"}, "--corpus wants a value"},
        Mistake{"EmptyValue", "cook", {"--corpus="}, "--corpus wants a value"},
        Mistake{"SwitchWithValue", "cook", {"--json=1"}, "--json takes no value"},
        Mistake{"FileWhereNoneIsTaken", "cook", {"a.ops"}, "unexpected argument 'a.ops'"},
        Mistake{"NeededFlag", "bake", {"/dev/null"}, "no --out given"},
        Mistake{"NoFile", "bake", {"--out=x"}, "expected one loaf"},
        Mistake{"TwoFiles", "bake", {"--out=x", "/dev/null", "/dev/null"}, "expected one loaf"},
        Mistake{"AbsentFile", "bake", {"--out=x", "/no/such"}, "/no/such: no such file"},
        Mistake{"FolderAsFile", "bake", {"--out=x", "/"}, "/: a folder, not a file"},
        Mistake{"NoFiles", "eat", {}, "no file given (meals)"},
        Mistake{"FileAsFolder", "serve", {"/dev/null"}, "/dev/null: no such folder"}),
    [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace cadastre
