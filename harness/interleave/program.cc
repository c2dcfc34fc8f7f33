// SPDX-License-Identifier: Apache-2.0
#include "harness/interleave/program.h"

#include <algorithm>
#include <utility>

#include "harness/run/op_mix.h"
#include "harness/script/codec.h"

namespace cadastre::interleave {
namespace {

constexpr std::size_t kSeedOffset = 4;
constexpr std::size_t kSeedBytes = 8;
constexpr std::uint64_t kSyncPointsPerOp = 4;  // of the mix, on average

}  // namespace

Input DecodeInput(std::span<const std::uint8_t> bytes) {
  std::uint8_t head[kRecordBytes] = {};
  const std::size_t given = std::min(bytes.size(), kRecordBytes);
  std::copy_n(bytes.begin(), given, head);
  bytes = bytes.subspan(given);
  Input input;
  input.source = (head[0] & 1) != 0 ? Input::Source::kPct : Input::Source::kTurns;
  input.prefix = head[1];
  input.depth = static_cast<std::uint8_t>(1 + head[2] % kMostDepth);
  for (std::size_t i = 0; i < kSeedBytes; ++i)
    input.seed |= std::uint64_t{head[kSeedOffset + i]} << (8 * i);
  const std::size_t turns = (head[3] & 15) * kRecordBytes;
  const std::size_t there = std::min(turns, bytes.size());
  input.turns.assign(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(there));
  input.turns.resize(turns);
  input.script = script::DecodeAny(bytes.subspan(there));
  return input;
}

std::vector<std::uint8_t> EncodeHead(const Input& input) {
  std::vector<std::uint8_t> bytes(kRecordBytes);
  bytes[0] = input.source == Input::Source::kPct ? 1 : 0;
  bytes[1] = input.prefix;
  bytes[2] = static_cast<std::uint8_t>(input.depth - 1);
  bytes[3] = static_cast<std::uint8_t>(input.turns.size() / kRecordBytes);
  for (std::size_t i = 0; i < kSeedBytes; ++i)
    bytes[kSeedOffset + i] = static_cast<std::uint8_t>(input.seed >> (8 * i));
  bytes.insert(bytes.end(), input.turns.begin(), input.turns.end());
  return bytes;
}

std::vector<std::uint8_t> EncodeInput(const Input& input) {
  std::vector<std::uint8_t> bytes = EncodeHead(input);
  const std::vector<std::uint8_t> script = script::Encode(input.script);
  bytes.insert(bytes.end(), script.begin(), script.end());
  return bytes;
}

Program ProgramOf(const Input& input) { return {input.script, input.prefix}; }

std::uint64_t SyncPointsOf(std::size_t ops) {
  return std::max<std::uint64_t>(1, ops * kSyncPointsPerOp);
}

std::unique_ptr<Chooser> ChooserOf(const Input& input, unsigned cpus) {
  if (input.source == Input::Source::kTurns) return std::make_unique<ByteChooser>(input.turns);
  const std::size_t ops = input.script.ops.size();
  const std::size_t beside = ops - std::min<std::size_t>(ops, input.prefix);
  return std::make_unique<PctChooser>(input.seed, input.depth, cpus, SyncPointsOf(beside));
}

InputRun RunInput(run::Runner& runner, const Input& input) {
  Interleaver interleaver(runner);
  const std::unique_ptr<Chooser> chooser = ChooserOf(input, runner.facts().cpus);
  InputRun result;
  result.failure = interleaver.Run(ProgramOf(input), *chooser);
  result.script = interleaver.script();
  return result;
}

Input InputOf(script::Script script) {
  constexpr std::uint8_t kDepth = 3;
  const auto scheduled = std::find_if(script.ops.begin(), script.ops.end(),
                                      [](const script::Op& op) { return op.schedule != 0; });
  const auto before = static_cast<std::size_t>(scheduled - script.ops.begin());
  const std::size_t prefix = scheduled == script.ops.end() ? before / 2 : before;
  Input input;
  input.source = Input::Source::kPct;
  input.prefix = static_cast<std::uint8_t>(std::min<std::size_t>(prefix, 0xff));
  input.depth = kDepth;
  input.seed = script.ops.size();
  input.script = std::move(script);
  return input;
}

// The mix speaks of two CPUs: each two more carry out a mix of their own, behind the same opening.
Program MakeMixedProgram(std::uint64_t seed, std::size_t ops, script::Profile profile,
                         const oracle::MachineFacts& facts) {
  const unsigned couples = std::max(1u, facts.cpus / 2);
  Program program;
  program.prefix = run::kMixOpening;
  for (unsigned couple = 0; couple < couples; ++couple) {
    const std::size_t share = ops / couples;
    script::Script mixed =
        run::MakeMixedScript(seed * couples + couple, run::kMixOpening + share, profile, facts);
    for (script::Op& op : mixed.ops) op.cpu = static_cast<std::uint8_t>(op.cpu + 2 * couple);
    if (couple == 0) {
      program.script = std::move(mixed);
    } else {
      program.script.ops.insert(program.script.ops.end(), mixed.ops.begin() + run::kMixOpening,
                                mixed.ops.end());
    }
  }
  return program;
}

}  // namespace cadastre::interleave
