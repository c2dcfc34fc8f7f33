// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <vector>

#include "harness/cli/commands.h"
#include "harness/cli/replay_table.h"
#include "harness/cli/script_file.h"
#include "harness/script/codec.h"

namespace cadastre {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

constexpr char kGood[] =
    "# SPDX-License-Identifier: Apache-2.0\n"
    "cadastre-ops 1 profile=small\n"
    "cpu0 share_hyp pfn=ram+3 count=2 -> 0\n"
    "cpu1 share_hyp pfn=any(shared_hyp,0) count=1 -> EPERM row=503\n";
constexpr char kUnexpected[] =
    "cadastre-ops 1 profile=small\n"
    "cpu0 share_hyp pfn=ram+3 count=2 -> EPERM row=503\n";

class ReplayTest : public testing::Test {
 protected:
  std::string Write(const std::string& name, const std::string& content) {
    const std::string path = testing::TempDir() + name;
    std::ofstream(path, std::ios::binary) << content;
    return path;
  }
  // Exit status; what was printed is in out_ and err_.
  int Replay(std::vector<std::string> args) {
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    const int status = RunReplay(args);
    out_ = testing::internal::GetCapturedStdout();
    err_ = testing::internal::GetCapturedStderr();
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
  EXPECT_EQ(Replay({testing::TempDir() + "absent"}), kExitMisuse);
  EXPECT_THAT(err_, EndsWith("absent: no such file\n"));
}

TEST_F(ReplayTest, FuzzersBytesNeedToBeAskedFor) {
  const std::string crash = Write("crash-1", std::string(40, '\x05'));
  EXPECT_EQ(Replay({crash}), kExitMisuse);
  EXPECT_THAT(err_, HasSubstr("--any"));
  EXPECT_EQ(Replay({"--any", crash}), kExitOk);
  EXPECT_THAT(out_, HasSubstr("no violation in 2 operations"));
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
  EXPECT_EQ(Replay({"--help"}), kExitOk);
}

}  // namespace
}  // namespace cadastre
