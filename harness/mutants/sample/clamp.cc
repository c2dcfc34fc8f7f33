// SPDX-License-Identifier: Apache-2.0
#include "harness/mutants/sample/clamp.h"

namespace cadastre {

int Clamp(int value, Counter& counter) {
  counter.calls += 1;
  if (value > kMost) {  // with >= it gives the same value, but counts one more
    ++counter.clamped;
    return kMost;
  }
  if (value < 0 && counter.calls > 0) return -value - 1;  // nobody asks with a value below 0
  return value;
}

}  // namespace cadastre
