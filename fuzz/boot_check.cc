// SPDX-License-Identifier: Apache-2.0
#include "fuzz/boot_check.h"

#include <algorithm>

#include "service/memory_map.h"

namespace cadastre::fuzz {
namespace {

constexpr std::uint64_t kImageBytes = 0x20'0000;

// Bytes, without their end; nothing wraps in what boot accepted.
struct Bytes {
  std::uint64_t first = 0;
  std::uint64_t end = 0;
};
Bytes BytesOf(const PageSpan& span) {
  return {ToAddress(span.first).value, ToAddress(span.first + span.count).value};
}
bool Meet(const Bytes& a, const Bytes& b) { return a.first < b.end && b.first < a.end; }
bool Within(const Bytes& inner, const Bytes& outer) {
  return inner.first >= outer.first && inner.end <= outer.end;
}

bool IsInMemory(const el2::MachineDescription& machine, const Bytes& bytes) {
  return std::any_of(machine.memory, machine.memory + machine.memory_count,
                     [&](const el2::MachineDescription::Region& region) {
                       return Within(bytes, {region.base, region.base + region.size});
                     });
}

}  // namespace

const char* WrongPlacement(const el2::MachineDescription& machine, std::uint64_t image_base,
                           std::span<const el2::Taken> taken, const el2::Placement& placement) {
  const BootInfo& info = placement.info;
  const Bytes program{image_base, image_base + kImageBytes};
  const Bytes image = BytesOf(info.image);
  const Bytes pool = BytesOf(info.pool);
  for (const PageSpan& span : info.ram) {
    if (Meet(BytesOf(span), program)) return "EL2's program lies in RAM that others may own";
  }
  const bool one_span = std::any_of(info.ram.begin(), info.ram.end(), [&](const PageSpan& span) {
    return Within({image.first, pool.end}, BytesOf(span));
  });
  if (!one_span) return "EL2's records and pool do not lie in one span of RAM";
  if (Meet(image, pool)) return "the pool meets the records";
  for (const Bytes& part : {program, image, pool}) {
    if (!IsInMemory(machine, part)) return "EL2 lies where there is no memory";
    for (unsigned i = 0; i < machine.reserved_count; ++i) {
      const auto& reserved = machine.reserved[i];
      if (Meet(part, {reserved.base, reserved.base + reserved.size}))
        return "EL2 lies where firmware keeps memory";
    }
  }
  for (const el2::Taken& other : taken) {
    const Bytes bytes{other.base, other.base + other.size};
    if (other.size == 0) continue;
    if (Meet(program, bytes) || Meet(image, bytes) || Meet(pool, bytes))
      return "EL2 lies where something else does";
  }
  return nullptr;
}

}  // namespace cadastre::fuzz
