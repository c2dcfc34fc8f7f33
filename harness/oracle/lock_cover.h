// SPDX-License-Identifier: Apache-2.0
// Which lock covers a word of memory (ABI.md sections 2, 4 and 13), and which locks are held:
//
//   entry of the host's table, borrowers, pins and use of a record    host
//   entry of EL2's table                                              EL2; of a scrub window none:
//                                                                     it is its CPU's alone
//   a VM's tables, metadata and vCPU pages, used or not               that VM's; of the vCPU at
//   hand
//                                                                     none: it is its CPU's alone
//   a pool page that no tree reaches                                  pool
//   the count in the record of a table page                           as the table page
//   a page in TRANSIT, and what is no memory of EL2's                 none
#ifndef CADASTRE_HARNESS_ORACLE_LOCK_COVER_H_
#define CADASTRE_HARNESS_ORACLE_LOCK_COVER_H_

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "harness/oracle/event.h"
#include "harness/oracle/oracle.h"
#include "harness/oracle/state.h"
#include "harness/oracle/walker.h"

namespace cadastre::oracle {

constexpr Cover VmCover(unsigned slot) { return static_cast<Cover>(slot + 1); }

// "VM 3", "the host".
std::string NameOfCover(Cover cover);

// The locks of one CPU, by their events.
class HeldLocks {
 public:
  void Clear() { *this = HeldLocks(); }
  void Follow(const Event& event);
  bool Holds(Cover cover) const;

 private:
  unsigned classes_ = 0;  // a bit for each of the host's, EL2's, the pool's
  std::optional<unsigned> vm_slot_;
};

// What covers an entry of the tree.
Cover CoverOf(const Root& root);
// What covers the words of a page, where `role` says that it is a table.
Cover CoverOf(const State& state, PageIndex page, const std::optional<TableRole>& role);

// For the machine: the cover of each RAM page, as loads need it. Pages that a CPU may have for
// itself have none, and so has the table with the scrub windows' entries.
class LoadCovers {
 public:
  LoadCovers(const State& state, const Walker& walker);

  void Update(PageIndex page);
  // All of them anew, to come back to with Reset.
  void Attach();
  void Reset();
  std::span<const Cover> covers() const { return covers_; }

 private:
  Cover CoverOfLoads(PageIndex page) const;

  const State& state_;
  const Walker& walker_;
  std::vector<Cover> covers_;
  std::vector<Cover> attached_;
  TouchList changed_;
};

}  // namespace cadastre::oracle

#endif  // CADASTRE_HARNESS_ORACLE_LOCK_COVER_H_
