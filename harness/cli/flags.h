// SPDX-License-Identifier: Apache-2.0
// The flags of one subcommand: --name=value, --name value, --switch, and --help. Which there are
// and what they take is the table flags.def, from which harness/cadastre judges arguments before it
// builds this program. A mistake is one line that names it.
#ifndef CADASTRE_HARNESS_CLI_FLAGS_H_
#define CADASTRE_HARNESS_CLI_FLAGS_H_

#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace cadastre {

// As flags.def describes them.
enum class FlagKind : std::uint8_t { kSwitch, kNumber, kChoice, kName, kText, kNeeded, kFolder };
enum class FileArguments : std::uint8_t { kNone, kOneFile, kOneFolder, kFiles };

struct FlagRow {
  std::string_view command;
  std::string_view name;
  FlagKind kind;
  std::string_view domain;
};
struct FilesRow {
  std::string_view command;
  FileArguments count;
  std::string_view what;
};
struct ArgumentTable {
  std::span<const FlagRow> flags;
  std::span<const FilesRow> files;
};
// flags.def.
ArgumentTable FlagsDef();
// The words that a Choice of flags.def takes. Precondition: there is such a row.
std::vector<std::string> ChoicesOf(std::string_view command, std::string_view flag);

// What a command line without mistakes asks for.
struct ParsedFlags {
  enum class Wish { kRun, kHelp };
  Wish wish = Wish::kRun;
  // The arguments that are not flags, in their order.
  std::vector<std::string> files = {};
  // The names of the flags that are given, whatever their values.
  std::set<std::string_view> given = {};
};

// What the exit statuses mean; 2 is misuse and 3 that the machine or a tool failed, everywhere.
struct ExitStatuses {
  std::string ok;
  std::string found;
};

// A flag that is bound and has no row in the table, or the other way round, ends the program: it is
// wrong whatever the arguments are.
class CommandFlags {
 public:
  // `command` is that of the table, "corpus encode"; `synopsis` follows it in the help.
  CommandFlags(std::string command, std::string synopsis, ExitStatuses exits,
               ArgumentTable table = FlagsDef());

  // Each of these adds one flag. The variable holds the default now and the value after Parse; it
  // must outlive Parse.
  CommandFlags& Text(std::string_view name, std::string help, std::string& value);
  CommandFlags& Number(std::string_view name, std::string help, std::uint64_t& value);
  CommandFlags& Switch(std::string_view name, std::string help, bool& value);

  // Reads the arguments into the variables. kInvalidArgument, with a message for the user, when the
  // table does not allow them; the variables are then unspecified.
  absl::StatusOr<ParsedFlags> Parse(std::span<const std::string> args) const;

  // The whole help text: the synopsis, a line for each flag with its default, the exit statuses.
  std::string Help() const;

 private:
  struct Flag {
    FlagRow row = {};
    std::string help = {};
    std::string* text = nullptr;
    std::uint64_t* number = nullptr;
    bool* on = nullptr;
    // As the help shows it, e.g. "--seconds=60".
    std::string shape = {};
  };

  const FlagRow& RowOf(std::string_view name) const;
  const Flag* Find(std::string_view name) const;
  void RequireEveryRowBound() const;
  absl::Status CheckFiles(const std::vector<std::string>& files) const;
  // Takes the flag at the front of the arguments, and the next one if its value stands there;
  // returns how many that is.
  absl::StatusOr<std::size_t> TakeFlag(std::span<const std::string> args,
                                       std::set<std::string_view>& given) const;

  std::string command_;
  std::string synopsis_;
  ExitStatuses exits_;
  ArgumentTable table_;
  FilesRow files_;
  std::vector<Flag> flags_;
};

}  // namespace cadastre

#endif  // CADASTRE_HARNESS_CLI_FLAGS_H_
