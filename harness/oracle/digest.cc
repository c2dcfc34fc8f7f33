// SPDX-License-Identifier: Apache-2.0
// The `state` digest of ABI.md section 2: a sum of hashes over everything that differs from the
// state after boot, so that it does not depend on the order of the operations that led here.
#include <algorithm>

#include "harness/oracle/pick.h"

namespace cadastre::oracle {
namespace {

constexpr std::uint64_t kMultiplier = 0x9E3779B97F4A7C15;

std::uint64_t Mix(std::uint64_t seed, std::uint64_t value) {
  std::uint64_t x = (seed ^ value) * kMultiplier;
  x ^= x >> 29;
  x *= 0xBF58476D1CE4E5B9;
  return x ^ x >> 32;
}

// VMs are named by their rank of creation among those that exist, so that a VM made and torn down
// leaves no trace.
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
  std::uint64_t hash = Mix(1, index);
  hash = Mix(hash, static_cast<std::uint64_t>(page.row));
  hash = Mix(hash, static_cast<std::uint64_t>(page.use));
  hash = Mix(hash, ranks.OfTag(page.vm_tag));
  hash = Mix(hash, page.gfn);
  return Mix(hash, std::uint64_t{page.pins} << 16 | page.borrowers);
}

// AF is left out (section 2).
std::uint64_t DigestLeaf(const State& state, std::uint64_t rank, const GuestLeaf& leaf) {
  const std::uint64_t at = Mix(Mix(3, rank), leaf.gfn);
  if (leaf.is_poison) return Mix(at, ~std::uint64_t{0});
  return Mix(Mix(at, *state.ram().IndexOf(leaf.pfn)),
             static_cast<std::uint64_t>(leaf.state) << 8 | leaf.prot);
}

// Power, load and CPU, run page; not the registers.
std::uint64_t DigestVcpu(std::uint64_t rank, unsigned index, const Vcpu& vcpu) {
  if (!vcpu.exists) return 0;
  std::uint64_t hash = Mix(Mix(5, rank), index);
  hash = Mix(hash, static_cast<std::uint64_t>(vcpu.power));
  hash = Mix(hash, vcpu.loaded_on ? *vcpu.loaded_on + std::uint64_t{1} : 0);
  return Mix(hash, vcpu.run_page);
}

std::uint64_t DigestVm(const State& state, const Ranks& ranks, unsigned slot) {
  const Vm& vm = state.vm(slot);
  if (vm.phase == VmPhase::kFree) return 0;
  const std::uint64_t rank = ranks.OfSlot(slot);
  std::uint64_t hash = Mix(2, rank);
  hash = Mix(hash, static_cast<std::uint64_t>(vm.phase) << 8 | static_cast<std::uint64_t>(vm.kind));
  hash = Mix(hash, vm.ipa_bits);
  hash = Mix(hash, vm.donated);
  std::uint64_t sum = Mix(hash, vm.donated - vm.Used());
  for (const GuestLeaf& leaf : vm.map.All()) sum += DigestLeaf(state, rank, leaf);
  for (unsigned i = 0; i < vm.vcpus.size(); ++i) sum += DigestVcpu(rank, i, vm.vcpus[i]);
  return sum;
}

std::uint64_t DigestCpu(const State& state, const Ranks& ranks, unsigned cpu) {
  const CpuState& now = state.cpu(cpu);
  std::uint64_t sum = 0;
  if (now.list_page) sum += Mix(Mix(4, cpu), *now.list_page);
  if (!now.loaded) return sum;
  std::uint64_t hash = Mix(Mix(6, cpu), ranks.OfSlot(now.loaded->slot));
  hash = Mix(hash, now.loaded->index);
  return sum + Mix(hash, now.runs_guest ? 1 : 0);
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
