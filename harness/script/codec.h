// SPDX-License-Identifier: Apache-2.0
// Scripts as bytes: records of 16, little-endian, so that a byte mutator hits one field and a
// record can be cut out.
//
//   header   0..7 "CADASTRE", 8..9 version, 10..11 profile, 12..15 zero; the first record, if it
//            is there
//   raw      0 = 0xff, 1..7 zero, 8..15 a 64-bit value for an operand of the next operation
//   op       0 op byte, 1 cpu, 2..3 schedule, then six operands of 16 bits: 15:12 class, 11:0 index
//
// An operand's class is its place in ClassesOf(its kind); the index of a raw operand counts the raw
// records before its operation. Laws: DecodeStrict(Encode(s)) == DecodeAny(Encode(s)) ==
// WithoutNotes(s); Encode(DecodeAny(bytes)) is the canonical form of bytes.
#ifndef CADASTRE_HARNESS_SCRIPT_CODEC_H_
#define CADASTRE_HARNESS_SCRIPT_CODEC_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "harness/script/script.h"

namespace cadastre::script {

inline constexpr std::size_t kRecordSize = 16;
inline constexpr std::size_t kOperandOffset = 4;        // of the first operand in an op record
inline constexpr std::string_view kMagic = "CADASTRE";  // the first 8 bytes of a header record
inline constexpr std::uint8_t kRawRecord = 0xff;        // the op byte of a raw record

// The class and index as an op record carries them. Precondition: IsLegal(kind, operand), and not
// of class kRaw.
std::uint16_t PackOperand(OperandKind kind, const Operand& operand);

// Precondition: all operands are legal.
std::vector<std::uint8_t> Encode(const Script& script);

// For fuzzing: any bytes are a script. What has no meaning is mapped to something that has, without
// a header the profile is number 0, a partial last record and operations beyond kMaxOps are
// ignored.
Script DecodeAny(std::span<const std::uint8_t> bytes);

// For the command line: canonical bytes only. kInvalidArgument with one line: "offset 0x20: unknown
// operation 0x7f".
absl::StatusOr<Script> DecodeStrict(std::span<const std::uint8_t> bytes);

}  // namespace cadastre::script

#endif  // CADASTRE_HARNESS_SCRIPT_CODEC_H_
