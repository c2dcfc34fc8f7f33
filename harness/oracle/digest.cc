// SPDX-License-Identifier: Apache-2.0
// The `state` digest of ABI.md section 2, from S.
#include <algorithm>

#include "harness/oracle/digest_terms.h"
#include "harness/oracle/pick.h"

namespace cadastre::oracle {
namespace {

class Ranks {
 public:
  explicit Ranks(const State& state) : of_slot_(state.facts().vm_slots, 0) {
    std::vector<unsigned> slots;
    for (const unsigned slot : state.touched_slots()) {
      if (state.vm(slot).phase != VmPhase::kFree) slots.push_back(slot);
    }
    std::sort(slots.begin(), slots.end(),
              [&](unsigned a, unsigned b) { return state.vm(a).order < state.vm(b).order; });
    for (std::size_t i = 0; i < slots.size(); ++i) of_slot_[slots[i]] = i + 1;
  }

  std::uint64_t OfSlot(unsigned slot) const { return of_slot_[slot]; }
  std::uint64_t OfTag(std::uint8_t vm_tag) const { return vm_tag == 0 ? 0 : of_slot_[vm_tag - 1U]; }

 private:
  std::vector<std::uint64_t> of_slot_;
};

std::uint64_t DigestPage(const State& state, const Ranks& ranks, PageIndex index) {
  const AbstractPage& page = state.page(index);
  if (page == state.boot_page(index)) return 0;
  return digest::Of({.index = index,
                     .row = page.row,
                     .use = page.use,
                     .vm_rank = ranks.OfTag(page.vm_tag),
                     .gfn = page.gfn,
                     .pins = page.pins,
                     .borrowers = page.borrowers});
}

std::uint64_t DigestLeaf(const State& state, std::uint64_t rank, const GuestLeaf& leaf) {
  if (leaf.is_poison) return digest::OfPoison(rank, leaf.gfn);
  return digest::OfLeaf(rank, leaf.gfn, *state.ram().IndexOf(leaf.pfn), leaf.state, leaf.prot);
}

std::uint64_t DigestVcpu(std::uint64_t rank, unsigned index, const Vcpu& vcpu) {
  if (!vcpu.exists) return 0;
  return digest::Of({.vm_rank = rank,
                     .index = index,
                     .power = static_cast<std::uint64_t>(vcpu.power),
                     .cpu_plus_one = vcpu.loaded_on ? *vcpu.loaded_on + std::uint64_t{1} : 0,
                     .run_page = vcpu.run_page});
}

std::uint64_t DigestVm(const State& state, const Ranks& ranks, unsigned slot) {
  const Vm& vm = state.vm(slot);
  if (vm.phase == VmPhase::kFree) return 0;
  const std::uint64_t rank = ranks.OfSlot(slot);
  std::uint64_t sum = digest::Of({.rank = rank,
                                  .phase = static_cast<std::uint64_t>(vm.phase),
                                  .kind = static_cast<std::uint64_t>(vm.kind),
                                  .ipa_bits = vm.ipa_bits,
                                  .donated = vm.donated,
                                  .free = vm.donated - vm.Used()});
  for (const GuestLeaf& leaf : vm.map.All()) sum += DigestLeaf(state, rank, leaf);
  for (unsigned i = 0; i < vm.vcpus.size(); ++i) sum += DigestVcpu(rank, i, vm.vcpus[i]);
  return sum;
}

std::uint64_t DigestCpu(const State& state, const Ranks& ranks, unsigned cpu) {
  const CpuState& now = state.cpu(cpu);
  std::uint64_t sum = 0;
  if (now.list_page) sum += digest::OfListPage(cpu, *now.list_page);
  if (!now.loaded) return sum;
  return sum +
         digest::OfLoaded(cpu, ranks.OfSlot(now.loaded->slot), now.loaded->index, now.runs_guest);
}

}  // namespace

std::uint64_t DigestOf(const State& state) {
  const Ranks ranks(state);
  std::uint64_t sum = 0;
  for (const PageIndex index : state.touched_pages()) sum += DigestPage(state, ranks, index);
  for (const unsigned slot : state.touched_slots()) sum += DigestVm(state, ranks, slot);
  for (unsigned cpu = 0; cpu < state.facts().cpus; ++cpu) sum += DigestCpu(state, ranks, cpu);
  return sum;
}

}  // namespace cadastre::oracle
