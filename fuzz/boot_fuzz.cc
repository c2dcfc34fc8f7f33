// SPDX-License-Identifier: Apache-2.0
// Fuzzes what boot makes of a device tree: the reader, the place of EL2 in the memory that it
// found, and the tree that the host gets.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <span>
#include <string_view>
#include <vector>

#include "fuzz/boot_check.h"
#include "pgtable/null_platform.h"
#include "service/el2/host_tree.h"
#include "service/hypervisor_impl.h"

namespace {

using cadastre::BootInfo;
using cadastre::Hypervisor;
using cadastre::PageSpan;
using cadastre::Pfn;
using cadastre::el2::MachineDescription;
using cadastre::el2::Placement;
using cadastre::el2::Taken;

constexpr std::uint64_t kImage = 0x4020'0000;
constexpr std::uint64_t kTree = 0x4800'0000;
constexpr PageSpan kDevices[] = {{Pfn(0x08000), 0x10}, {Pfn(0x09000), 1}};

// ClusterFuzz skips frames whose function has "assert" in its name, and takes no frame for a trap.
[[noreturn]] void assert_report(const char* wrong) {
  std::fprintf(stderr, "boot_fuzz: %s\n", wrong);
  std::fflush(stderr);
  __builtin_trap();
}

std::uint64_t PoolPages(const BootInfo& info) {
  return Hypervisor<cadastre::NullPlatform<cadastre::Granule4K>>::PoolPagesNeeded(info);
}

// The tree that the host gets is a tree, and reserves EL2's memory.
void EditTree(std::span<const std::byte> bytes, const Placement& placement) {
  std::vector<std::byte> tree(bytes.begin(), bytes.end());
  const std::uint64_t end = (placement.info.pool.first + placement.info.pool.count).value << 12;
  const MachineDescription::Region el2 = {kImage, end - kImage};
  if (cadastre::el2::PrepareHostTree(tree, kDevices, el2) != nullptr) return;
  MachineDescription machine;
  const char* wrong = cadastre::el2::ReadDeviceTree(tree, &machine);
  // Firmware may have reserved as many regions as the reader takes.
  if (wrong != nullptr && std::string_view(wrong) == "the device tree has too many memory regions")
    return;
  if (wrong != nullptr) assert_report(wrong);
  for (unsigned i = 0; i < machine.reserved_count; ++i) {
    if (machine.reserved[i].base == el2.base && machine.reserved[i].size == el2.size) return;
  }
  assert_report("the host's device tree does not reserve EL2's memory");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = std::as_bytes(std::span(data, size));
  MachineDescription machine;
  if (cadastre::el2::ReadDeviceTree(bytes, &machine) != nullptr) return 0;
  const Taken taken[] = {{kTree, cadastre::el2::DeviceTreeSize(bytes)},
                         {0x4400'0000, 0x400'0000},
                         {machine.initrd.base, machine.initrd.size}};
  Placement placement;
  if (cadastre::el2::Place(machine, kImage, 40, kDevices, taken, &PoolPages, &placement) != nullptr)
    return 0;
  const char* wrong = cadastre::fuzz::WrongPlacement(machine, kImage, taken, placement);
  if (wrong != nullptr) assert_report(wrong);
  EditTree(bytes, placement);
  return 0;
}
