// SPDX-License-Identifier: Apache-2.0
// Programs for several CPUs: from the op mix, and from bytes.
//
// Bytes, the input of interleave_fuzz, little-endian:
//
//   0       bit 0: 0 the turns below choose, 1 PCT does
//   1       how many operations of the script run by themselves, before the others
//   2       bits 2:0: the depth of PCT, less one
//   3       bits 3:0: records of 16 bytes of turns that follow this one (chooser.h)
//   4..11   seed of PCT
//   12..15  without meaning
//
// then the turns, then a script (harness/script/codec.h). Any bytes are a program: missing ones are
// zero.
#ifndef CADASTRE_HARNESS_INTERLEAVE_PROGRAM_H_
#define CADASTRE_HARNESS_INTERLEAVE_PROGRAM_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "harness/interleave/chooser.h"
#include "harness/interleave/interleaver.h"
#include "harness/oracle/facts.h"
#include "harness/script/script.h"

namespace cadastre::interleave {

inline constexpr std::size_t kRecordBytes = 16;
inline constexpr std::size_t kMostTurns = 15 * kRecordBytes;
inline constexpr unsigned kMostDepth = 8;

struct Input {
  enum class Source : std::uint8_t { kTurns, kPct };
  Source source = Source::kTurns;
  std::uint8_t prefix = 0;
  std::uint8_t depth = 1;  // 1..kMostDepth
  std::uint64_t seed = 0;
  std::vector<std::uint8_t> turns;  // a multiple of kRecordBytes, at most kMostTurns
  script::Script script;

  friend bool operator==(const Input&, const Input&) = default;
};

Input DecodeInput(std::span<const std::uint8_t> bytes);
// Law: DecodeInput(EncodeInput(input)) == input, but for what scripts leave out of their binary
// form.
std::vector<std::uint8_t> EncodeInput(const Input& input);
// The part before the script alone.
std::vector<std::uint8_t> EncodeHead(const Input& input);

Program ProgramOf(const Input& input);
// `input` must outlive the chooser.
std::unique_ptr<Chooser> ChooserOf(const Input& input, unsigned cpus);

// What an input came to, and the script that runs to the same.
struct InputRun {
  std::optional<run::Failure> failure;
  script::Script script;
};
// On a runner of the input's machine; see Interleaver.
InputRun RunInput(run::Runner& runner, const Input& input);

// A script as a seed: what comes before its first schedule runs by itself, half of it where it has
// none; PCT chooses.
Input InputOf(script::Script script);

// A program of the op mix: its opening, then so many operations for all CPUs of the machine.
Program MakeMixedProgram(std::uint64_t seed, std::size_t ops, script::Profile profile,
                         const oracle::MachineFacts& facts);

// About how many sync points so many operations have.
std::uint64_t SyncPointsOf(std::size_t ops);

}  // namespace cadastre::interleave

#endif  // CADASTRE_HARNESS_INTERLEAVE_PROGRAM_H_
