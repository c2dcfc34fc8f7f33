// SPDX-License-Identifier: Apache-2.0
// What `harness/cadastre fuzz` was asked to do.
#ifndef CADASTRE_HARNESS_CLI_FUZZ_OPTIONS_H_
#define CADASTRE_HARNESS_CLI_FUZZ_OPTIONS_H_

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>

#include "harness/cli/flags.h"

namespace cadastre {

enum class FuzzEngine { kLibFuzzer, kAfl };
enum class FuzzReport { kText, kJson };

struct FuzzOptions {
  FuzzEngine engine = FuzzEngine::kLibFuzzer;
  std::string target = "hypercall_fuzz";
  std::chrono::seconds duration{60};
  std::size_t jobs = 1;
  // Empty: the committed seeds and what earlier runs kept.
  std::filesystem::path corpus = {};
  FuzzReport report = FuzzReport::kText;
};

// The engine's name in flags, targets and folders: "libfuzzer" or "afl".
const char* NameOf(FuzzEngine engine);

// nullopt when the user asked for help, which has been printed to stdout. kInvalidArgument, with a
// message for the user, when the arguments are wrong or name a folder that does not exist.
absl::StatusOr<std::optional<FuzzOptions>> ParseFuzzOptions(std::span<const std::string> args);

}  // namespace cadastre

#endif  // CADASTRE_HARNESS_CLI_FUZZ_OPTIONS_H_
