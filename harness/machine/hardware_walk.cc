// SPDX-License-Identifier: Apache-2.0
#include "harness/machine/hardware_walk.h"

#include "harness/machine/stage_two_shape.h"

namespace cadastre {
namespace {

constexpr std::uint64_t kOutput = 0x0000'ffff'ffff'f000;  // bits 47:12
constexpr std::uint64_t kAccessFlag = std::uint64_t{1} << 10;

constexpr unsigned Shift(unsigned level) { return 12 + 9 * (3 - level); }

struct Found {
  std::uint64_t descriptor;
  unsigned level;
};

// Follows tables from the root down to a valid leaf. The root resolves all input bits above its
// level, so that concatenated pages need no case of their own.
std::optional<Found> Descend(const SimMemory& memory, std::uint64_t root, unsigned level,
                             std::uint64_t input) {
  std::uint64_t entry = root + ((input >> Shift(level)) << 3);
  while (true) {
    if (!memory.IsOrdinaryRam(entry >> 12)) return std::nullopt;  // external abort on the walk
    const std::uint64_t descriptor = memory.Peek(entry);
    if ((descriptor & 1) == 0) return std::nullopt;
    const bool upper = (descriptor & 2) != 0;
    if (level == 3) {
      if (!upper) return std::nullopt;  // reserved encoding
      return Found{descriptor, level};
    }
    if (!upper) {
      if (level == 0) return std::nullopt;  // no 512 GiB blocks without LPA2
      return Found{descriptor, level};
    }
    ++level;
    entry = (descriptor & kOutput) + (((input >> Shift(level)) & 511) << 3);
  }
}

std::uint64_t Output(const Found& found, std::uint64_t input) {
  const std::uint64_t offset = (std::uint64_t{1} << Shift(found.level)) - 1;
  return (found.descriptor & kOutput & ~offset) | (input & offset);
}

}  // namespace

std::optional<Translation> WalkStageTwo(const SimMemory& memory, std::uint64_t vttbr,
                                        unsigned ipa_bits, std::uint64_t ipa) {
  if ((ipa >> ipa_bits) != 0) return std::nullopt;
  const std::uint64_t root = vttbr & 0x0000'ffff'ffff'fffe;
  const auto found = Descend(memory, root, StageTwoShape(ipa_bits).level, ipa);
  if (!found || (found->descriptor & kAccessFlag) == 0) return std::nullopt;
  Translation out;
  out.address = Output(*found, ipa);
  out.read = ((found->descriptor >> 6) & 1) != 0;   // S2AP[0]
  out.write = ((found->descriptor >> 7) & 1) != 0;  // S2AP[1]
  // XN 0b00 allows both levels, 0b10 neither; MemAttr 0b00xx is Device, where fetches are not made.
  const bool device = ((found->descriptor >> 4) & 3) == 0;
  out.execute = out.read && ((found->descriptor >> 53) & 3) == 0 && !device;
  return out;
}

std::optional<Translation> WalkStageOne(const SimMemory& memory, std::uint64_t ttbr,
                                        std::uint64_t va) {
  if ((va >> 48) != 0) return std::nullopt;
  const auto found = Descend(memory, ttbr & 0x0000'ffff'ffff'fffe, 0, va);
  if (!found || (found->descriptor & kAccessFlag) == 0) return std::nullopt;
  Translation out;
  out.address = Output(*found, va);
  out.read = true;
  out.write = ((found->descriptor >> 7) & 1) == 0;     // AP[2]
  out.execute = ((found->descriptor >> 54) & 1) == 0;  // XN
  return out;
}

}  // namespace cadastre
