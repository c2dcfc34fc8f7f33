// SPDX-License-Identifier: Apache-2.0
// The `state` digest: a sum of hashes over everything that differs from the state after boot, so
// that it does not depend on the order of the operations that led here.
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
std::uint64_t RankOf(const State& state, unsigned slot) {
  std::uint64_t rank = 1;
  for (const unsigned other : state.touched_slots()) {
    const Vm& vm = state.vm(other);
    if (vm.phase != VmPhase::kFree && vm.order < state.vm(slot).order) ++rank;
  }
  return rank;
}

std::uint64_t DigestPage(const State& state, PageIndex index) {
  const AbstractPage& page = state.page(index);
  if (page == state.boot_page(index)) return 0;
  std::uint64_t hash = Mix(1, index);
  hash = Mix(hash, static_cast<std::uint64_t>(page.row));
  hash = Mix(hash, static_cast<std::uint64_t>(page.use));
  hash = Mix(hash, page.vm_tag == 0 ? 0 : RankOf(state, page.vm_tag - 1U));
  return Mix(hash, std::uint64_t{page.pins} << 16 | page.borrowers);
}

// AF is left out (section 2).
std::uint64_t DigestVm(const State& state, unsigned slot) {
  const Vm& vm = state.vm(slot);
  if (vm.phase == VmPhase::kFree) return 0;
  const std::uint64_t rank = RankOf(state, slot);
  std::uint64_t hash = Mix(2, rank);
  hash = Mix(hash, static_cast<std::uint64_t>(vm.phase) << 8 | static_cast<std::uint64_t>(vm.kind));
  hash = Mix(hash, vm.ipa_bits);
  std::uint64_t sum = Mix(hash, vm.donated);
  for (const GuestLeaf& leaf : vm.map.All()) {
    std::uint64_t at = Mix(Mix(3, rank), leaf.gfn);
    at = Mix(at, *state.ram().IndexOf(leaf.pfn));
    sum += Mix(at, static_cast<std::uint64_t>(leaf.state) << 8 | leaf.prot);
  }
  return sum;
}

}  // namespace

std::uint64_t DigestOf(const State& state) {
  std::uint64_t sum = 0;
  for (const PageIndex index : state.touched_pages()) sum += DigestPage(state, index);
  for (const unsigned slot : state.touched_slots()) sum += DigestVm(state, slot);
  for (unsigned cpu = 0; cpu < state.facts().cpus; ++cpu) {
    if (const auto page = state.list_page(cpu)) sum += Mix(Mix(4, cpu), *page);
  }
  return sum;
}

}  // namespace cadastre::oracle
