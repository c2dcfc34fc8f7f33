// SPDX-License-Identifier: Apache-2.0
#include "service/el2/redistributors.h"

namespace cadastre::el2 {
namespace {

// Offsets in a redistributor's two frames of 64 KiB.
constexpr std::uint64_t kCtlr = 0x0;
constexpr std::uint64_t kIidr = 0x4;
constexpr std::uint64_t kTyper = 0x8;  // 64 bits
constexpr std::uint64_t kStatusr = 0x10;
constexpr std::uint64_t kWaker = 0x14;
constexpr std::uint64_t kIds = 0xffd0;  // up to the frame's end
constexpr std::uint64_t kSgiBase = 0x1'0000;

constexpr std::uint64_t kEnableLpis = 1;  // of GICR_CTLR
constexpr std::uint64_t kLpis = 0xf;      // of GICR_TYPER: PLPIS, VLPIS, Dirty, DirectLPI
constexpr std::uint64_t kLast = 1 << 4;   // of GICR_TYPER

template <class T>
volatile T& At(std::uint64_t address) {
  return *reinterpret_cast<volatile T*>(address);
}

// Bits of the word at the offset that the host may see and write; 0: it is withheld. SGI_base has
// nothing to do with memory.
std::uint64_t Given(std::uint64_t offset, unsigned bytes) {
  if (offset >= kSgiBase) return bytes == 1 || bytes == 4 ? ~std::uint64_t{0} : 0;
  if (offset == kTyper && (bytes == 4 || bytes == 8)) return ~kLpis;
  if (bytes != 4) return 0;
  if (offset == kCtlr) return ~kEnableLpis;
  const bool is_harmless = offset == kIidr || offset == kTyper + 4 || offset == kStatusr ||
                           offset == kWaker || offset >= kIds;
  return is_harmless ? ~std::uint64_t{0} : 0;
}

}  // namespace

void Redistributors::Init(std::uint64_t base, unsigned limit) {
  base_ = base;
  frames_ = 0;
  while (frames_ < limit) {
    const std::uint64_t typer = At<std::uint64_t>(base + frames_++ * kFrameBytes + kTyper);
    if ((typer & kLast) != 0) return;
  }
}

std::uint64_t Redistributors::Load(std::uint64_t address, unsigned bytes) const {
  const std::uint64_t given = Given((address - base_) % kFrameBytes, bytes);
  if (given == 0) return 0;
  if (bytes == 1) return At<std::uint8_t>(address);
  return given & (bytes == 4 ? At<std::uint32_t>(address) : At<std::uint64_t>(address));
}

void Redistributors::Store(std::uint64_t address, unsigned bytes, std::uint64_t value) const {
  const std::uint64_t given = Given((address - base_) % kFrameBytes, bytes);
  if (given == 0 || bytes == 8) return;
  if (bytes == 1) {
    At<std::uint8_t>(address) = static_cast<std::uint8_t>(value);
  } else {
    At<std::uint32_t>(address) = static_cast<std::uint32_t>(value & given);
  }
}

}  // namespace cadastre::el2
