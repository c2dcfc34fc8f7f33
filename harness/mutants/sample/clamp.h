// SPDX-License-Identifier: Apache-2.0
// A sample for mutants_test.sh: one mutant of each kind is killed by clamp_check.cc, and two live.
#ifndef CADASTRE_HARNESS_MUTANTS_SAMPLE_CLAMP_H_
#define CADASTRE_HARNESS_MUTANTS_SAMPLE_CLAMP_H_

namespace cadastre {

// Never mutated: it stands in a constant expression.
inline constexpr int kMost = 10 - 1;
static_assert(kMost + 1 == 10);

struct Counter {
  int calls = 0;
  int clamped = 0;
};

int Clamp(int value, Counter& counter);

}  // namespace cadastre

#endif  // CADASTRE_HARNESS_MUTANTS_SAMPLE_CLAMP_H_
