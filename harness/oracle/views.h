// SPDX-License-Identifier: Apache-2.0
// What all tables and the record say of one RAM page, decoded: the left side of every comparison
// with S.
#ifndef CADASTRE_HARNESS_ORACLE_VIEWS_H_
#define CADASTRE_HARNESS_ORACLE_VIEWS_H_

#include <cstdint>
#include <string>

#include "harness/oracle/facts.h"
#include "harness/oracle/report.h"
#include "harness/oracle/rows.h"
#include "harness/oracle/state.h"
#include "harness/oracle/walker.h"

namespace cadastre::oracle {

// All that a check may look at.
struct World {
  const State& state;
  const Walker& walker;
  const Memory& memory;
};

struct PageView : PageRows {
  PageIndex index = 0;
  std::uint64_t pfn = 0;
  AbstractPage expected;
  WalkEnd host_entry;
  WalkEnd el2_entry;
  Record record;
  const Table* table = nullptr;  // if a root reaches the page

  bool IsMappedByHost() const {
    return KindOf(host_entry.word, host_entry.level) == EntryKind::kLeaf;
  }
};

// The page's record as it stands in memory.
std::uint64_t RecordWord(const World& world, PageIndex index);
PageView ViewPage(const World& world, PageIndex index);
// The same, by the spans and the record that the page lies in.
PageView ViewPage(const World& world, PageIndex index, const Walker::Span& host,
                  const Walker::Span& el2, std::uint64_t record);

// "page 0x80012: host 0x..., EL2 0x..., guests 0/0/1/0, record ..., S row ...".
std::string Describe(const PageView& view);
// That it breaks an invariant. Out of line: a check that passes makes no string.
[[gnu::cold]] void Fire(Invariant invariant, const PageView& view, Report& report);

}  // namespace cadastre::oracle

#endif  // CADASTRE_HARNESS_ORACLE_VIEWS_H_
