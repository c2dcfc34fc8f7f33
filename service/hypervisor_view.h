// SPDX-License-Identifier: Apache-2.0
// What the hypervisor object knows that no table tells: VMs, vCPUs, what each CPU has. For monitors
// that check a machine at rest; it changes nothing. No call goes through it.
#ifndef CADASTRE_SERVICE_HYPERVISOR_VIEW_H_
#define CADASTRE_SERVICE_HYPERVISOR_VIEW_H_

#include <cstdint>
#include <optional>

#include "service/hypervisor.h"

namespace cadastre {

struct VmFacts {
  VmPhase phase = VmPhase::kFree;
  VmKind kind = VmKind::kPlain;
  unsigned ipa_bits = 0;
  PhysAddr root;
  std::uint64_t donated = 0;  // table pages
  std::uint64_t free = 0;     // of them
};

struct VcpuFacts {
  Power power = Power::kOff;
  std::uint64_t cpu_plus_one = 0;  // where it is loaded; 0: nowhere
  Pfn run_page;
};

// Takes no locks: no call may be under way on any CPU.
template <class P>
class HypervisorView {
 public:
  explicit HypervisorView(Hypervisor<P>& hypervisor) : hypervisor_(hypervisor) {}

  // nullopt: the slot is FREE.
  std::optional<VmFacts> vm(P& p, unsigned slot) {
    const VmSlot<P>& record = hypervisor_.vms_[slot];
    if (record.phase.Load(p) == VmPhase::kFree) return std::nullopt;
    VmFacts facts{.phase = record.phase.Load(p),
                  .kind = record.kind.Load(p),
                  .ipa_bits = record.ipa_bits.Load(p),
                  .root = PhysAddr(record.root.Load(p)),
                  .donated = record.donated.Load(p)};
    // reclaim_tables, which needs a VM without a live gfn, forgets which pages are free: all are.
    const Geometry geometry = Stage2Geometry<Granule4K>(facts.ipa_bits).value();
    const bool is_empty = IsEmptyGuestTable(p, facts.root, geometry);
    facts.free = is_empty ? facts.donated : record.tables.Available(p);
    return facts;
  }
  // nullopt: there is no such vCPU. Precondition: the slot is not FREE.
  std::optional<VcpuFacts> vcpu(P& p, unsigned slot, std::uint64_t index) {
    const VcpuDirectory<P> vcpus(p, PhysAddr(hypervisor_.vms_[slot].meta.Load(p)));
    const PhysAddr page = vcpus.At(index);
    if (page == PhysAddr()) return std::nullopt;
    const Vcpu<P> vcpu(p, page);
    return VcpuFacts{
        .power = vcpu.power(), .cpu_plus_one = vcpu.cpu_plus_one(), .run_page = vcpu.run_page()};
  }
  LoadedVcpu loaded(P& p, unsigned cpu) { return hypervisor_.loaded_[cpu].Load(p); }
  // The page number plus 1; 0: the CPU has no list page.
  std::uint64_t list_page_plus_one(P& p, unsigned cpu) {
    return hypervisor_.list_page_[cpu].Load(p);
  }

 private:
  Hypervisor<P>& hypervisor_;
};

}  // namespace cadastre

#endif  // CADASTRE_SERVICE_HYPERVISOR_VIEW_H_
