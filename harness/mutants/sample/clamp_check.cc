// SPDX-License-Identifier: Apache-2.0
// Exit status 0: Clamp is right in all that is looked at.
#include "harness/mutants/sample/clamp.h"

int main() {
  cadastre::Counter counter;
  const bool same = cadastre::Clamp(8, counter) == 8 && cadastre::Clamp(9, counter) == 9;
  const bool less = cadastre::Clamp(11, counter) == 9;
  return same && less && counter.calls == 3 && counter.clamped == 1 ? 0 : 1;
}
