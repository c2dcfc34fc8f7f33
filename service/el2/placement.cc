// SPDX-License-Identifier: Apache-2.0
#include "service/el2/placement.h"

#include "pgtable/granule.h"
#include "service/memory_map.h"

namespace cadastre::el2 {
namespace {

constexpr std::uint64_t kImageBytes = 0x20'0000;

constexpr std::uint64_t RoundUp(std::uint64_t value, std::uint64_t to) {
  return (value + to - 1) / to * to;
}

bool Add(Placement* placement, std::uint64_t base, std::uint64_t end) {
  const std::uint64_t first = RoundUp(base, kPageSize) >> kPageShift;
  const std::uint64_t count = (end >> kPageShift) > first ? (end >> kPageShift) - first : 0;
  if (count == 0) return true;
  if (placement->ram_count == kMaxSpans) return false;
  placement->ram[placement->ram_count++] = {Pfn(first), count};
  return true;
}

// All memory but the image's granule.
const char* ListRam(const MachineDescription& machine, std::uint64_t image, Placement* placement) {
  bool found = false;
  for (unsigned i = 0; i < machine.memory_count; ++i) {
    const std::uint64_t base = machine.memory[i].base;
    const std::uint64_t end = base + machine.memory[i].size;
    const bool here = image >= base && image + kImageBytes <= end;
    found = found || here;
    const bool fits = here ? Add(placement, base, image) && Add(placement, image + kImageBytes, end)
                           : Add(placement, base, end);
    if (!fits) return "the device tree has too many memory regions";
  }
  return found ? nullptr : "the image does not lie in memory";
}

// RAM that firmware lets nobody map, in whole pages: ascending and disjoint.
const char* ListNoMap(const MachineDescription& machine, Placement* placement) {
  Pfn listed_to{};
  for (unsigned i = 0; i < machine.reserved_count; ++i) {
    const MachineDescription::Region& region = machine.reserved[i];
    if (!region.no_map) continue;
    const Pfn first(region.base >> kPageShift);
    const Pfn end(RoundUp(region.base + region.size, kPageSize) >> kPageShift);
    for (unsigned j = 0; j < placement->ram_count; ++j) {
      const PageSpan& ram = placement->ram[j];
      const Pfn ram_end = ram.first + ram.count;
      Pfn from = first < ram.first ? ram.first : first;
      if (from < listed_to) from = listed_to;
      const Pfn to = end < ram_end ? end : ram_end;
      if (!(from < to)) continue;
      if (placement->no_map_count == kMaxSpans) return "the device tree reserves too many regions";
      placement->no_map[placement->no_map_count++] = {from, to - from};
      listed_to = to;
    }
  }
  return nullptr;
}

}  // namespace

const char* Place(const MachineDescription& machine, std::uint64_t image_base, unsigned pa_bits,
                  std::span<const PageSpan> devices, std::span<const Taken> taken,
                  std::uint64_t (*pool_pages)(const BootInfo&), Placement* placement) {
  *placement = Placement{};
  if (const char* wrong = ListRam(machine, image_base, placement)) return wrong;
  if (const char* wrong = ListNoMap(machine, placement)) return wrong;
  for (const PageSpan& device : devices) placement->devices[placement->device_count++] = device;
  BootInfo& info = placement->info;
  info.pa_bits = pa_bits;
  info.cpus = machine.cpu_count;
  info.ram = {placement->ram, placement->ram_count};
  info.no_map = {placement->no_map, placement->no_map_count};
  info.devices = {placement->devices, placement->device_count};
  std::uint64_t ram_pages = 0;
  for (const PageSpan& span : info.ram) ram_pages += span.count;
  const std::uint64_t root_pages = Stage2Geometry<Granule4K>(pa_bits).value().root_pages;
  const std::uint64_t base = image_base + kImageBytes;
  const std::uint64_t host_root = RoundUp(base + ram_pages * kRecordBytes, root_pages * kPageSize);
  const std::uint64_t el2_root = host_root + root_pages * kPageSize;
  info.records = PhysAddr(base);
  info.host_root = PhysAddr(host_root);
  info.el2_root = PhysAddr(el2_root);
  info.image = {ToPfn(PhysAddr(base)), (el2_root + kPageSize - base) >> kPageShift};
  info.pool = {info.image.first + info.image.count, 0};
  info.pool.count = pool_pages(info);
  const std::uint64_t end = ToAddress(info.pool.first + info.pool.count).value;
  for (unsigned i = 0; i < machine.reserved_count; ++i) {
    const MachineDescription::Region& other = machine.reserved[i];
    if (other.base < end && image_base < other.base + other.size)
      return "firmware keeps memory for itself where EL2 would lie";
  }
  for (const Taken& other : taken) {
    if (other.size != 0 && other.base < end && image_base < other.base + other.size)
      return "there is too little memory for EL2's pool before "
             "the device tree, the host's image or its initrd";
  }
  for (const PageSpan& span : info.ram) {
    if (span.Contains(info.image.first))
      return end <= ToAddress(span.first + span.count).value
                 ? nullptr
                 : "there is too little memory for EL2's pool";
  }
  return "there is too little memory for EL2's pool";
}

}  // namespace cadastre::el2
