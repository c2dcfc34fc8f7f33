// SPDX-License-Identifier: Apache-2.0
#include "harness/cli/built_files.h"

#include <cstdlib>

#include "harness/process/process.h"

namespace cadastre {

namespace fs = std::filesystem;

absl::StatusOr<fs::path> SourceRoot() {
  const char* root = std::getenv("CADASTRE_ROOT");
  if (root == nullptr || !fs::exists(fs::path(root) / "WORKSPACE")) {
    return absl::InvalidArgumentError(
        "start this as harness/cadastre, which knows where the sources are");
  }
  return fs::path(root);
}

absl::StatusOr<fs::path> BuildFiles(const fs::path& root, const std::vector<std::string>& labels) {
  CommandLine command{.words = {"bazel", "build", "--ui_event_filters=-info", "--show_result=0"},
                      .environment = {},
                      .directory = root};
  command.words.insert(command.words.end(), labels.begin(), labels.end());
  if (!RunForOutput(command).ok()) return absl::InternalError("the build failed; see above");
  return root / "out" / "bin";
}

}  // namespace cadastre
