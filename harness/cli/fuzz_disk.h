// SPDX-License-Identifier: Apache-2.0
// Room on the disk. Engines write on without a word when there is none, and leave torn inputs.
#ifndef CADASTRE_HARNESS_CLI_FUZZ_DISK_H_
#define CADASTRE_HARNESS_CLI_FUZZ_DISK_H_

#include <cstdint>
#include <filesystem>

#include "absl/status/status.h"

namespace cadastre {

// What the last inputs, the logs and the collected findings take, with much to spare.
inline constexpr std::uintmax_t kLeastRoom = std::uintmax_t{16} << 20;

// kInternal with one line for the user when less than `least` bytes are left where the folder lies.
// A folder that can't be asked has room.
absl::Status HasRoom(const std::filesystem::path& folder, std::uintmax_t least = kLeastRoom);

}  // namespace cadastre

#endif  // CADASTRE_HARNESS_CLI_FUZZ_DISK_H_
