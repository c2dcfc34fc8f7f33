// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "harness/cli/commands.h"
#include "harness/cli/replay_program.h"
#include "harness/cli/replay_table.h"
#include "harness/cli/script_file.h"
#include "harness/interleave/program.h"
#include "harness/run/raw_call_run.h"
#include "harness/run/raw_calls.h"
#include "harness/script/codec.h"

namespace cadastre {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr char kGood[] =
    "# SPDX-License-Identifier: Apache-2.0\n"
    "cadastre-ops 1 profile=small\n"
    "cpu0 share_hyp pfn=ram+3 count=2 -> 0\n"
    "cpu1 share_hyp pfn=any(shared_hyp,0) count=1 -> EPERM row=503\n";
constexpr char kUnexpected[] =
    "cadastre-ops 1 profile=small\n"
    "cpu0 share_hyp pfn=ram+3 count=2 -> EPERM row=503\n";

class ReplayTest : public ::testing::Test {
 protected:
  std::string Write(const std::string& name, const std::string& content) {
    const std::string path = ::testing::TempDir() + name;
    std::ofstream(path, std::ios::binary) << content;
    return path;
  }
  // Exit status; what was printed is in out_ and err_.
  int Replay(std::vector<std::string> args) {
    ::testing::internal::CaptureStdout();
    ::testing::internal::CaptureStderr();
    const int status = RunReplay(args);
    out_ = ::testing::internal::GetCapturedStdout();
    err_ = ::testing::internal::GetCapturedStderr();
    return status;
  }

