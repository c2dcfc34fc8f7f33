// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "harness/cli/commands.h"
#include "harness/cli/corpus_check.h"
#include "harness/cli/corpus_digests.h"
#include "harness/run/raw_calls.h"
#include "harness/script/codec.h"
#include "harness/script/text.h"

namespace cadastre {
namespace {

namespace fs = std::filesystem;

constexpr char kGood[] =
    "cadastre-ops 1 profile=small\n"
    "cpu0 share_hyp pfn=ram+0xd0 count=1 -> 0\n"
    "cpu0 share_hyp pfn=ram+0xd0 count=1 -> EPERM row=503 detail=0  # again\n";

class CorpusCommand : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::path(testing::TempDir()) /
              testing::UnitTest::GetInstance()->current_test_info()->name();
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  std::string Write(const std::string& name, const std::string& content) {
    const fs::path path = folder_ / name;
    std::ofstream(path, std::ios::binary) << content;
    return path.string();
  }
  static std::string Read(const std::string& path) {
    std::ifstream stream(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
  }
  int Run(const std::vector<std::string>& args) {
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    const int status = RunCorpus(args);
    out_ = testing::internal::GetCapturedStdout();
    error_ = testing::internal::GetCapturedStderr();
    return status;
  }

  fs::path folder_;
  std::string out_;
  std::string error_;
};

TEST_F(CorpusCommand, EncodeThenDecodeGivesTheScriptWithoutNotes) {
  const std::string ops = Write("good.ops", kGood);
  const std::string bin = (folder_ / "good.bin").string();
  ASSERT_EQ(Run({"encode", "--out=" + bin, ops}), kExitOk) << error_;
  EXPECT_EQ(Read(bin).size(), 3 * script::kRecordSize);
  ASSERT_EQ(Run({"decode", bin}), kExitOk) << error_;
  EXPECT_EQ(out_, script::Print(script::WithoutNotes(script::Parse(kGood).value())));
}

TEST_F(CorpusCommand, EncodeOfAMalformedScriptWritesNothing) {
  const std::string ops =
      Write("bad.ops", "cadastre-ops 1 profile=small\ncpu0 share_hyp pfn=x count=1\n");
  const std::string bin = (folder_ / "bad.bin").string();
  EXPECT_EQ(Run({"encode", "--out=" + bin, ops}), kExitMisuse);
  EXPECT_EQ(error_,
            "cadastre corpus: " + ops +
                ": line 2, column 20: expected a page, such as ram+3, any(private,0), used(1), "
                "ram0.before or a number, got 'x'\n");
  EXPECT_FALSE(fs::exists(bin));
}

TEST_F(CorpusCommand, AFolderIsNoFile) {
  const std::string folder = folder_.string();
  for (const char* verb : {"decode", "expect"}) {
    EXPECT_EQ(Run({verb, folder}), kExitMisuse);
    EXPECT_EQ(error_, "cadastre corpus: " + folder + ": a folder, not a file\n");
  }
  fs::create_directories(folder_ / "in" / "x.ops");
  EXPECT_EQ(Run({"check", folder}), kExitMisuse);
  EXPECT_EQ(Run({"check", folder + "/absent"}), kExitMisuse);
  EXPECT_EQ(error_, "cadastre corpus: " + folder + "/absent: no such folder\n");
}

TEST_F(CorpusCommand, DecodeIsStrictUnlessAskedOtherwise) {
  const std::string bin = Write("text.bin", kGood);
  EXPECT_EQ(Run({"decode", bin}), kExitMisuse);
  EXPECT_EQ(error_, "cadastre corpus: " + bin + ": offset 0: no header record\n");
  EXPECT_EQ(out_, "");
  EXPECT_EQ(Run({"decode", "--any", bin}), kExitOk) << error_;
  EXPECT_TRUE(script::Parse(out_).ok()) << out_;
}

TEST_F(CorpusCommand, RawCallsAreTheRegistersOfARun) {
  const std::string ops = Write("calls.ops",
                                "cadastre-ops 1 profile=small\n"
                                "cpu0 host_access pfn=ram+0xd0 offset=0 access=read\n"
                                "cpu1 share_hyp pfn=ram+0xd0 count=1\n"
                                "cpu0 hvc_imm imm=7 x0=1 x1=2 x2=3 x3=4 x4=5\n");
  const std::string bin = (folder_ / "calls.bin").string();
  ASSERT_EQ(Run({"encode", "--format=raw_calls", "--out=" + bin, ops}), kExitOk) << error_;
  const std::string bytes = Read(bin);
  const std::vector<run::RawCall> calls =
      run::DecodeRawCalls(std::vector<std::uint8_t>(bytes.begin(), bytes.end()), 2);
  ASSERT_EQ(calls.size(), 2u);
  EXPECT_EQ(calls[0].cpu, 1u);
  EXPECT_EQ(calls[0].registers[0], 0xc6000042u);
  EXPECT_EQ(calls[0].registers[1], 0x40123u);
  EXPECT_EQ(calls[0].registers[2], 1u);
  EXPECT_EQ(calls[1].immediate, 7);
  EXPECT_EQ(calls[1].registers[4], 5u);
}

TEST_F(CorpusCommand, ExpectAddsTheAnswersOfTheSpecification) {
  const std::string ops =
      Write("plain.ops",
            "cadastre-ops 1 profile=small\ncpu0 share_hyp pfn=ram+0xd0 count=1\n"
            "cpu0 share_hyp pfn=ram+0xd0 count=1  # again\n");
  ASSERT_EQ(Run({"expect", ops}), kExitOk) << error_;
  EXPECT_EQ(out_, kGood);
}

TEST_F(CorpusCommand, CheckCountsWhatItRan) {
  Write("good.ops", kGood);
  EXPECT_EQ(Run({"check", folder_.string()}), kExitOk) << error_;
  EXPECT_EQ(out_, "1 scripts, 2 operations, 0 malformed, 0 wrong\n");
}

TEST_F(CorpusCommand, DigestsGivesALineForEachScript) {
  Write("good.ops", kGood);
  ASSERT_EQ(Run({"digests", folder_.string()}), kExitOk) << error_;
  EXPECT_TRUE(out_.starts_with((folder_ / "good.ops").string() + " steps=3 state=0x")) << out_;
  EXPECT_EQ(std::count(out_.begin(), out_.end(), '\n'), 1) << out_;
  EXPECT_EQ(Run({"digests", (folder_ / "absent").string()}), kExitMisuse);
}

TEST_F(CorpusCommand, DigestsTellStatesApart) {
  Write("a.ops", kGood);
  Write("b.ops",
        "cadastre-ops 1 profile=small\n"
        "cpu0 share_hyp pfn=ram+0xd1 count=1 -> 0\n"
        "cpu0 share_hyp pfn=ram+0xd1 count=1 -> EPERM row=503 detail=0\n");
  ASSERT_EQ(Run({"digests", folder_.string()}), kExitOk) << error_;
  const std::size_t end = out_.find('\n');
  const std::string first = out_.substr(out_.find("state="), end - out_.find("state="));
  EXPECT_EQ(out_.find(first, end), std::string::npos) << out_;
}

TEST(SameDigests, NamesTheFirstStepThatDiffers) {
  const std::vector<StepDigests> first = {{{1, 2}, 3}, {{4, 5}, 6}};
  std::vector<StepDigests> other = first;
  EXPECT_TRUE(SameDigests("x.ops", first, other).ok());
  other[1].raw.high = 7;
  EXPECT_EQ(SameDigests("x.ops", first, other).message(),
            "x.ops: step 2: another run has another raw digest");
  other[0].state = 8;
  EXPECT_EQ(SameDigests("x.ops", first, other).message(),
            "x.ops: step 1: another run has another state digest");
  EXPECT_EQ(SameDigests("x.ops", first, {first[0]}).message(),
            "x.ops: 2 steps, and 1 in another run");
}

struct BadSeed {
  const char* text;
  const char* message;  // behind the file's name
  int status;
};

class CorpusCheck : public CorpusCommand, public testing::WithParamInterface<BadSeed> {};

TEST_P(CorpusCheck, TellsWhatIsWrong) {
  Write("good.ops", kGood);
  const std::string bad = Write("seed.ops", GetParam().text);
  EXPECT_EQ(Run({"check", folder_.string()}), GetParam().status);
  EXPECT_EQ(error_, "cadastre corpus: " + bad + ": " + GetParam().message + "\n");
}

INSTANTIATE_TEST_SUITE_P(
    Seeds, CorpusCheck,
    testing::Values(
        BadSeed{"cadastre-ops 1 profile=small\ncpu0 version\n",
                "line 2: the operation expects nothing", kExitMisuse},
        BadSeed{"cadastre-ops 1 profile=small\n\ncpu0  version -> 0 x2=1 x3=0\n",
                "line 3: not as scripts are printed", kExitMisuse},
        BadSeed{"cadastre-ops 1 profile=small\ncpu0 version -> 0 x2=1 x3=0",
                "line 2: not as scripts are printed", kExitMisuse},
        BadSeed{"cadastre-ops 1 profile=small\ncpu0 virsion -> 0\n",
                "line 2, column 6: expected an operation, such as share_hyp, got 'virsion'",
                kExitMisuse},
        BadSeed{
            "cadastre-ops 1 profile=small\n# Wrong.\ncpu0 share_hyp pfn=image.first count=1 -> 0\n",
            "line 3: share_hyp: EXPECTATION: the script expects 0 and gets EPERM row=503 detail=0",
            kExitFound}));

TEST_F(CorpusCommand, MisuseIsOneLineAndStatusTwo) {
  const std::vector<std::vector<std::string>> mistakes = {{},
                                                          {"cook"},
                                                          {"encode"},
                                                          {"decode"},
                                                          {"decode", "a", "b"},
                                                          {"check", "nowhere"},
                                                          {"decode", "nofile"},
                                                          {"encode", Write("good.ops", kGood)}};
  for (const auto& args : mistakes) {
    EXPECT_EQ(Run(args), kExitMisuse);
    EXPECT_TRUE(error_.starts_with("cadastre corpus: ")) << error_;
    EXPECT_EQ(std::count(error_.begin(), error_.end(), '\n'), 1) << error_;
    EXPECT_EQ(out_, "");
  }
  EXPECT_EQ(Run({"--help"}), kExitOk);
  EXPECT_EQ(Run({"encode", "--help"}), kExitOk);
}

}  // namespace
}  // namespace cadastre
