// SPDX-License-Identifier: Apache-2.0
// Who uses which sw bit. The seed of this project was a mail thread in which two users of the same
// bits nearly met; here a clash does not compile.
//
// Lifetime, the same for every field: kept by relax_perms, wrprotect and mkyoung; copied to each
// page on split; required equal on merge; dropped on unmap and annotate; readable only from a valid
// entry (in an invalid one the bits belong to the annotation).
#ifndef CADASTRE_PGTABLE_SW_REGISTRY_H_
#define CADASTRE_PGTABLE_SW_REGISTRY_H_

#include <cstdint>

#include "pgtable/prot.h"

namespace cadastre {

// Sw bits First .. First + Width - 1 of the four, claimed under a tag.
template <class Tag, unsigned First, unsigned Width>
struct SwField {
  static_assert(Width > 0 && First + Width <= 4, "there are four sw bits");
  static constexpr unsigned kShift = Prot::kSwShift + First;
  static constexpr std::uint64_t kMax = (std::uint64_t{1} << Width) - 1;
  static constexpr std::uint64_t kMask = kMax << kShift;  // in a Prot and in a descriptor
  static constexpr std::uint64_t Get(Prot prot) { return (prot.bits & kMask) >> kShift; }
  static constexpr Prot Make(std::uint64_t value) { return Prot((value & kMax) << kShift); }
};

template <class... Fields>
struct SwRegistry {
  static constexpr std::uint64_t kAll = (Fields::kMask | ... | 0);
  static constexpr std::uint64_t kSum = (Fields::kMask + ... + 0);
  // Disjoint masks add without a carry.
  static constexpr bool kDisjoint = kAll == kSum;
};

// Ownership of a page, seen from the table's owner: service/ownership.h gives the values their
// meaning.
using PageStateSw = SwField<struct PageStateTag, 0, 2>;
// Level of a nested guest's own leaf, 0 for unknown: read by PageTable::TlbiSpan to bound a TLBI
// that carries no level hint.
using LevelHintSw = SwField<struct LevelHintTag, 2, 2>;

using SwUsers = SwRegistry<PageStateSw, LevelHintSw>;
static_assert(SwUsers::kDisjoint, "two users of one sw bit");

}  // namespace cadastre

#endif  // CADASTRE_PGTABLE_SW_REGISTRY_H_
