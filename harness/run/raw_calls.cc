// SPDX-License-Identifier: Apache-2.0
#include "harness/run/raw_calls.h"

#include <algorithm>

namespace cadastre::run {
namespace {

constexpr unsigned kCallerShift = 24;  // in the control word

std::uint64_t Word(std::span<const std::uint8_t> bytes, std::size_t at) {
  std::uint64_t word = 0;
  for (std::size_t i = 0; i < 8; ++i) word |= std::uint64_t{bytes[at + i]} << (8 * i);
  return word;
}

void PutWord(std::vector<std::uint8_t>& out, std::uint64_t word) {
  for (unsigned i = 0; i < 8; ++i) out.push_back(static_cast<std::uint8_t>(word >> (8 * i)));
}

}  // namespace

std::vector<RawCall> DecodeRawCalls(std::span<const std::uint8_t> bytes, unsigned cpus) {
  std::vector<RawCall> calls(std::min(bytes.size() / kRawCallBytes, kMaxRawCalls));
  for (std::size_t i = 0; i < calls.size(); ++i) {
    const std::span<const std::uint8_t> record = bytes.subspan(i * kRawCallBytes, kRawCallBytes);
    RawCall& call = calls[i];
    for (std::size_t r = 0; r < call.registers.size(); ++r) call.registers[r] = Word(record, 8 * r);
    const std::uint64_t control = Word(record, 8 * call.registers.size());
    call.immediate = static_cast<std::uint16_t>(control);
    call.cpu = static_cast<unsigned>(control >> 16 & 0xff) % cpus;
    call.caller = static_cast<RawCall::Caller>(control >> kCallerShift & 1);
  }
  return calls;
}

std::vector<std::uint8_t> EncodeRawCalls(std::span<const RawCall> calls) {
  std::vector<std::uint8_t> bytes;
  for (const RawCall& call : calls) {
    for (const std::uint64_t value : call.registers) PutWord(bytes, value);
    PutWord(bytes, call.immediate | std::uint64_t{call.cpu} << 16 |
                       static_cast<std::uint64_t>(call.caller) << kCallerShift);
  }
  return bytes;
}

}  // namespace cadastre::run
