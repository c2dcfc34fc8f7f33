// SPDX-License-Identifier: Apache-2.0
// Programs for several CPUs under both sources of schedules.
#include "harness/interleave/interleaver.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "harness/interleave/program.h"
#include "harness/run/op_mix.h"
#include "harness/run/script_runs.h"
#include "harness/script/text.h"

namespace cadastre::interleave {
namespace {

constexpr script::Profile kProfiles[] = {script::Profile::kSmall, script::Profile::kPlain,
                                         script::Profile::kWide};

std::string Told(const std::optional<run::Failure>& failure) {
  if (!failure) return "";
  return std::string(failure->violation.id) + " in " + failure->call + ": " +
         failure->violation.detail;
}

Program Lines(const std::string& lines, std::size_t prefix) {
  return {run::SmallScript(lines), prefix};
}

class InterleaverTest : public testing::Test {
 protected:
  run::Runner& For(script::Profile profile) { return runners_.For(profile); }
  run::Runners runners_;
};

// "0 share_hyp 3, 1 version, 0 step 4095": who begins or goes on, and how far; what has no number
// goes to its end at once.
std::string OrderOf(const script::Script& script) {
  std::string text;
  for (const script::Op& op : script.ops) {
    const bool step = op.code == script::OpCode::kStep;
    const unsigned steps = step ? op.operands[0].index : op.schedule;
    text += (text.empty() ? "" : ", ") + std::to_string(op.cpu) + " " +
            std::string(script::InfoOf(op.code).name) +
            (steps == 0 ? "" : " " + std::to_string(steps));
  }
  return text;
}

TEST_F(InterleaverTest, WithoutTurnsNobodyIsPreempted) {
  Interleaver interleaver(For(script::Profile::kSmall));
  ByteChooser chooser({});
  EXPECT_EQ(Told(interleaver.Run(Lines("cpu1 share_hyp pfn=ram+700 count=1\n"
                                       "cpu1 version\n"
                                       "cpu0 donate_hyp pfn=ram+701 count=1\n"
                                       "cpu1 query_page pfn=ram+700\n",
                                       1),
                                 chooser)),
            "");
  const std::string order = OrderOf(interleaver.script());
  EXPECT_LT(order.find("1 share_hyp"), order.find("0 donate_hyp")) << order;
  EXPECT_LT(order.find("0 donate_hyp"), order.find("1 version")) << order;
  EXPECT_LT(order.find("1 version"), order.find("1 query_page")) << order;
}

// A CPU stops before each lock; one that waits for another's is not chosen.
TEST_F(InterleaverTest, TurnsSayWhoRunsForHowManySyncPoints) {
  Interleaver interleaver(For(script::Profile::kSmall));
  const std::uint8_t turns[] = {0x00, 0x40, 0x40, 0x41};
  ByteChooser chooser(turns);
  EXPECT_EQ(Told(interleaver.Run(Lines("cpu0 query_page pfn=ram+700\n"
                                       "cpu1 vcpu_load vm=0x100 index=0\n",
                                       0),
                                 chooser)),
            "");
  EXPECT_EQ(OrderOf(interleaver.script()), "0 query_page 1, 1 vcpu_load, 0 step 4095");
}

TEST_F(InterleaverTest, AGuestIsInterruptedBeforeItsHostActs) {
  Interleaver interleaver(For(script::Profile::kSmall));
  ByteChooser chooser({});
  EXPECT_EQ(
      Told(interleaver.Run(Lines(std::string(run::kRunningGuest) + "cpu0 version\n", 9), chooser)),
      "");
  EXPECT_NE(OrderOf(interleaver.script()).find("0 interrupt"), std::string::npos);
}

// Fixed seeds, all machines, each depth: silent, and the script says exactly what was done.
TEST_F(InterleaverTest, PctIsSilentAndItsScriptsRunAsItDid) {
  std::set<std::string> orders;
  std::uint64_t choices = 0;
  std::size_t ops = 0;
  for (const script::Profile profile : kProfiles) {
    run::Runner& runner = For(profile);
    Interleaver interleaver(runner);
    for (std::uint64_t seed = 0; seed < 60; ++seed) {
      const Program program = MakeMixedProgram(seed, 64, profile, runner.facts());
      PctChooser chooser(seed, 1 + seed % kMostDepth, runner.facts().cpus, SyncPointsOf(64));
      ASSERT_EQ(Told(interleaver.Run(program, chooser)), "") << seed;
      const RawDigest raw = runner.machine().Digest();
      const std::uint64_t state = runner.oracle().StateDigest();
      orders.insert(OrderOf(interleaver.script()));
      choices += interleaver.choices();
      ops += program.script.ops.size() - program.prefix;
      const run::RunResult again = runner.Run(interleaver.script(), run::Expectations::kIgnored);
      ASSERT_EQ(run::Describe(again), "") << seed;
      EXPECT_EQ(again.raw, raw) << seed;
      EXPECT_EQ(again.state, state) << seed;
    }
  }
  EXPECT_EQ(orders.size(), 180u);
  std::printf("%llu choices in %zu operations\n", static_cast<unsigned long long>(choices), ops);
}

TEST_F(InterleaverTest, SameSeedSameSchedule) {
  run::Runner& runner = For(script::Profile::kWide);
  Interleaver interleaver(runner);
  const Program program = MakeMixedProgram(3, 100, script::Profile::kWide, runner.facts());
  const auto run = [&](std::uint64_t seed) {
    PctChooser chooser(seed, 3, runner.facts().cpus, SyncPointsOf(100));
    EXPECT_EQ(Told(interleaver.Run(program, chooser)), "");
    return interleaver.script();
  };
  const script::Script first = run(1);
  EXPECT_NE(run(2), first);
  EXPECT_EQ(run(1), first);
}

// Every CPU has ended what it began.
TEST_F(InterleaverTest, AllIsDrained) {
  run::Runner& runner = For(script::Profile::kWide);
  Interleaver interleaver(runner);
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const Program program = MakeMixedProgram(seed, 80, script::Profile::kWide, runner.facts());
    std::vector<std::uint8_t> turns(kMostTurns);
    run::MixRandom random(seed);
    for (std::uint8_t& turn : turns) turn = static_cast<std::uint8_t>(random.Below(256) & 0xc3);
    ByteChooser chooser(turns);
    ASSERT_EQ(Told(interleaver.Run(program, chooser)), "") << seed;
    for (unsigned cpu = 0; cpu < runner.facts().cpus; ++cpu)
      EXPECT_FALSE(runner.machine().Busy(cpu)) << seed;
  }
}

TEST(PctChooserTest, HighestPriorityRunsUntilAChangePoint) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    PctChooser chooser(seed, 3, 4, 50);
    unsigned running = 0;
    unsigned switches = 0;
    for (int i = 0; i < 100; ++i) {
      const unsigned next = chooser.Choose(running, 0xf);
      if (i > 0 && next != running) ++switches;
      running = next;
    }
    EXPECT_LE(switches, 2u) << "one at each change point";
    EXPECT_NE(chooser.Choose(running, 0xf & ~(1u << running)), running) << "it can't go on";
  }
}

TEST(PctChooserTest, EveryCpuIsFirstForSomeSeed) {
  std::set<unsigned> first;
  for (std::uint64_t seed = 0; seed < 40; ++seed)
    first.insert(PctChooser(seed, 1, 4, 1).Choose(0, 0xf));
  EXPECT_EQ(first.size(), 4u);
}

TEST(InputTest, AnyBytesAreAProgramAndItsFormIsCanonical) {
  run::MixRandom random(1);
  for (std::size_t size = 0; size < 300; ++size) {
    std::vector<std::uint8_t> bytes(size);
    for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(random.Below(256));
    const Input input = DecodeInput(bytes);
    EXPECT_LE(input.turns.size(), kMostTurns);
    EXPECT_GE(input.depth, 1u);
    EXPECT_LE(input.depth, kMostDepth);
    EXPECT_EQ(DecodeInput(EncodeInput(input)), input) << size;
  }
}

}  // namespace
}  // namespace cadastre::interleave
