// SPDX-License-Identifier: Apache-2.0
// Several CPUs on one machine: who runs when, and that it comes out right.
#include "harness/machine/scheduler.h"

#include <gtest/gtest.h>

#include <span>
#include <string>
#include <tuple>
#include <vector>

#include "harness/machine/machine.h"

namespace cadastre {
namespace {

constexpr PhysAddr kPage{0x40200000};

struct alignas(8) FakeCore {
  Shared<std::uint64_t> sum;
  Shared<std::uint64_t> calls;
};

class SchedulerTest : public testing::Test {
 protected:
  // What AddUnderLock passes.
  static constexpr std::uint32_t kSteps = 7;

  SchedulerTest() {
    machine_.RegisterObject(std::as_writable_bytes(std::span(&core_, 1)));
    machine_.Snapshot();
  }

  // A toy call that commutes with itself: adds to a cell and to a word of memory.
  void AddUnderLock(std::uint64_t amount) {
    p_.Lock(LockId::kHost);
    core_.sum.Store(p_, core_.sum.Load(p_) + amount);
    const std::uint64_t word = p_.Load64(kPage);
    p_.Store64(kPage, word + amount);
    p_.Unlock(LockId::kHost);
    p_.Isb();
  }
  std::function<void()> Adds(std::uint64_t amount) {
    return [this, amount] { AddUnderLock(amount); };
  }
  std::function<void()> Stores(unsigned count) {
    return [this, count] {
      for (unsigned i = 0; i < count; ++i) p_.Store64(kPage + i * 8, i + 1);
    };
  }
  std::string TakeId(unsigned cpu) {
    const auto violation = machine_.TakeViolation(cpu);
    return violation ? violation->id : "";
  }
  // Every event of both CPUs, to compare runs with.
  std::vector<std::tuple<int, int, std::uint64_t, std::uint64_t>> History() const {
    std::vector<std::tuple<int, int, std::uint64_t, std::uint64_t>> out;
    for (unsigned cpu = 0; cpu < 2; ++cpu) {
      for (const auto& e : machine_.events(cpu)) {
        out.emplace_back(e.cpu, static_cast<int>(e.kind), e.address, e.value);
      }
    }
    return out;
  }

