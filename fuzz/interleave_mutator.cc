// SPDX-License-Identifier: Apache-2.0
#include "fuzz/interleave_mutator.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "fuzz/op_mutator.h"
#include "harness/run/op_mix.h"

namespace cadastre::fuzz {
namespace {

using interleave::Input;
using run::MixRandom;

constexpr std::uint64_t kSeeds = std::uint64_t{1} << 62;

// A turn as a schedule is likely to need it: mostly short.
std::uint8_t AnyTurn(MixRandom& random) {
  const std::uint64_t length = random.Below(random.Below(4) == 0 ? 64 : 6);
  return static_cast<std::uint8_t>(random.Below(4) << 6 | length);
}

void NewSeed(MixRandom& random, Input& input) { input.seed = random.Below(kSeeds); }

void OtherSource(MixRandom&, Input& input) {
  input.source = input.source == Input::Source::kPct ? Input::Source::kTurns : Input::Source::kPct;
}

void OtherDepth(MixRandom& random, Input& input) {
  input.depth = static_cast<std::uint8_t>(1 + random.Below(interleave::kMostDepth));
}

void MovePrefix(MixRandom& random, Input& input) {
  const std::size_t most = std::min<std::size_t>(input.script.ops.size(), 255);
  input.prefix = static_cast<std::uint8_t>(random.Below(most + 1));
}

void ChangeTurns(MixRandom& random, Input& input) {
  if (input.turns.empty()) return;
  const std::uint64_t changes = 1 + random.Below(4);
  for (std::uint64_t i = 0; i < changes; ++i)
    input.turns[random.Below(input.turns.size())] = AnyTurn(random);
}

// Later turns come later.
void InsertTurn(MixRandom& random, Input& input) {
  if (input.turns.empty()) return;
  const auto at = static_cast<std::ptrdiff_t>(random.Below(input.turns.size()));
  input.turns.insert(input.turns.begin() + at, AnyTurn(random));
  input.turns.pop_back();
}

void MoreTurns(MixRandom& random, Input& input) {
  if (input.turns.size() == interleave::kMostTurns) return;
  for (std::size_t i = 0; i < interleave::kRecordBytes; ++i) input.turns.push_back(AnyTurn(random));
}

void FewerTurns(MixRandom&, Input& input) {
  if (!input.turns.empty()) input.turns.resize(input.turns.size() - interleave::kRecordBytes);
}

// On a machine of four, the CPUs that the op mutator does not know of.
void MoveOps(MixRandom& random, Input& input) {
  if (input.script.ops.empty()) return;
  const std::size_t from = random.Below(input.script.ops.size());
  const std::size_t most = std::min<std::size_t>(8, input.script.ops.size() - from);
  const auto cpu = static_cast<std::uint8_t>(random.Below(4));
  for (std::size_t i = 1 + random.Below(most); i > 0; --i) input.script.ops[from + i - 1].cpu = cpu;
}

// Behind an operation another CPU does the same, or undoes it, or uses what it makes: both come
// about at the same time.
void Contend(MixRandom& random, Input& input) {
  std::vector<script::Op>& ops = input.script.ops;
  if (ops.empty()) return;
  const std::size_t at = random.Below(ops.size());
  std::vector<script::Op> others = {ops[at]};
  if (random.Below(3) != 0) {
    if (const auto undoing = UndoingOf(ops[at], random.Below(kSeeds))) others = {*undoing};
  }
  if (others.front().code == script::OpCode::kVcpuLoad) {
    others.emplace_back();
    others.back().code = script::OpCode::kVcpuRun;
  }
  const auto cpu = static_cast<std::uint8_t>(ops[at].cpu ^ 1);
  for (script::Op& op : others) op.cpu = cpu;
  ops.insert(ops.begin() + static_cast<std::ptrdiff_t>(at) + 1, others.begin(), others.end());
  if (ops.size() > script::kMaxOps) ops.resize(script::kMaxOps);
  // It is not to happen before the others begin.
  if (at < input.prefix) input.prefix = static_cast<std::uint8_t>(at);
}

using Mutation = void (*)(MixRandom&, Input&);
constexpr Mutation kMutations[] = {
    &NewSeed,    &NewSeed, &OtherSource, &OtherDepth, &MovePrefix, &ChangeTurns, &ChangeTurns,
    &InsertTurn, &Contend, &Contend,     &MoreTurns,  &FewerTurns, &MoveOps};

Input Begun(MixRandom& random, Input input) {
  input.script = Mutate(std::move(input.script), random.Below(kSeeds));
  const bool whole = random.Below(2) == 0;
  input.prefix =
      static_cast<std::uint8_t>(whole ? run::kMixOpening : random.Below(run::kMixOpening));
  input.source = random.Below(2) == 0 ? Input::Source::kPct : Input::Source::kTurns;
  OtherDepth(random, input);
  NewSeed(random, input);
  MoreTurns(random, input);
  return input;
}

}  // namespace

Input MutateInput(Input input, std::uint64_t seed) {
  MixRandom random(seed);
  if (input.script.ops.empty()) return Begun(random, std::move(input));
  if (random.Below(2) == 0) {
    input.script = Mutate(std::move(input.script), random.Below(kSeeds));
    return input;
  }
  for (std::uint64_t changes = 1 + random.Below(3); changes > 0; --changes)
    kMutations[random.Below(std::size(kMutations))](random, input);
  return input;
}

Input CrossOverInputs(Input first, const Input& second, std::uint64_t seed) {
  MixRandom random(seed);
  first.script = CrossOver(std::move(first.script), second.script, random.Below(kSeeds));
  if (random.Below(2) == 0) {
    first.source = second.source;
    first.seed = second.seed;
    first.depth = second.depth;
    first.turns = second.turns;
  }
  return first;
}

std::vector<std::uint8_t> EncodeInputWithin(const Input& input, std::size_t capacity) {
  std::vector<std::uint8_t> bytes = interleave::EncodeHead(input);
  if (bytes.size() > capacity) return {};
  const std::vector<std::uint8_t> script = EncodeWithin(input.script, capacity - bytes.size());
  bytes.insert(bytes.end(), script.begin(), script.end());
  return bytes;
}

}  // namespace cadastre::fuzz
