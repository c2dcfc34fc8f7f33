// SPDX-License-Identifier: Apache-2.0
// The parts of `fuzz` around its parsers: options, engine command lines, child processes, the
// status line.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

#include "harness/cli/fuzz_disk.h"
#include "harness/cli/fuzz_engine.h"
#include "harness/cli/fuzz_interrupt.h"
#include "harness/cli/fuzz_monitor.h"
#include "harness/cli/fuzz_options.h"
#include "harness/process/process.h"
#include "harness/cli/fuzz_workspace.h"

namespace cadastre {
namespace {

namespace fs = std::filesystem;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsSubsetOf;
using ::testing::Not;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

// A folder of this test's own, removed with it.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (fs::temp_directory_path() / "fuzz_test_XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) std::abort();
    path_ = name;
    for (const char* sub : {"seeds", "corpus", "crashes"}) fs::create_directories(path_ / sub);
  }
  ~TemporaryFolder() { fs::remove_all(path_); }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

std::string MessageFor(const std::vector<std::string>& args) {
  return std::string(ParseFuzzOptions(args).status().message());
}

TEST(FuzzOptions, AreReadFromFlags) {
  const auto options = ParseFuzzOptions(std::vector<std::string>{
      "--engine=afl", "--seconds=5", "--target=pgtable_fuzz", "--jobs=2", "--corpus=/"});
  ASSERT_TRUE(options.ok()) << options.status();
  ASSERT_TRUE(options->has_value());
  EXPECT_EQ((*options)->engine, FuzzEngine::kAfl);
  EXPECT_EQ((*options)->duration, std::chrono::seconds(5));
  EXPECT_EQ((*options)->target, "pgtable_fuzz");
  EXPECT_EQ((*options)->jobs, 2u);
  EXPECT_EQ((*options)->corpus, "/");
}

TEST(FuzzOptions, RefuseFoldersThatAreNotThereAndNamesThatAreNone) {
  EXPECT_EQ(MessageFor({"--corpus=/no/such"}), "--corpus: no folder '/no/such'");
  const TemporaryFolder folder;
  const std::string seeds = (folder.path() / "seeds").string();
  EXPECT_EQ(MessageFor({"--corpus=" + seeds}), "--corpus: nothing in '" + seeds + "'");
  EXPECT_EQ(MessageFor({"--target=../x"}), "--target wants a name, not '../x'");
}

TEST(LibFuzzerOptions, AreTheirOwnSectionWithoutTheDictionary) {
  EXPECT_THAT(ParseLibFuzzerOptions(
                  "[asan]\na = 1\n[libfuzzer]\nmax_len = 512\ndict = x.dict\nlen_control=0\n"),
              UnorderedElementsAre(Pair("max_len", "512"), Pair("len_control", "0")));
}

FuzzWorkspace WorkspaceIn(const fs::path& directory) {
  FuzzWorkspace work;
  work.binary = "/b/fuzzer";
  work.dictionary = "/b/x.dict";
  work.options = {{"max_len", "512"}};
  work.directory = directory;
  work.seeds = directory / "seeds";
  work.corpus = directory / "corpus";
  work.crashes = directory / "crashes";
  return work;
}

TEST(EngineCommand, GivesLibFuzzerItsOwnCorpusBeforeTheSeeds) {
  const CommandLine command = EngineCommand(WorkspaceIn("/w"), FuzzOptions{}, 0);
  EXPECT_THAT(command.environment, Contains("CADASTRE_STATS=1"));
  EXPECT_THAT(command.words, Contains("-max_len=512"));
  EXPECT_THAT(command.words, Contains("-dict=/b/x.dict"));
  EXPECT_THAT(command.words, Contains("-max_total_time=60"));
  ASSERT_GE(command.words.size(), 2u);
  EXPECT_EQ(command.words[command.words.size() - 2], "/w/corpus");
  EXPECT_EQ(command.words.back(), "/w/seeds");
}

TEST(EngineCommand, GivesAflOneMainJobAndSecondariesOnlyWhenThereAreSeveral) {
  FuzzOptions options{.engine = FuzzEngine::kAfl};
  EXPECT_THAT(EngineCommand(WorkspaceIn("/w"), options, 0).words, Not(Contains("-M")));
  options.jobs = 2;
  EXPECT_THAT((std::vector<std::string>{"-M", "main"}),
              IsSubsetOf(EngineCommand(WorkspaceIn("/w"), options, 0).words));
  EXPECT_THAT((std::vector<std::string>{"-S", "job1"}),
              IsSubsetOf(EngineCommand(WorkspaceIn("/w"), options, 1).words));
}

TEST(EngineCommand, GivesAflTheMutatorOfItsTarget) {
  FuzzWorkspace work = WorkspaceIn("/w");
  const FuzzOptions options{.engine = FuzzEngine::kAfl};
  EXPECT_THAT(EngineCommand(work, options, 0).environment,
              Not(Contains(HasSubstr("AFL_CUSTOM_MUTATOR"))));
  work.afl_mutator = "/w/m.so";
  EXPECT_THAT(EngineCommand(work, options, 0).environment,
              Contains("AFL_CUSTOM_MUTATOR_LIBRARY=/w/m.so"));
}

TEST(LayOutInputs, GivesAflANonEmptyInputWhenThereIsNoSeed) {
  const TemporaryFolder folder;
  const FuzzWorkspace work = WorkspaceIn(folder.path());
  ASSERT_TRUE(LayOutInputs(work, FuzzOptions{.engine = FuzzEngine::kAfl}).ok());
  EXPECT_GT(fs::file_size(folder.path() / "inputs" / "zeros"), 0u);
}

TEST(CollectFindings, MovesLibFuzzersArtifactsAndLeavesEarlierCrashesOut) {
  const TemporaryFolder folder;
  const FuzzWorkspace work = WorkspaceIn(folder.path());
  std::ofstream(work.crashes / "crash-old") << "old";
  ASSERT_TRUE(LayOutInputs(work, FuzzOptions{}).ok());
  std::ofstream(folder.path() / "run" / "crash-new") << "new";
  std::ofstream(folder.path() / "run" / "slow-unit-1") << "slow";
  const Findings findings = CollectFindings(work, {});
  EXPECT_TRUE(findings.status.ok()) << findings.status;
  EXPECT_THAT(findings.crashes, ElementsAre(work.crashes / "crash-new"));
  EXPECT_TRUE(fs::exists(work.crashes / "crash-old"));
}

TEST(CollectFindings, GivesAflsCrashesShortNamesAndKeepsWhatItFound) {
  const TemporaryFolder folder;
  const FuzzWorkspace work = WorkspaceIn(folder.path());
  const FuzzOptions options{.engine = FuzzEngine::kAfl};
  ASSERT_TRUE(LayOutInputs(work, options).ok());
  const fs::path job = AflJobFolder(work, options, 0);
  fs::create_directories(job / "crashes");
  fs::create_directories(job / "queue");
  std::ofstream(job / "crashes" / "id:000000,sig:04") << "crash";
  std::ofstream(job / "crashes" / "README.txt") << "not one";
  std::ofstream(job / "queue" / "id:000000,time:0,execs:0,orig:kept-a") << "given";
  std::ofstream(job / "queue" / "id:000001,op:havoc") << "input";
  EXPECT_THAT(CollectFindings(work, std::vector<FuzzProgress>(1)).crashes,
              ElementsAre(work.crashes / "crash-afl-default-0"));
  EXPECT_TRUE(fs::exists(work.corpus / "id:000001,op:havoc"));
  EXPECT_FALSE(fs::exists(work.corpus / "id:000000,time:0,execs:0,orig:kept-a"));
}

TEST(CollectFindings, KeepsASeedThatCrashesUnderAfl) {
  const TemporaryFolder folder;
  const FuzzWorkspace work = WorkspaceIn(folder.path());
  const FuzzOptions options{.engine = FuzzEngine::kAfl};
  std::ofstream(work.seeds / "s1.bin") << "seed";
  ASSERT_TRUE(LayOutInputs(work, options).ok());
  std::vector<FuzzProgress> jobs(1);
  jobs[0].Observe(
      "Test case 'id:000000,time:0,execs:0,orig:seed-s1.bin' results in a crash, skipping");
  EXPECT_THAT(CollectFindings(work, jobs).crashes, ElementsAre(work.crashes / "crash-seed-s1.bin"));
  EXPECT_TRUE(fs::exists(work.crashes / "crash-seed-s1.bin"));
}

TEST(CollectFindings, NamesACrashThatCanNotBeKeptWhereItIs) {
  const TemporaryFolder folder;
  FuzzWorkspace work = WorkspaceIn(folder.path());
  const FuzzOptions options{.engine = FuzzEngine::kAfl};
  ASSERT_TRUE(LayOutInputs(work, options).ok());
  const fs::path crash = AflJobFolder(work, options, 0) / "crashes" / "id:000000";
  fs::create_directories(crash.parent_path());
  std::ofstream(crash) << "crash";
  std::ofstream(folder.path() / "run" / "crash-1") << "crash";
  work.crashes = folder.path() / "gone";
  const Findings findings = CollectFindings(work, {});
  EXPECT_THAT(findings.crashes, ElementsAre(folder.path() / "run" / "crash-1", crash));
  EXPECT_THAT(std::string(findings.status.message()),
              HasSubstr("can't write " + work.crashes.string()));
}

TEST(LayOutInputs, KeepsWhatARunThatWasKilledHadFound) {
  const TemporaryFolder folder;
  const FuzzWorkspace work = WorkspaceIn(folder.path());
  const FuzzOptions options{.engine = FuzzEngine::kAfl};
  const fs::path job = AflJobFolder(work, options, 0);
  fs::create_directories(job / "crashes");
  fs::create_directories(job / "queue");
  std::ofstream(job / "crashes" / "id:000000") << "crash";
  std::ofstream(job / "queue" / "id:000001,op:havoc") << "input";
  std::ofstream(folder.path() / "run" / "crash-1") << "crash";
  ASSERT_TRUE(LayOutInputs(work, options).ok());
  EXPECT_TRUE(fs::exists(work.crashes / "crash-afl-default-0"));
  EXPECT_TRUE(fs::exists(work.crashes / "crash-1"));
  EXPECT_TRUE(fs::exists(work.corpus / "id:000001,op:havoc"));
  EXPECT_FALSE(fs::exists(job));
}

TEST(InterruptGuard, NotesSignalsWhileItLives) {
  const InterruptGuard guard;
  EXPECT_FALSE(guard.Interrupted());
  raise(SIGTERM);
  EXPECT_TRUE(guard.Interrupted());
}

TEST(HasRoom, IsOneLineWhenThereIsNone) {
  const TemporaryFolder folder;
  EXPECT_TRUE(HasRoom(folder.path(), 1).ok());
  EXPECT_THAT(std::string(HasRoom(folder.path(), UINTMAX_MAX).message()),
              HasSubstr("the disk is full: "));
  EXPECT_TRUE(HasRoom(folder.path() / "absent", UINTMAX_MAX).ok());
}

TEST(ShowCommand, NamesTheTargetWhoseInputItIs) {
  EXPECT_EQ(ShowCommand("harness/cadastre", "out/f", FuzzOptions{}, "out/crashes/crash-1"),
            "harness/cadastre replay --fuzzer=hypercall_fuzz out/crashes/crash-1");
  EXPECT_EQ(ShowCommand("c", "out/f", FuzzOptions{.target = "pgtable_fuzz"}, "c-1"),
            "c replay --fuzzer=pgtable_fuzz c-1");
}

TEST(ShowCommand, LeavesBytesThatReplayDoesNotKnowToTheirTarget) {
  EXPECT_EQ(ShowCommand("harness/cadastre", "out/f", FuzzOptions{.target = "script_fuzz"}, "a c"),
            "out/f 'a c'");
}

TEST(RunForOutput, ReturnsOutputAndRefusesFailure) {
  const auto text = RunForOutput(
      {.words = {"sh", "-c", "echo $A; pwd"}, .environment = {"A=b"}, .directory = "/"});
  ASSERT_TRUE(text.ok()) << text.status();
  EXPECT_EQ(*text, "b\n/\n");
  EXPECT_FALSE(RunForOutput({.words = {"sh", "-c", "exit 3"}}).ok());
  EXPECT_FALSE(RunForOutput({.words = {"/no/such/program"}}).ok());
}

std::vector<std::string> LinesUntilEnd(Child& child) {
  std::vector<std::string> lines;
  for (bool ended = false; !ended;) {
    ended = child.HasEnded();
    for (std::string& line : child.ReadLines()) lines.push_back(std::move(line));
    if (!ended) usleep(1000);
  }
  return lines;
}

TEST(Child, HandsOverOutputAndErrorAsLinesAndItsStatus) {
  auto child = Child::Start({.words = {"sh", "-c", "echo a; echo b >&2; printf c; exit 77"}});
  ASSERT_TRUE(child.ok()) << child.status();
  EXPECT_THAT(LinesUntilEnd(*child), ElementsAre("a", "b"));
  EXPECT_EQ(child->status(), 77);
}

TEST(Child, EndsBySignalWithItsWholeGroup) {
  auto child = Child::Start({.words = {"sh", "-c", "sleep 600; echo survived"}});
  ASSERT_TRUE(child.ok()) << child.status();
  child->Signal(SIGINT);
  EXPECT_THAT(LinesUntilEnd(*child), Not(Contains("survived")));
  EXPECT_NE(child->status(), 0);
}

TEST(StatusLine, ShowsSpeedOfTheLastPeriod) {
  const FuzzTotals before{.execs = 1000, .ops = 10000, .rows_total = 130};
  const FuzzTotals now{.execs = 3000,
                       .ops = 50000,
                       .coverage = 412,
                       .corpus = 77,
                       .rows_seen = 88,
                       .rows_total = 130};
  EXPECT_EQ(StatusLine(now, before, std::chrono::milliseconds(2000),
                       std::chrono::milliseconds(62000), std::chrono::seconds(90)),
            "01:02/01:30  execs 3.0k (1.0k/s)  ops 50k (20k/s)  cov 412  corpus 77  rows 88/130  "
            "violations 0");
}

TEST(ShortCount, KeepsTwoDigitsOrMore) {
  EXPECT_EQ(ShortCount(0), "0");
  EXPECT_EQ(ShortCount(999), "999");
  EXPECT_EQ(ShortCount(1000), "1.0k");
  EXPECT_EQ(ShortCount(9949), "9.9k");
  EXPECT_EQ(ShortCount(9960), "10k");
  EXPECT_EQ(ShortCount(999600), "1.0M");
  EXPECT_EQ(ShortCount(1234567890), "1.2G");
}

}  // namespace
}  // namespace cadastre
