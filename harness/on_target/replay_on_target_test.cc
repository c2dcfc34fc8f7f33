// SPDX-License-Identifier: Apache-2.0
// The committed scripts at EL2 of QEMU answer as on the host, with the state digest and a silent
// audit after each operation: on a machine of one CPU and of four. And what differs is told.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "harness/on_target/logged_order.h"
#include "harness/on_target/target_run.h"
#include "harness/oracle/invariants.h"
#include "harness/run/testing/committed_scripts.h"

namespace cadastre::on_target {
namespace {

using testing::HasSubstr;

const Target kTarget{.image = "harness/on_target/image.img",
                     .payload = "harness/on_target/payload.img"};

class CorpusOnTarget : public testing::TestWithParam<unsigned> {};

TEST_P(CorpusOnTarget, AnswersAsOnTheHost) {
  const Profile profile = Profile::Make(0)->WithCpus(GetParam());
  run::Runner runner(profile);
  std::vector<std::string> names;
  std::vector<Trace> traces;
  std::map<std::string, unsigned> reasons;
  for (const auto& [path, script] : run::testing::CommittedScripts()) {
    if (script.profile != script::Profile::kSmall) {
      ++reasons["another machine"];
      continue;
    }
    Trace trace = TraceOf(runner, script);
    if (!trace.reason.empty()) {
      ++reasons[trace.reason];
      continue;
    }
    names.push_back(path);
    traces.push_back(std::move(trace));
  }
  // One CPU does one thing after another.
  const bool may_overlap = GetParam() > 1;
  const auto overlap = std::count_if(traces.begin(), traces.end(),
                                     [](const Trace& trace) { return trace.overlaps; });
  EXPECT_GT(traces.size(), 350u);
  EXPECT_EQ(overlap, may_overlap ? 16 : 0);
  EXPECT_EQ(reasons["another machine"], 5u);
  EXPECT_EQ(reasons["the host writes words while a call may read them"], may_overlap ? 1u : 0u);
  EXPECT_EQ(reasons.size(), 2u);
  const auto answers = RunOnTarget(kTarget, MachineFor(profile), traces);
  ASSERT_TRUE(answers.ok()) << answers.status();
  for (std::size_t i = 0; i < traces.size(); ++i)
    EXPECT_EQ(Judge(runner, traces[i], (*answers)[i]).difference, "") << names[i];
}

INSTANTIATE_TEST_SUITE_P(Cpus, CorpusOnTarget, testing::Values(1u, 4u));

// One script, and what the target says to it.
class Difference : public testing::Test {
 protected:
  Difference()
      : profile_(*Profile::Make(0)),
        runner_(profile_),
        trace_(TraceOf(runner_, ScriptAt("corpus/success/share_hyp.ops"))) {}

  static script::Script ScriptAt(const std::string& wanted) {
    for (auto& [path, script] : run::testing::CommittedScripts()) {
      if (path == wanted) return script;
    }
    ADD_FAILURE() << "no " << wanted;
    return {};
  }
  std::string Find() {
    const auto answers = RunOnTarget(kTarget, MachineFor(profile_), {&trace_, 1});
    EXPECT_TRUE(answers.ok()) << answers.status();
    return answers.ok() ? DifferenceOf(trace_, answers->front()) : "";
  }

  Profile profile_;
  run::Runner runner_;
  Trace trace_;
};

TEST_F(Difference, OfAnAnswerIsTold) {
  for (TracedOp& traced : trace_.ops) {
    if (traced.op.kind != TargetOp::kHvc) continue;
    traced.op.x[2] = 0;  // a count of 0, which the host was not asked for
    break;
  }
  const std::string difference = Find();
  EXPECT_THAT(difference, HasSubstr("share_hyp"));
  EXPECT_THAT(difference, HasSubstr("host   0"));
  EXPECT_THAT(difference, HasSubstr("target EINVAL row=104"));
}

TEST_F(Difference, OfAStateIsTold) {
  trace_.ops[0].state ^= 1;
  EXPECT_THAT(Find(), HasSubstr("host   state "));
}

// Whoever comes first gets the page; in the other order the other would have.
TEST_F(Difference, OfTheOrderIsTold) {
  trace_ = TraceOf(runner_, ScriptAt("corpus/longer/share_beside_a_donation.ops"));
  const auto ran = RunOnTarget(kTarget, MachineFor(profile_), {&trace_, 1});
  ASSERT_TRUE(ran.ok()) << ran.status();
  std::vector<TargetAnswer> answers = ran->front();
  EXPECT_EQ(Judge(runner_, trace_, answers).difference, "");
  const auto first = std::find_if(trace_.ops.begin(), trace_.ops.end(),
                                  [](const TracedOp& traced) { return traced.op.is_quiet == 0; });
  ASSERT_NE(first, trace_.ops.end());
  const auto i = static_cast<std::size_t>(first - trace_.ops.begin());
  std::swap(answers[i].events, answers[i + 1].events);
  EXPECT_NE(Judge(runner_, trace_, answers).difference, "");
}

TEST_F(Difference, ThatTheAuditFoundIsTold) {
  std::vector<TargetAnswer> answers(trace_.ops.size());
  for (std::size_t i = 0; i < answers.size(); ++i) {
    answers[i].kind = TargetAnswer::kHost;
    answers[i].x[2] = trace_.ops[i].expected.x2.value_or(0);
    answers[i].x[3] = trace_.ops[i].expected.x3.value_or(0);
    answers[i].state = trace_.ops[i].state;
  }
  answers[0].finding = static_cast<std::uint32_t>(oracle::Invariant::kLegalRow) + 1;
  answers[0].where = 0x4012'3000;
  EXPECT_THAT(DifferenceOf(trace_, answers), HasSubstr("violates LEGAL_ROW at 0x40123000"));
}

TEST_F(Difference, TheTargetThatIsNotThereIsAnError) {
  Target target = kTarget;
  target.payload = "corpus";
  EXPECT_FALSE(RunOnTarget(target, MachineFor(profile_), {&trace_, 1}).ok());
}

}  // namespace
}  // namespace cadastre::on_target
