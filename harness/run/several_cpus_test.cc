// SPDX-License-Identifier: Apache-2.0
// Operations of two CPUs beside each other.
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "harness/run/op_mix.h"
#include "harness/run/script_runs.h"
#include "harness/run/transcript.h"

namespace cadastre::run {
namespace {

// "0<" where operation 0 begins, "0>" where it ends.
class Order final : public Observer {
 public:
  void BeforeOp(const Occurrence& occurrence) override { Note(occurrence, "<"); }
  void AfterOp(const Occurrence& occurrence, const Outcome&) override { Note(occurrence, ">"); }
  std::string text;

 private:
  void Note(const Occurrence& occurrence, const char* what) {
    text += (text.empty() ? "" : " ") + std::to_string(occurrence.index) + what;
  }
};

class SeveralCpus : public testing::Test {
 protected:
  std::string Run(const std::string& lines) {
    return Describe(runner_.Run(SmallScript(lines), Expectations::kChecked));
  }
  std::string OrderOf(const std::string& lines) {
    Order order;
    EXPECT_EQ(Describe(runner_.Run(SmallScript(lines), Expectations::kChecked, &order)), "");
    return order.text;
  }

  Runner runner_{*cadastre::Profile::Make(0)};
};

TEST_F(SeveralCpus, WithoutAScheduleAnOperationRunsToItsEnd) {
  EXPECT_EQ(OrderOf("cpu0 share_hyp pfn=ram+700 count=1\ncpu1 share_hyp pfn=ram+701 count=1\n"),
            "0< 0> 1< 1>");
}

TEST_F(SeveralCpus, WithAScheduleItGoesOnBesideOthersToTheEndOfTheScript) {
  EXPECT_EQ(OrderOf("cpu0 share_hyp pfn=ram+700 count=1 sched=2\n"
                    "cpu1 version\n"
                    "cpu1 features id=0\n"),
            "0< 1< 1> 2< 2> 0>");
}

TEST_F(SeveralCpus, TheNextOperationOfTheCpuWaitsForIt) {
  EXPECT_EQ(OrderOf("cpu0 share_hyp pfn=ram+700 count=1 sched=2\n"
                    "cpu1 version\n"
                    "cpu0 unshare_hyp pfn=ram+700 count=1 -> 0\n"),
            "0< 1< 1> 0> 2< 2>");
}

TEST_F(SeveralCpus, AStepLetsItPassMoreYieldPoints) {
  EXPECT_EQ(OrderOf("cpu0 step steps=5 -> idle\n"
                    "cpu0 share_hyp pfn=ram+700 count=1 sched=2\n"
                    "cpu0 step steps=1 -> done\n"
                    "cpu0 step steps=4000 -> done\n"
                    "cpu0 step steps=1 -> idle\n"),
            "0< 0> 1< 2< 2> 3< 1> 3> 4< 4>");
}

TEST_F(SeveralCpus, ThoseLeftAtTheEndEndInTheOrderOfTheirCpus) {
  EXPECT_EQ(OrderOf("cpu1 share_hyp pfn=ram+700 count=1 sched=2\n"
                    "cpu0 share_hyp pfn=ram+701 count=1 sched=2\n"),
            "0< 1< 1> 0>");
}

// The host writes a run page while vcpu_run reads it: each word counts as it was when it was read.
TEST_F(SeveralCpus, WordsOfARunPageCountAsTheyWereRead) {
  std::set<std::string> entered;
  for (unsigned steps = 1; steps < 200; ++steps) {
    Transcript transcript(runner_);
    const std::string at = std::to_string(steps);
    const script::Script script =
        SmallScript(kRunningGuest +
                    std::string("cpu0 guest_hvc x0=0x82000001 x1=1 x2=2 x3=3 x4=4 x5=5\n"
                                "cpu0 vcpu_run sched=") +
                    at +
                    "\ncpu1 host_write pfn=ram+712 offset=0x28 value=0x21\n"
                    "cpu1 host_write pfn=ram+712 offset=0x30 value=0x22\n"
                    "cpu0 step steps=4000\n");
    EXPECT_EQ(Describe(runner_.Run(script, Expectations::kIgnored, &transcript)), "") << at;
    const auto& got = transcript.lines()[10].outcome.got;
    ASSERT_TRUE(got.has_value());
    entered.insert(std::to_string(*got->x1) + "," + std::to_string(*got->x2));
  }
  EXPECT_EQ(entered, (std::set<std::string>{"33,34", "1,34", "1,2"}));
}

// Who takes the lock first is first, whoever was asked first.
TEST_F(SeveralCpus, TheSpecificationStepsWhereTheLocksAreHeld) {
  // CPU 0 has the VM's lock first, then waits for the host's.
  EXPECT_EQ(Run("cpu0 vm_create flags=plain ipa_bits=36 meta_pfn=ram+700 root_pfn=ram+702 -> 0\n"
                "cpu0 vm_donate_tables vm=a pfn=ram+704 count=1 sched=1 -> EPERM row=503\n"
                "cpu1 share_hyp pfn=ram+704 count=1 -> 0\n"),
            "");
  EXPECT_EQ(Run("cpu0 share_hyp pfn=ram+700 count=1 sched=12 -> 0\n"
                "cpu1 share_hyp pfn=ram+700 count=1 -> EPERM row=503\n"),
            "");
}

TEST_F(SeveralCpus, AnUnexpectedAnswerIsThatOfItsOwnOperation) {
  const RunResult result = runner_.Run(SmallScript("cpu0 version\n"
                                                   "cpu1 share_hyp pfn=ram+700 count=1 sched=3 -> "
                                                   "EPERM\n"
                                                   "cpu0 features id=0\n"
                                                   "cpu1 step steps=4000\n"
                                                   "cpu0 version\n"),
                                       Expectations::kChecked);
  ASSERT_TRUE(result.failure.has_value());
  EXPECT_STREQ(result.failure->violation.id, kExpectation);
  EXPECT_EQ(result.failure->op_index, 1u);
  EXPECT_EQ(result.failure->call, "share_hyp");
  EXPECT_EQ(result.ops, 4u);
}

// Each pause of one CPU, with the same access by the other: between the change of a table and the
// release of its lock hardware may allow what the specification does not, and the other way round.
TEST_F(SeveralCpus, AccessesMayFallIntoAnyMomentOfACall) {
  const std::string page = "pfn=ram+740";
  for (const std::string call : {"donate_hyp", "share_hyp"}) {
    for (int steps = 1; steps < 120; ++steps) {
      const std::string paused = "sched=" + std::to_string(steps) + "\n";
      const std::string touch = "cpu0 host_access " + page + " offset=0 access=write\n";
      EXPECT_EQ(Run("cpu1 " + call + " " + page + " count=1 " + paused + touch + touch +
                    "cpu1 reclaim_hyp " + page + " count=1 " + paused + touch + touch),
                "")
          << call << " " << steps;
    }
  }
}

TEST_F(SeveralCpus, GuestsAccessesMayFallIntoAnyMomentOfACall) {
  for (const std::string call :
       {"force_reclaim vm=a pfn=ram+720 count=1", "force_reclaim vm=a pfn=ram+721 count=2",
        "donate_guest vm=a pfn=ram+730 gfn=3 count=1"}) {
    for (int steps = 1; steps < 120; ++steps) {
      std::string lines = kRunningGuest;
      lines += "cpu1 " + call + " sched=" + std::to_string(steps) + "\n";
      for (const char* gfn : {"0", "1", "3"}) {
        lines += "cpu0 guest_access gfn=" + std::string(gfn) + " offset=0 access=write reg=0\n";
        lines += "cpu0 vcpu_run\n";
      }
      EXPECT_EQ(Run(lines), "") << call << " " << steps;
    }
  }
}

// An access that aborted, and whose page is taken away before it is made again.
TEST_F(SeveralCpus, AnAbortThatIsOvertakenAbortsOnceMore) {
  std::set<script::Expectation::Answer> answers;
  for (int steps = 1; steps < 60; ++steps) {
    EXPECT_EQ(
        Run("cpu0 host_access pfn=ram+1000 offset=0 access=read sched=" + std::to_string(steps) +
            "\n"
            "cpu1 donate_hyp pfn=ram+1000 count=1 -> 0\n"),
        "")
        << steps;
    answers.insert(runner_.outcome(0).got->answer);
  }
  using enum script::Expectation::Answer;
  EXPECT_EQ(answers, (std::set{kAllowed, kInjected}));
}

TEST_F(SeveralCpus, ATranscriptRunsAsTheScriptDid) {
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    const script::Script script =
        MakeMixedScript(seed, 100, script::Profile::kSmall, runner_.facts());
    Transcript transcript(runner_);
    const RunResult first = runner_.Run(script, Expectations::kIgnored, &transcript);
    ASSERT_EQ(Describe(first), "") << seed;
    const script::Script written_out = ScriptOf(transcript.lines(), script::Profile::kSmall);
    const RunResult again = runner_.Run(written_out, Expectations::kChecked);
    ASSERT_EQ(Describe(again), "") << seed;
    EXPECT_EQ(first.raw, again.raw) << seed;
    EXPECT_EQ(first.state, again.state) << seed;
  }
}

}  // namespace
}  // namespace cadastre::run
