// SPDX-License-Identifier: Apache-2.0
#include "harness/run/replay_command.h"

namespace cadastre::run {

std::string ReplayCommand(std::string_view program, std::string_view target,
                          std::string_view file) {
  std::string command = ForShell(program);
  command.append(" replay --fuzzer=").append(target).append(" ");
  if (file.starts_with('-')) command += "./";
  return command + ForShell(file);
}

std::string ForShell(std::string_view word) {
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./+-:,=@";
  if (!word.empty() && word.find_first_not_of(kPlain) == std::string_view::npos) {
    return std::string(word);
  }
  std::string quoted = "'";
  for (const char c : word) {
    if (c == '\'') {
      quoted += "'\\''";
    } else {
      quoted += c;
    }
  }
  return quoted + "'";
}

}  // namespace cadastre::run
