// SPDX-License-Identifier: Apache-2.0
// Who uses which sw bit. The seed of this project was a mail thread in which two users of the same
// bits nearly met; here a clash does not compile.
//
// A user declares a tag, takes a row of SwUsers and calls its field SwUsers::Of<Tag>. There is no
// other way to a field: a tag without a row does not compile, nor do rows that share a bit.
//
// Lifetime, the same for every field: kept by relax_perms, wrprotect and mkyoung; copied to each
// page on split; required equal on merge; dropped on unmap and annotate; readable only from a valid
// entry (in an invalid one the bits belong to the annotation).
#ifndef CADASTRE_PGTABLE_SW_REGISTRY_H_
#define CADASTRE_PGTABLE_SW_REGISTRY_H_

#include <cstdint>

#include "pgtable/prot.h"

namespace cadastre {
namespace internal {

// Sw bits First .. First + Width - 1 of the four, claimed under a tag.
template <class TheTag, unsigned First, unsigned Width>
struct SwField {
  static_assert(Width > 0 && First + Width <= 4, "there are four sw bits");
  using Tag = TheTag;
  static constexpr unsigned kShift = Prot::kSwShift + First;
  static constexpr std::uint64_t kMax = (std::uint64_t{1} << Width) - 1;
  static constexpr std::uint64_t kMask = kMax << kShift;  // in a Prot and in a descriptor
  static constexpr std::uint64_t Get(Prot prot) { return (prot.bits & kMask) >> kShift; }
  // Precondition: value <= kMax. A constant that breaks it does not compile.
  static constexpr Prot Make(std::uint64_t value) {
    if (value > kMax) __builtin_trap();
    return Prot(value << kShift);
  }
};

// Disjoint masks add without a carry.
template <class... Fields>
inline constexpr bool kDisjoint = (Fields::kMask | ... | 0) == (Fields::kMask + ... + 0);

template <class... Fields>
struct SwRows : Fields... {};
template <class Tag, unsigned First, unsigned Width>
SwField<Tag, First, Width> FieldOf(SwField<Tag, First, Width> row);

template <class... Fields>
class SwRegistry {
  static_assert(kDisjoint<Fields...>, "two users of one sw bit");

 public:
  // The field of a tag that has one row.
  template <class Tag>
  using Of = decltype(FieldOf<Tag>(SwRows<Fields...>()));
};

}  // namespace internal

// Ownership of a page, seen from the table's owner: service/ownership.h gives the values their
// meaning.
struct PageStateTag;
// Level of a nested guest's own leaf, 0 for unknown: read by PageTable::TlbiSpan to bound a TLBI
// that carries no level hint.
struct LevelHintTag;

// Every claim there is: tag, first bit, width; and the bits of a descriptor.
using SwUsers = internal::SwRegistry<internal::SwField<PageStateTag, 0, 2>,   // 55, 56
                                     internal::SwField<LevelHintTag, 2, 2>>;  // 57, 58

using PageStateSw = SwUsers::Of<PageStateTag>;
using LevelHintSw = SwUsers::Of<LevelHintTag>;

// What the registry asserts does tell a clash, whoever claims and wherever the bits meet.
namespace internal {
struct StrangerTag;
static_assert(kDisjoint<PageStateSw, LevelHintSw>);
static_assert(!kDisjoint<PageStateSw, LevelHintSw, SwField<StrangerTag, 2, 2>>);
static_assert(!kDisjoint<PageStateSw, SwField<StrangerTag, 1, 1>>);
}  // namespace internal

}  // namespace cadastre

#endif  // CADASTRE_PGTABLE_SW_REGISTRY_H_
