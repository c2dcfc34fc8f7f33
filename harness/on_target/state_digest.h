// SPDX-License-Identifier: Apache-2.0
// The `state` digest and the audit of a machine at rest, from its memory and its hypervisor object,
// for either side: the replay image has no S to ask.
#ifndef CADASTRE_HARNESS_ON_TARGET_STATE_DIGEST_H_
#define CADASTRE_HARNESS_ON_TARGET_STATE_DIGEST_H_

#include <cstdint>
#include <optional>
#include <span>

#include "harness/oracle/memory_digest.h"
#include "harness/oracle/table_audit.h"
#include "service/hypervisor_view.h"

namespace cadastre::on_target {

// Does an HVC with this x0 ask for vm_create?
constexpr bool IsVmCreate(std::uint64_t x0) {
  return (x0 & ~abi::kSveHint) ==
         (abi::kFunctionBase | static_cast<std::uint64_t>(abi::CallNumber::kVmCreate));
}

// VMs by rank of creation: the object keeps no order, so who hears of the calls does.
class CreationOrder {
 public:
  void Clear() { *this = CreationOrder(); }
  // To be told of each vm_create that answered `handle`; later ones have greater numbers.
  void NoteCreated(std::uint64_t handle, std::uint64_t number) { order_[handle & 0xff] = number; }
  // The rank, from 1 on, of each slot among those that `is_used` says are not FREE; 0 for the rest.
  void Ranks(std::span<const bool> is_used, std::span<std::uint16_t> ranks) const;

 private:
  std::uint64_t order_[kVmSlots] = {};
};

// Which CPUs run a guest: between the two events of vcpu_run.
using RunsGuest = std::span<const bool>;

template <class P>
class StateDigest {
 public:
  // All must outlive it. One note for each page of RAM.
  StateDigest(const oracle::AuditMachine& machine, std::span<oracle::AuditNote> notes)
      : audit_(machine, notes), digest_(machine) {}

  struct Result {
    std::uint64_t state = 0;
    std::optional<oracle::AuditFinding> finding;
  };
  // Precondition: no call is under way on any CPU.
  Result Run(P& p, Hypervisor<P>& hypervisor, const oracle::AuditMemory& memory,
             std::uint64_t host_root_pfn, std::uint64_t el2_root_pfn, const CreationOrder& order,
             RunsGuest runs_guest) {
    HypervisorView<P> view(hypervisor);
    CollectVms(p, view, order);
    Result result;
    result.finding = audit_.Run(
        memory,
        {.host_pfn = host_root_pfn, .el2_pfn = el2_root_pfn, .vms = {audit_vms_, vm_count_}},
        digest_.listener());
    digest_.AddPages(audit_);
    for (unsigned i = 0; i < vm_count_; ++i) AddVm(p, view, audit_vms_[i]);
    for (unsigned cpu = 0; cpu < runs_guest.size(); ++cpu) AddCpu(p, view, cpu, runs_guest[cpu]);
    result.state = digest_.sum();
    return result;
  }

 private:
  static oracle::AuditVm ForAudit(unsigned slot, const VmFacts& vm) {
    return {.slot = slot,
            .kind = vm.kind == VmKind::kProtected ? oracle::GuestKind::kProtected
                                                  : oracle::GuestKind::kPlain,
            .ipa_bits = vm.ipa_bits,
            .root_pfn = ToPfn(vm.root).value};
  }
  void CollectVms(P& p, HypervisorView<P>& view, const CreationOrder& order) {
    vm_count_ = 0;
    for (unsigned slot = 0; slot < kVmSlots; ++slot) {
      const auto vm = view.vm(p, slot);
      is_used_[slot] = vm.has_value();
      if (vm) audit_vms_[vm_count_++] = ForAudit(slot, *vm);
    }
    order.Ranks(is_used_, ranks_);
    digest_.Begin(ranks_);
  }
  void AddVm(P& p, HypervisorView<P>& view, const oracle::AuditVm& audit) {
    const VmFacts vm = *view.vm(p, audit.slot);
    digest_.AddVm({.audit = audit,
                   .phase = static_cast<std::uint64_t>(vm.phase),
                   .donated = vm.donated,
                   .free = vm.free});
    for (std::uint64_t index = 0; index < abi::kMaxVcpus; ++index) {
      const auto vcpu = view.vcpu(p, audit.slot, index);
      if (!vcpu) continue;
      digest_.AddVcpu({.slot = audit.slot,
                       .index = index,
                       .power = static_cast<std::uint64_t>(vcpu->power),
                       .cpu_plus_one = vcpu->cpu_plus_one,
                       .run_pfn = vcpu->run_page.value});
    }
  }
  void AddCpu(P& p, HypervisorView<P>& view, unsigned cpu, bool runs_guest) {
    const LoadedVcpu loaded = view.loaded(p, cpu);
    digest_.AddCpu(cpu, {.list_pfn_plus_one = view.list_page_plus_one(p, cpu),
                         .has_vcpu = loaded.any(),
                         .slot = loaded.slot(),
                         .vcpu_index = loaded.index(),
                         .runs_guest = runs_guest});
  }

  oracle::TableAudit audit_;
  oracle::MemoryDigest digest_;
  oracle::AuditVm audit_vms_[kVmSlots];
  unsigned vm_count_ = 0;
  bool is_used_[kVmSlots] = {};
  std::uint16_t ranks_[kVmSlots] = {};
};

inline void CreationOrder::Ranks(std::span<const bool> is_used,
                                 std::span<std::uint16_t> ranks) const {
  for (unsigned slot = 0; slot < is_used.size(); ++slot) {
    ranks[slot] = 0;
    if (!is_used[slot]) continue;
    unsigned earlier = 0;
    for (unsigned other = 0; other < is_used.size(); ++other)
      earlier += is_used[other] && order_[other] < order_[slot] ? 1 : 0;
    ranks[slot] = static_cast<std::uint16_t>(earlier + 1);
  }
}

}  // namespace cadastre::on_target

#endif  // CADASTRE_HARNESS_ON_TARGET_STATE_DIGEST_H_
