// SPDX-License-Identifier: Apache-2.0
// What an operation has stored that other observers may not see yet: pages outside every tree since
// the last DSB, and entries made valid that no barrier followed (ABI.md section 4, duties PG, PH,
// PE). The walker of another CPU is an observer like any other: it may see a table pointer before
// the table, unless a DSB stands between them or the pointer is stored by a store-release.
#ifndef CADASTRE_HARNESS_ORACLE_PUBLICATION_H_
#define CADASTRE_HARNESS_ORACLE_PUBLICATION_H_

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "harness/oracle/event.h"
#include "harness/oracle/walker.h"

namespace cadastre::oracle {

// An entry that became usable.
struct MadeEntry {
  Root root;
  unsigned level = 0;
  std::uint64_t input = 0;
};

class Publication {
 public:
  void Clear();

  // A store to a page that no root reaches.
  void NoteUnlinked(PageIndex page) {
    if (unordered_.empty() || unordered_.back() != page) unordered_.push_back(page);
  }
  void NoteMade(const MadeEntry& entry) {
    (entry.root.stage() == Stage::kOne ? el2_stored_ : stage_two_) = entry;
  }
  // The CPU's next event, a barrier; others change nothing.
  void Follow(EventKind kind);

  // Whether stores to the page are not ordered before what comes next.
  bool IsUnordered(PageIndex page) const {
    return std::find(unordered_.begin(), unordered_.end(), page) != unordered_.end();
  }

  // An entry of EL2 that EL2 itself may not be able to use yet.
  const MadeEntry* PendingEl2() const;
  // Any entry that no barrier followed.
  const MadeEntry* Pending() const;
  // What is due to the pending entry.
  std::string Missing() const;

 private:
  std::vector<PageIndex> unordered_;
  std::optional<MadeEntry> stage_two_;
  std::optional<MadeEntry> el2_stored_;   // no DSB yet
  std::optional<MadeEntry> el2_ordered_;  // no ISB yet
};

}  // namespace cadastre::oracle

#endif  // CADASTRE_HARNESS_ORACLE_PUBLICATION_H_
