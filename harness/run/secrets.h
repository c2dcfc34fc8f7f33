// SPDX-License-Identifier: Apache-2.0
// What guests and EL2 keep to themselves, for two runs of one script that differ in nothing else.
//
// The secrets are those of protected guests: registers that no operation of a script names, PC, the
// condition flags, and what a guest stores; and words in EL2's parked pages. In the second run they
// are other numbers, but for what a guest gives away: the first run tells which stores those are. A
// store is given away if its page is shared with the host at that time, or is shared or
// relinquished with KEEP before it is scrubbed; and so is the register of a store that leaves with
// ABORT. So a second run differs from the first in exactly what nobody else may learn.
#ifndef CADASTRE_HARNESS_RUN_SECRETS_H_
#define CADASTRE_HARNESS_RUN_SECRETS_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "harness/machine/sim_memory.h"
#include "harness/oracle/oracle.h"
#include "harness/script/resolve.h"

namespace cadastre::run {

class Secrets {
 public:
  // Whose secrets differ: those of all protected guests, or of those with an even or odd number in
  // the order in which they first act, so that the others are onlookers like the host.
  enum class Subjects : std::uint8_t { kAll, kEven, kOdd };
  enum class Pass : std::uint8_t { kFirst, kSecond };

  // A first run has not been recorded yet, or belongs to another script.
  void Begin(Subjects subjects);
  // The same script runs once more.
  void BeginSecond();

  // Whether the guest's secrets differ between the runs. It has acted, or has none yet.
  bool IsSubject(std::uint64_t vm) const;

  // A protected guest is about to do something: what it computed by itself since.
  void Compute(unsigned cpu, std::uint64_t vm, const script::ResolvedOp& op,
               oracle::GuestRegisters& guest);
  // Its store reaches a page.
  void NoteStore(unsigned cpu, std::uint64_t pfn);
  // Its access left to the host instead, which sees the register of a store.
  void NoteExit(unsigned cpu);
  // What happened to the pages that were stored to.
  void Settle(const oracle::Oracle& oracle);
  // EL2 uses a page that is its own.
  void UseParkedPage(std::uint64_t pfn, SimMemory& memory);

 private:
  struct Store {
    std::uint64_t word = 0;  // in the first run
    std::uint64_t pfn = 0;   // while it is kOpen
    enum class Fate : std::uint8_t {
      kKept,
      kOpen,  // so far
      kGivenAway,
    } fate = Fate::kKept;
  };

  std::uint64_t Draw(bool differs);
  void ComputeStore(unsigned cpu, std::uint64_t& value);

  Subjects subjects_ = Subjects::kAll;
  Pass pass_ = Pass::kFirst;
  std::uint64_t draws_ = 0;
  std::vector<std::uint64_t> guests_;  // handles, in the order in which they first acted
  std::vector<Store> stores_;          // of subjects
  std::size_t next_store_ = 0;         // of this run
  std::vector<std::size_t> open_;      // stores that are kOpen
  std::vector<std::size_t> latest_;    // by CPU: its last store + 1, 0 for none
};

}  // namespace cadastre::run

#endif  // CADASTRE_HARNESS_RUN_SECRETS_H_
