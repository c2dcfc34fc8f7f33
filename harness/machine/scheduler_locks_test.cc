// SPDX-License-Identifier: Apache-2.0
// Locks between CPUs: who waits, who is let run, and which habits are refused. On the scheduler
// alone, whose lock calls the platform passes on.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "harness/machine/scheduler.h"

namespace cadastre {
namespace {

constexpr LockId kVm = LockId::kVmBase;
constexpr LockId kHost = LockId::kHost;
constexpr LockId kEl2 = LockId::kEl2;
constexpr LockId kPool = LockId::kPool;

class LocksTest : public testing::Test {
 protected:
  // As SimPlatform does it, with a line instead of an event.
  void Lock(LockId lock) {
    cpus_.Yield();
    cpus_.Lock(lock);
    Tell('+', lock);
  }
  void Unlock(LockId lock) {
    cpus_.Yield();
    cpus_.Unlock(lock);
    Tell('-', lock);
    cpus_.Released(lock);
  }
  void Work() {
    cpus_.Yield();
    told_ += std::to_string(cpus_.current().number) + "w ";
  }
  void Tell(char what, LockId lock) {
    told_ += std::to_string(cpus_.current().number) + what + NameOf(lock) + ' ';
  }
  static std::string NameOf(LockId lock) {
    return lock == kVm ? "vm" : lock == kHost ? "host" : lock == kEl2 ? "el2" : "pool";
  }
  // Takes all in turn, works, and releases all in the same order.
  std::function<void()> Takes(std::vector<LockId> locks) {
    return [this, locks = std::move(locks)] {
      for (const LockId lock : locks) Lock(lock);
      Work();
      for (const LockId lock : locks) Unlock(lock);
    };
  }
  // Started up to its work, or before its lock number `steps`.
  void Pause(unsigned cpu, std::function<void()> body, std::uint32_t steps) {
    ASSERT_EQ(cpus_.Start(cpu, std::move(body), steps), Progress::kPaused);
  }
  std::string TakeId(unsigned cpu) {
    const auto violation = cpus_.TakeViolation(cpu);
    return violation ? violation->id : "";
  }

