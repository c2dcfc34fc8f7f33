// SPDX-License-Identifier: Apache-2.0
// Definition of PageTable::Walk.
//
//   level 0   root [ T . . . ]                 kTablePre  T0
//                    |
//   level 1       T0 [ B . T . ]                 kLeaf      B   (a block)
//                          |                     kLeaf      .   (absent: a leaf of the walk, too)
//                          |                     kTablePre  T1
//   level 2             T1 [ T . . . ]             kTablePre  T2
//                            |
//   level 3               T2 [ P P A . ]             kLeaf  P, P, A (an annotation), .
//                                                  kTablePost T2
//                                                kTablePost T1   and so on to the range's end
//
// Ascending, depth first. A frame for each level holds the table that is being read and the visit
// by which it was entered; the input address alone says which entry is next.
#ifndef CADASTRE_PGTABLE_WALK_H_
#define CADASTRE_PGTABLE_WALK_H_

#include <cstdint>

#include "pgtable/page_table.h"

namespace cadastre {

template <class Format, class G, class Policy, class Pages, class P>
template <class Visitor>
Status PageTable<Format, G, Policy, Pages, P>::Walk(P& p, const Range& range,
                                                    Visitor&& visitor) const {
  struct Frame {
    PhysAddr table;
    Visit<Input> entered;
  };
  if (const Status status = CheckRange(range); !status.ok()) return status;
  Frame frames[kLevels];
  Level level = geometry_.start;
  Input at = range.base();
  while (at < range.end()) {
    const PhysAddr slot =
        SlotOf(level == geometry_.start ? root_ : frames[level.value].table, at, level);
    const Descriptor entry(p.Load64(slot));
    const Input next = EntryEnd(at, level, range);
    Visit<Input> visit{VisitKind::kLeaf, at, next - at, level, entry, slot};
    if (KindOf(entry, level) == EntryKind::kTable) {
      visit.kind = VisitKind::kTablePre;
      visit.base = AlignDown(at, level);
      if (visitor(visit) == WalkOn::kStop) return Status();
      level = level.Next();
      frames[level.value] = {Format::OutputAddress(entry, level), visit};
      continue;
    }
    if (visitor(visit) == WalkOn::kStop) return Status();
    at = next;
    // Leave the tables that end here, or where the range does.
    while (level > geometry_.start) {
      const Level above{level.value - 1};
      if (at < range.end() && AlignDown(at, above) != at) break;
      Visit<Input> left = frames[level.value].entered;
      left.kind = VisitKind::kTablePost;
      if (visitor(left) == WalkOn::kStop) return Status();
      level = above;
    }
  }
  return Status();
}

}  // namespace cadastre

#endif  // CADASTRE_PGTABLE_WALK_H_
