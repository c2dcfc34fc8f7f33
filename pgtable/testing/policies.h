// SPDX-License-Identifier: Apache-2.0
// The two kinds of Policy that the service has, for tests and benchmarks.
#ifndef CADASTRE_PGTABLE_TESTING_POLICIES_H_
#define CADASTRE_PGTABLE_TESTING_POLICIES_H_

#include "pgtable/descriptor.h"
#include "pgtable/prot.h"
#include "pgtable/types.h"

namespace cadastre::testing {

// Like a guest's table: every entry counts, an empty table goes back.
template <int MinBlockLevel>
struct FreeingPolicy {
  static constexpr Level kMinBlockLevel{MinBlockLevel};
  static constexpr bool kFreeEmptyTables = true;
  static constexpr bool Counts(Descriptor d, Level) { return d.bits != 0; }
};

// Like the host's table: what can't be rebuilt counts (annotations, leaves with sw bits), tables
// stay.
template <int MinBlockLevel>
struct KeepingPolicy {
  static constexpr Level kMinBlockLevel{MinBlockLevel};
  static constexpr bool kFreeEmptyTables = false;
  static constexpr bool Counts(Descriptor d, Level level) {
    switch (KindOf(d, level)) {
      case EntryKind::kAnnotation:
        return true;
      case EntryKind::kLeaf:
        return (d.bits & Prot::kSwMask) != 0;
      default:
        return false;
    }
  }
};

}  // namespace cadastre::testing

#endif  // CADASTRE_PGTABLE_TESTING_POLICIES_H_