  std::string told_;
  Scheduler cpus_{3};
};

TEST_F(LocksTest, WaitsUntilTheHolderHasReleasedItAndNoLonger) {
  Pause(0, Takes({kHost, kEl2}), 2);
  ASSERT_EQ(cpus_.Start(1, Takes({kHost}), kToTheEnd), Progress::kDone);
  EXPECT_EQ(told_, "0+host 0+el2 0w 0-host 1+host 1w 1-host ");
  EXPECT_TRUE(cpus_.Busy(0));
  EXPECT_EQ(cpus_.Resume(0, 1), Progress::kDone) << "one access is left";
  EXPECT_EQ(TakeId(0) + TakeId(1), "");
}

TEST_F(LocksTest, HolderPausedBehindItsReleasePassesExactlyItsSteps) {
  Pause(0, [&] { Lock(kHost), Unlock(kHost), Work(), Work(); }, 1);
  ASSERT_EQ(cpus_.Start(1, Takes({kHost}), kToTheEnd), Progress::kDone);
  told_.clear();
  EXPECT_EQ(cpus_.Resume(0, 0), Progress::kPaused);
  EXPECT_EQ(told_, "");
  EXPECT_EQ(cpus_.Resume(0, 1), Progress::kPaused);
  EXPECT_EQ(told_, "0w ");
  EXPECT_EQ(cpus_.Resume(0, 1), Progress::kDone);
  EXPECT_EQ(cpus_.steps(0), 4u);
}

TEST_F(LocksTest, WaitingCostsNoSteps) {
  Pause(0, Takes({kHost}), 1);
  Pause(1, Takes({kHost}), 1);
  EXPECT_EQ(told_, "0+host 0w 0-host 1+host ");
  EXPECT_EQ(cpus_.Resume(1, 1), Progress::kPaused);
  EXPECT_EQ(cpus_.steps(1), 3u) << "passed two, and stands at the third";
}

TEST_F(LocksTest, WholeOperationWaitsOnItsOwnStack) {
  Pause(0, Takes({kHost}), 2);
  EXPECT_EQ(cpus_.RunOp(1, Takes({kHost})), std::nullopt);
  EXPECT_EQ(told_, "0+host 0w 0-host 1+host 1w 1-host ");
}

TEST_F(LocksTest, BlockedHolderLetsItsOwnHolderRunFirst) {
  Pause(0, Takes({kPool}), 1);         // holds the pool
  Pause(1, Takes({kHost, kPool}), 1);  // holds the host, will want the pool
  told_.clear();
  ASSERT_EQ(cpus_.Start(2, Takes({kHost}), kToTheEnd), Progress::kDone);
  EXPECT_EQ(told_, "0w 0-pool 1+pool 1w 1-host 2+host 2w 2-host ");
  EXPECT_EQ(cpus_.Resume(1, kToTheEnd), Progress::kDone);
  EXPECT_EQ(TakeId(0) + TakeId(1) + TakeId(2), "");
}

TEST_F(LocksTest, StandsBetweenTwoEventsWithoutALock) {
  const auto two_events = [&] {
    Lock(kVm), Lock(kHost), Unlock(kHost), Unlock(kVm), Work(), Lock(kHost), Unlock(kHost);
  };
  ASSERT_EQ(cpus_.StartUntilUnlocked(0, two_events), Progress::kPaused);
  EXPECT_EQ(told_, "0+vm 0+host 0-host 0-vm ");
  EXPECT_EQ(cpus_.RunOp(1, Takes({kVm, kHost})), std::nullopt);
  told_.clear();
  EXPECT_EQ(cpus_.Resume(0, kToTheEnd), Progress::kDone) << "it rests once";
  EXPECT_EQ(told_, "0w 0+host 0-host ");
  EXPECT_EQ(TakeId(0), "");
}

TEST_F(LocksTest, OperationThatTookNoLockLeavesNoRestBehind) {
  Pause(1, Takes({kPool}), 2);
  ASSERT_EQ(cpus_.StartUntilUnlocked(0, [&] { Work(); }), Progress::kDone);
  told_.clear();
  EXPECT_EQ(cpus_.RunOp(0, Takes({kHost})), std::nullopt);
  EXPECT_EQ(told_, "0+host 0w 0-host ");
}

TEST_F(LocksTest, DifferentVmsDoNotWait) {
  constexpr auto kOther = static_cast<LockId>(static_cast<std::uint16_t>(kVm) + 1);
  Pause(0, Takes({kVm}), 1);
  EXPECT_EQ(cpus_.RunOp(1, [&] { cpus_.Lock(kOther), cpus_.Unlock(kOther); }), std::nullopt);
  EXPECT_EQ(told_, "0+vm ");
}

TEST_F(LocksTest, CircleIsADeadlockThatNamesAll) {
  Pause(0, Takes({kHost, kVm}), 1);  // against the order
  ASSERT_EQ(cpus_.Start(1, Takes({kVm, kHost}), kToTheEnd), Progress::kDone);
  EXPECT_FALSE(cpus_.Busy(0) || cpus_.Busy(1)) << "it ends both";
  EXPECT_EQ(cpus_.violating_cpu(), 0u);
  const auto violation = cpus_.TakeViolation(1);
  ASSERT_TRUE(violation.has_value());
  EXPECT_STREQ(violation->id, kDeadlock);
  EXPECT_EQ(violation->detail,
            "cpu0 waits for lock 0x100 of cpu1, which waits for lock 0x1 of cpu0");
}

TEST_F(LocksTest, CircleOfThreeIsADeadlock) {
  Pause(0, Takes({kPool, kHost}), 1);
  Pause(1, Takes({kEl2, kPool}), 1);
  const auto violation = cpus_.RunOp(2, Takes({kHost, kEl2}));
  ASSERT_TRUE(violation.has_value());
  EXPECT_STREQ(violation->id, kDeadlock);
  EXPECT_EQ(violation->detail,
            "cpu0 waits for lock 0x1 of cpu2, which waits for lock 0x2 of cpu1, which waits for "
            "lock 0x3 of cpu0");
  EXPECT_FALSE(cpus_.Busy(0) || cpus_.Busy(1));
  EXPECT_EQ(cpus_.RunOp(2, Takes({kHost, kEl2})), std::nullopt) << "their locks went with them";
}

TEST_F(LocksTest, OrderIsJudgedBeforeWaiting) {
  Pause(0, Takes({kVm}), 1);
  ASSERT_EQ(cpus_.Start(1, Takes({kHost, kVm}), kToTheEnd), Progress::kDone);
  EXPECT_EQ(TakeId(1), kLockOrder);
  EXPECT_TRUE(cpus_.Busy(0)) << "nobody had to let it run";
}

TEST_F(LocksTest, TakenTwiceIsLockOrderWhetherOthersAreBusyOrNot) {
  EXPECT_STREQ(cpus_.RunOp(0, Takes({kHost, kHost}))->id, kLockOrder);
  Pause(1, Takes({kPool}), 1);
  EXPECT_STREQ(cpus_.RunOp(0, Takes({kHost, kHost}))->id, kLockOrder);
}

TEST_F(LocksTest, ViolationOfTheHolderEndsWhoeverWaitsForIt) {
  Pause(0, [&] { Lock(kHost), Work(), cpus_.Stop(kCoreAssertion, "because"); }, 1);
  EXPECT_STREQ(cpus_.RunOp(1, Takes({kHost}))->id, kCoreAssertion);
  EXPECT_EQ(cpus_.violating_cpu(), 0u);
  EXPECT_FALSE(cpus_.Busy(0));
  EXPECT_EQ(told_, "0+host 0w ");
}

TEST_F(LocksTest, HolderThatReturnsWithTheLockEndsWhoeverWaitsForIt) {
  Pause(0, [&] { Lock(kHost), Work(); }, 1);
  ASSERT_EQ(cpus_.Start(1, Takes({kHost}), kToTheEnd), Progress::kDone);
  EXPECT_EQ(TakeId(1), kLockHeldAtExit);
  EXPECT_EQ(cpus_.violating_cpu(), 0u);
}

TEST_F(LocksTest, LockAfterReleaseNeedsAllReleased) {
  EXPECT_STREQ(cpus_.RunOp(0, [&] { Lock(kHost), Lock(kEl2), Unlock(kEl2), Lock(kPool); })->id,
               kTwoPhase);
  EXPECT_STREQ(cpus_.RunOp(0, [&] { Lock(kHost), Lock(kEl2), Unlock(kEl2), Lock(kEl2); })->id,
               kTwoPhase);
  EXPECT_EQ(cpus_.RunOp(0,
                        [&] {
                          Lock(kHost), Lock(kEl2), Unlock(kEl2), Unlock(kHost);
                          Lock(kHost), Unlock(kHost);
                        }),
            std::nullopt);
}

class Recorder : public CommitHook {
 public:
  explicit Recorder(std::string& told) : told_(told) {}
  std::optional<Violation> BeforeRelease(unsigned cpu) override {
    told_ += std::to_string(cpu) + "! ";
    if (--allowed == 0) return Violation{.id = "REFUSED", .detail = "by the hook", .also = {}};
    return std::nullopt;
  }
  int allowed = 100;

