// SPDX-License-Identifier: Apache-2.0
#include "fuzz/op_mutator.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <set>
#include <vector>

#include "harness/script/codec.h"
#include "harness/script/text.h"

namespace cadastre::fuzz {
namespace {

using script::Script;

constexpr std::uint64_t kSeeds = 2000;

TEST(OpMutator, TheSameSeedGivesTheSameScript) {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    EXPECT_EQ(Mutate(Script(), seed), Mutate(Script(), seed)) << seed;
  }
}

TEST(OpMutator, WhatItMakesIsALegalScript) {
  Script script;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    script = Mutate(std::move(script), seed);
    if (script.ops.size() > 200) script.ops.resize(20);
    const std::vector<std::uint8_t> bytes = script::Encode(script);
    const auto decoded = script::DecodeStrict(bytes);
    ASSERT_TRUE(decoded.ok()) << seed << ": " << decoded.status().message();
    ASSERT_EQ(*decoded, script) << seed;
  }
}

TEST(OpMutator, EachOperationTurnsUpFromNothing) {
  std::set<script::OpCode> seen;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    for (const script::Op& op : Mutate(Script(), seed).ops) seen.insert(op.code);
  }
  EXPECT_EQ(seen.size(), script::OpTable().size());
}

TEST(OpMutator, SchedulesComeAndGo) {
  Script script;
  script.ops.resize(8);
  std::set<bool> seen;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    script = Mutate(std::move(script), seed);
    script.ops.resize(8);
    seen.insert(script.ops[0].schedule != 0);
  }
  EXPECT_EQ(seen.size(), 2u);
}

TEST(OpMutator, ScriptsShrinkToo) {
  const Script script = Mutate(Script(), 1);
  bool shorter = false;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    shorter |= Mutate(script, seed).ops.size() < script.ops.size();
  }
  EXPECT_TRUE(shorter);
}

TEST(OpMutator, CrossOverTakesABeginningAndAnEnd) {
  const Script first = Mutate(Script(), 1);
  const Script second = Mutate(Script(), 2);
  bool joined = false;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    const Script both = CrossOver(first, second, seed);
    ASSERT_LE(both.ops.size(), first.ops.size() + second.ops.size());
    if (both.ops.size() < 2) continue;
    joined |= both.ops.front() == first.ops.front() && both.ops.back() == second.ops.back();
  }
  EXPECT_TRUE(joined);
}

TEST(OpMutator, BytesNeverExceedTheCapacity) {
  const Script script = Mutate(Script(), 7);
  const std::size_t whole = script::Encode(script).size();
  for (std::size_t capacity = 0; capacity <= whole; ++capacity) {
    const std::vector<std::uint8_t> bytes = EncodeWithin(script, capacity);
    ASSERT_LE(bytes.size(), capacity);
    ASSERT_EQ(bytes.empty(), capacity < script::kRecordSize);
  }
  EXPECT_EQ(EncodeWithin(script, whole), script::Encode(script));
}

}  // namespace
}  // namespace cadastre::fuzz
