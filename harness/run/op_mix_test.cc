// SPDX-License-Identifier: Apache-2.0
#include "harness/run/op_mix.h"

#include <gtest/gtest.h>

#include <set>

#include "harness/run/expectation.h"
#include "harness/run/runner.h"

namespace cadastre::run {
namespace {

constexpr std::size_t kScripts = 300;
constexpr std::size_t kOps = 64;

// Counts what the header promises.
class Proportions final : public Observer {
 public:
  explicit Proportions(Runner& runner) : runner_(runner) {}
  void BeforeOp(const Occurrence& occurrence) override {
    if (occurrence.origin == Origin::kImplied) return;
    ++ops;
    seen.insert(occurrence.op.code);
    beside += occurrence.op.schedule != 0 || IsAnyBusy() ? 1 : 0;
    const script::OpInfo& info = script::InfoOf(occurrence.op.code);
    for (std::size_t i = 0; i < info.operand_count; ++i) {
      if (info.operands()[i].kind != script::OperandKind::kCount) continue;
      ++ranges;
      longer += occurrence.op.operands[i].index > 1 ? 1 : 0;
    }
  }
  void AfterOp(const Occurrence& occurrence, const Outcome& outcome) override {
    if (occurrence.origin == Origin::kImplied) return;
    if (outcome.got && IsSuccess(occurrence.op.code, *outcome.got)) {
      ++successes;
      succeeded.insert(occurrence.op.code);
    }
  }

  std::size_t ops = 0, successes = 0, ranges = 0, longer = 0, beside = 0;
  std::set<script::OpCode> seen, succeeded;

 private:
  bool IsAnyBusy() {
    for (unsigned cpu = 0; cpu < runner_.facts().cpus; ++cpu) {
      if (runner_.machine().Busy(cpu)) return true;
    }
    return false;
  }

  Runner& runner_;
};

TEST(OpMixTest, HoldsItsProportionsAndTheCoreHoldsItsRules) {
  Runner runner(*cadastre::Profile::Make(0));
  Proportions mix(runner);
  for (std::size_t seed = 0; seed < kScripts; ++seed) {
    const auto script = MakeMixedScript(seed, kOps, script::Profile::kSmall, runner.facts());
    const RunResult result = runner.Run(script, Expectations::kIgnored, &mix);
    ASSERT_FALSE(result.failure.has_value())
        << "seed " << seed << ": " << result.failure->violation.id << " in "
        << result.failure->op_index << " " << result.failure->call << ": "
        << result.failure->violation.detail;
  }
  EXPECT_EQ(mix.ops, kScripts * kOps);
  EXPECT_GE(mix.successes * 2, mix.ops);
  EXPECT_GE(mix.longer * 10, mix.ranges);
  EXPECT_GE(mix.beside * 4, mix.ops);
  for (const script::OpInfo& info : script::OpTable()) {
    if (info.call == nullptr) continue;
    EXPECT_TRUE(mix.seen.contains(info.code)) << info.name;
    EXPECT_TRUE(mix.succeeded.contains(info.code)) << info.name;
  }
}

TEST(OpMixTest, SameSeedGivesTheSameScript) {
  const oracle::MachineFacts facts = cadastre::Profile::Make(1)->Facts();
  EXPECT_EQ(MakeMixedScript(7, 50, script::Profile::kPlain, facts),
            MakeMixedScript(7, 50, script::Profile::kPlain, facts));
  EXPECT_NE(MakeMixedScript(7, 50, script::Profile::kPlain, facts),
            MakeMixedScript(8, 50, script::Profile::kPlain, facts));
}

}  // namespace
}  // namespace cadastre::run
