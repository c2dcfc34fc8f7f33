// SPDX-License-Identifier: Apache-2.0
// What each call costs at EL2, as QEMU counts it (plugin/count_el2.cc, payload/cost.cc).
#ifndef CADASTRE_HARNESS_ON_TARGET_COST_RUN_H_
#define CADASTRE_HARNESS_ON_TARGET_COST_RUN_H_

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace cadastre::on_target {

struct CostFiles {
  std::filesystem::path image;
  std::filesystem::path payload;
  std::filesystem::path plugin;
};

struct Cost {
  std::string call;
  std::uint64_t pages = 0;
  std::string where;  // "table", "block" or "-"
  std::uint64_t instructions = 0;
  std::uint64_t invalidations = 0;
  std::uint64_t barriers = 0;  // DSBs
};

// In the order in which the payload makes the calls. kInternal, with a line for the user.
absl::StatusOr<std::vector<Cost>> MeasureCosts(const CostFiles& files);

// The table of service/PERFORMANCE.md.
std::string FormatCosts(const std::vector<Cost>& costs);

}  // namespace cadastre::on_target

#endif  // CADASTRE_HARNESS_ON_TARGET_COST_RUN_H_
