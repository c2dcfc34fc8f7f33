// SPDX-License-Identifier: Apache-2.0
// The flags of one subcommand: --name=value, --name value, --switch, and --help. A mistake is one
// line that names it.
#ifndef CADASTRE_HARNESS_CLI_FLAGS_H_
#define CADASTRE_HARNESS_CLI_FLAGS_H_

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace cadastre {

// What a command line without mistakes asks for.
struct ParsedFlags {
  enum class Wish { kRun, kHelp };
  Wish wish = Wish::kRun;
  std::vector<std::string> files;  // the arguments that are not flags, in their order
};

// How many arguments that are not flags the subcommand takes.
enum class FileArguments { kNone, kAny };

class CommandFlags {
 public:
  // `synopsis` is the first line of the help, after "usage: harness/cadastre ".
  explicit CommandFlags(std::string synopsis) : synopsis_(std::move(synopsis)) {}

  // Each of these adds one flag. The variable holds the default now and the value after Parse; it
  // must outlive Parse.
  CommandFlags& Text(std::string name, std::string help, std::string& value);
  CommandFlags& Choice(std::string name, std::string help, std::vector<std::string> choices,
                       std::string& value);
  CommandFlags& Number(std::string name, std::string help, std::uint64_t least, std::uint64_t most,
                       std::uint64_t& value);
  CommandFlags& Switch(std::string name, std::string help, bool& value);

  // Reads the arguments into the variables. kInvalidArgument, with a message for the user, on an
  // unknown flag, a missing or bad value, or a file argument where none is taken; the variables are
  // then unspecified.
  absl::StatusOr<ParsedFlags> Parse(std::span<const std::string> args, FileArguments files) const;

  // The whole help text: the synopsis, then a line for each flag with its default.
  std::string Help() const;

 private:
  struct Flag {
    std::string name = {};
    std::string help = {};
    std::vector<std::string> choices = {};  // empty: any text
    std::string* text = nullptr;
    std::uint64_t* number = nullptr;
    std::uint64_t least = 0;
    std::uint64_t most = 0;
    bool* on = nullptr;
    std::string shape = {};  // as the help shows it, e.g. "--seconds=60"
  };

  const Flag* Find(const std::string& name) const;
  static absl::Status Assign(const Flag& flag, const std::string& value);

  std::string synopsis_;
  std::vector<Flag> flags_;
};

}  // namespace cadastre

#endif  // CADASTRE_HARNESS_CLI_FLAGS_H_