  FakeCore core_;
  Machine machine_{*Profile::Make(0)};
  SimPlatform& p_ = machine_.platform();
};

TEST_F(SchedulerTest, StartPassesExactlyItsSteps) {
  for (unsigned steps = 0; steps <= 5; ++steps) {
    const Progress progress = machine_.Start(0, Stores(4), steps);
    EXPECT_EQ(progress, steps < 4 ? Progress::kPaused : Progress::kDone);
    EXPECT_EQ(machine_.Busy(0), steps < 4);
    EXPECT_EQ(machine_.events(0).size(), std::min(steps, 4u));
    machine_.Rollback();
    EXPECT_FALSE(machine_.Busy(0));
  }
}

TEST_F(SchedulerTest, ResumePassesExactlyItsSteps) {
  ASSERT_EQ(machine_.Start(0, Stores(6), 1), Progress::kPaused);
  EXPECT_EQ(machine_.Resume(0, 0), Progress::kPaused);
  EXPECT_EQ(machine_.events(0).size(), 1u);
  EXPECT_EQ(machine_.Resume(0, 1), Progress::kPaused);
  EXPECT_EQ(machine_.events(0).size(), 2u);
  EXPECT_EQ(machine_.Resume(0, 3), Progress::kPaused);
  EXPECT_EQ(machine_.events(0).size(), 5u);
  EXPECT_EQ(machine_.Resume(0, kToTheEnd), Progress::kDone);
  EXPECT_EQ(machine_.events(0).size(), 6u);
  EXPECT_EQ(machine_.steps(0), 6u);
  EXPECT_EQ(TakeId(0), "");
}

TEST_F(SchedulerTest, BodyWithoutAccessIsDoneAtOnce) {
  EXPECT_EQ(machine_.Start(1, [] {}, 0), Progress::kDone);
  EXPECT_EQ(TakeId(1), "");
  EXPECT_EQ(machine_.events(1).size(), 0u);
}

// Every pair of places where the two may be cut, each CPU first, and each the one to end first.
TEST_F(SchedulerTest, CommutingCallsCommuteAtEveryInterleaving) {
  ASSERT_EQ(machine_.RunOp(0, Adds(3)), std::nullopt);
  ASSERT_EQ(machine_.RunOp(1, Adds(5)), std::nullopt);
  ASSERT_EQ(machine_.steps(0), kSteps);
  const RawDigest sequential = machine_.Digest();
  for (unsigned first = 0; first < 2; ++first) {
    for (std::uint32_t a = 0; a <= kSteps; ++a) {
      for (std::uint32_t b = 0; b <= kSteps; ++b) {
        machine_.Rollback();
        const unsigned second = 1 - first;
        Progress of_first = machine_.Start(first, Adds(3), a);
        Progress of_second = machine_.Start(second, Adds(5), b);
        while (of_first == Progress::kPaused || of_second == Progress::kPaused) {
          if (of_first == Progress::kPaused) of_first = machine_.Resume(first, b + 1);
          if (of_second == Progress::kPaused) of_second = machine_.Resume(second, a + 1);
        }
        ASSERT_EQ(TakeId(0) + TakeId(1), "") << a << " " << b;
        EXPECT_EQ(machine_.memory().Peek(kPage.value), 8u) << a << " " << b;
        EXPECT_EQ(machine_.Digest(), sequential) << a << " " << b;
        EXPECT_EQ(machine_.CheckSeam(), std::nullopt);
      }
    }
  }
}

TEST_F(SchedulerTest, WithoutALockAnUpdateIsLost) {
  const auto add = [this](std::uint64_t amount) {
    return [this, amount] { p_.Store64(kPage, p_.Load64(kPage) + amount); };
  };
  ASSERT_EQ(machine_.Start(0, add(3), 1), Progress::kPaused);
  ASSERT_EQ(machine_.RunOp(1, add(5)), std::nullopt);
  ASSERT_EQ(machine_.Resume(0, kToTheEnd), Progress::kDone);
  EXPECT_EQ(machine_.memory().Peek(kPage.value), 3u);
}

TEST_F(SchedulerTest, SameCallsSameHistory) {
  const auto run = [this] {
    machine_.Rollback();
    EXPECT_EQ(machine_.Start(0, Adds(3), 2), Progress::kPaused);
    EXPECT_EQ(machine_.Start(1, Adds(5), 4), Progress::kPaused);
    EXPECT_EQ(machine_.Resume(0, kToTheEnd), Progress::kDone);
    EXPECT_EQ(machine_.Resume(1, kToTheEnd), Progress::kDone);
    return History();
  };
  const auto first = run();
  EXPECT_EQ(first.size(), 10u);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(run(), first);
}

TEST_F(SchedulerTest, CpuAndRegistersAreThoseOfTheCpuThatRuns) {
  const auto body = [this](std::uint64_t value) {
    return [this, value] {
      p_.WriteVttbr(value);
      p_.Store64(kPage + p_.CpuIndex() * 8, p_.ReadVttbr());
    };
  };
  ASSERT_EQ(machine_.Start(0, body(10), 1), Progress::kPaused);
  ASSERT_EQ(machine_.Start(1, body(11), 1), Progress::kPaused);
  ASSERT_EQ(machine_.Resume(0, kToTheEnd), Progress::kDone);
  ASSERT_EQ(machine_.Resume(1, kToTheEnd), Progress::kDone);
  EXPECT_EQ(machine_.memory().Peek(kPage.value), 10u);
  EXPECT_EQ(machine_.memory().Peek(kPage.value + 8), 11u);
  EXPECT_EQ(machine_.registers(0).vttbr, 10u);
  EXPECT_EQ(machine_.registers(1).vttbr, 11u);
  machine_.Rollback();
  EXPECT_EQ(machine_.registers(0).vttbr, 0u);
  EXPECT_EQ(machine_.registers(1).vttbr, 0u);
}

TEST_F(SchedulerTest, ViolationOfAPausedCpuEndsItAlone) {
  ASSERT_EQ(machine_.Start(0, Stores(2), 1), Progress::kPaused);
  ASSERT_EQ(machine_.Start(1, [this] { p_.Isb(), p_.Panic("because"); }, 0), Progress::kPaused);
  EXPECT_EQ(machine_.Resume(1, 1), Progress::kDone);
  EXPECT_FALSE(machine_.Busy(1));
  EXPECT_EQ(machine_.violating_cpu(), 1u);
  EXPECT_EQ(TakeId(1), kCoreAssertion);
  EXPECT_TRUE(machine_.Busy(0));
  EXPECT_EQ(machine_.Resume(0, kToTheEnd), Progress::kDone);
  EXPECT_EQ(TakeId(0), "");
}

TEST_F(SchedulerTest, BudgetIsOneForAllPartsOfAnOperation) {
  const auto endless = [this] {
    while (true) p_.Isb();
  };
  Progress progress = machine_.Start(0, endless, 3);
  for (int i = 0; i < 5 && progress == Progress::kPaused; ++i) {
    progress = machine_.Resume(0, Scheduler::kStepsPerOp / 4);
  }
  EXPECT_EQ(progress, Progress::kDone);
  EXPECT_EQ(TakeId(0), kStepBudget);
  EXPECT_EQ(machine_.steps(0), Scheduler::kStepsPerOp);
}

// Abandoned in deep frames and with heap memory in their bodies, again and again: what leaks or is
// poisoned shows with AddressSanitizer.
TEST_F(SchedulerTest, RollbackDropsPausedOperations) {
  const RawDigest before = machine_.Digest();
  for (int i = 0; i < 50; ++i) {
    const std::vector<std::uint64_t> words(100, 7);
    const auto body = [this, words] {
      volatile std::uint64_t frame[64] = {1};
      p_.Lock(LockId::kHost);
      for (const std::uint64_t word : words) p_.Store64(kPage, frame[0] + word);
      p_.Unlock(LockId::kHost);
    };
    ASSERT_EQ(machine_.Start(0, body, 50), Progress::kPaused);
    ASSERT_EQ(machine_.Start(1, body, 0), Progress::kPaused);
    machine_.Rollback();
    EXPECT_EQ(machine_.Digest(), before);
    EXPECT_FALSE(machine_.Busy(0) || machine_.Busy(1));
  }
  EXPECT_EQ(machine_.RunOp(1, Adds(1)), std::nullopt) << "locks of dropped operations are free";
}

TEST_F(SchedulerTest, MachineMayGoWhileCpusArePaused) {
  Machine machine(*Profile::Make(0));
  SimPlatform& p = machine.platform();
  const std::vector<int> heap(1000);
  EXPECT_EQ(machine.Start(1, [&p, heap] { p.Isb(), p.Isb(); }, 1), Progress::kPaused);
}

// Tells what it saw, and stops a CPU where it is told to.
class Watch final : public YieldWatch {
 public:
  Verdict AtYieldPoint(unsigned cpu, const YieldPoint& point) override {
    constexpr const char* kKinds[] = {"nothing", "load", "store", "host", "lock", "unlock"};
    told += std::to_string(cpu) + kKinds[static_cast<unsigned>(point.kind)] + ' ';
    return point.kind == stop ? Verdict::kPause : Verdict::kGoOn;
  }
  std::string told;
  std::optional<YieldPoint::Kind> stop;
};

TEST_F(SchedulerTest, AWatchSeesEachYieldPointBeforeItIsPassed) {
  Watch watch;
  machine_.set_watch(&watch);
  EXPECT_EQ(machine_.Start(1, Adds(3), kToTheEnd), Progress::kDone);
  EXPECT_EQ(watch.told, "1lock 1load 1store 1load 1store 1unlock 1nothing ");
  EXPECT_EQ(machine_.steps(1), kSteps);
  EXPECT_EQ(TakeId(1), "");
}

TEST_F(SchedulerTest, AWatchedCpuPassesExactlyItsSteps) {
  Watch watch;
  machine_.set_watch(&watch);
  for (std::uint32_t steps = 0; steps < kSteps; ++steps) {
    ASSERT_EQ(machine_.Start(0, Adds(3), steps), Progress::kPaused);
    EXPECT_EQ(machine_.steps(0), steps + 1) << "it stands at the next";
    EXPECT_EQ(machine_.Resume(0, 1), steps + 1 == kSteps ? Progress::kDone : Progress::kPaused);
    machine_.Rollback();
  }
}

TEST_F(SchedulerTest, AWatchStopsACpuBeforeTheAccessAndLetsItGoOn) {
  Watch watch;
  watch.stop = YieldPoint::Kind::kUnlock;
  machine_.set_watch(&watch);
  EXPECT_EQ(machine_.Start(0, Adds(3), kToTheEnd), Progress::kPaused);
  EXPECT_EQ(machine_.steps(0), 6u) << "passed five, and stands at the sixth";
  EXPECT_EQ(machine_.memory().Peek(kPage.value), 3u);
  watch.told.clear();
  EXPECT_EQ(machine_.Resume(0, kToTheEnd), Progress::kDone);
  EXPECT_EQ(watch.told, "0nothing ") << "the yield point where it stood is not seen again";
}

// Who holds the lock is let run to its release, whatever a watch would say.
TEST_F(SchedulerTest, AHolderIsNotWatchedWhileAnotherWaitsForIt) {
  Watch watch;
  machine_.set_watch(&watch);
  ASSERT_EQ(machine_.Start(0, Adds(3), 2), Progress::kPaused);
  watch.stop = YieldPoint::Kind::kStore;
  watch.told.clear();
  EXPECT_EQ(machine_.Start(1, Adds(5), kToTheEnd), Progress::kPaused);
  EXPECT_EQ(watch.told, "1lock 1load 1store ");
  EXPECT_EQ(machine_.memory().Peek(kPage.value), 3u);
  machine_.Rollback();
}

TEST_F(SchedulerTest, AWatchedOperationWithoutEndUsesItsBudgetUp) {
  Watch watch;
  machine_.set_watch(&watch);
  EXPECT_EQ(machine_.Start(
                1,
                [this] {
                  while (true) p_.Isb();
                },
                kToTheEnd),
            Progress::kDone);
  EXPECT_EQ(TakeId(1), kStepBudget);
  EXPECT_EQ(machine_.steps(1), Scheduler::kStepsPerOp);
}

}  // namespace
}  // namespace cadastre
