// SPDX-License-Identifier: Apache-2.0
// The terms of the `state` digest (ABI.md section 2), which is their sum, so that it does not
// depend on the order of the operations that led to a state. Pages are named by their index in RAM,
// VMs by their rank of creation among those that exist, from 1 on, so that a VM made and torn down
// leaves no trace.
#ifndef CADASTRE_HARNESS_ORACLE_DIGEST_TERMS_H_
#define CADASTRE_HARNESS_ORACLE_DIGEST_TERMS_H_

#include <cstdint>

#include "harness/oracle/rows.h"

namespace cadastre::oracle::digest {

constexpr std::uint64_t Mix(std::uint64_t seed, std::uint64_t value) {
  constexpr std::uint64_t kMultiplier = 0x9E3779B97F4A7C15;
  std::uint64_t x = (seed ^ value) * kMultiplier;
  x ^= x >> 29;
  x *= 0xBF58476D1CE4E5B9;
  return x ^ x >> 32;
}

// Of a page that is not as it was after boot.
struct PageTerm {
  std::uint64_t index = 0;
  Row row = Row::kPrivate;
  Use use = Use::kNone;
  std::uint64_t vm_rank = 0;  // 0: of no VM
  std::uint64_t gfn = 0;
  std::uint16_t pins = 0;
  std::uint16_t borrowers = 0;

  friend bool operator==(const PageTerm&, const PageTerm&) = default;
};
constexpr std::uint64_t Of(const PageTerm& page) {
  std::uint64_t hash = Mix(1, page.index);
  hash = Mix(hash, static_cast<std::uint64_t>(page.row));
  hash = Mix(hash, static_cast<std::uint64_t>(page.use));
  hash = Mix(hash, page.vm_rank);
  hash = Mix(hash, page.gfn);
  return Mix(hash, std::uint64_t{page.pins} << 16 | page.borrowers);
}

// Of a VM that is not FREE.
struct VmTerm {
  std::uint64_t rank = 0;
  std::uint64_t phase = 0;  // 1 LIVE, 2 DYING
  std::uint64_t kind = 0;   // 0 plain, 1 protected
  std::uint64_t ipa_bits = 0;
  std::uint64_t donated = 0;
  std::uint64_t free = 0;
};
constexpr std::uint64_t Of(const VmTerm& vm) {
  std::uint64_t hash = Mix(Mix(2, vm.rank), vm.phase << 8 | vm.kind);
  hash = Mix(hash, vm.ipa_bits);
  hash = Mix(hash, vm.donated);
  return Mix(hash, vm.free);
}

// Of a live gfn; AF is left out.
constexpr std::uint64_t OfLeaf(std::uint64_t vm_rank, std::uint64_t gfn, std::uint64_t page_index,
                               LeafState state, std::uint64_t prot) {
  return Mix(Mix(Mix(Mix(3, vm_rank), gfn), page_index),
             static_cast<std::uint64_t>(state) << 8 | prot);
}
constexpr std::uint64_t OfPoison(std::uint64_t vm_rank, std::uint64_t gfn) {
  return Mix(Mix(Mix(3, vm_rank), gfn), ~std::uint64_t{0});
}

constexpr std::uint64_t OfListPage(std::uint64_t cpu, std::uint64_t page_index) {
  return Mix(Mix(4, cpu), page_index);
}

// Of a vCPU that exists; not its registers.
struct VcpuTerm {
  std::uint64_t vm_rank = 0;
  std::uint64_t index = 0;
  std::uint64_t power = 0;         // 0 OFF, 1 ON
  std::uint64_t cpu_plus_one = 0;  // where it is loaded
  std::uint64_t run_page = 0;      // page index
};
constexpr std::uint64_t Of(const VcpuTerm& vcpu) {
  std::uint64_t hash = Mix(Mix(5, vcpu.vm_rank), vcpu.index);
  hash = Mix(hash, vcpu.power);
  hash = Mix(hash, vcpu.cpu_plus_one);
  return Mix(hash, vcpu.run_page);
}

// Of a CPU on which a vCPU is loaded.
constexpr std::uint64_t OfLoaded(std::uint64_t cpu, std::uint64_t vm_rank, std::uint64_t vcpu_index,
                                 bool runs_guest) {
  return Mix(Mix(Mix(Mix(6, cpu), vm_rank), vcpu_index), runs_guest ? 1 : 0);
}

}  // namespace cadastre::oracle::digest

#endif  // CADASTRE_HARNESS_ORACLE_DIGEST_TERMS_H_
