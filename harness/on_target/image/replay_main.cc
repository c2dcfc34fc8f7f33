// SPDX-License-Identifier: Apache-2.0
// Boots the core on the machine that the scripts are for, as often as there are scripts.
#include <new>

#include "harness/on_target/image/replay_el2.h"
#include "service/el2/console.h"
#include "service/el2/device_tree.h"
#include "service/el2/host_environment.h"
#include "service/el2/image.h"
#include "service/el2/mmu.h"
#include "service/el2/own_map.h"
#include "service/el2/psci_relay.h"
#include "service/el2/sysreg.h"
#include "service/hypervisor_impl.h"

namespace cadastre {

template class Hypervisor<on_target::ReplayPlatform>;

namespace on_target {
namespace {

constexpr std::uint64_t kConsole = 0x0900'0000;

alignas(4096) std::uint64_t boot_root[512];
alignas(ReplayEl2) std::byte place[sizeof(ReplayEl2)];
el2::PsciRelay psci;
std::uint64_t epoch = 0;  // resets so far
std::uint64_t parked = 0;

struct Spans {
  PageSpan spans[TargetMachine::kSpans];
  unsigned count = 0;
};
Spans SpansOf(const TargetSpan (&told)[TargetMachine::kSpans]) {
  Spans out;
  for (const TargetSpan& span : told) {
    if (span.count != 0) out.spans[out.count++] = {Pfn(span.first), span.count};
  }
  return out;
}

void UseRoot(std::uint64_t root) {
  CADASTRE_WRITE_SYSREG(ttbr0_el2, root);
  asm volatile("isb\n tlbi alle2\n tlbi alle1\n dsb nsh\n isb" ::: "memory");
}

void ZeroRam() {
  for (const TargetSpan& span : Machine().ram) {
    auto* words = reinterpret_cast<volatile std::uint64_t*>(span.first << kPageShift);
    for (std::uint64_t i = 0; i < span.count * kPageSize / sizeof(std::uint64_t); ++i) words[i] = 0;
  }
}

// The payload's gigabyte is no RAM of the machine, and the core never looks at its entry.
void MapPayloadForHost() {
  constexpr std::uint64_t kBlockRwx = 0x7fd;
  auto* root = reinterpret_cast<volatile std::uint64_t*>(Machine().host_root);
  root[kGigabyte >> 30] = kGigabyte | kBlockRwx;
  asm volatile("dsb ishst" ::: "memory");
}

void BootCore() {
  const TargetMachine& machine = Machine();
  const Spans ram = SpansOf(machine.ram);
  const Spans no_map = SpansOf(machine.no_map);
  const Spans devices = SpansOf(machine.devices);
  BootInfo info;
  info.pa_bits = static_cast<unsigned>(machine.pa_bits);
  info.cpus = static_cast<unsigned>(machine.cpus);
  info.max_borrowers = static_cast<unsigned>(machine.max_borrowers);
  info.build = machine.checking_build != 0 ? Build::kChecking : Build::kProduct;
  info.ram = {ram.spans, ram.count};
  info.no_map = {no_map.spans, no_map.count};
  info.devices = {devices.spans, devices.count};
  info.image = {Pfn(machine.image.first), machine.image.count};
  info.pool = {Pfn(machine.pool.first), machine.pool.count};
  info.records = PhysAddr(machine.records);
  info.host_root = PhysAddr(machine.host_root);
  info.el2_root = PhysAddr(machine.el2_root);
  *reinterpret_cast<volatile std::uint64_t*>(machine.el2_root) = boot_root[0];
  ReplayEl2& replay = *new (place) ReplayEl2;
  replay.platform.SetRecords(info);
  if (!replay.hypervisor.Boot(replay.platform, info).ok()) el2::Panic("the core refuses to boot");
  replay.platform.set_offset(kHypVaOffset);
}

// RAM as it is at power-on, and the core booted in it, on this CPU.
void BootMachine() {
  ZeroRam();
  BootCore();
  UseRoot(Machine().el2_root);
  MapPayloadForHost();
}

void CheckHeader() {
  const auto& header = *reinterpret_cast<const ScriptHeader*>(kScriptBlob);
  if (header.magic != kMagic) el2::Panic("there are no scripts at 0x90000000");
  if (header.machine.cpus == 0 || header.machine.cpus > kMaxCpus || header.machine.pa_bits != 40)
    el2::Panic("the scripts are for a machine that this image can't be");
}

}  // namespace

ReplayEl2& TheReplay() { return *std::launder(reinterpret_cast<ReplayEl2*>(place)); }
const TargetMachine& Machine() {
  return reinterpret_cast<const ScriptHeader*>(kScriptBlob)->machine;
}

void ResetMachine() {
  while (__atomic_load_n(&parked, __ATOMIC_ACQUIRE) != Machine().cpus - 1) asm volatile("yield");
  UseRoot(reinterpret_cast<std::uint64_t>(boot_root));
  BootMachine();
  __atomic_store_n(&parked, 0, __ATOMIC_RELAXED);
  __atomic_store_n(&epoch, epoch + 1, __ATOMIC_RELEASE);
}

void ParkCpu() {
  UseRoot(reinterpret_cast<std::uint64_t>(boot_root));
  const std::uint64_t before = __atomic_load_n(&epoch, __ATOMIC_RELAXED);
  __atomic_fetch_add(&parked, 1, __ATOMIC_RELEASE);
  while (__atomic_load_n(&epoch, __ATOMIC_ACQUIRE) == before) asm volatile("yield");
  ReplayEl2& replay = TheReplay();
  replay.hypervisor.BootCpu(replay.platform);
  UseRoot(Machine().el2_root);
}

el2::PsciRelay& Psci() { return psci; }

}  // namespace on_target
}  // namespace cadastre

// From start.S, the MMU off.
extern "C" void el2_main(std::uint64_t) {
  using namespace cadastre;
  using namespace cadastre::on_target;
  el2::SetConsole(kConsole);
  boot_root[0] = el2::BuildOwnMap(kConsole);
  if (!el2::MapGranules(0x4000'0000, 0x140'0000, el2::Rights::kReadWrite) ||
      !el2::MapGranules(kPayloadBase, 0x20'0000, el2::Rights::kReadWrite) ||
      !el2::MapGranules(kScriptBlob, kBlobLimit, el2::Rights::kReadOnly) ||
      !el2::MapGranules(kAnswerBlob, kBlobLimit, el2::Rights::kReadWrite))
    el2::Panic("there are not tables enough");
  el2::EnableMmu(reinterpret_cast<std::uint64_t>(boot_root));
  CheckHeader();
  el2::MachineDescription description;
  for (unsigned cpu = 0; cpu < Machine().cpus; ++cpu)
    description.cpu[description.cpu_count++] = cpu;
  psci.Init(description, CADASTRE_READ_SYSREG(mpidr_el1));
  BootMachine();
  el2::CleanImage();
  el2::EnterHost(kPayloadBase, 0, 0);
}

// From start.S, the MMU off, on a CPU that the payload turned on.
extern "C" void el2_secondary_main(std::uint64_t cpu) {
  using namespace cadastre;
  using namespace cadastre::on_target;
  el2::EnableMmu(Machine().el2_root);
  ReplayEl2& replay = TheReplay();
  replay.hypervisor.BootCpu(replay.platform);
  const el2::PsciRelay::Entry entry = psci.Arrive(static_cast<unsigned>(cpu));
  el2::EnterHost(entry.pc, entry.context, cpu);
}
