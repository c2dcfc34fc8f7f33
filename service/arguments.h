// SPDX-License-Identifier: Apache-2.0
// A call's arguments, decoded once (decode.h).
#ifndef CADASTRE_SERVICE_ARGUMENTS_H_
#define CADASTRE_SERVICE_ARGUMENTS_H_

#include <array>
#include <cstdint>
#include <span>

#include "pgtable/prot.h"
#include "pgtable/range.h"
#include "service/abi/calls.h"
#include "service/boot_info.h"
#include "service/vm.h"

namespace cadastre {

// x0..x17 at an HVC.
using Registers = std::array<std::uint64_t, 18>;

// Constants of the machine that shape rows and features name.
struct Limits {
  unsigned pa_bits = 0;
  unsigned max_borrowers = 0;
  unsigned cpus = 0;
  Build build = Build::kProduct;
  constexpr unsigned pfn_bits() const { return pa_bits - kPageShift; }
  constexpr unsigned largest_ipa_bits() const { return pa_bits; }
};

// Pages that a call names: its range, or one entry of its list. What the call does not name stays
// empty.
struct PageEntry {
  PfnRange pfns;
  GfnRange gfns;
};

// Fields that a call does not have stay empty.
struct Arguments {
  VmHandle vm;
  PageEntry range;  // with the call's count; one page where it has none
  Prot prot;
  std::uint64_t number = 0;  // feature id, IPA bits, vCPU index, list entries, or next_mapped's gfn
  bool flag = false;
  VmKind kind = VmKind::kPlain;
  PfnRange roots;  // vm_create: the root pages; range.pfns are the metadata pages
  PfnRange run;    // vcpu_create: the run page; range.pfns are the vCPU pages
  std::uint64_t entry = 0;
  std::uint64_t context = 0;
  std::span<const PageEntry> list;  // of a list form; it outlives the call

  std::span<const PageEntry> entries() const { return list.empty() ? std::span(&range, 1) : list; }
};

// What x2 tells of a page that a row refuses. A range is entry 0.
constexpr std::uint64_t DetailOf(std::uint64_t entry, std::uint64_t page) {
  return entry << 16 | page;
}

// `function(entry, i, detail)` for page i of each entry.
template <class Function>
constexpr void ForEachPage(const Arguments& a, Function&& function) {
  std::uint64_t number = 0;
  for (const PageEntry& entry : a.entries()) {
    const std::uint64_t count = entry.pfns.count() != 0 ? entry.pfns.count() : entry.gfns.count();
    for (std::uint64_t i = 0; i < count; ++i) function(entry, i, DetailOf(number, i));
    ++number;
  }
}

}  // namespace cadastre

#endif  // CADASTRE_SERVICE_ARGUMENTS_H_
