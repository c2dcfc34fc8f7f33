// SPDX-License-Identifier: Apache-2.0
#include "fuzz/planted/hunt.h"

#include <algorithm>

#include "harness/run/op_mix.h"

namespace cadastre::planted {
namespace {

constexpr std::size_t kOps = 64;
constexpr std::uint64_t kSeedStride = 1'000'000;  // no two hunts share a script

constexpr Bug kBugs[] = {
    {"relax_without_prot_check", "RESULT", 200},
    {"share_hyp_without_host_check", "LEGAL_ROW", 100},
    {"share_guest_miscounts_borrowers", "BORROWERS_COUNTED", 100},
    {"share_guest_stores_before_last_check", "REFUSAL_UNCHANGED", 300},
    {"compact_host_over_special_entry", "LEGAL_ROW", 2000},
    {"unshare_hyp_ignores_pins", "REFUSAL_UNCHANGED", 100},
};

}  // namespace

std::span<const Bug> Bugs() { return kBugs; }

const Bug* FindBug(std::string_view name) {
  const auto found = std::find_if(std::begin(kBugs), std::end(kBugs),
                                  [&](const Bug& bug) { return bug.name == name; });
  return found == std::end(kBugs) ? nullptr : found;
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
