// SPDX-License-Identifier: Apache-2.0
// A directory for what QEMU reads and writes, which is gone at the end.
#ifndef CADASTRE_HARNESS_ON_TARGET_SCRATCH_DIRECTORY_H_
#define CADASTRE_HARNESS_ON_TARGET_SCRATCH_DIRECTORY_H_

#include <filesystem>
#include <utility>

#include "absl/status/statusor.h"

namespace cadastre::on_target {

class ScratchDirectory {
 public:
  // kInternal, with a line for the user.
  static absl::StatusOr<ScratchDirectory> Make();
  ScratchDirectory(ScratchDirectory&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  ScratchDirectory& operator=(ScratchDirectory&&) = delete;
  ~ScratchDirectory();

  const std::filesystem::path& path() const { return path_; }

 private:
  explicit ScratchDirectory(std::filesystem::path path) : path_(std::move(path)) {}

  std::filesystem::path path_;
};

}  // namespace cadastre::on_target

#endif  // CADASTRE_HARNESS_ON_TARGET_SCRATCH_DIRECTORY_H_
