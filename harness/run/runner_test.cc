// SPDX-License-Identifier: Apache-2.0
#include "harness/run/runner.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <initializer_list>

#include "harness/run/op_mix.h"

namespace cadastre::run {
namespace {

using script::Expectation;
using script::Op;
using script::OpCode;
using script::Operand;
using script::OperandClass;
using script::Script;

constexpr std::uint16_t kPage = 700;  // an ordinary RAM page on every machine
constexpr std::uint16_t kImage = 13;  // of the small machine

Operand Number(std::uint16_t value) { return {OperandClass::kNumber, value, 0}; }
Operand Page(std::uint16_t page) { return {OperandClass::kArena, page, 0}; }
Operand Raw(std::uint64_t value) { return {OperandClass::kRaw, 0, value}; }

Op MakeOp(OpCode code, std::initializer_list<Operand> operands) {
  Op op;
  op.code = code;
  std::copy(operands.begin(), operands.end(), op.operands.begin());
  return op;
}

Op Expecting(Expectation::Answer answer, Op op) {
  op.expectation =
      Expectation{.answer = answer, .error = Errno::kPerm, .row = {}, .x2 = {}, .x3 = {}};
  return op;
}

std::string Describe(const RunResult& result) {
  if (!result.failure) return "";
  return std::string(result.failure->violation.id) + " at op " +
         std::to_string(result.failure->op_index) + " " + result.failure->call + ": " +
         result.failure->violation.detail;
}

class EveryMachine : public testing::TestWithParam<unsigned> {
 protected:
  RunResult Run(std::vector<Op> ops) {
    Script script;
    script.profile = static_cast<script::Profile>(GetParam());
    script.ops = std::move(ops);
    return runner_.Run(script, Expectations::kChecked);
  }
  Script Mixed(std::uint64_t seed) const {
    return MakeMixedScript(seed, 200, static_cast<script::Profile>(GetParam()), runner_.facts());
  }

