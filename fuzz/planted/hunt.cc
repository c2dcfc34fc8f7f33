// SPDX-License-Identifier: Apache-2.0
#include "fuzz/planted/hunt.h"

#include <algorithm>

#include "harness/run/op_mix.h"

namespace cadastre::planted {
namespace {

constexpr std::size_t kOps = 64;
constexpr std::uint64_t kSeedStride = 1'000'000;  // no two hunts share a script

// Bugs of one name stand together.
constexpr Bug kBugs[] = {
    {"compact_host_over_special_entry", "LEGAL_ROW", 2000},
    {"donate_without_tlbi", "STALE_TRANSLATION", 100},
    {"ipas2_without_vmalle1is", "STALE_TRANSLATION", 100},
    {"level_hint_on_removed_table", "STALE_TRANSLATION", 100},
    {"list_word_read_twice", "READ_ONCE", 100},
    {"reclaim_without_scrub", "MAINTENANCE_COUNT", 100},
    {"reclaim_without_scrub", "SCRUBBED_CLEAN", 500},
    {"reclaim_without_scrub", "SECRET_VISIBLE", 200},
    {"relax_without_prot_check", "RESULT", 200},
    {"scrub_without_clean_invalidate", "MAINTENANCE_COUNT", 100},
    {"scrub_without_clean_invalidate", "SECRET_VISIBLE", 200},
    {"share_guest_miscounts_borrowers", "BORROWERS_COUNTED", 100},
    {"share_guest_over_live_leaf", "BREAK_BEFORE_MAKE", 500},
    {"share_guest_stores_before_last_check", "REFUSAL_UNCHANGED", 300},
    {"share_hyp_without_host_check", "LEGAL_ROW", 300},
    {"tlbi_under_current_vmid", "STALE_TRANSLATION", 100},
    {"tlbi_without_dsb_before", "STALE_TRANSLATION", 100},
    {"unmap_without_tlbi", "STALE_TRANSLATION", 100},
    {"unshare_hyp_ignores_pins", "REFUSAL_UNCHANGED", 100},
    {"use_cleared_outside_host_lock", "LOCK_COVERS", 100},
    {"vcpu_load_without_vmalle1", "MAINTENANCE_COUNT", 100},
    {"wrprotect_without_tlbi", "STALE_TRANSLATION", 300},
};

}  // namespace

std::span<const Bug> Bugs() { return kBugs; }

std::span<const Bug> BugsNamed(std::string_view name) {
  const auto is_named = [&](const Bug& bug) { return bug.name == name; };
  const Bug* first = std::find_if(std::begin(kBugs), std::end(kBugs), is_named);
  return {first, std::find_if_not(first, std::end(kBugs), is_named)};
}

bool HasFired(const Violation& violation, std::string_view invariant) {
  return violation.id == invariant || std::any_of(violation.also.begin(), violation.also.end(),
                                                  [&](const char* id) { return id == invariant; });
}

Catch Hunt(run::Runner& runner, std::uint64_t seed, std::size_t budget,
           std::string_view invariant) {
  Catch result;
  while (result.executions < budget && !result.failure) {
    const std::uint64_t script_seed = seed * kSeedStride + result.executions;
    const script::Script script =
        run::MakeMixedScript(script_seed, kOps, script::Profile::kSmall, runner.facts());
    result.failure = runner.Run(script, run::Expectations::kIgnored).failure;
    ++result.executions;
    const bool other =
        result.failure && !invariant.empty() && !HasFired(result.failure->violation, invariant);
    if (other) result.failure.reset();
  }
  return result;
}

}  // namespace cadastre::planted
