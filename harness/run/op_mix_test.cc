// SPDX-License-Identifier: Apache-2.0
#include "harness/run/op_mix.h"

#include <gtest/gtest.h>

#include "harness/run/runner.h"

namespace cadastre::run {
namespace {

constexpr std::size_t kScripts = 300;
constexpr std::size_t kOps = 64;

// Counts what the header promises.
class Proportions final : public Observer {
 public:
  void BeforeOp(std::size_t, const script::Op&, const script::ResolvedOp&) override {}
  void AfterOp(std::size_t, const script::Op& op, const script::ResolvedOp& resolved,
               const Outcome& outcome) override {
    ++ops;
    const bool is_hvc = resolved.what == script::ResolvedOp::What::kHvc;
    const bool done = is_hvc ? outcome.after[0] == 0 && outcome.after[1] == 0
                             : outcome.access == AccessResult::kAllowed;
    successes += done ? 1 : 0;
    const script::OpInfo& info = script::InfoOf(op.code);
    for (std::size_t i = 0; i < info.operand_count; ++i) {
      if (info.operands()[i].kind != script::OperandKind::kCount) continue;
      ++ranges;
      longer += op.operands[i].index > 1 ? 1 : 0;
    }
  }
  std::size_t ops = 0, successes = 0, ranges = 0, longer = 0;
};

TEST(OpMixTest, HoldsItsProportionsAndTheCoreHoldsItsRules) {
  Runner runner(*cadastre::Profile::Make(0));
  Proportions seen;
  for (std::size_t seed = 0; seed < kScripts; ++seed) {
    const auto script = MakeMixedScript(seed, kOps, script::Profile::kSmall, runner.facts());
    const RunResult result = runner.Run(script, Expectations::kIgnored, &seen);
    ASSERT_FALSE(result.failure.has_value())
        << "seed " << seed << ": " << result.failure->violation.id << " "
        << result.failure->violation.detail;
  }
  EXPECT_EQ(seen.ops, kScripts * kOps);
  EXPECT_GE(seen.successes * 2, seen.ops);
  EXPECT_GE(seen.longer * 10, seen.ranges);
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
