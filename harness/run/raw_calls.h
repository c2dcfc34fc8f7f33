// SPDX-License-Identifier: Apache-2.0
// Bytes as raw hypercalls, the input of dispatch_fuzz: records of 64 bytes, little-endian, x0..x6
// and then a control word:
//
//   0..55   x0 to x6
//   56..57  immediate of the HVC
//   58      CPU, modulo the machine's
//   59      bit 0: the HVC of the guest that runs on the CPU, which does nothing if none does; else
//           the host's, before which a guest on the CPU is interrupted. Bits 7:1 without meaning
//   60..63  without meaning
//
// A partial last record is ignored, and so is what follows the 4096th.
#ifndef CADASTRE_HARNESS_RUN_RAW_CALLS_H_
#define CADASTRE_HARNESS_RUN_RAW_CALLS_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace cadastre::run {

inline constexpr std::size_t kRawCallBytes = 64;
inline constexpr std::size_t kMaxRawCalls = 4096;

// One HVC as the hardware delivers it. Registers beyond x6 hold the junk of every script, a guest's
// what it has in them.
struct RawCall {
  enum class Caller : std::uint8_t { kHost, kGuest };
  unsigned cpu = 0;
  std::uint16_t immediate = 0;
  std::array<std::uint64_t, 7> registers{};
  Caller caller = Caller::kHost;

  friend bool operator==(const RawCall&, const RawCall&) = default;
};

std::vector<RawCall> DecodeRawCalls(std::span<const std::uint8_t> bytes, unsigned cpus);
std::vector<std::uint8_t> EncodeRawCalls(std::span<const RawCall> calls);

}  // namespace cadastre::run

#endif  // CADASTRE_HARNESS_RUN_RAW_CALLS_H_
