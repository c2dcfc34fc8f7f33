// SPDX-License-Identifier: Apache-2.0
// cadastre COMMAND ARGUMENTS...: finds the subcommand and runs it. harness/cadastre builds and
// starts this program.
#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <exception>
#include <span>
#include <string>
#include <vector>

#include "harness/cli/commands.h"

namespace cadastre {
namespace {

void PrintHelp() {
  std::printf("usage: harness/cadastre COMMAND [ARGUMENTS...]\n\n");
  for (const Command& command : Commands()) std::printf("  %-10s %s\n", command.name, command.help);
  std::printf("\nharness/cadastre COMMAND --help says more.\n");
}

// What a command prints is its result: lost on a full disk, that is an error.
bool PrintedAll(const char* command) {
  errno = 0;
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return true;
  // The reason is gone if more than a buffer was lost.
  std::fprintf(stderr, "cadastre %s: can't write to standard output%s%s\n", command,
               errno == 0 ? "" : ": ", errno == 0 ? "" : std::strerror(errno));
  return false;
}

int Main(std::span<const std::string> args) {
  if (args.empty()) {
    std::fprintf(stderr, "cadastre: no command given (see harness/cadastre --help)\n");
    return kExitMisuse;
  }
  if (args[0] == "--help" || args[0] == "-h" || args[0] == "help") {
    PrintHelp();
    return kExitOk;
  }
  const std::span<const Command> commands = Commands();
  const auto command = std::find_if(commands.begin(), commands.end(),
                                    [&](const Command& c) { return args[0] == c.name; });
  if (command == commands.end()) {
    std::fprintf(stderr, "cadastre: unknown command '%s' (see harness/cadastre --help)\n",
                 args[0].c_str());
    return kExitMisuse;
  }
  try {
    const int status = command->run(args.subspan(1));
    return PrintedAll(command->name) || status == kExitFound ? status : kExitBroken;
  } catch (const std::exception& error) {  // the file system's: a full disk, a read-only folder
    std::fprintf(stderr, "cadastre %s: %s\n", command->name, error.what());
    return kExitBroken;
  }
}

}  // namespace
}  // namespace cadastre

int main(int argc, char** argv) {
  const std::vector<std::string> args(argv + 1, argv + argc);
  return cadastre::Main(args);
}
