// SPDX-License-Identifier: Apache-2.0
// Boot: from the device tree to the host's first instruction.
#include "service/el2/console.h"
#include "service/el2/device_tree.h"
#include "service/el2/el2.h"
#include "service/el2/host_environment.h"
#include "service/el2/host_tree.h"
#include "service/el2/image.h"
#include "service/el2/mmu.h"
#include "service/el2/own_map.h"
#include "service/el2/page_report.h"
#include "service/el2/placement.h"
#include "service/el2/sysreg.h"

namespace cadastre::el2 {
namespace {

// QEMU's virt. What the host finds in its device tree. None of it writes memory by itself but the
// redistributors, which the host drives through EL2; the ITS at 0x08080000 is left out.
constexpr std::uint64_t kConsole = 0x0900'0000;
constexpr std::uint64_t kRedistributors = 0x080a'0000;
constexpr PageSpan kDevices[] = {
    {Pfn(0x08000), 0x10},   // GICv3 distributor
    {Pfn(0x09000), 1},      // PL011
    {Pfn(0x09010), 1},      // PL031
    {Pfn(0x080a0), 0xf60},  // redistributors
};
constexpr std::span kMappedDevices = std::span(kDevices).first<std::size(kDevices) - 1>();
constexpr std::uint64_t kHostImage = 0x4400'0000;
constexpr std::uint64_t kHostImageLimit = 0x400'0000;
constexpr std::uint64_t kTreeLimit = 0x20'0000;

alignas(4096) std::uint64_t boot_root[512];
Placement placement;
MachineDescription machine;

[[noreturn]] void Refuse(const char* why) {
  Print("can't boot: ", why);
  for (;;) asm volatile("wfe");
}

std::span<const std::byte> BytesAt(std::uint64_t base, std::uint64_t size) {
  return {reinterpret_cast<const std::byte*>(base), size};
}

// The MMU is on when it returns, with the image's own map and what the tree takes.
void EnterOwnMap(std::uint64_t tree) {
  boot_root[0] = BuildOwnMap(kConsole);
  MapDevices(kRedistributors, kMaxCpus * Redistributors::kFrameBytes);
  if (!MapGranules(tree, kTreeLimit, Rights::kReadWrite)) Refuse("the device tree lies too high");
  EnableMmu(reinterpret_cast<std::uint64_t>(boot_root));
  SetConsole(kConsole);
}

std::uint64_t PoolPages(const BootInfo& info) {
  return Hypervisor<El2Platform>::PoolPagesNeeded(info);
}

void PlaceEl2(std::uint64_t tree) {
  const auto bytes = BytesAt(tree, kTreeLimit);
  if (const char* wrong = ReadDeviceTree(bytes, &machine)) Refuse(wrong);
  if (machine.psci != MachineDescription::Conduit::kSmc)
    Refuse("the device tree names no PSCI by SMC");
  const Taken taken[] = {{tree, DeviceTreeSize(bytes)},
                         {kHostImage, kHostImageLimit},
                         {machine.initrd.base, machine.initrd.size}};
  const char* wrong = Place(machine, reinterpret_cast<std::uint64_t>(image_start),
                            PhysicalAddressBits(), kMappedDevices, taken, &PoolPages, &placement);
  if (wrong != nullptr) Refuse(wrong);
  bool is_ram = false;
  for (const PageSpan& span : placement.info.ram)
    is_ram = is_ram || span.Contains(ToPfn(PhysAddr(kHostImage)));
  if (!is_ram) Refuse("there is no memory where the host's image should be");
}

// The host reads it with its caches off.
void EditHostTree(std::uint64_t tree) {
  const std::uint64_t size = DeviceTreeSize(BytesAt(tree, kTreeLimit));
  const auto el2 = reinterpret_cast<std::uint64_t>(image_start);
  const std::uint64_t end = ToAddress(placement.info.pool.first + placement.info.pool.count).value;
  const char* wrong = PrepareHostTree({reinterpret_cast<std::byte*>(tree), size}, kDevices,
                                      {.base = el2, .size = end - el2});
  if (wrong != nullptr) Refuse(wrong);
  CleanRange(tree, tree + size);
}

void ReportPageOfAbort(std::uint64_t address) {
  ReportPage(TheEl2().platform, placement.info, address);
}

// Zeroes what BootInfo wants zeroed, and boots the core.
void BootCore() {
  const BootInfo& info = placement.info;
  const std::uint64_t first = ToAddress(info.image.first).value;
  const std::uint64_t end = ToAddress(info.pool.first + info.pool.count).value;
  if (!MapGranules(first, end - first, Rights::kReadWrite)) Refuse("EL2's pool lies too high");
  asm volatile("dsb ishst\n isb" ::: "memory");
  auto* words = reinterpret_cast<volatile std::uint64_t*>(first);
  for (std::uint64_t i = 0; i < info.image.count * kPageSize / sizeof(std::uint64_t); ++i)
    words[i] = 0;
  // What else EL2 needs to run stands in the table that the core completes.
  *reinterpret_cast<volatile std::uint64_t*>(info.el2_root.value) = boot_root[0];
  El2& el2 = MakeEl2();
  el2.platform.SetRecords(info);
  el2.psci.Init(machine, CADASTRE_READ_SYSREG(mpidr_el1));
  el2.redistributors.Init(kRedistributors, kMaxCpus);
  const Status status = el2.hypervisor.Boot(el2.platform, info);
  if (!status.ok()) Refuse("the core refuses this memory map");
  el2.platform.set_offset(kHypVaOffset);
  SetPageReport(&ReportPageOfAbort);
  UnmapGranules();
  asm volatile("dsb ishst\n tlbi alle2\n dsb ish\n isb" ::: "memory");
}

}  // namespace
}  // namespace cadastre::el2

// From start.S, the MMU off: `tree` is where firmware put the device tree.
extern "C" void el2_main(std::uint64_t tree) {
  using namespace cadastre::el2;
  SetConsole(kConsole);
  if (tree == 0) Refuse("firmware gave no device tree");
  EnterOwnMap(tree);
  PlaceEl2(tree);
  EditHostTree(tree);
  BootCore();
  const cadastre::BootInfo& info = placement.info;
  Print("EL2 up: ", std::uint64_t{info.cpus}, " CPUs, pool of ", info.pool.count, " pages, ABI ",
        cadastre::kAbiVersion);
  CleanImage();
  EnterHost(kHostImage, tree, 0);
}

// From start.S, the MMU off, on a CPU that the host turned on.
extern "C" void el2_secondary_main(std::uint64_t cpu) {
  using namespace cadastre::el2;
  El2& el2 = TheEl2();
  EnableMmu(placement.info.el2_root.value);
  el2.hypervisor.BootCpu(el2.platform);
  const PsciRelay::Entry entry = el2.psci.Arrive(static_cast<unsigned>(cpu));
  EnterHost(entry.pc, entry.context, cpu);
}
