// SPDX-License-Identifier: Apache-2.0
// Files that a command needs and Bazel makes.
#ifndef CADASTRE_HARNESS_CLI_BUILT_FILES_H_
#define CADASTRE_HARNESS_CLI_BUILT_FILES_H_

#include <filesystem>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace cadastre {

// Builds the labels, whose messages go to standard error; the folder below which their files lie
// then. kInternal, with a line for the user: it did not work, or this is not harness/cadastre,
// which says where the sources are (CADASTRE_ROOT).
absl::StatusOr<std::filesystem::path> BuildFiles(const std::vector<std::string>& labels);

}  // namespace cadastre

#endif  // CADASTRE_HARNESS_CLI_BUILT_FILES_H_
