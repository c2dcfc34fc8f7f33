// SPDX-License-Identifier: Apache-2.0
#include "harness/cli/fuzz_disk.h"

#include <system_error>

#include "absl/strings/str_cat.h"

namespace cadastre {

absl::Status HasRoom(const std::filesystem::path& folder, std::uintmax_t least) {
  std::error_code error;
  const std::filesystem::space_info space = std::filesystem::space(folder, error);
  if (error || space.available >= least) return absl::OkStatus();
  return absl::InternalError(absl::StrCat("the disk is full: ", space.available >> 20,
                                          " MiB left in ", folder.string(), ", at least ",
                                          least >> 20, " are needed"));
}

}  // namespace cadastre
