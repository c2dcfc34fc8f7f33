// SPDX-License-Identifier: Apache-2.0
#include "harness/on_target/scratch_directory.h"

#include <cstdlib>
#include <string>
#include <system_error>

namespace cadastre::on_target {

namespace fs = std::filesystem;

absl::StatusOr<ScratchDirectory> ScratchDirectory::Make() {
  std::error_code error;
  std::string name = (fs::temp_directory_path(error) / "cadastre-target-XXXXXX").string();
  if (error || mkdtemp(name.data()) == nullptr)
    return absl::InternalError("can't make a directory for temporary files");
  return ScratchDirectory(name);
}

ScratchDirectory::~ScratchDirectory() {
  std::error_code ignored;
  if (!path_.empty()) fs::remove_all(path_, ignored);
}

}  // namespace cadastre::on_target
