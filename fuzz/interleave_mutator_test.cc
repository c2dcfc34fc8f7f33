// SPDX-License-Identifier: Apache-2.0
#include "fuzz/interleave_mutator.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <vector>

#include "harness/run/op_mix.h"

namespace cadastre::fuzz {
namespace {

using interleave::Input;

Input Mutated(std::uint64_t seed, int times) {
  Input input;
  for (int i = 0; i < times; ++i)
    input = MutateInput(std::move(input), seed * 1000 + static_cast<std::uint64_t>(i));
  return input;
}

TEST(InterleaveMutatorTest, NothingBecomesAMixWhoseOpeningMayRunByItself) {
  std::set<unsigned> prefixes;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    const Input input = MutateInput(Input(), seed);
    EXPECT_GT(input.script.ops.size(), run::kMixOpening);
    EXPECT_FALSE(input.turns.empty());
    prefixes.insert(input.prefix);
  }
  EXPECT_EQ(prefixes.size(), run::kMixOpening + 1);
}

TEST(InterleaveMutatorTest, SameSeedSameInput) {
  EXPECT_EQ(Mutated(3, 30), Mutated(3, 30));
  EXPECT_NE(Mutated(3, 30), Mutated(4, 30));
}

TEST(InterleaveMutatorTest, EveryPartOfAScheduleMoves) {
  std::set<Input::Source> sources;
  std::set<unsigned> depths;
  std::set<unsigned> prefixes;
  std::set<std::size_t> turns;
  std::set<unsigned> cpus;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const Input input = Mutated(seed, 20);
    sources.insert(input.source);
    depths.insert(input.depth);
    prefixes.insert(input.prefix);
    turns.insert(input.turns.size());
    for (const script::Op& op : input.script.ops) cpus.insert(op.cpu);
    ASSERT_LE(input.turns.size(), interleave::kMostTurns);
    ASSERT_EQ(input.turns.size() % interleave::kRecordBytes, 0u);
  }
  EXPECT_EQ(sources.size(), 2u);
  EXPECT_EQ(depths.size(), interleave::kMostDepth);
  EXPECT_GT(prefixes.size(), 10u);
  EXPECT_GT(turns.size(), 3u);
  EXPECT_EQ(cpus.size(), 4u);
}

TEST(InterleaveMutatorTest, OutputsFitAndDecodeToThemselves) {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    const Input input = CrossOverInputs(Mutated(seed, 15), Mutated(seed + 1, 15), seed);
    for (const std::size_t capacity :
         {std::size_t{0}, std::size_t{15}, std::size_t{600}, std::size_t{1} << 16}) {
      const std::vector<std::uint8_t> bytes = EncodeInputWithin(input, capacity);
      ASSERT_LE(bytes.size(), capacity);
      if (bytes.empty()) continue;
      const Input back = interleave::DecodeInput(bytes);
      EXPECT_EQ(interleave::EncodeInput(back), bytes);
      EXPECT_EQ(back.turns, input.turns);
      if (capacity == std::size_t{1} << 16) EXPECT_EQ(back, input);
    }
  }
}

}  // namespace
}  // namespace cadastre::fuzz
