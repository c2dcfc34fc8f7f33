// SPDX-License-Identifier: Apache-2.0
// Two walkers of one memory, which must tell the same.
#include <cstring>

#include "harness/oracle/walker.h"

namespace cadastre::oracle {

bool Walker::IsSameTable(const Table& mine, const Walker& other) const {
  const Table* theirs = other.TableAt(mine.role.page);
  return theirs != nullptr && mine.role == theirs->role &&
         std::memcmp(mine.words, theirs->words, kEntries * sizeof(std::uint64_t)) == 0 &&
         mine.special == theirs->special && mine.non_zero == theirs->non_zero &&
         mine.absent_ram == theirs->absent_ram;
}

std::optional<PageIndex> Walker::DifferenceFrom(const Walker& other) const {
  for (std::uint32_t i = 0; i < tables_.size(); ++i) {
    const Table& mine = *tables_[i];
    const bool in_use = slots_[mine.role.page] == i + 1;
    if (in_use && !IsSameTable(mine, other)) return mine.role.page;
  }
  // All of mine are the other's, so it has more only if it has another one.
  for (PageIndex page = 0; tables_in_use_ != other.tables_in_use_ && page < slots_.size(); ++page) {
    if (slots_[page] == 0 && other.slots_[page] != 0) return page;
  }
  for (const PageIndex page : pages_with_leaves_.members()) {
    if (!HasSameLeaves(other, page)) return page;
  }
  for (const PageIndex page : other.pages_with_leaves_.members()) {
    if (!pages_with_leaves_.Has(page) && !HasSameLeaves(other, page)) return page;
  }
  return std::nullopt;
}

}  // namespace cadastre::oracle
