// SPDX-License-Identifier: Apache-2.0
// The states in which pairs of operations meet: one for each legal row of service/ABI.md section 2
// and each stage in the life of VMs and vCPUs; and the operations that matter there, on the pages
// that the set-up speaks of: such as succeed, and such as are refused.
#ifndef CADASTRE_HARNESS_INTERLEAVE_PAIR_WORLDS_H_
#define CADASTRE_HARNESS_INTERLEAVE_PAIR_WORLDS_H_

#include <array>
#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "harness/interleave/pair_run.h"
#include "harness/script/script.h"

namespace cadastre::interleave {

struct PairWorld {
  std::string_view name;
  script::Script setup;  // with what it expects
  // By CPU. Where both CPUs may do the same, and the set-up treats them alike, those of CPU 1 are
  // empty, and a pair is taken once.
  std::array<std::vector<script::Op>, kPairCpus> ops;

  std::size_t pairs() const;
  // Precondition: index < pairs().
  Pair PairAt(std::size_t index) const;
};

std::span<const PairWorld> PairWorlds();

}  // namespace cadastre::interleave

#endif  // CADASTRE_HARNESS_INTERLEAVE_PAIR_WORLDS_H_
