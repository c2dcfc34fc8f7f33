// SPDX-License-Identifier: Apache-2.0
// The `state` digest (ABI.md section 2) from raw memory, for EL2, where there is no S: rows and
// guests' leaves as the tables have them, and what the hypervisor object says of VMs and CPUs.
// Equal to the specification's digest (digest.cc) wherever the two agree on the state.
//
// No heap, no strings, no recursion. The caller sees to it that nothing changes meanwhile.
#ifndef CADASTRE_HARNESS_ORACLE_MEMORY_DIGEST_H_
#define CADASTRE_HARNESS_ORACLE_MEMORY_DIGEST_H_

#include <cstdint>
#include <optional>
#include <span>

#include "harness/oracle/digest_terms.h"
#include "harness/oracle/table_audit.h"

namespace cadastre::oracle {

// What the object knows of a VM that is not FREE.
struct ObjectVm {
  AuditVm audit;
  std::uint64_t phase = 0;  // 1 LIVE, 2 DYING
  std::uint64_t donated = 0;
  std::uint64_t free = 0;
};
struct ObjectVcpu {
  unsigned slot = 0;
  std::uint64_t index = 0;
  std::uint64_t power = 0;  // 0 OFF, 1 ON
  std::uint64_t cpu_plus_one = 0;
  std::uint64_t run_pfn = 0;
};
struct ObjectCpu {
  std::uint64_t list_pfn_plus_one = 0;
  bool has_vcpu = false;
  unsigned slot = 0;  // of the vCPU that is loaded
  std::uint64_t vcpu_index = 0;
  bool runs_guest = false;
};

class MemoryDigest {
 public:
  static constexpr unsigned kSlots = 256;

  explicit MemoryDigest(const AuditMachine& machine) : machine_(machine) {}

  // Ranks by slot, from 1 on; 0 where there is no VM. Then each part is added, in any order.
  void Begin(std::span<const std::uint16_t> rank_of_slot);
  // For TableAudit::Run.
  AuditListener listener() { return {.guest_entry = &AddGuestEntry, .context = this}; }
  // Of the audit that ran with this listener.
  void AddPages(const TableAudit& audit);
  void AddVm(const ObjectVm& vm);
  void AddVcpu(const ObjectVcpu& vcpu);
  void AddCpu(unsigned cpu, const ObjectCpu& object);

  std::uint64_t sum() const { return sum_; }

 private:
  static void AddGuestEntry(void* context, const EntryView& entry);
  std::uint64_t RankOf(unsigned slot) const { return slot < kSlots ? rank_of_slot_[slot] : 0; }
  std::uint64_t RankOfTag(unsigned vm_tag) const { return vm_tag == 0 ? 0 : RankOf(vm_tag - 1); }
  // All ones for a page outside RAM.
  std::uint64_t IndexOf(std::uint64_t pfn) const {
    return machine_.ram.IndexOf(pfn).value_or(~std::uint64_t{0});
  }
  digest::PageTerm TermOf(std::uint64_t index, std::uint64_t pfn, const AuditNote& note,
                          const Record& record) const;
  digest::PageTerm BootTermOf(std::uint64_t index, std::uint64_t pfn) const;

  const AuditMachine& machine_;
  std::uint16_t rank_of_slot_[kSlots] = {};
  std::uint64_t sum_ = 0;
};

}  // namespace cadastre::oracle

#endif  // CADASTRE_HARNESS_ORACLE_MEMORY_DIGEST_H_
