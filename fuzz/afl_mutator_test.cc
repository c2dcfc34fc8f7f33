// SPDX-License-Identifier: Apache-2.0
// Loads the shared object as AFL++ does and calls it as AFL++ does.
#include "fuzz/afl_mutator.h"

#include <dlfcn.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <string>
#include <vector>

#include "fuzz/op_mutator.h"
#include "harness/script/codec.h"

namespace cadastre::fuzz {
namespace {

using Bytes = std::vector<std::uint8_t>;

constexpr std::size_t kMaxSize = 4096;

template <class Function>
Function* Symbol(void* library, const char* name) {
  void* found = dlsym(library, name);
  if (found == nullptr) std::abort();
  return reinterpret_cast<Function*>(found);
}

void* Library() {
  static void* library = [] {
    const std::string path = std::string(std::getenv("TEST_SRCDIR")) + "/" +
                             std::getenv("TEST_WORKSPACE") + "/fuzz/hypercall_fuzz_afl_mutator.so";
    void* opened = dlopen(path.c_str(), RTLD_NOW);
    if (opened == nullptr) std::fprintf(stderr, "%s\n", dlerror());
    return opened;
  }();
  return library;
}

// One instance of the loaded mutator.
class Loaded {
 public:
  explicit Loaded(unsigned seed) {
    data_ = Symbol<decltype(afl_custom_init)>(Library(), "afl_custom_init")(nullptr, seed);
  }
  ~Loaded() { Symbol<decltype(afl_custom_deinit)>(Library(), "afl_custom_deinit")(data_); }
  Loaded(const Loaded&) = delete;
  Loaded& operator=(const Loaded&) = delete;

  Bytes Fuzz(Bytes input, Bytes other, std::size_t max_size) {
    static auto* fuzz = Symbol<decltype(afl_custom_fuzz)>(Library(), "afl_custom_fuzz");
    std::uint8_t* out = nullptr;
    input.reserve(1);  // AFL++ never hands over a null
    const std::size_t size =
        fuzz(data_, input.data(), input.size(), &out, other.data(), other.size(), max_size);
    EXPECT_NE(out, nullptr);
    return {out, out + size};
  }
  std::int32_t InitTrim(Bytes& input) {
    return Symbol<decltype(afl_custom_init_trim)>(Library(), "afl_custom_init_trim")(
        data_, input.data(), input.size());
  }
  Bytes Trim() {
    std::uint8_t* out = nullptr;
    const std::size_t size =
        Symbol<decltype(afl_custom_trim)>(Library(), "afl_custom_trim")(data_, &out);
    EXPECT_NE(out, nullptr);
    return {out, out + size};
  }
  std::int32_t PostTrim(bool success) {
    return Symbol<decltype(afl_custom_post_trim)>(Library(), "afl_custom_post_trim")(data_,
                                                                                     success);
  }

 private:
  void* data_ = nullptr;
};

// What is left when `keeps` says whether a candidate runs as the input did. Fails if AFL++ would
// stop with an error, or go on for ever.
template <class Keeps>
Bytes TrimmedWhile(Bytes input, Keeps keeps) {
  Loaded mutator(1);
  const std::int32_t most = mutator.InitTrim(input);
  EXPECT_GE(most, 0);
  std::int32_t calls = 0;
  for (std::int32_t done = 0; done < most;) {
    const Bytes candidate = mutator.Trim();
    EXPECT_FALSE(candidate.empty());
    EXPECT_LT(candidate.size(), input.size());
    const bool kept = keeps(candidate);
    if (kept) input = candidate;
    done = mutator.PostTrim(kept);
    if (++calls > 20000) {
      ADD_FAILURE() << "trimming does not end";
      break;
    }
  }
  EXPECT_LE(calls, most);
  return input;
}

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

TEST(AflMutator, Loads) { ASSERT_NE(Library(), nullptr); }

TEST(AflMutator, OutputsAreScriptsWithinTheLimit) {
  Loaded mutator(7);
  Bytes input = Script(1);
  for (std::size_t i = 0; i < 2000; ++i) {
    const std::size_t limit = i % 3 == 0 ? 100 : kMaxSize;
    const Bytes output = mutator.Fuzz(input, Script(2), limit);
    ASSERT_LE(output.size(), limit);
    ASSERT_TRUE(script::DecodeStrict(output).ok()) << i;
    if (limit == kMaxSize) input = output;
  }
}

TEST(AflMutator, SameSeedSameBytes) {
  Loaded first(3);
  Loaded second(3);
  Loaded other(4);
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

TEST(AflMutator, TakesAnyBytesAndAnyLimit) {
  Loaded mutator(5);
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

TEST(AflMutator, TrimmingTakesWholeOperationsAway) {
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

TEST(AflMutator, TrimmingLeavesWhatIsNeeded) {
  const Bytes input = Script(3);
  const std::vector<script::Op> ops = script::DecodeAny(input).ops;
  ASSERT_GT(ops.size(), 8u);
  const std::vector<script::Op> needed = {ops[2], ops[7]};
  const Bytes left = TrimmedWhile(input, [&](const Bytes& candidate) {
    return IsSubsequence(needed, script::DecodeAny(candidate).ops);
  });
  EXPECT_EQ(script::DecodeAny(left).ops, needed);
}

TEST(AflMutator, NothingIsTrimmedWhenNothingMayGo) {
  const Bytes input = Script(4);
  EXPECT_EQ(TrimmedWhile(input, [](const Bytes&) { return false; }), input);
}

TEST(AflMutator, OneOperationIsNotTrimmed) {
  script::Script script = Mutate(script::Script(), 1);
  script.ops.resize(1);
  const Bytes input = script::Encode(script);
  EXPECT_EQ(TrimmedWhile(input, [](const Bytes&) { return true; }), input);
}

}  // namespace
}  // namespace cadastre::fuzz
