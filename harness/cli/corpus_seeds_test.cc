// SPDX-License-Identifier: Apache-2.0
// The committed scripts: right, complete, and the same in every form.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "harness/cli/corpus_check.h"
#include "harness/machine/profile.h"
#include "harness/run/transcript.h"
#include "harness/script/codec.h"
#include "harness/script/names.h"
#include "harness/script/random_script.h"
#include "harness/script/text.h"
#include "service/abi/calls.h"
#include "service/abi/guest_calls.h"

namespace cadastre {
namespace {

namespace fs = std::filesystem;

constexpr char kCorpus[] = "corpus";  // tests start where the sources are, as data

std::string ReadText(const fs::path& path) {
  std::ifstream stream(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

script::Script ReadScript(const fs::path& path) {
  absl::StatusOr<script::Script> script = ParseSeed(path.string(), ReadText(path));
  EXPECT_TRUE(script.ok()) << script.status();
  return script.ok() ? *script : script::Script();
}

std::vector<fs::path> Scripts(const std::string& folder) {
  std::vector<fs::path> files;
  for (const auto& entry :
       fs::recursive_directory_iterator(folder, fs::directory_options::follow_directory_symlink)) {
    if (entry.path().extension() == ".ops") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

// The cells of each body row of the tables in a Markdown file.
std::vector<std::vector<std::string>> TableRows(const fs::path& path) {
  std::vector<std::vector<std::string>> rows;
  std::istringstream text(ReadText(path));
  bool in_body = false;
  for (std::string line; std::getline(text, line);) {
    if (line.starts_with("|---")) {
      in_body = true;
    } else if (!line.starts_with("|")) {
      in_body = false;
    } else if (in_body) {
      std::vector<std::string> cells;
      std::size_t at = 2;
      while (at < line.size()) {
        const std::size_t end = line.find(" |", at);
        cells.push_back(line.substr(at, end - at));
        at = end + 3;
      }
      rows.push_back(cells);
    }
  }
  return rows;
}

bool Answers(const script::Script& script, const abi::Call& call, abi::Row row) {
  for (const script::Op& op : script.ops) {
    if (script::InfoOf(op.code).call != &call || !op.expectation) continue;
    using Answer = script::Expectation::Answer;
    const Answer answer = op.expectation->answer;
    const bool success = answer == Answer::kSuccess || answer == Answer::kGuest;  // of vcpu_run
    if (row == abi::Row::kNone ? success : op.expectation->row == static_cast<std::uint16_t>(row)) {
      return true;
    }
  }
  return false;
}

// Does the guest make the call, by its own operation or as a raw HVC?
bool Makes(const script::Op& op, const abi::GuestCall& call) {
  using script::OpCode;
  constexpr std::pair<OpCode, abi::GuestCallId> kOps[] = {
      {OpCode::kGuestMeminfo, abi::GuestCallId::kMeminfo},
      {OpCode::kGuestShareHost, abi::GuestCallId::kShareHost},
      {OpCode::kGuestUnshareHost, abi::GuestCallId::kUnshareHost},
      {OpCode::kGuestRelinquish, abi::GuestCallId::kRelinquish},
      {OpCode::kGuestWait, abi::GuestCallId::kWait},
  };
  for (const auto& [code, id] : kOps) {
    if (op.code == code) return call.id == id;
  }
  const script::Operand& x0 = op.operands[0];
  return op.code == OpCode::kGuestHvc && x0.operand_class == script::OperandClass::kFunction &&
         abi::kFunctionBase + (x0.index & 0xffu) == static_cast<std::uint64_t>(call.id);
}

// A guest sees no row. Where share_host finds nothing the guest exits, and all is well.
bool Answers(const script::Script& script, const abi::GuestCall& call, abi::Row row) {
  const bool is_exit = call.id == abi::GuestCallId::kShareHost ? row == abi::Row::kGfnAbsent
                                                               : call.id == abi::GuestCallId::kWait;
  for (const script::Op& op : script.ops) {
    if (!Makes(op, call) || !op.expectation) continue;
    const script::Expectation& answer = *op.expectation;
    if (is_exit && answer.answer == script::Expectation::Answer::kExit) return true;
    if (answer.answer != script::Expectation::Answer::kGuest) continue;
    if ((answer.x0 == abi::kGuestRefused) == (row != abi::Row::kNone)) return true;
  }
  return false;
}

TEST(CorpusSeeds, EveryScriptIsCanonicalAndAnswersAsItExpects) {
  const absl::StatusOr<CorpusReport> report = CheckCorpus(kCorpus);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_GT(report->scripts, 150u);
  for (const std::string& line : report->malformed) ADD_FAILURE() << line;
  for (const std::string& line : report->wrong) ADD_FAILURE() << line;
}

TEST(CorpusSeeds, ProfilesNameTheMachinesTheyRunOn) {
  for (std::size_t number = 0; number < script::kProfileNames.size(); ++number) {
    const std::optional<Profile> machine = Profile::Make(static_cast<unsigned>(number));
    ASSERT_TRUE(machine) << number;
    EXPECT_EQ(machine->name(), script::kProfileNames[number]);
  }
  EXPECT_EQ(Profile::kCount, script::kProfileNames.size());
}

TEST(CorpusSeeds, EveryCallHasAScriptWhereItSucceeds) {
  for (const abi::Call& call : abi::kCalls) {
    const fs::path path = fs::path(kCorpus) / "success" / (std::string(call.name) + ".ops");
    EXPECT_TRUE(Answers(ReadScript(path), call, abi::Row::kNone)) << path;
  }
  for (const abi::GuestCall& call : abi::kGuestCalls) {
    const fs::path path = fs::path(kCorpus) / "success" / (std::string(call.name) + ".ops");
    EXPECT_TRUE(Answers(ReadScript(path), call, abi::Row::kNone)) << path;
  }
}

TEST(CorpusSeeds, EveryRefusalHasAScriptOrAReasonWhyNot) {
  std::set<std::string> unreachable;
  for (const auto& row : TableRows(fs::path(kCorpus) / "refusals/UNREACHABLE.md")) {
    unreachable.insert(row.at(0) + "_" + row.at(1));
  }
  const auto check = [&](const auto& call) {
    for (const abi::Row row : call.refusals) {
      const std::string name = std::string(call.name) + "_" + abi::InfoOf(row).name;
      if (unreachable.erase(name) == 1) continue;
      const fs::path path = fs::path(kCorpus) / "refusals" / (name + ".ops");
      EXPECT_TRUE(Answers(ReadScript(path), call, row)) << path;
    }
  };
  for (const abi::Call& call : abi::kCalls) check(call);
  for (const abi::GuestCall& call : abi::kGuestCalls) check(call);
  EXPECT_TRUE(unreachable.empty()) << *unreachable.begin() << " is no refusal of this version";
}

TEST(CorpusSeeds, NoScriptReachesWhatIsCalledUnreachable) {
  const auto unreachable = TableRows(fs::path(kCorpus) / "refusals/UNREACHABLE.md");
  for (const fs::path& path : Scripts(kCorpus)) {
    const script::Script script = ReadScript(path);
    for (const auto& cell : unreachable) {
      for (const abi::Call& call : abi::kCalls) {
        if (call.name != cell.at(0)) continue;
        for (const abi::Row row : call.refusals) {
          if (abi::InfoOf(row).name != cell.at(1)) continue;
          EXPECT_FALSE(Answers(script, call, row)) << path << " reaches " << cell.at(1);
        }
      }
    }
  }
}

// Text, bytes and the form written out name the same run: the same words in memory afterwards.
TEST(CorpusSeeds, EveryFormOfAScriptRunsTheSame) {
  run::Runners runners;
  for (const fs::path& path : Scripts(kCorpus)) {
    const script::Script script = ReadScript(path);
    run::Runner& runner = runners.For(script.profile);
    run::Transcript transcript(runner);
    const run::RunResult text = runner.Run(script, run::Expectations::kChecked, &transcript);
    const run::RunResult bytes = runner.Run(script::DecodeStrict(script::Encode(script)).value(),
                                            run::Expectations::kIgnored);
    const run::RunResult concrete =
        runner.Run(run::ScriptOf(transcript.lines(), script.profile), run::Expectations::kChecked);
    ASSERT_FALSE(text.failure || bytes.failure || concrete.failure) << path;
    EXPECT_EQ(text.raw, bytes.raw) << path;
    EXPECT_EQ(text.raw, concrete.raw) << path;
    EXPECT_EQ(text.state, bytes.state) << path;
    EXPECT_EQ(text.state, concrete.state) << path;
    EXPECT_EQ(concrete.ops, transcript.lines().size()) << path;
  }
}

// Of any bytes: their canonical form is the same script, and runs to the same words in memory.
TEST(CorpusSeeds, AnyBytesRunAsTheirCanonicalForm) {
  script::Random random(31);
  run::Runners runners;
  std::size_t ops = 0;
  for (int i = 0; i < 300; ++i) {
    const std::vector<std::uint8_t> bytes = script::RandomBytes(random, 24);
    const script::Script script = script::DecodeAny(bytes);
    run::Runner& runner = runners.For(script.profile);
    const run::RunResult as_given = runner.Run(script, run::Expectations::kIgnored);
    const run::RunResult canonical =
        runner.Run(script::DecodeAny(script::Encode(script)), run::Expectations::kIgnored);
    ASSERT_FALSE(as_given.failure) << as_given.failure->violation.id << "\n"
                                   << script::Print(script);
    ASSERT_EQ(as_given.raw, canonical.raw) << script::Print(script);
    ASSERT_EQ(as_given.ops, canonical.ops);
    ops += as_given.ops;
  }
  EXPECT_GT(ops, 1000u);
}

// An answer as DIFFERENCES.md writes it: "0", "unknown", "EPERM", or "EPERM 503" for ours.
std::string OurAnswer(const script::Expectation& answer) {
  switch (answer.answer) {
    case script::Expectation::Answer::kSuccess:
      return "0";
    case script::Expectation::Answer::kRefusal:
      return std::string(script::NameOf(answer.error)) + " " +
             std::to_string(answer.row.value_or(0));
    default:
      return "unknown";
  }
}

TEST(CorpusSeeds, AnswersDifferFromPkvmsExactlyWhereItIsSaid) {
  using Key = std::vector<std::string>;
  std::map<Key, int> found;
  int compared = 0;
  for (const fs::path& path : Scripts(std::string(kCorpus) + "/pkvm")) {
    for (const script::Op& op : ReadScript(path).ops) {
      if (!op.comment.starts_with("pkvm ")) continue;
      const std::string theirs = op.comment.substr(5, op.comment.find(',') - 5);
      const std::string ours = OurAnswer(*op.expectation);
      ++compared;
      if (ours.substr(0, ours.find(' ')) == theirs) continue;
      ++found[{path.stem().string(), std::string(script::InfoOf(op.code).name), ours, theirs}];
    }
  }
  EXPECT_GT(compared, 1000);
  std::map<Key, int> listed;
  for (const auto& row : TableRows(fs::path(kCorpus) / "pkvm/DIFFERENCES.md")) {
    ASSERT_EQ(row.size(), 6u) << row.at(0);
    EXPECT_FALSE(row[5].empty()) << row[0] << " " << row[1];
    listed[{row[0], row[1], row[2], row[3]}] = std::stoi(row[4]);
  }
  EXPECT_EQ(found, listed);
}

}  // namespace
}  // namespace cadastre
