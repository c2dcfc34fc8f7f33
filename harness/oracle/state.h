// SPDX-License-Identifier: Apache-2.0
// The abstract state S of ABI.md: rows of pages, VMs with their gfns and vCPUs, what each CPU has.
// Nothing of it is read from tables.
#ifndef CADASTRE_HARNESS_ORACLE_STATE_H_
#define CADASTRE_HARNESS_ORACLE_STATE_H_

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "harness/oracle/facts.h"
#include "harness/oracle/guest_map.h"
#include "harness/oracle/page_selector.h"
#include "harness/oracle/ram.h"
#include "harness/oracle/rows.h"
#include "harness/oracle/vcpu.h"

namespace cadastre::oracle {

struct AbstractPage {
  Row row = Row::kPrivate;
  Use use = Use::kNone;     // pool pages say kPoolFree; which of them is a table is not part of S
  std::uint8_t vm_tag = 0;  // HYP pages of a VM, GIVEN, GUEST_SHARED, LENT: slot + 1; else 0
  std::uint16_t pins = 0;
  std::uint16_t borrowers = 0;
  std::uint64_t gfn = 0;  // GIVEN, GUEST_SHARED, LENT: where that VM has it

  friend bool operator==(const AbstractPage&, const AbstractPage&) = default;
};

enum class VmPhase : std::uint8_t { kFree, kLive, kDying };
enum class VmKind : std::uint8_t { kPlain, kProtected };

struct Vm {
  VmPhase phase = VmPhase::kFree;
  VmKind kind = VmKind::kPlain;
  std::uint32_t generation = 0;  // of the present or last VM of the slot; 0: never used
  unsigned ipa_bits = 0;
  std::uint64_t meta_pfn = 0;
  std::uint64_t root_pfn = 0;
  std::uint64_t donated = 0;     // table pages
  std::uint64_t vcpu_pages = 0;  // given by vcpu_create and not reclaimed
  std::uint64_t order = 0;       // of creation, over all slots
  GuestMap map;
  std::vector<Vcpu> vcpus;  // by index, as far as they were created

  unsigned StartLevel() const { return RootGeometryOf(ipa_bits).start_level; }
  unsigned RootPages() const { return RootGeometryOf(ipa_bits).pages; }
  std::uint64_t Used() const { return map.Used(StartLevel()); }
  // nullptr if there is no such vCPU.
  Vcpu* FindVcpu(std::uint64_t index) {
    return index < vcpus.size() && vcpus[index].exists ? &vcpus[index] : nullptr;
  }
};

// One page that a step changed, and what it was before.
struct PageChange {
  PageIndex index;
  AbstractPage before;
};

class State {
 public:
  State(const MachineFacts& facts, const Ram& ram);

  const MachineFacts& facts() const { return facts_; }
  const Ram& ram() const { return ram_; }

  const AbstractPage& page(PageIndex index) const { return pages_[index]; }
  void SetPage(PageIndex index, const AbstractPage& next);
  // For each page 0 if it is PRIVATE and nothing else is told of it, else 1.
  std::span<const std::uint8_t> marked() const { return marked_; }

  // The VM that a handle names, nullptr if it is not good.
  Vm* FindVm(std::uint64_t handle);
  const Vm* FindVm(std::uint64_t handle) const;
  std::uint64_t HandleOf(unsigned slot) const {
    return std::uint64_t{vms_[slot].generation} << 8 | slot;
  }
  const Vm& vm(unsigned slot) const { return vms_[slot]; }
  // The slot's VM, to be changed: Reset will free it.
  Vm& EditVm(unsigned slot);
  // The slot that vm_create takes; nullopt if none is free with a generation left.
  std::optional<unsigned> LowestFreeSlot() const;
  std::span<const unsigned> touched_slots() const { return touched_slots_; }
  std::uint64_t NextOrder() { return ++last_order_; }

  const CpuState& cpu(unsigned cpu) const { return cpus_[cpu]; }
  CpuState& EditCpu(unsigned cpu) { return cpus_[cpu]; }
  std::optional<PageIndex> list_page(unsigned cpu) const { return cpus_[cpu].list_page; }
  // The vCPU that is loaded on the CPU; nullptr if there is none.
  Vcpu* LoadedVcpu(unsigned cpu);

  // Pages changed since ClearChanges, oldest first; a page may be there twice.
  std::span<const PageChange> changes() const { return changes_; }
  void ClearChanges() { changes_.clear(); }
  // Pages changed since Reset, each once.
  std::span<const PageIndex> touched_pages() const { return touched_; }

  const PageSelector& selector(unsigned page_class) const { return selectors_[page_class]; }
  const AbstractPage& boot_page(PageIndex index) const { return boot_[index]; }

  // Back to the state after boot, at the cost of what was touched.
  void Reset();

 private:
  void Classify(PageIndex index, const AbstractPage& page, void (PageSelector::*edit)(PageIndex));

  MachineFacts facts_;
  const Ram& ram_;
  std::vector<AbstractPage> pages_;
  std::vector<AbstractPage> boot_;
  std::vector<std::uint8_t> marked_;
  std::vector<PageIndex> touched_;
  std::vector<std::uint8_t> is_touched_;
  std::vector<PageChange> changes_;
  std::vector<Vm> vms_;
  std::vector<unsigned> touched_slots_;
  std::vector<CpuState> cpus_;
  std::vector<PageSelector> selectors_;
  std::uint64_t last_order_ = 0;
};

}  // namespace cadastre::oracle

#endif  // CADASTRE_HARNESS_ORACLE_STATE_H_
