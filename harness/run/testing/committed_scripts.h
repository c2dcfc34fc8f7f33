// SPDX-License-Identifier: Apache-2.0
// The committed scripts, for tests that have //corpus:ops among their data.
#ifndef CADASTRE_HARNESS_RUN_TESTING_COMMITTED_SCRIPTS_H_
#define CADASTRE_HARNESS_RUN_TESTING_COMMITTED_SCRIPTS_H_

#include <string>
#include <vector>

#include "harness/script/script.h"

namespace cadastre::run::testing {

struct CommittedScript {
  std::string path;
  script::Script script;
};

// In the order of their paths; a test fails where one does not parse.
std::vector<CommittedScript> CommittedScripts();

}  // namespace cadastre::run::testing

#endif  // CADASTRE_HARNESS_RUN_TESTING_COMMITTED_SCRIPTS_H_
