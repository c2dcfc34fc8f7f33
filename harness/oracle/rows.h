// SPDX-License-Identifier: Apache-2.0
// The views of one RAM page, and which of them form a legal row (ABI.md section 2). Raw entries go
// in; nothing of S.
#ifndef CADASTRE_HARNESS_ORACLE_ROWS_H_
#define CADASTRE_HARNESS_ORACLE_ROWS_H_

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "harness/oracle/descriptor.h"

namespace cadastre::oracle {

// Row of a RAM page (section 2). kNone: no-map memory, which never has an owner.
enum class Row : std::uint8_t {
  kNone,
  kPrivate,
  kSharedHyp,
  kSharedGuests,
  kHyp,
  kGiven,
  kGuestShared,
  kLent,
  kTransit,
};

// `use` of a page record, in its encoding (section 13).
enum class Use : std::uint8_t {
  kNone = 0,
  kImage = 1,
  kPoolFree = 2,
  kTable = 3,
  kVmMeta = 4,
  kFixed = 5,
  kParked = 6,
  kTransit = 7,
  kVmVcpu = 8,
};

// The entry at which a walk ends.
struct WalkEnd {
  std::uint64_t word = 0;
  unsigned level = 0;
};

// Guest leaves that output one page. With one leaf the sums are that leaf's slot and gfn.
struct GuestLeaves {
  std::array<std::uint32_t, 4> by_state{};
  std::uint32_t in_protected = 0;
  std::uint32_t slot_sum = 0;
  std::uint64_t gfn_sum = 0;

