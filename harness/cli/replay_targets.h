// SPDX-License-Identifier: Apache-2.0
// The fuzz targets whose inputs `replay` can show.
#ifndef CADASTRE_HARNESS_CLI_REPLAY_TARGETS_H_
#define CADASTRE_HARNESS_CLI_REPLAY_TARGETS_H_

#include <string>
#include <vector>

namespace cadastre {

inline std::vector<std::string> ReplayTargets() {
  return {"hypercall_fuzz", "dispatch_fuzz", "pgtable_fuzz"};
}

}  // namespace cadastre

#endif  // CADASTRE_HARNESS_CLI_REPLAY_TARGETS_H_
