// SPDX-License-Identifier: Apache-2.0
// Which Prot values an operation takes: a table of what is refused, one row a reason.
#ifndef CADASTRE_PGTABLE_PROT_RULES_H_
#define CADASTRE_PGTABLE_PROT_RULES_H_

#include <cstdint>

#include "pgtable/prot.h"

namespace cadastre {

// Refused: every Prot that has all bits of `all_of` and no bit of `none_of`.
struct ProtRule {
  std::uint64_t all_of = 0;
  std::uint64_t none_of = 0;
};

// A Prot is legal if no row refuses it and it has no bit outside `known`. Nothing is masked away.
template <unsigned N>
struct ProtRules {
  std::uint64_t known = 0;
  ProtRule refused[N];

  constexpr bool Allow(Prot prot) const {
    if ((prot.bits & ~known) != 0) return false;
    for (const ProtRule& rule : refused) {
      if (prot.Has(rule.all_of) && (prot.bits & rule.none_of) == 0) return false;
    }
    return true;
  }
};

// What a stage 2 leaf may be.
inline constexpr ProtRules<2> kStage2LeafRules{
    .known = Prot::kKnown,
    .refused = {{.all_of = 0, .none_of = Prot::kRead},
                {.all_of = Prot::kDevice | Prot::kExecute, .none_of = 0}},
};

// What a leaf of EL2's stage 1 may be: never writable and executable at once.
inline constexpr ProtRules<3> kStage1LeafRules{
    .known = Prot::kKnown,
    .refused = {{.all_of = 0, .none_of = Prot::kRead},
                {.all_of = Prot::kDevice | Prot::kExecute, .none_of = 0},
                {.all_of = Prot::kWrite | Prot::kExecute, .none_of = 0}},
};

// What relax_perms may add: a non-empty subset of R, W, X and nothing else.
inline constexpr ProtRules<1> kRelaxRules{
    .known = Prot::kRwx,
    .refused = {{.all_of = 0, .none_of = Prot::kRwx}},
};

}  // namespace cadastre

#endif  // CADASTRE_PGTABLE_PROT_RULES_H_