  Runner runner_{*cadastre::Profile::Make(GetParam())};
};

INSTANTIATE_TEST_SUITE_P(All, EveryMachine, testing::Range(0u, cadastre::Profile::kCount));

TEST_P(EveryMachine, BootsAndSweepsClean) {
  const auto failure = runner_.Sweep();
  EXPECT_FALSE(failure.has_value()) << failure->violation.id << ": " << failure->violation.detail;
}

TEST_P(EveryMachine, EmptyScriptIsFine) {
  const RunResult result = Run({});
  EXPECT_EQ(Describe(result), "");
  EXPECT_EQ(result.ops, 0u);
}

TEST_P(EveryMachine, AnswersAreHeldAgainstTheScript) {
  using enum Expectation::Answer;
  const Op share = MakeOp(OpCode::kShareHyp, {Page(kPage), Number(2)});
  EXPECT_EQ(Describe(Run({Expecting(kSuccess, share), Expecting(kRefusal, share)})), "");
  const RunResult wrong = Run({Expecting(kSuccess, share), Expecting(kSuccess, share)});
  ASSERT_TRUE(wrong.failure.has_value());
  EXPECT_STREQ(wrong.failure->violation.id, kExpectation);
  EXPECT_EQ(wrong.failure->op_index, 1u);
  EXPECT_EQ(wrong.failure->call, "share_hyp");
}

TEST_P(EveryMachine, UnknownCallIsAnAnswer) {
  const Op call = MakeOp(OpCode::kHvc,
                         {Raw(0xc600'0fff), Number(0), Number(0), Number(0), Number(0), Number(0)});
  EXPECT_EQ(Describe(Run({Expecting(Expectation::Answer::kUnknown, call)})), "");
}

// The host reaches its own memory, what it shares, and nothing that EL2 holds.
TEST_P(EveryMachine, HostAccessesFollowOwnership) {
  using enum Expectation::Answer;
  std::vector<Op> ops;
  for (const std::uint16_t access : {0, 1, 2}) {
    const Op touch = MakeOp(OpCode::kHostAccess, {Page(kPage), Number(8), Number(access)});
    ops.push_back(Expecting(kAllowed, touch));
    ops.push_back(MakeOp(OpCode::kDonateHyp, {Page(kPage), Number(1)}));
    ops.push_back(Expecting(kInjected, touch));
    ops.push_back(Expecting(
        kAllowed, MakeOp(OpCode::kHostAccess, {Page(kPage + 1), Number(0), Number(access)})));
    ops.push_back(MakeOp(OpCode::kReclaimHyp, {Page(kPage), Number(1)}));
    ops.push_back(Expecting(kAllowed, touch));
  }
  EXPECT_EQ(Describe(Run(ops)), "");
}

TEST_P(EveryMachine, AccessBeyondTheAddressSizeNeverReachesEl2) {
  const Op touch = MakeOp(OpCode::kHostAccess, {Raw(std::uint64_t{1} << 35), Number(0), Number(0)});
  EXPECT_EQ(Describe(Run({Expecting(Expectation::Answer::kInjected, touch)})), "");
}

TEST_P(EveryMachine, HostStoreStaysUntilTheScrub) {
  Run({MakeOp(OpCode::kHostAccess, {Page(kPage), Number(16), Number(1)})});
  const std::uint64_t address = (runner_.facts().ram[0].first + kPage) << 12 | 16;
  EXPECT_NE(runner_.machine().memory().Peek(address), 0u);
  Run({MakeOp(OpCode::kHostAccess, {Page(kPage), Number(16), Number(1)}),
       MakeOp(OpCode::kDonateHyp, {Page(kPage), Number(1)}),
       MakeOp(OpCode::kReclaimHyp, {Page(kPage), Number(1)})});
  EXPECT_EQ(runner_.machine().memory().Peek(address), 0u);
}

// Replay is exact: the same script, on the same runner and on another one, gives the same digests.
TEST_P(EveryMachine, SameScriptGivesTheSameDigests) {
  Runner other(*cadastre::Profile::Make(GetParam()));
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const Script script = Mixed(seed);
    const RunResult first = runner_.Run(script, Expectations::kIgnored);
    runner_.Run(Mixed(seed + 100), Expectations::kIgnored);
    const RunResult again = runner_.Run(script, Expectations::kIgnored);
    const RunResult elsewhere = other.Run(script, Expectations::kIgnored);
    ASSERT_EQ(Describe(first), "");
    EXPECT_EQ(first.raw, again.raw);
    EXPECT_EQ(first.state, again.state);
    EXPECT_EQ(first.raw, elsewhere.raw);
    EXPECT_EQ(first.state, elsewhere.state);
  }
}

TEST_P(EveryMachine, ResetIsTheStateAfterBoot) {
  runner_.Reset();
  const RawDigest boot = runner_.machine().Digest();
  runner_.Run(Mixed(1), Expectations::kIgnored);
  EXPECT_NE(runner_.machine().Digest(), boot);
  runner_.Reset();
  EXPECT_EQ(runner_.machine().Digest(), boot);
  EXPECT_FALSE(runner_.Sweep().has_value());
}

// What only a sweep can see: a word that no store of the core put there, in a page that no table
// reaches.
// Memory and cells are compared with what went through the platform after each operation, so that
// the operation that bypassed it is the one that is named.
class SeamWatcher final : public Observer {
 public:
  explicit SeamWatcher(Machine& machine) : machine_(machine) {}
  void BeforeOp(const Occurrence&) override {}
  void AfterOp(const Occurrence& occurrence, const Outcome&) override {
    const auto violation = machine_.CheckSeam();
    EXPECT_FALSE(violation.has_value()) << "operation " << occurrence.index;
    ++checked_;
  }
  std::size_t checked() const { return checked_; }

 private:
  Machine& machine_;
  std::size_t checked_ = 0;
};

TEST_P(EveryMachine, MemoryIsWhatTheJournalSaysAfterEachOperation) {
  SeamWatcher watcher(runner_.machine());
  for (const std::uint64_t seed : {1u, 2u, 3u}) {
    const RunResult result = runner_.Run(Mixed(seed), Expectations::kIgnored, &watcher);
    EXPECT_EQ(Describe(result), "");
  }
  EXPECT_GE(watcher.checked(), 3u * 200);
}

TEST_P(EveryMachine, SweepSeesABypassOfTheSeam) {
  Run({MakeOp(OpCode::kHostAccess, {Page(kPage), Number(0), Number(1)})});
  const std::uint64_t pfn = runner_.facts().ram[0].first + kPage;
  const_cast<std::uint64_t*>(runner_.machine().memory().PageWords(pfn))[5] = 1;
  const auto failure = runner_.Sweep();
  ASSERT_TRUE(failure.has_value());
  EXPECT_STREQ(failure->violation.id, kSeamBypassed);
  EXPECT_EQ(failure->call, "sweep");
  runner_.Reset();
}

// Hardware walks a table of the test's own making instead of the core's.
class ForeignTable : public testing::Test {
 protected:
  static constexpr std::uint64_t kRoot = 0x40200000;  // private RAM; two pages
  static constexpr std::uint64_t kGigabyte = 0x40000000;

  ForeignTable() {
    runner_.Reset();
    SystemRegisters registers = runner_.machine().registers(0);
    registers.vttbr = kRoot;
    runner_.machine().platform().set_registers(0, registers);
  }
  std::string Touch(std::uint16_t page) {
    script::ResolvedOp touch;
    touch.what = script::ResolvedOp::What::kHostAccess;
    touch.address = (runner_.facts().ram[0].first + page) << 12;
    const auto failure = runner_.Step(touch, "host_access");
    return failure ? failure->violation.id : "";
  }

  Runner runner_{*cadastre::Profile::Make(0)};
};

TEST_F(ForeignTable, AccessThatOnlyHardwareAllowsIsAViolation) {
  runner_.machine().memory().Write(kRoot + 8, kGigabyte | 0x7fd);  // one block over all RAM
  EXPECT_EQ(Touch(kImage), kHostAccessForbidden);
}

TEST_F(ForeignTable, AccessThatAbortsAgainIsAViolation) {
  EXPECT_EQ(Touch(kPage), kHostAccessStuck);
}

TEST(Boot, ACoreThatRefusesTheMachineIsAViolation) {
  Runner runner(cadastre::Profile::Make(0)->WithPoolPages(1));
  const RunResult result = runner.Run(script::Script(), Expectations::kIgnored);
  const std::optional<Failure> failure = result.failure ? result.failure : runner.Sweep();
  ASSERT_TRUE(failure.has_value());
  EXPECT_EQ(failure->violation.id, std::string(kBootRefused));
  EXPECT_EQ(failure->call, "boot");
}

}  // namespace
}  // namespace cadastre::run
