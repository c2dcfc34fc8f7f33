// SPDX-License-Identifier: Apache-2.0
#include "harness/cli/flags.h"

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"

namespace cadastre {
namespace {

namespace fs = std::filesystem;

constexpr FlagRow kFlags[] = {
#define CADASTRE_FLAG(command, name, kind, domain) {command, name, FlagKind::k##kind, domain},
#define CADASTRE_FILES(command, count, what)
#include "harness/cli/flags.def"
#undef CADASTRE_FLAG
#undef CADASTRE_FILES
};

constexpr FilesRow kFiles[] = {
#define CADASTRE_FLAG(command, name, kind, domain)
#define CADASTRE_FILES(command, count, what) {command, FileArguments::k##count, what},
#include "harness/cli/flags.def"
#undef CADASTRE_FLAG
#undef CADASTRE_FILES
};

absl::Status Mistake(std::string message) { return absl::InvalidArgumentError(message); }

[[noreturn]] void TableIsWrong(std::string_view command, std::string_view what) {
  std::fprintf(stderr, "flags.def: %s: %s\n", std::string(command).c_str(),
               std::string(what).c_str());
  std::abort();
}

std::vector<std::string> Words(std::string_view domain) {
  return absl::StrSplit(absl::string_view(domain.data(), domain.size()), ' ', absl::SkipEmpty());
}

absl::Status CheckNumber(const FlagRow& row, const std::string& value, std::uint64_t& number) {
  const std::vector<std::string> limits = Words(row.domain);
  std::uint64_t least = 0;
  std::uint64_t most = 0;
  if (limits.size() != 2 || !absl::SimpleAtoi(limits[0], &least) ||
      !absl::SimpleAtoi(limits[1], &most)) {
    TableIsWrong(row.command, row.name);
  }
  const bool digits = value.find_first_not_of("0123456789") == std::string::npos;
  if (digits && absl::SimpleAtoi(value, &number) && number >= least && number <= most)
    return absl::OkStatus();
  return Mistake(absl::StrCat("--", std::string(row.name), " wants a number from ", least, " to ",
                              most, ", not '", value, "'"));
}

absl::Status CheckText(const FlagRow& row, const std::string& value) {
  const std::string name = "--" + std::string(row.name);
  if (row.kind == FlagKind::kChoice) {
    const std::vector<std::string> choices = Words(row.domain);
    if (std::find(choices.begin(), choices.end(), value) != choices.end()) return absl::OkStatus();
    return Mistake(
        absl::StrCat(name, " is one of ", absl::StrJoin(choices, ", "), ", not '", value, "'"));
  }
  if (value.empty()) return Mistake(name + " wants a value");
  constexpr char kOfNames[] = "abcdefghijklmnopqrstuvwxyz0123456789_";
  if (row.kind == FlagKind::kName && value.find_first_not_of(kOfNames) != std::string::npos)
    return Mistake(absl::StrCat(name, " wants a name, not '", value, "'"));
  if (row.kind == FlagKind::kFolder) {
    std::error_code error;
    if (!fs::is_directory(value, error))
      return Mistake(absl::StrCat(name, ": no folder '", value, "'"));
    if (fs::is_empty(value, error) || error)
      return Mistake(absl::StrCat(name, ": nothing in '", value, "'"));
  }
  return absl::OkStatus();
}

}  // namespace

ArgumentTable FlagsDef() { return {.flags = kFlags, .files = kFiles}; }

std::vector<std::string> ChoicesOf(std::string_view command, std::string_view flag) {
  for (const FlagRow& row : kFlags) {
    if (row.command == command && row.name == flag) return Words(row.domain);
  }
  TableIsWrong(command, flag);
}

CommandFlags::CommandFlags(std::string command, std::string synopsis, ExitStatuses exits,
                           ArgumentTable table)
    : command_(std::move(command)),
      synopsis_(std::move(synopsis)),
      exits_(std::move(exits)),
      table_(table) {
  const auto row = std::ranges::find(table_.files, std::string_view(command_), &FilesRow::command);
  if (row == table_.files.end()) TableIsWrong(command_, "no CADASTRE_FILES");
  files_ = *row;
}

const FlagRow& CommandFlags::RowOf(std::string_view name) const {
  for (const FlagRow& row : table_.flags) {
    if (row.command == command_ && row.name == name) return row;
  }
  TableIsWrong(command_, name);
}

CommandFlags& CommandFlags::Text(std::string_view name, std::string help, std::string& value) {
  Flag flag{.row = RowOf(name), .help = std::move(help), .text = &value};
  if (flag.row.kind == FlagKind::kSwitch || flag.row.kind == FlagKind::kNumber)
    TableIsWrong(command_, name);
  if (flag.row.kind == FlagKind::kChoice)
    absl::StrAppend(&flag.help, " (", absl::StrJoin(Words(flag.row.domain), ", "), ")");
  const std::string sample = flag.row.kind == FlagKind::kText ? "TEXT" : "NAME";
  flag.shape = absl::StrCat("--", std::string(name), "=", value.empty() ? sample : value);
  flags_.push_back(std::move(flag));
  return *this;
}

CommandFlags& CommandFlags::Number(std::string_view name, std::string help, std::uint64_t& value) {
  Flag flag{.row = RowOf(name), .help = std::move(help), .number = &value};
  if (flag.row.kind != FlagKind::kNumber) TableIsWrong(command_, name);
  flag.shape = absl::StrCat("--", std::string(name), "=", value);
  flags_.push_back(std::move(flag));
  return *this;
}

CommandFlags& CommandFlags::Switch(std::string_view name, std::string help, bool& value) {
  Flag flag{.row = RowOf(name), .help = std::move(help), .on = &value};
  if (flag.row.kind != FlagKind::kSwitch) TableIsWrong(command_, name);
  flag.shape = "--" + std::string(name);
  flags_.push_back(std::move(flag));
  return *this;
}

const CommandFlags::Flag* CommandFlags::Find(std::string_view name) const {
  const auto it = std::ranges::find_if(flags_, [&](const Flag& f) { return f.row.name == name; });
  return it == flags_.end() ? nullptr : &*it;
}

void CommandFlags::RequireEveryRowBound() const {
  for (const FlagRow& row : table_.flags) {
    if (row.command == command_ && Find(row.name) == nullptr) TableIsWrong(command_, row.name);
  }
}

absl::StatusOr<std::size_t> CommandFlags::TakeFlag(std::span<const std::string> args,
                                                   std::set<std::string_view>& given) const {
  const std::size_t equals = args[0].find('=');
  const bool attached = equals != std::string::npos;
  const std::string name = args[0].substr(2, attached ? equals - 2 : equals);
  const Flag* flag = Find(name);
  if (flag == nullptr) return Mistake("unknown flag --" + name);
  given.insert(flag->row.name);
  if (flag->on != nullptr) {
    if (attached) return Mistake(absl::StrCat("--", name, " takes no value"));
    *flag->on = true;
    return 1;
  }
  if (!attached && args.size() == 1) return Mistake(absl::StrCat("--", name, " wants a value"));
  const std::string value = attached ? args[0].substr(equals + 1) : args[1];
  const absl::Status status = flag->number != nullptr ? CheckNumber(flag->row, value, *flag->number)
                                                      : CheckText(flag->row, value);
  if (!status.ok()) return status;
  if (flag->text != nullptr) *flag->text = value;
  return attached ? 1 : 2;
}

absl::Status CommandFlags::CheckFiles(const std::vector<std::string>& files) const {
  const std::string what(files_.what);
  const bool one =
      files_.count == FileArguments::kOneFile || files_.count == FileArguments::kOneFolder;
  if (one && files.size() != 1) return Mistake("expected one " + what);
  if (files_.count == FileArguments::kFiles && files.empty())
    return Mistake("no file given (" + what + ")");
  for (const std::string& file : files) {
    std::error_code error;
    const fs::file_status status = fs::status(file, error);
    if (files_.count == FileArguments::kOneFolder) {
      if (!fs::is_directory(status)) return Mistake(file + ": no such folder");
    } else if (!fs::exists(status)) {
      return Mistake(file + ": no such file");
    } else if (fs::is_directory(status)) {
      return Mistake(file + ": a folder, not a file");
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<ParsedFlags> CommandFlags::Parse(std::span<const std::string> args) const {
  RequireEveryRowBound();
  ParsedFlags parsed;
  while (!args.empty()) {
    const std::string& arg = args[0];
    std::size_t taken = 1;
    if (arg == "--help" || arg == "-h") return ParsedFlags{.wish = ParsedFlags::Wish::kHelp};
    if (arg.starts_with("--")) {
      const absl::StatusOr<std::size_t> flag = TakeFlag(args, parsed.given);
      if (!flag.ok()) return flag.status();
      taken = *flag;
    } else if (arg.size() > 1 && arg[0] == '-') {
      return Mistake("unknown flag " + arg);
    } else if (files_.count == FileArguments::kNone) {
      return Mistake(absl::StrCat("unexpected argument '", arg, "'"));
    } else {
      parsed.files.push_back(arg);
    }
    args = args.subspan(taken);
  }
  for (const Flag& flag : flags_) {
    if (flag.row.kind == FlagKind::kNeeded && !parsed.given.contains(flag.row.name))
      return Mistake(absl::StrCat("no --", std::string(flag.row.name), " given"));
  }
  if (absl::Status status = CheckFiles(parsed.files); !status.ok()) return status;
  return parsed;
}

std::string CommandFlags::Help() const {
  std::string help = absl::StrCat("usage: harness/cadastre ", command_,
                                  synopsis_.empty() ? "" : " ", synopsis_, "\n\n");
  for (const Flag& flag : flags_)
    absl::StrAppendFormat(&help, "  %-28s %s\n", flag.shape, flag.help);
  absl::StrAppendFormat(&help, "  %-28s %s\n", "--help", "print this");
  absl::StrAppendFormat(&help,
                        "\nExit status: 0 %s, 1 %s, 2 misuse,\n"
                        "3 what it needs could not be installed, built, run or written.\n",
                        exits_.ok, exits_.found);
  return help;
}

}  // namespace cadastre
