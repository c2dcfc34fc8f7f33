// SPDX-License-Identifier: Apache-2.0
// The subcommands of the command line tool. Adding one takes a function here, a row in commands.def
// and a dependency in BUILD.
#ifndef CADASTRE_HARNESS_CLI_COMMANDS_H_
#define CADASTRE_HARNESS_CLI_COMMANDS_H_

#include <span>
#include <string>

namespace cadastre {

// What a subcommand's function returns becomes the process's exit status. Commands may have further
// ones above these.
inline constexpr int kExitOk = 0;
// It worked, and found what it looks for: a violation, a mismatch, a failed test.
inline constexpr int kExitFound = 1;
// Unknown flag, missing file, malformed input; one line on stderr says which.
inline constexpr int kExitMisuse = 2;
// The machine or a tool failed.
inline constexpr int kExitBroken = 3;
// Ctrl-C, before what was asked for had come to its end.
inline constexpr int kExitInterrupted = 130;

// One row of the table. `run` gets the arguments after the subcommand's name.
struct Command {
  const char* name;
  int (*run)(std::span<const std::string> args);
  const char* help;
};

// Every subcommand, in the order of the help.
std::span<const Command> Commands();

#define CADASTRE_COMMAND(name, function, help) int function(std::span<const std::string> args);
#include "harness/cli/commands.def"
#undef CADASTRE_COMMAND

}  // namespace cadastre

#endif  // CADASTRE_HARNESS_CLI_COMMANDS_H_