  constexpr std::uint32_t Total() const {
    return by_state[0] + by_state[1] + by_state[2] + by_state[3];
  }
  // As bytes: sweeps compare very many.
  friend bool operator==(const GuestLeaves& a, const GuestLeaves& b) {
    using Words = std::array<std::uint64_t, sizeof(GuestLeaves) / sizeof(std::uint64_t)>;
    return std::bit_cast<Words>(a) == std::bit_cast<Words>(b);
  }
};
static_assert(std::has_unique_object_representations_v<GuestLeaves>);

// A page in the host's table (section 2). kDefault: zero, or a leaf in state 00.
enum class HostView : std::uint8_t {
  kDefault,
  kSharedOwned,
  kSharedBorrowed,
  kHyp,
  kGiven,
  kLent,
  kTransit,
  kIllegal,
};

// A page in EL2's table.
enum class El2View : std::uint8_t { kNone, kOwned, kSharedOwned, kSharedBorrowed, kIllegal };

// What all tables say of one page.
struct PageRows {
  HostView host = HostView::kDefault;
  El2View el2 = El2View::kNone;
  Annotation annotation;  // of the host's entry, where it is one
  GuestLeaves guests;
};

constexpr HostView HostViewOf(const WalkEnd& end) {
  switch (KindOf(end.word, end.level)) {
    case EntryKind::kAbsent:
      return HostView::kDefault;
    case EntryKind::kLeaf:
      break;
    case EntryKind::kAnnotation:
      switch (end.level == kPageLevel ? Bits(end.word, 3, 1) : 0) {
        case static_cast<unsigned>(AnnotationKind::kHyp):
          return HostView::kHyp;
        case static_cast<unsigned>(AnnotationKind::kGiven):
          return HostView::kGiven;
        case static_cast<unsigned>(AnnotationKind::kLent):
          return HostView::kLent;
        case static_cast<unsigned>(AnnotationKind::kTransit):
          return HostView::kTransit;
        default:
          return HostView::kIllegal;
      }
    default:
      return HostView::kIllegal;
  }
  switch (DecodeLeaf(Stage::kTwo, end.word).state) {
    case LeafState::kOwned:
      return HostView::kDefault;
    case LeafState::kSharedOwned:
      return HostView::kSharedOwned;
    case LeafState::kSharedBorrowed:
      return HostView::kSharedBorrowed;
    case LeafState::kLoaned:
      break;
  }
  return HostView::kIllegal;
}

constexpr El2View El2ViewOf(const WalkEnd& end) {
  const EntryKind kind = KindOf(end.word, end.level);
  if (kind == EntryKind::kAbsent) return El2View::kNone;
  if (kind != EntryKind::kLeaf) return El2View::kIllegal;
  switch (DecodeLeaf(Stage::kOne, end.word).state) {
    case LeafState::kOwned:
      return El2View::kOwned;
    case LeafState::kSharedOwned:
      return El2View::kSharedOwned;
    case LeafState::kSharedBorrowed:
      return El2View::kSharedBorrowed;
    case LeafState::kLoaned:
      break;
  }
  return El2View::kIllegal;
}

constexpr PageRows RowsOf(const WalkEnd& host, const WalkEnd& el2, const GuestLeaves& guests) {
  PageRows rows{
      .host = HostViewOf(host), .el2 = El2ViewOf(el2), .annotation = {}, .guests = guests};
  if (KindOf(host.word, host.level) == EntryKind::kAnnotation)
    rows.annotation = DecodeAnnotation(host.word);
  return rows;
}

inline constexpr std::size_t kOwned = static_cast<std::size_t>(LeafState::kOwned);
inline constexpr std::size_t kSharedOwned = static_cast<std::size_t>(LeafState::kSharedOwned);
inline constexpr std::size_t kSharedBorrowed = static_cast<std::size_t>(LeafState::kSharedBorrowed);
inline constexpr std::size_t kLoaned = static_cast<std::size_t>(LeafState::kLoaned);

constexpr unsigned OwnersOf(const PageRows& view) {
  const bool host = view.host == HostView::kDefault || view.host == HostView::kSharedOwned ||
                    view.host == HostView::kLent;
  const bool el2 = view.el2 == El2View::kOwned || view.el2 == El2View::kSharedOwned;
  return (host ? 1U : 0U) + (el2 ? 1U : 0U) + view.guests.by_state[kOwned] +
         view.guests.by_state[kSharedOwned];
}

// One leaf in state `state`, in a protected guest, and nobody else.
constexpr bool IsOneProtectedLeaf(const PageRows& view, std::size_t state) {
  return view.el2 == El2View::kNone && view.guests.Total() == 1 &&
         view.guests.by_state[state] == 1 && view.guests.in_protected == 1;
}

// The annotation names the slot and gfn of the one leaf.
constexpr bool NamesItsLeaf(const PageRows& view) {
  return view.annotation.vm_tag == view.guests.slot_sum + 1 &&
         view.annotation.gfn == view.guests.gfn_sum;
}

constexpr bool IsLegalRow(const PageRows& view) {
  const bool no_guest = view.guests.Total() == 0;
  const bool no_el2 = view.el2 == El2View::kNone;
  switch (view.host) {
    case HostView::kDefault:
    case HostView::kTransit:
      return no_el2 && no_guest;
    case HostView::kSharedOwned:
      if (view.el2 == El2View::kSharedBorrowed) return no_guest;
      return no_el2 && !no_guest && view.guests.Total() == view.guests.by_state[kSharedBorrowed] &&
             view.guests.in_protected == 0;
    case HostView::kHyp:
      return view.el2 == El2View::kOwned && no_guest;
    case HostView::kGiven:
      return IsOneProtectedLeaf(view, kOwned) && NamesItsLeaf(view);
    case HostView::kLent:
      return IsOneProtectedLeaf(view, kLoaned) && NamesItsLeaf(view);
    case HostView::kSharedBorrowed:
      return IsOneProtectedLeaf(view, kSharedOwned);
    case HostView::kIllegal:
      return false;
  }
  return false;
}

}  // namespace cadastre::oracle

#endif  // CADASTRE_HARNESS_ORACLE_ROWS_H_
