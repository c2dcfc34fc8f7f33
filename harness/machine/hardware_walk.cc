// SPDX-License-Identifier: Apache-2.0
#include "harness/machine/hardware_walk.h"

#include "harness/machine/stage_two_shape.h"

namespace cadastre {
namespace {

constexpr std::uint64_t kOutput = 0x0000'ffff'ffff'f000;  // bits 47:12
constexpr std::uint64_t kAccessFlag = std::uint64_t{1} << 10;

constexpr unsigned Shift(unsigned level) { return 12 + 9 * (3 - level); }

// A valid leaf, or the fault that ended the walk.
struct Found {
  bool leaf;
  std::uint64_t descriptor;
  unsigned level;
  FaultKind fault;
};

constexpr Found Leaf(std::uint64_t descriptor, unsigned level) {
  return {true, descriptor, level, FaultKind::kTranslation};
}
constexpr Found Fault(FaultKind kind, unsigned level) { return {false, 0, level, kind}; }

// Follows tables from the root down to a valid leaf. The root resolves all input bits above its
// level, so that concatenated pages need no case of their own. `read` gives the descriptor at an
// address.
template <class Read>
Found Descend(const SimMemory& memory, Read read, std::uint64_t root, unsigned level,
              std::uint64_t input) {
  std::uint64_t entry = root + ((input >> Shift(level)) << 3);
  while (true) {
    if (!memory.IsOrdinaryRam(entry >> 12)) return Fault(FaultKind::kWalkAbort, level);
    const std::uint64_t descriptor = read(entry);
    const bool upper = (descriptor & 2) != 0;
    const bool leaf = level == 3 ? upper : !upper;
    // Reserved: bit 1 clear at level 3, and a block of 512 GiB without FEAT_LPA2.
    const bool reserved = level == 3 ? !upper : level == 0 && !upper;
    if ((descriptor & 1) == 0 || reserved) return Fault(FaultKind::kTranslation, level);
    if (((descriptor & kOutput) >> memory.pa_bits()) != 0) {
      return Fault(FaultKind::kAddressSize, level);
    }
    if (leaf) {
      if ((descriptor & kAccessFlag) == 0) return Fault(FaultKind::kAccessFlag, level);
      return Leaf(descriptor, level);
    }
    ++level;
    entry = (descriptor & kOutput) + (((input >> Shift(level)) & 511) << 3);
  }
}

std::uint64_t Output(const Found& found, std::uint64_t input) {
  const std::uint64_t offset = (std::uint64_t{1} << Shift(found.level)) - 1;
  return (found.descriptor & kOutput & ~offset) | (input & offset);
}

template <class Read>
WalkResult StageTwo(const SimMemory& memory, Read read, std::uint64_t vttbr, unsigned ipa_bits,
                    std::uint64_t ipa) {
  // An input out of range is a translation fault at level 0 (Arm ARM D8.2).
  if ((ipa >> ipa_bits) != 0) return GuestFault{FaultKind::kTranslation, 0};
  const std::uint64_t root = vttbr & 0x0000'ffff'ffff'fffe;
  const Found found = Descend(memory, read, root, StageTwoShape(ipa_bits).level, ipa);
  if (!found.leaf) return GuestFault{found.fault, found.level};
  Translation out;
  out.address = Output(found, ipa);
  out.level = found.level;
  out.read = ((found.descriptor >> 6) & 1) != 0;   // S2AP[0]
  out.write = ((found.descriptor >> 7) & 1) != 0;  // S2AP[1]
  // XN 0b00 allows both levels, 0b10 neither; MemAttr 0b00xx is Device, where fetches are not made.
  const bool device = ((found.descriptor >> 4) & 3) == 0;
  out.execute = out.read && ((found.descriptor >> 53) & 3) == 0 && !device;
  return out;
}

}  // namespace

std::optional<GuestFault> WalkResult::FaultOf(oracle::Access access) const {
  if (!found_) return fault_;
  const bool allowed = access == oracle::Access::kWrite     ? translation_.write
                       : access == oracle::Access::kExecute ? translation_.execute
                                                            : translation_.read;
  if (allowed) return std::nullopt;
  return GuestFault{FaultKind::kPermission, translation_.level};
}

WalkResult WalkStageTwo(const SimMemory& memory, std::uint64_t vttbr, unsigned ipa_bits,
                        std::uint64_t ipa) {
  return StageTwo(
      memory, [&](std::uint64_t address) { return memory.Peek(address); }, vttbr, ipa_bits, ipa);
}

WalkResult WalkStageTwoBefore(const SimMemory& memory, std::span<const oracle::Event> events,
                              std::uint64_t vttbr, unsigned ipa_bits, std::uint64_t ipa,
                              WalkPath& path) {
  const auto read = [&](std::uint64_t address) {
    path.descriptors[path.count++] = address;
    for (const oracle::Event& event : events) {
      if (event.kind == oracle::EventKind::kStore && event.address == address)
        return event.old_value;
    }
    return memory.Peek(address);
  };
  return StageTwo(memory, read, vttbr, ipa_bits, ipa);
}

WalkResult WalkStageOne(const SimMemory& memory, std::uint64_t ttbr, std::uint64_t va) {
  if ((va >> 48) != 0) return GuestFault{FaultKind::kTranslation, 0};
  const Found found = Descend(
      memory, [&](std::uint64_t address) { return memory.Peek(address); },
      ttbr & 0x0000'ffff'ffff'fffe, 0, va);
  if (!found.leaf) return GuestFault{found.fault, found.level};
  Translation out;
  out.address = Output(found, va);
  out.level = found.level;
  out.read = true;
  out.write = ((found.descriptor >> 7) & 1) == 0;     // AP[2]
  out.execute = ((found.descriptor >> 54) & 1) == 0;  // XN
  return out;
}

std::uint64_t SyndromeOf(GuestFault fault, oracle::Access access, unsigned general_register) {
  // Arm ARM D24, ESR_EL2, DFSC and IFSC: 0bKKKKLL.
  std::uint64_t status = fault.level & 3;
  switch (fault.kind) {
    case FaultKind::kAddressSize:
      status |= 0b0000'00;
      break;
    case FaultKind::kTranslation:
      status |= 0b0001'00;
      break;
    case FaultKind::kAccessFlag:
      status |= 0b0010'00;
      break;
    case FaultKind::kPermission:
      status |= 0b0011'00;
      break;
    case FaultKind::kWalkAbort:
      status |= 0b0101'00;
      break;
  }
  constexpr std::uint64_t kIl = std::uint64_t{1} << 25;  // a 32-bit instruction
  if (access == oracle::Access::kExecute) return (std::uint64_t{0x20} << 26) | kIl | status;
  std::uint64_t syndrome = (std::uint64_t{0x24} << 26) | kIl | status;
  syndrome |= std::uint64_t{1} << 24;                        // ISV
  syndrome |= std::uint64_t{0b11} << 22;                     // SAS: doubleword
  syndrome |= std::uint64_t{general_register & 31} << 16;    // SRT
  syndrome |= std::uint64_t{1} << 15;                        // SF
  if (access == oracle::Access::kWrite) syndrome |= 1 << 6;  // WnR
  return syndrome;
}

}  // namespace cadastre
