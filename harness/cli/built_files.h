// SPDX-License-Identifier: Apache-2.0
// Files that a command needs and Bazel makes.
#ifndef CADASTRE_HARNESS_CLI_BUILT_FILES_H_
#define CADASTRE_HARNESS_CLI_BUILT_FILES_H_

#include <filesystem>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace cadastre {

// The root of the source tree, which harness/cadastre hands over in CADASTRE_ROOT.
absl::StatusOr<std::filesystem::path> SourceRoot();

// Builds the labels; the folder below which their files lie then. kInternal when that fails; Bazel
// has then said why on standard error.
absl::StatusOr<std::filesystem::path> BuildFiles(const std::filesystem::path& root,
                                                 const std::vector<std::string>& labels);

}  // namespace cadastre

#endif  // CADASTRE_HARNESS_CLI_BUILT_FILES_H_
