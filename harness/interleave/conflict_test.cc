// SPDX-License-Identifier: Apache-2.0
#include "harness/interleave/conflict.h"

#include <gtest/gtest.h>

#include <optional>
#include <vector>

namespace cadastre::interleave {
namespace {

using Kind = YieldPoint::Kind;

constexpr std::uint64_t kWord = 0x40100000;

Step On(Kind kind, std::uint64_t address, std::uint64_t size) {
  return {.point = {kind, address, size}};
}
Step Load(std::uint64_t address) { return On(Kind::kLoad, address, 8); }
Step Store(std::uint64_t address) { return On(Kind::kStore, address, 8); }
Step Lock(std::uint64_t number) { return On(Kind::kLock, YieldPoint::kLocks + number, 1); }
Step Unlock(std::uint64_t number) { return On(Kind::kUnlock, YieldPoint::kLocks + number, 1); }

struct Case {
  const char* why;
  Step a;
  Step b;
  bool conflict;
};

TEST(ConflictTest, IsASharedByteOfWhichOneChanges) {
  const Step commit = {.point = Unlock(1).point, .commits = true};
  const Step other_commit = {.point = Unlock(2).point, .commits = true};
  const Step hardware = {.point = {}, .by_hardware = true};
  const Case cases[] = {
      {"two loads", Load(kWord), Load(kWord), false},
      {"load and store", Load(kWord), Store(kWord), true},
      {"neighbouring words", Store(kWord), Store(kWord + 8), false},
      {"fields of one word", On(Kind::kStore, kWord, 2), On(Kind::kStore, kWord + 2, 2), false},
      {"a field and its word", On(Kind::kStore, kWord + 2, 2), Load(kWord), true},
      {"a page and a word of it", On(Kind::kStore, kWord, 4096), Load(kWord + 4088), true},
      {"a page and the next", On(Kind::kStore, kWord, 4096), Load(kWord + 4096), false},
      {"the host's word, loaded twice", On(Kind::kHostLoad, kWord, 8), Load(kWord), false},
      {"one lock", Lock(1), Unlock(1), true},
      {"two locks", Lock(1), Unlock(2), false},
      {"a barrier", {}, Store(kWord), false},
      {"two steps of the specification", commit, other_commit, true},
      {"one step of it", commit, Unlock(2), false},
      {"hardware and a store", hardware, Store(kWord), true},
      {"hardware and a lock", hardware, Lock(1), true},
      {"hardware and the core's read of a host's word", hardware, On(Kind::kHostLoad, kWord, 8),
       true},
      {"hardware and a load", hardware, Load(kWord), false},
      {"hardware twice", hardware, hardware, true},
  };
  for (const Case& one : cases) {
    EXPECT_EQ(Conflict(one.a, one.b), one.conflict) << one.why;
    EXPECT_EQ(Conflict(one.b, one.a), one.conflict) << one.why;
    // The quick look says the same.
    const std::vector<Step> steps = {Load(kWord + 0x100000), one.b};
    const std::optional<std::size_t> found = Stint(steps, std::nullopt).FirstConflict(one.a);
    EXPECT_EQ(found, one.conflict ? std::optional<std::size_t>(1) : std::nullopt) << one.why;
  }
}

TEST(ConflictTest, TheLockThatAStintStandsBeforeIsPartOfIt) {
  const std::vector<Step> steps = {Load(kWord)};
  const Stint stint(steps, Lock(1));
  EXPECT_EQ(stint.FirstConflict(Unlock(1)), std::optional<std::size_t>(1));
  EXPECT_EQ(stint.FirstConflict(Unlock(2)), std::nullopt);
  EXPECT_EQ(Stint({}, Lock(1)).next()->point.address, Lock(1).point.address);
  EXPECT_EQ(Stint().next(), nullptr);
}

}  // namespace
}  // namespace cadastre::interleave
