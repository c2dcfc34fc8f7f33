// SPDX-License-Identifier: Apache-2.0
// The committed op mix: deterministic scripts on which throughput is quoted and planted bugs are
// hunted. From nothing but a seed: no coverage feedback; operands are asked of the specification
// ("a live gfn of a plain VM") or fall into a small working set, so that the same pages and gfns
// meet again.
//
// A script opens with a plain and a protected VM, table memory and a vCPU for each. Then come
// single operations of the host, and phrases, whose operations need each other: a guest that runs,
// now and then by two vCPUs in turn, a list, a tear-down. Others come between them, mostly on the
// other CPU. Every call of the ABI turns up. Of a thousand operations about
//   240 vCPUs and what guests do          140 VMs, table memory, tear-down
//   210 share, unshare, donate, reclaim_hyp, compact_host, query_page, accesses
//   190 pages of plain guests             100 pages of protected guests
//    60 steps of what is under way         50 lists
// At least half of all succeed; a tenth of those that take a count have one above 1; a quarter
// begin beside others: they have a schedule, or the other CPU has something under way.
// op_mix_test.cc holds all three.
#ifndef CADASTRE_HARNESS_RUN_OP_MIX_H_
#define CADASTRE_HARNESS_RUN_OP_MIX_H_

#include <cstddef>
#include <cstdint>

#include "harness/oracle/facts.h"
#include "harness/script/script.h"

namespace cadastre::run {

// SplitMix64: the same numbers everywhere.
class MixRandom {
 public:
  explicit MixRandom(std::uint64_t seed) : state_(seed) {}
  // 0..limit-1. Precondition: limit > 0.
  std::uint64_t Below(std::uint64_t limit) { return Next() % limit; }

 private:
  std::uint64_t Next();
  std::uint64_t state_;
};

// How many operations the opening takes.
inline constexpr std::size_t kMixOpening = 7;

// Every script with the same arguments is equal. `facts` are those of the script's machine.
script::Script MakeMixedScript(std::uint64_t seed, std::size_t ops, script::Profile profile,
                               const oracle::MachineFacts& facts);

}  // namespace cadastre::run

#endif  // CADASTRE_HARNESS_RUN_OP_MIX_H_
