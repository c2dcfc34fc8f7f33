// SPDX-License-Identifier: Apache-2.0
// The shared objects of the targets whose inputs are scripts.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

#include "fuzz/loaded_afl_mutator.h"
#include "fuzz/op_mutator.h"
#include "harness/script/codec.h"

namespace cadastre::fuzz {
namespace {

using Bytes = std::vector<std::uint8_t>;

constexpr std::size_t kMaxSize = 4096;

// The parameter: the fuzz target.
class AflMutator : public testing::TestWithParam<const char*> {
 protected:
  Bytes TrimmedWhile(const Bytes& input, const std::function<bool(const Bytes&)>& keeps) {
    return LoadedAflMutator(GetParam(), 1).TrimmedWhile(input, keeps);
  }
};

Bytes Script(std::uint64_t seed) { return script::Encode(Mutate(script::Script(), seed)); }

// Are the operations of `part` those of `whole` with some left out?
bool IsSubsequence(const std::vector<script::Op>& part, const std::vector<script::Op>& whole) {
  auto at = whole.begin();
  for (const script::Op& op : part) {
    at = std::find(at, whole.end(), op);
    if (at == whole.end()) return false;
    ++at;
  }
  return true;
}

TEST_P(AflMutator, OutputsAreScriptsWithinTheLimit) {
  LoadedAflMutator mutator(GetParam(), 7);
  Bytes input = Script(1);
  for (std::size_t i = 0; i < 2000; ++i) {
    const std::size_t limit = i % 3 == 0 ? 100 : kMaxSize;
    const Bytes output = mutator.Fuzz(input, Script(2), limit);
    ASSERT_LE(output.size(), limit);
    ASSERT_TRUE(script::DecodeStrict(output).ok()) << i;
    if (limit == kMaxSize) input = output;
  }
}

TEST_P(AflMutator, SameSeedSameBytes) {
  LoadedAflMutator first(GetParam(), 3);
  LoadedAflMutator second(GetParam(), 3);
  LoadedAflMutator other(GetParam(), 4);
  bool differs = false;
  Bytes input = Script(1);
  for (int i = 0; i < 200; ++i) {
    const Bytes output = first.Fuzz(input, Script(2), kMaxSize);
    ASSERT_EQ(second.Fuzz(input, Script(2), kMaxSize), output);
    differs |= other.Fuzz(input, Script(2), kMaxSize) != output;
    input = output;
  }
  EXPECT_TRUE(differs);
}

TEST_P(AflMutator, TakesAnyBytesAndAnyLimit) {
  LoadedAflMutator mutator(GetParam(), 5);
  for (std::size_t size = 0; size < 300; ++size) {
    Bytes garbage(size);
    for (std::size_t i = 0; i < size; ++i)
      garbage[i] = static_cast<std::uint8_t>(i * 131 + size * 17);
    for (const std::size_t limit : {std::size_t{0}, std::size_t{15}, std::size_t{16}, kMaxSize}) {
      const Bytes output = mutator.Fuzz(garbage, {}, limit);
      ASSERT_LE(output.size(), limit);
      if (!output.empty()) EXPECT_TRUE(script::DecodeStrict(output).ok());
    }
    const std::vector<script::Op> ops = script::DecodeAny(garbage).ops;
    const Bytes left = TrimmedWhile(garbage, [&](const Bytes& candidate) {
      EXPECT_LE(script::DecodeAny(candidate).ops.size(), ops.size());
      return true;
    });
    if (ops.size() > 1) EXPECT_EQ(script::DecodeAny(left).ops.size(), 1u);
  }
}

TEST_P(AflMutator, TrimmingTakesWholeOperationsAway) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    const Bytes input = Script(seed);
    const script::Script whole = script::DecodeAny(input);
    TrimmedWhile(input, [&](const Bytes& candidate) {
      const auto script = script::DecodeStrict(candidate);
      EXPECT_TRUE(script.ok()) << seed;
      if (!script.ok()) return false;
      EXPECT_EQ(script->profile, whole.profile);
      EXPECT_TRUE(IsSubsequence(script->ops, whole.ops)) << seed;
      return candidate.size() % 3 == 0;
    });
  }
}

TEST_P(AflMutator, TrimmingLeavesWhatIsNeeded) {
  const Bytes input = Script(3);
  const std::vector<script::Op> ops = script::DecodeAny(input).ops;
  ASSERT_GT(ops.size(), 8u);
  const std::vector<script::Op> needed = {ops[2], ops[7]};
  const Bytes left = TrimmedWhile(input, [&](const Bytes& candidate) {
    return IsSubsequence(needed, script::DecodeAny(candidate).ops);
  });
  EXPECT_EQ(script::DecodeAny(left).ops, needed);
}

TEST_P(AflMutator, NothingIsTrimmedWhenNothingMayGo) {
  const Bytes input = Script(4);
  EXPECT_EQ(TrimmedWhile(input, [](const Bytes&) { return false; }), input);
}

TEST_P(AflMutator, OneOperationIsNotTrimmed) {
  script::Script script = Mutate(script::Script(), 1);
  script.ops.resize(1);
  const Bytes input = script::Encode(script);
  EXPECT_EQ(TrimmedWhile(input, [](const Bytes&) { return true; }), input);
}

INSTANTIATE_TEST_SUITE_P(Targets, AflMutator, testing::Values("hypercall_fuzz", "secret_fuzz"),
                         [](const auto& test) { return std::string(test.param); });

}  // namespace
}  // namespace cadastre::fuzz
