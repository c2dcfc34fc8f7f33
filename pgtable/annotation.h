// SPDX-License-Identifier: Apache-2.0
// Invalid entries that carry information: who has a page that is not the table owner's to use.
// service/ABI.md section 13.
#ifndef CADASTRE_PGTABLE_ANNOTATION_H_
#define CADASTRE_PGTABLE_ANNOTATION_H_

#include <cstdint>

#include "pgtable/descriptor.h"
#include "pgtable/types.h"

namespace cadastre {

// Zero is no annotation, so that no annotation can look like an absent entry.
enum class AnnotationKind : std::uint8_t {
  kNone = 0,
  kHyp = 1,
  kGiven = 2,
  kLent = 3,
  kTransit = 4,
  kPoison = 5
};

// `class_id` and `slot_plus_one` are the service's; the library stores them. gfn < 2^36.
struct Annotation {
  AnnotationKind kind = AnnotationKind::kNone;
  std::uint8_t class_id = 0;
  std::uint8_t slot_plus_one = 0;
  Gfn gfn{};

  using Kind = Field<3, 1>;
  using Class = Field<7, 4>;
  using Slot = Field<15, 8>;
  using GuestPage = Field<51, 16>;

  friend constexpr bool operator==(const Annotation&, const Annotation&) = default;

  constexpr Descriptor Encode() const {
    return Descriptor(Kind::Make(static_cast<std::uint64_t>(kind)) | Class::Make(class_id) |
                      Slot::Make(slot_plus_one) | GuestPage::Make(gfn.value));
  }
  // Precondition: KindOf(d, level) == kAnnotation, and the core wrote it.
  static constexpr Annotation Decode(Descriptor d) {
    return {static_cast<AnnotationKind>(Kind::Get(d)), static_cast<std::uint8_t>(Class::Get(d)),
            static_cast<std::uint8_t>(Slot::Get(d)), Gfn(GuestPage::Get(d))};
  }
};

namespace internal {
inline constexpr Annotation kProbe{AnnotationKind::kLent, 0, 7, Gfn{0xf'ffff'ffff}};
static_assert(Annotation::Decode(kProbe.Encode()) == kProbe);
static_assert((kProbe.Encode().bits & 1) == 0);
}  // namespace internal
static_assert(Annotation{AnnotationKind::kTransit}.Encode().bits != 0);

// How an annotation changes from page to page of a range.
enum class AnnotationRun : std::uint8_t { kSame, kNextGfn };

}  // namespace cadastre

#endif  // CADASTRE_PGTABLE_ANNOTATION_H_
