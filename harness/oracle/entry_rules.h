// SPDX-License-Identifier: Apache-2.0
// What one entry may be, whatever S says (ABI.md section 13).
#ifndef CADASTRE_HARNESS_ORACLE_ENTRY_RULES_H_
#define CADASTRE_HARNESS_ORACLE_ENTRY_RULES_H_

#include <cstdint>

#include "harness/oracle/address_space.h"
#include "harness/oracle/descriptor.h"
#include "harness/oracle/root.h"
#include "harness/oracle/rows.h"

namespace cadastre::oracle {

// An entry that became what it is.
struct EntryView {
  Root root;
  unsigned level = 0;
  std::uint64_t input = 0;
  std::uint64_t word = 0;
};

// A kind that the level knows, every bit zero that it does not define, and an output below
// 2^pa_bits.
constexpr bool IsDecodable(const EntryView& entry, unsigned pa_bits) {
  const std::uint64_t end = std::uint64_t{1} << (pa_bits - kPageShift);
  switch (KindOf(entry.word, entry.level)) {
    case EntryKind::kUndecodable:
      return false;
    case EntryKind::kTable:
      return IsTableBitsLegal(entry.word) && OutputPfn(entry.word) < end;
    case EntryKind::kLeaf:
      return IsLeafBitsLegal(entry.root.stage(), entry.word) && OutputPfn(entry.word) < end;
    default:
      return true;
  }
}

// The fields that an annotation of `kind` may carry; all others are zero.
constexpr bool AreFieldsLegal(const Annotation& a) {
  if (a.reserved != 0) return false;
  switch (static_cast<AnnotationKind>(a.kind)) {
    case AnnotationKind::kHyp: {
      const bool of_vm = a.use == static_cast<unsigned>(Use::kVmMeta) ||
                         a.use == static_cast<unsigned>(Use::kVmVcpu);
      const bool maybe_of_vm = a.use == static_cast<unsigned>(Use::kTable);
      const bool known = a.use >= static_cast<unsigned>(Use::kImage) &&
                         a.use <= static_cast<unsigned>(Use::kVmVcpu) &&
                         a.use != static_cast<unsigned>(Use::kTransit);
      return known && a.gfn == 0 && (maybe_of_vm || (a.vm_tag != 0) == of_vm);
    }
    case AnnotationKind::kGiven:
    case AnnotationKind::kLent:
      return a.use == 0 && a.vm_tag != 0;
    default:
      return a.use == 0 && a.vm_tag == 0 && a.gfn == 0;
  }
}

constexpr bool IsAnnotationLegal(const EntryView& entry) {
  const Annotation annotation = DecodeAnnotation(entry.word);
  if (entry.level != kPageLevel || !AreFieldsLegal(annotation)) return false;
  const auto kind = static_cast<AnnotationKind>(annotation.kind);
  switch (entry.root.regime) {
    case Regime::kHost:
      return kind >= AnnotationKind::kHyp && kind <= AnnotationKind::kTransit;
    case Regime::kEl2:
      return false;
    case Regime::kGuest:
      return kind == AnnotationKind::kPoison;
  }
  return false;
}

// The host sees a page at its own address, EL2 at its linear address; a guest where the host says.
constexpr bool IsIdentity(const EntryView& entry) {
  const std::uint64_t pfn = OutputPfn(entry.word);
  if (entry.root.regime == Regime::kGuest) return true;
  if (entry.root.regime == Regime::kHost) return pfn == entry.input >> kPageShift;
  return LinearPfn(entry.input) == pfn;
}

}  // namespace cadastre::oracle

#endif  // CADASTRE_HARNESS_ORACLE_ENTRY_RULES_H_
