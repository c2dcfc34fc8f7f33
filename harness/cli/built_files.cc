// SPDX-License-Identifier: Apache-2.0
#include "harness/cli/built_files.h"

#include <cstdlib>

#include "harness/process/process.h"

namespace cadastre {

absl::StatusOr<std::filesystem::path> BuildFiles(const std::vector<std::string>& labels) {
  const char* root = std::getenv("CADASTRE_ROOT");
  if (root == nullptr)
    return absl::InternalError("needs harness/cadastre, which says where the sources are");
  CommandLine command{.words = {"bazel", "build", "--color=no", "--noshow_progress",
                                "--ui_event_filters=-info", "--show_result=0"},
                      .environment = {},
                      .directory = root};
  command.words.insert(command.words.end(), labels.begin(), labels.end());
  if (!RunForOutput(command).ok()) return absl::InternalError("the build failed; see above");
  return std::filesystem::path(root) / "out" / "bin";
}

}  // namespace cadastre
