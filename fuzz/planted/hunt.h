// SPDX-License-Identifier: Apache-2.0
// Hunting planted bugs: mixed scripts from fixed seeds, run until an invariant fires. An execution
// is one script.
#ifndef CADASTRE_FUZZ_PLANTED_HUNT_H_
#define CADASTRE_FUZZ_PLANTED_HUNT_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "harness/run/runner.h"

namespace cadastre::planted {

// A bug that is planted in a copy of the core, by fuzz/planted/NAME.patch, and an invariant that it
// breaks. One that two groups of invariants must each see stands twice.
struct Bug {
  std::string_view name;
  std::string_view invariant;  // that must fire, alone or with others
  std::size_t budget;          // in executions: at least ten times the median in fuzz/PLANTED.md
};
std::span<const Bug> Bugs();
// Those of this name; empty if no bug has it.
std::span<const Bug> BugsNamed(std::string_view name);

// Where hunts begin. Each is the start of a different sequence of scripts.
inline constexpr std::uint64_t kSeeds[] = {1, 2, 3, 5, 8, 13, 21};

struct Catch {
  std::size_t executions = 0;  // the catching one included
  std::optional<run::Failure> failure;
};

// Did it fire, alone or with others?
bool HasFired(const Violation& violation, std::string_view invariant);

// Up to `budget` scripts. A script in which other invariants fire than the one that is asked for is
// passed by; empty: any will do.
Catch Hunt(run::Runner& runner, std::uint64_t seed, std::size_t budget,
           std::string_view invariant = {});

}  // namespace cadastre::planted

#endif  // CADASTRE_FUZZ_PLANTED_HUNT_H_
