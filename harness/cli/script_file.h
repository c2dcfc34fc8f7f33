// SPDX-License-Identifier: Apache-2.0
// A script from a file in either form: text if the name ends in .ops or the content begins like
// one, else bytes.
#ifndef CADASTRE_HARNESS_CLI_SCRIPT_FILE_H_
#define CADASTRE_HARNESS_CLI_SCRIPT_FILE_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "harness/script/script.h"

namespace cadastre {

// How bytes are read: canonical ones only, or any, as a fuzz target reads them.
enum class Bytes : std::uint8_t { kCanonical, kAny };

// kNotFound or kInvalidArgument with one line for the user that begins with the path.
absl::StatusOr<script::Script> ReadScriptFile(const std::string& path, Bytes bytes);

}  // namespace cadastre

#endif  // CADASTRE_HARNESS_CLI_SCRIPT_FILE_H_
