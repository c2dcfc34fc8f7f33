// SPDX-License-Identifier: Apache-2.0
// The command that shows a fuzzer's input in words.
#ifndef CADASTRE_HARNESS_RUN_REPLAY_COMMAND_H_
#define CADASTRE_HARNESS_RUN_REPLAY_COMMAND_H_

#include <string>
#include <string_view>

namespace cadastre::run {

// For a shell. `program` is harness/cadastre, `target` the fuzz target whose input the file is.
std::string ReplayCommand(std::string_view program, std::string_view target, std::string_view file);

// A word as a shell reads it back: in quotes when it has more than the usual characters of a path.
std::string ForShell(std::string_view word);

}  // namespace cadastre::run

#endif  // CADASTRE_HARNESS_RUN_REPLAY_COMMAND_H_