 private:
  std::string& told_;
};

TEST_F(LocksTest, HookIsCalledOnceBeforeTheFirstRelease) {
  Recorder hook(told_);
  cpus_.set_commit_hook(&hook);
  EXPECT_EQ(cpus_.RunOp(0,
                        [&] {
                          Lock(kHost), Lock(kEl2), Unlock(kEl2), Unlock(kHost);
                          Work();
                          Lock(kHost), Unlock(kHost);
                        }),
            std::nullopt);
  EXPECT_EQ(told_, "0+host 0+el2 0! 0-el2 0-host 0w 0+host 0! 0-host ");
}

TEST_F(LocksTest, HookIsCalledOnTheHolderThatIsLetRun) {
  Recorder hook(told_);
  cpus_.set_commit_hook(&hook);
  Pause(0, Takes({kHost}), 1);
  EXPECT_EQ(cpus_.RunOp(1, Takes({kHost})), std::nullopt);
  EXPECT_EQ(told_, "0+host 0w 0! 0-host 1+host 1w 1! 1-host ");
}

TEST_F(LocksTest, ViolationOfTheHookEndsTheOperation) {
  Recorder hook(told_);
  cpus_.set_commit_hook(&hook);
  hook.allowed = 1;
  EXPECT_STREQ(cpus_.RunOp(0, Takes({kHost}))->id, "REFUSED");
  EXPECT_EQ(told_, "0+host 0w 0! ");
  hook.allowed = 1;
  ASSERT_EQ(cpus_.Start(2, Takes({kHost}), kToTheEnd), Progress::kDone);
  EXPECT_EQ(TakeId(2), "REFUSED");
  EXPECT_EQ(cpus_.violating_cpu(), 2u);
}

TEST_F(LocksTest, ReleaseOfALockNotHeldDoesNotAskTheHook) {
  Recorder hook(told_);
  cpus_.set_commit_hook(&hook);
  EXPECT_STREQ(cpus_.RunOp(0, [&] { Lock(kHost), Unlock(kPool); })->id, kLockNotHeld);
  EXPECT_EQ(told_, "0+host ");
}

}  // namespace
}  // namespace cadastre