  std::string out_;
  std::string err_;
};

TEST_F(ReplayTest, PrintsEveryOperationWrittenOutInColumns) {
  EXPECT_EQ(Replay({Write("good.ops", kGood)}), kExitOk);
  EXPECT_THAT(out_, HasSubstr("#  operation                         specification           core\n"
                              "1  cpu0 share_hyp pfn=ram+3 count=2  0 x2=0 x3=0             =\n"
                              "2  cpu1 share_hyp pfn=ram+3 count=1  EPERM row=503 detail=0  =\n"
                              "no violation in 2 operations; state "));
  EXPECT_EQ(err_, "");
}

TEST_F(ReplayTest, BytesReplayAsTheirText) {
  const auto script = ReadScriptFile(Write("good.ops", kGood), Bytes::kCanonical);
  ASSERT_TRUE(script.ok());
  const auto bytes = script::Encode(*script);
  Replay({Write("good.ops", kGood)});
  const std::string of_text = out_.substr(out_.find('\n'));
  EXPECT_EQ(Replay({Write("good.bin", std::string(bytes.begin(), bytes.end()))}), kExitOk);
  EXPECT_EQ(out_.substr(out_.find('\n')), of_text);
}

TEST_F(ReplayTest, UnexpectedAnswerIsFoundAndExplained) {
  EXPECT_EQ(Replay({Write("unexpected.ops", kUnexpected)}), kExitFound);
  EXPECT_THAT(out_, HasSubstr("violation EXPECTATION in operation 1 (share_hyp)\n"
                              "  the script expects EPERM row=503 and gets 0 x2=0 x3=0"));
  EXPECT_THAT(out_, HasSubstr("  page before: page 0x40056"));
}

TEST_F(ReplayTest, WorstFileDecidesTheExitStatus) {
  const std::string good = Write("good.ops", kGood);
  const std::string unexpected = Write("unexpected.ops", kUnexpected);
  EXPECT_EQ(Replay({unexpected, good}), kExitFound);
  EXPECT_EQ(Replay({Write("bad.ops", "nonsense\n"), unexpected, good}), kExitMisuse);
}

TEST_F(ReplayTest, BadFileIsOneClearLine) {
  EXPECT_EQ(Replay({Write("bad.ops", "cadastre-ops 1 profile=small\nshare_hyp\n")}), kExitMisuse);
  EXPECT_THAT(err_, HasSubstr("bad.ops: line 2, "));
  EXPECT_EQ(std::count(err_.begin(), err_.end(), '\n'), 1);
  EXPECT_EQ(Replay({::testing::TempDir() + "absent"}), kExitMisuse);
  EXPECT_THAT(err_, EndsWith("absent: no such file\n"));
}

TEST_F(ReplayTest, FuzzersBytesNeedToBeAskedFor) {
  const std::string crash = Write("crash-1", std::string(40, '\x05'));
  EXPECT_EQ(Replay({crash}), kExitMisuse);
  EXPECT_THAT(err_, HasSubstr("--fuzzer"));
  EXPECT_EQ(Replay({"--any", crash}), kExitOk);
  EXPECT_THAT(out_, HasSubstr("no violation in 2 operations"));
}

// Each of these is another program to each target.
TEST_F(ReplayTest, BytesAreWhatTheirTargetMakesOfThem) {
  const run::RawCall share = {
      .cpu = 1, .immediate = 0, .registers = {0xc6000042, 0x40300, 1, 0, 0, 0, 0}};
  const auto bytes = run::EncodeRawCalls(std::vector<run::RawCall>{share});
  const std::string input = Write("input", std::string(bytes.begin(), bytes.end()));
  const std::size_t ops = run::RawCallPrefix().ops.size() + 1;
  EXPECT_EQ(Replay({"--fuzzer=hypercall_fuzz", input}), kExitOk);
  EXPECT_THAT(out_, HasSubstr("no violation in 4 operations"));
  EXPECT_EQ(Replay({"--fuzzer=secret_fuzz", input}), kExitOk);
  EXPECT_THAT(out_, HasSubstr("no violation in 4 operations"));
  EXPECT_EQ(Replay({"--fuzzer=dispatch_fuzz", input}), kExitOk);
  EXPECT_THAT(out_, HasSubstr(" 1  cpu0 vm_create flags=plain ipa_bits=32"));
  EXPECT_THAT(out_,
              HasSubstr(absl::StrCat("\n", ops, "  cpu1 share_hyp pfn=0x40300 count=raw(1)")));
  EXPECT_THAT(out_, HasSubstr(absl::StrCat("no violation in ", ops, " operations; state ")));
  EXPECT_EQ(Replay({"--fuzzer=pgtable_fuzz", input}), kExitOk);
  EXPECT_THAT(out_, HasSubstr("input: stage "));
  EXPECT_THAT(out_, HasSubstr("\nop 0   "));
}

// It is shown as the script that says which CPU ran when.
TEST_F(ReplayTest, AnInputOfInterleaveFuzzIsShownAsItRan) {
  interleave::Input input;
  input.turns.assign(interleave::kRecordBytes, 0x40);
  input.turns[0] = 0;
  script::Op share;
  share.code = script::OpCode::kShareHyp;
  share.operands[0] = {script::OperandClass::kArena, 700, 0};
  share.operands[1] = {script::OperandClass::kNumber, 1, 0};
  script::Op load;
  load.code = script::OpCode::kVcpuLoad;
  load.cpu = 1;
  load.operands[0] = {script::OperandClass::kNumber, 0x100, 0};
  input.script.ops = {share, load};
  const std::vector<std::uint8_t> bytes = interleave::EncodeInput(input);
  const std::string file = Write("interleaved", std::string(bytes.begin(), bytes.end()));
  EXPECT_EQ(Replay({"--fuzzer=interleave_fuzz", file}), kExitOk) << out_;
  EXPECT_THAT(out_, HasSubstr("\n1  cpu0 share_hyp pfn=ram+0x2bc count=1 sched=1 "));
  EXPECT_THAT(out_, HasSubstr("\n2  cpu1 vcpu_load vm="));
  EXPECT_THAT(out_, HasSubstr("\n3  cpu0 step steps=4095 "));
}

// A fuzzer may hit on the first bytes of a text; its target reads on as before.
TEST_F(ReplayTest, TargetsReadNoText) {
  EXPECT_EQ(Replay({"--fuzzer=hypercall_fuzz", Write("unexpected.ops", kUnexpected)}), kExitOk);
}

TEST_F(ReplayTest, RawCallsInJsonAreOneLine) {
  EXPECT_EQ(Replay({"--json", "--fuzzer=dispatch_fuzz", Write("calls", std::string(64, 1))}),
            kExitOk);
  EXPECT_THAT(out_, HasSubstr(absl::StrCat("\"ops\":", run::RawCallPrefix().ops.size() + 1, ",")));
  EXPECT_EQ(std::count(out_.begin(), out_.end(), '\n'), 1);
}

TEST_F(ReplayTest, EverySeedOfPgtableIsShownAndHolds) {
  std::size_t seeds = 0;
  for (const auto& entry : std::filesystem::directory_iterator("corpus/pgtable")) {
    if (entry.path().extension() != ".bin") continue;
    ++seeds;
    EXPECT_EQ(Replay({"--fuzzer=pgtable_fuzz", entry.path().string()}), kExitOk) << out_;
    EXPECT_THAT(out_, HasSubstr("\nno violation in "));
  }
  EXPECT_GT(seeds, 0u);
}

// Granule 4K, stage 2 as a guest's, 24 bits of input, stock of 64; one map in raw values.
std::string MapProgram() {
  std::string bytes = {'\0', '\0', '\0', '\xf1'};
  for (const std::uint64_t value : {0x3000, 0x2000, 0x40000000}) {
    for (int i = 0; i < 8; ++i) bytes += static_cast<char>(value >> (8 * i));
  }
  return bytes + '\x01';
}

TEST_F(ReplayTest, ProgramIsPrintedOneOperationALine) {
  EXPECT_EQ(Replay({"--fuzzer=pgtable_fuzz", Write("program", MapProgram())}), kExitOk);
  EXPECT_THAT(out_, EndsWith("program: stage 2 as a guest's, deposits, pages of 4K, 24 bits of "
                             "input, 64 pages in stock\n"
                             "op 0   map base=0x3000 bytes=0x2000 out=0x40000000 prot=rw blocks\n"
                             "no violation in 1 operations\n\n"));
}

TEST(ReplayProgram, StopsAtTheBlamedOperation) {
  const ProgramText program{.table = "a table", .operations = {"map", "unmap", "destroy"}};
  const cadastre::testing::Mismatch found{"ERRNO_DIFFERS",
                                          "op 1 code 1: errno at 0x0: got 0x1, model 0x0"};
  EXPECT_EQ(
      FormatProgram("f", program, found),
      "f: a table\nop 0   map\nop 1   unmap\nviolation ERRNO_DIFFERS\n  " + found.detail + "\n");
  EXPECT_EQ(FormatProgramJson("f", program, found),
            "{\"version\":1,\"file\":\"f\",\"ops\":2,\"violation\":{\"invariant\":"
            "\"ERRNO_DIFFERS\",\"detail\":\"" +
                found.detail + "\"}}");
  EXPECT_EQ(FormatProgramJson("f", program, std::nullopt),
            "{\"version\":1,\"file\":\"f\",\"ops\":3,\"violation\":null}");
}

TEST_F(ReplayTest, JsonIsOneLineAFile) {
  EXPECT_EQ(Replay({"--json", Write("unexpected.ops", kUnexpected)}), kExitFound);
  EXPECT_THAT(out_, StartsWith("{\"version\":1,\"file\":"));
  EXPECT_THAT(out_,
              HasSubstr("\"invariant\":\"EXPECTATION\",\"call\":\"share_hyp\",\"op_index\":0"));
  EXPECT_EQ(std::count(out_.begin(), out_.end(), '\n'), 1);
}

TEST_F(ReplayTest, NothingToReplayIsMisuse) {
  EXPECT_EQ(Replay({}), kExitMisuse);
  EXPECT_EQ(Replay({"--what"}), kExitMisuse);
  EXPECT_EQ(Replay({"--fuzzer=none_fuzz", "f"}), kExitMisuse);
  EXPECT_EQ(Replay({"--help"}), kExitOk);
}

}  // namespace
}  // namespace cadastre
