// SPDX-License-Identifier: Apache-2.0
// The committed op mix: deterministic scripts on which throughput is quoted and planted bugs are
// hunted. From nothing but a seed: no coverage feedback; operands are asked of the specification
// ("a live gfn of a plain VM") or fall into a small working set, so that the same pages and gfns
// meet again.
//
// Of 110 operations after a script's opening (vm_create and vm_donate_tables):
//   42 share_guest, unshare_guest           14 permissions and age of guest pages, flush_guest_tlb
//   34 share, unshare, donate, reclaim_hyp   8 list_page_set, compact_host
//    6 host_access                           6 VMs: create, donate_tables, tear-down
// At least half of all succeed, and a tenth of those that take a count have one above 1;
// op_mix_test.cc holds both.
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

// Every script with the same arguments is equal. `facts` are those of the script's machine.
script::Script MakeMixedScript(std::uint64_t seed, std::size_t ops, script::Profile profile,
                               const oracle::MachineFacts& facts);

}  // namespace cadastre::run

#endif  // CADASTRE_HARNESS_RUN_OP_MIX_H_
