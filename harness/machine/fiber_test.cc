// SPDX-License-Identifier: Apache-2.0
#include "harness/machine/fiber.h"

#include <gtest/gtest.h>

#include <array>
#include <csetjmp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace cadastre {
namespace {

// A fiber that runs a lambda with itself at hand.
class Routine {
 public:
  explicit Routine(std::function<void(Fiber&)> body) : body_(std::move(body)) {
    fiber_.emplace(&Main, this);
  }
  void Resume() { fiber_->Resume(); }

 private:
  static void Main(void* self) {
    Routine& routine = *static_cast<Routine*>(self);
    routine.body_(*routine.fiber_);
  }
  std::function<void(Fiber&)> body_;
  std::optional<Fiber> fiber_;
};

TEST(FiberTest, GoesOnWhereItStood) {
  std::string told;
  Routine routine([&](Fiber& self) {
    for (char c = 'a'; c < 'd'; ++c) {
      told += c;
      self.Suspend();
    }
    told += '.';
  });
  for (int i = 0; i < 4; ++i) {
    told += std::to_string(i);
    routine.Resume();
  }
  EXPECT_EQ(told, "0a1b2c3.");
}

TEST(FiberTest, ComesBackToWhoeverResumedIt) {
  std::string told;
  Routine inner([&](Fiber& self) {
    while (true) {
      told += 'i';
      self.Suspend();
      if (told.size() > 6) return;
    }
  });
  Routine outer([&](Fiber& self) {
    told += 'o';
    inner.Resume();
    told += 'o';
    self.Suspend();
    told += 'o';
    inner.Resume();
    told += 'o';
  });
  outer.Resume();
  told += 'm';
  inner.Resume();
  told += 'm';
  outer.Resume();
  EXPECT_EQ(told, "oiomimoo") << "resumed on a fiber, on the main stack, and on a fiber again";
}

// Locals, saved registers and alignment survive many switches between several fibers.
TEST(FiberTest, FibersKeepTheirLocals) {
  constexpr int kRounds = 1000;
  std::array<double, 3> sums{};
  std::vector<std::unique_ptr<Routine>> routines;
  for (int r = 0; r < 3; ++r) {
    routines.push_back(std::make_unique<Routine>([&sums, r](Fiber& self) {
      double sum = 0;
      alignas(16) volatile int local[4] = {r, r, r, r};
      for (int i = 0; i < kRounds; ++i) {
        sum += local[i & 3] + 0.5;
        self.Suspend();
      }
      sums[static_cast<unsigned>(r)] = sum;
    }));
  }
  for (int i = 0; i <= kRounds; ++i) {
    for (const auto& routine : routines) routine->Resume();
  }
  for (int r = 0; r < 3; ++r) EXPECT_EQ(sums[static_cast<unsigned>(r)], kRounds * (r + 0.5));
}

// Deep frames left by longjmp, then the stack used again: AddressSanitizer must not mind.
void JumpOut(std::jmp_buf& start, int depth) {
  volatile char frame[512];
  frame[0] = static_cast<char>(depth);
  if (depth == 0) _longjmp(start, 1);
  JumpOut(start, depth - 1);
  frame[1] = frame[0];
}

TEST(FiberTest, JumpsWithinAFiberLeaveItsStackUsable) {
  int rounds = 0;
  Routine routine([&](Fiber& self) {
    while (rounds < 10) {
      std::jmp_buf start;
      if (_setjmp(start) == 0) JumpOut(start, 100);
      ++rounds;
      self.Suspend();
    }
  });
  while (rounds < 10) routine.Resume();
  routine.Resume();
}

TEST(FiberDeathTest, OverflowMeetsTheGuardPage) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(
      {
        Routine routine([](Fiber&) {
          std::jmp_buf never;
          JumpOut(never, 1 << 20);
        });
        routine.Resume();
      },
      "");
}

}  // namespace
}  // namespace cadastre
