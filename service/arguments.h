// SPDX-License-Identifier: Apache-2.0
// A call's arguments, decoded once by the declarative table, and the shape rows (1xx) that need no
// state.
#ifndef CADASTRE_SERVICE_ARGUMENTS_H_
#define CADASTRE_SERVICE_ARGUMENTS_H_

#include <array>
#include <cstdint>

#include "pgtable/prot.h"
#include "pgtable/range.h"
#include "service/abi/calls.h"
#include "service/vm.h"

namespace cadastre {

// x0..x17 at an HVC.
using Registers = std::array<std::uint64_t, 18>;

// Constants of the machine that shape rows and features name.
struct Limits {
  unsigned pa_bits = 0;
  unsigned max_borrowers = 0;
  unsigned cpus = 0;
  constexpr unsigned pfn_bits() const { return pa_bits - kPageShift; }
  constexpr unsigned largest_ipa_bits() const { return pa_bits; }
};

// Fields that a call does not have stay empty.
struct Arguments {
  VmHandle vm;
  PfnRange pfns;  // with the call's count; one page where it has none
  GfnRange gfns;
  Prot prot;
  std::uint64_t number = 0;  // feature id or IPA bits
  bool flag = false;
  VmKind kind = VmKind::kPlain;
  PfnRange roots;  // vm_create: the root pages; `pfns` are the metadata pages
};

// Shape rows are judged here, in ascending order over all arguments. kNone: `out` is good.
abi::Row Decode(const abi::Call& call, const Registers& x, const Limits& limits, Arguments* out);

}  // namespace cadastre

#endif  // CADASTRE_SERVICE_ARGUMENTS_H_
