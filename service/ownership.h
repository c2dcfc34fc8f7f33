// SPDX-License-Identifier: Apache-2.0
// Who owns a page, on what terms: the states, and the legal rows over all tables as data.
// service/ABI.md section 2.
#ifndef CADASTRE_SERVICE_OWNERSHIP_H_
#define CADASTRE_SERVICE_OWNERSHIP_H_

#include <cstdint>

#include "pgtable/annotation.h"
#include "pgtable/descriptor.h"
#include "pgtable/prot.h"
#include "pgtable/sw_registry.h"

namespace cadastre {

// State of a page in one entity's own table, in the two PageState sw bits of its leaf. Zero is the
// safe default.
enum class PageState : std::uint8_t {
  kOwned = 0,           // mine alone
  kSharedOwned = 1,     // mine, and others may reach it
  kSharedBorrowed = 2,  // reachable by me, owned by another
  kLoaned = 3,          // mine to use alone, owned by another
};

constexpr Prot ToProt(PageState state) {
  return PageStateSw::Make(static_cast<std::uint64_t>(state));
}

// What a page is for, beyond who owns it; also the class of a HYP annotation. service/ABI.md
// section 13.
enum class PageUse : std::uint8_t {
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

// The host's view of a page.
enum class HostView : std::uint8_t {
  kDefault,
  kSharedOwned,
  kSharedBorrowed,
  kHyp,
  kGiven,
  kLent,
  kTransit,
  kForeign
};

// The host's view from its entry at `level`. kForeign: an entry that the service never writes.
template <class Format>
constexpr HostView ViewOf(Descriptor d, Level level) {
  switch (KindOf(d, level)) {
    case EntryKind::kAbsent:
      return HostView::kDefault;
    case EntryKind::kAnnotation:
      switch (Annotation::Decode(d).kind) {
        case AnnotationKind::kHyp:
          return HostView::kHyp;
        case AnnotationKind::kGiven:
          return HostView::kGiven;
        case AnnotationKind::kLent:
          return HostView::kLent;
        case AnnotationKind::kTransit:
          return HostView::kTransit;
        default:
          return HostView::kForeign;
      }
    case EntryKind::kLeaf:
      switch (static_cast<PageState>(PageStateSw::Get(Format::DecodeProt(d)))) {
        case PageState::kOwned:
          return HostView::kDefault;
        case PageState::kSharedOwned:
          return HostView::kSharedOwned;
        case PageState::kSharedBorrowed:
          return HostView::kSharedBorrowed;
        default:
          return HostView::kForeign;
      }
    default:
      return HostView::kForeign;
  }
}

// The rows of the manual.
enum class PageRow : std::uint8_t {
  kIllegal,
  kPrivate,
  kSharedHyp,
  kSharedGuests,
  kHyp,
  kGiven,
  kGuestShared,
  kLent,
  kTransit,
};

enum class Counter : std::uint8_t { kZero, kAny, kPositive };

struct LegalRow {
  PageRow row;
  HostView host;
  Counter borrowers;
  Counter pins;
};

// The host's half of the legal rows: what a call reads before it decides. EL2's and the guests'
// halves follow from it; that they do is what the maps' own refusal to overwrite asserts, and what
// the oracle checks from outside.
inline constexpr LegalRow kLegalRows[] = {
    {PageRow::kPrivate, HostView::kDefault, Counter::kZero, Counter::kZero},
    {PageRow::kSharedHyp, HostView::kSharedOwned, Counter::kZero, Counter::kAny},
    {PageRow::kSharedGuests, HostView::kSharedOwned, Counter::kPositive, Counter::kZero},
    {PageRow::kHyp, HostView::kHyp, Counter::kZero, Counter::kZero},
    {PageRow::kGiven, HostView::kGiven, Counter::kZero, Counter::kZero},
    {PageRow::kGuestShared, HostView::kSharedBorrowed, Counter::kZero, Counter::kZero},
    {PageRow::kLent, HostView::kLent, Counter::kZero, Counter::kZero},
    {PageRow::kTransit, HostView::kTransit, Counter::kZero, Counter::kZero},
};

constexpr bool Allows(Counter rule, std::uint64_t value) {
  return rule == Counter::kAny || (rule == Counter::kZero) == (value == 0);
}

// The row that a page is in, kIllegal if it is in none.
constexpr PageRow RowOf(HostView host, std::uint64_t borrowers, std::uint64_t pins) {
  for (const LegalRow& row : kLegalRows) {
    if (row.host == host && Allows(row.borrowers, borrowers) && Allows(row.pins, pins))
      return row.row;
  }
  return PageRow::kIllegal;
}

}  // namespace cadastre

#endif  // CADASTRE_SERVICE_OWNERSHIP_H_
