// SPDX-License-Identifier: Apache-2.0
// Files read and written whole: all of it, or an error and nothing.
#ifndef CADASTRE_HARNESS_CLI_WHOLE_FILE_H_
#define CADASTRE_HARNESS_CLI_WHOLE_FILE_H_

#include <cstdint>
#include <span>
#include <string>

#include "absl/status/statusor.h"

namespace cadastre {

// kNotFound, with the path in the message, when there is no such file, when it is a folder, and
// when reading fails.
absl::StatusOr<std::string> ReadWholeFile(const std::string& path);

// Replaces a regular file at once: on failure (kInternal; the message has the path and the reason)
// what was there stays, and nothing is left behind. A device or a pipe is written as it is.
absl::Status WriteWholeFile(const std::string& path, std::span<const std::uint8_t> content);

// The one after the other.
absl::Status CopyWholeFile(const std::string& from, const std::string& to);

}  // namespace cadastre

#endif  // CADASTRE_HARNESS_CLI_WHOLE_FILE_H_
