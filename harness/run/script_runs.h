// SPDX-License-Identifier: Apache-2.0
// Scripts as text, run on the small machine: for tests.
#ifndef CADASTRE_HARNESS_RUN_SCRIPT_RUNS_H_
#define CADASTRE_HARNESS_RUN_SCRIPT_RUNS_H_

#include <string>

#include "harness/run/outcome.h"
#include "harness/run/runner.h"
#include "harness/script/text.h"

namespace cadastre::run {

// Precondition: the lines are operations.
inline script::Script SmallScript(const std::string& lines) {
  return script::Parse("cadastre-ops 1 profile=small\n" + lines).value();
}

// Why the run failed; empty if it did not.
inline std::string Describe(const RunResult& result) {
  if (!result.failure) return "";
  return std::string(result.failure->violation.id) + " at op " +
         std::to_string(result.failure->op_index) + " " + result.failure->call + ": " +
         result.failure->violation.detail;
}

// A protected VM `a` with table memory and two vCPUs, of which 0 is loaded on CPU 0 and runs; its
// page 0 is lent with rw, 1 and 2 are given.
inline constexpr char kRunningGuest[] =
    "cpu0 vm_create flags=protected ipa_bits=36 meta_pfn=ram+700 root_pfn=ram+702 -> 0\n"
    "cpu0 vm_donate_tables vm=a pfn=ram+704 count=8 -> 0\n"
    "cpu0 share_hyp pfn=ram+712 count=2 -> 0\n"
    "cpu0 vcpu_create vm=a index=0 meta_pfn=ram+714 run_pfn=ram+712 entry=0x1000 context=0x77 -> "
    "0\n"
    "cpu0 vcpu_create vm=a index=1 meta_pfn=ram+715 run_pfn=ram+713 entry=0 context=0 -> 0\n"
    "cpu0 lend_guest vm=a pfn=ram+720 gfn=0 count=1 prot=rw -> 0\n"
    "cpu0 donate_guest vm=a pfn=ram+721 gfn=1 count=2 -> 0\n"
    "cpu0 vcpu_load vm=a index=0 -> 0\n"
    "cpu0 vcpu_run -> guest x0=0x77 x1=0 x2=0 x3=0\n";

}  // namespace cadastre::run

#endif  // CADASTRE_HARNESS_RUN_SCRIPT_RUNS_H_
