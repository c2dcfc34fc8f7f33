// SPDX-License-Identifier: Apache-2.0
// Which words one operation may store, as far as the manual names them: the entries and records of
// the pages that S changed, the entries of its gfns, and the tables that these need.
#ifndef CADASTRE_HARNESS_ORACLE_FOOTPRINT_H_
#define CADASTRE_HARNESS_ORACLE_FOOTPRINT_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "harness/oracle/specification.h"
#include "harness/oracle/touch_list.h"
#include "harness/oracle/walker.h"

namespace cadastre::oracle {

class Footprint {
 public:
  explicit Footprint(PageIndex pages) : changed_(pages), was_hyp_(pages) {}

  // Takes State::changes() and `effect` of the operation's step, which ran on `cpu`.
  void Build(const State& state, const Effect& effect, unsigned cpu);

  bool Changed(PageIndex page) const { return changed_.Has(page); }
  bool WasHyp(PageIndex page) const { return was_hyp_.Has(page); }
  // Whether tables of the host and EL2 may be made, taken apart or stored to at all.
  bool ReachesHostTables() const { return !granules_.empty(); }

  // Whether entry `entry` of a table may be stored, where the table was part of its tree before and
  // is after.
  bool AllowsEntry(const State& state, const TableRole& table, unsigned entry) const;
  // Whether a table may come or go with the operation, and so be stored to as a whole.
  bool AllowsTable(const TableRole& table) const;

 private:
  bool AllowsPage(const State& state, std::uint64_t pfn) const;
  // Whether a granule of the operation lies in [first, first + count) pages.
  bool MeetsGranule(std::uint64_t first, std::uint64_t count) const;
  // Whether a gfn of the operation lies in [first, first + count).
  bool MeetsGfns(const Root& root, std::uint64_t first, std::uint64_t count) const;
  // Whether an entry or table over [input, input + size) of a tree can serve the operation.
  bool MeetsInput(const Root& root, std::uint64_t input, std::uint64_t size) const;

  TouchList changed_;
  TouchList was_hyp_;
  std::vector<std::uint64_t> granules_;  // numbers of 2 MiB granules, ascending
  std::optional<PageSpan> rebuilt_;  // pages whose granules may be rebuilt without a change of S
  std::optional<unsigned> vm_slot_;
  std::vector<GfnSpan> gfns_;  // of that VM, ascending
  unsigned cpu_ = 0;
};

}  // namespace cadastre::oracle

#endif  // CADASTRE_HARNESS_ORACLE_FOOTPRINT_H_
