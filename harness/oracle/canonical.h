// SPDX-License-Identifier: Apache-2.0
// When are two states the same to an explorer? When one becomes the other by renaming pages of one
// colour, VMs and CPUs. Pages are never named: each is known by what is said of it, so that a
// digest under one naming of VMs and CPUs costs one pass over what was touched.
//
// In:  per page its colour, row, use, VM, pins, borrowers; the leaves that output it (VM, gfn,
//      state, permissions, and AF where ages are kept); whose list page, run page and vCPU page it
//      is; the group that waits for its event 2. Per VM: kind, ipa_bits, phase, donated, vCPU
//      pages, POISON gfns. Per vCPU: power, load. Per CPU: what is loaded, whether it runs, the
//      pages that its scrubbing call will give back.
// Out: page numbers, slots, generations, order of creation, registers and contents, tables and
//      blocks but where shapes are asked for, EL2's maps, zero against 00.
#ifndef CADASTRE_HARNESS_ORACLE_CANONICAL_H_
#define CADASTRE_HARNESS_ORACLE_CANONICAL_H_

#include <compare>
#include <cstdint>
#include <span>
#include <vector>

namespace cadastre::oracle {

// Among 10^6 states two differing ones meet in one of these with a chance of 10^-27.
struct CanonicalDigest {
  std::uint64_t low = 0;
  std::uint64_t high = 0;
  friend constexpr auto operator<=>(const CanonicalDigest&, const CanonicalDigest&) = default;
};

// Is AF part of the state?
enum class Ages : std::uint8_t { kLeftOut, kKept };

// What an explorer looks at.
struct CanonicalScope {
  // By RAM page (ABI.md, page records): pages of one colour may take each other's place.
  std::vector<std::uint8_t> colours;
  Ages ages = Ages::kLeftOut;
  // Pages whose granule in the host's table counts, empty, block or table: none, as a rule.
  std::vector<std::uint64_t> host_granules;
  // Spans of 512 gfns that may take each other's place: gfn g of the only VM is mapped to page
  // span_base + g alone, and block or table counts. 0: gfns have names.
  std::uint64_t spans = 0;
  std::uint64_t span_base = 0;
};

// Names of the VMs by slot and of the CPUs; 0 is one that nothing tells from others of this name.
struct Naming {
  std::span<const std::uint8_t> vm_of_slot;
  std::span<const std::uint8_t> cpus;
};

}  // namespace cadastre::oracle

#endif  // CADASTRE_HARNESS_ORACLE_CANONICAL_H_
