// SPDX-License-Identifier: Apache-2.0
#include "harness/cli/flags.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"

namespace cadastre {
namespace {

absl::Status Mistake(std::string message) { return absl::InvalidArgumentError(message); }

// One argument of the form --name or --name=value.
struct Spelling {
  std::string name;
  std::optional<std::string> value;
};

Spelling Spell(const std::string& arg) {
  const std::size_t equals = arg.find('=');
  if (equals == std::string::npos) return {arg.substr(2), std::nullopt};
  return {arg.substr(2, equals - 2), arg.substr(equals + 1)};
}

}  // namespace

CommandFlags& CommandFlags::Text(std::string name, std::string help, std::string& value) {
  Flag flag{.name = name, .help = std::move(help), .text = &value};
  flag.shape = absl::StrCat("--", name, "=", value.empty() ? "TEXT" : value);
  flags_.push_back(std::move(flag));
  return *this;
}

CommandFlags& CommandFlags::Choice(std::string name, std::string help,
                                   std::vector<std::string> choices, std::string& value) {
  Flag flag{.name = name, .choices = std::move(choices), .text = &value};
  flag.help = absl::StrCat(help, " (", absl::StrJoin(flag.choices, ", "), ")");
  flag.shape = absl::StrCat("--", name, "=", value);
  flags_.push_back(std::move(flag));
  return *this;
}

CommandFlags& CommandFlags::Number(std::string name, std::string help, std::uint64_t least,
                                   std::uint64_t most, std::uint64_t& value) {
  Flag flag{.name = name, .help = std::move(help), .number = &value, .least = least, .most = most};
  flag.shape = absl::StrCat("--", name, "=", value);
  flags_.push_back(std::move(flag));
  return *this;
}

CommandFlags& CommandFlags::Switch(std::string name, std::string help, bool& value) {
  flags_.push_back(
      {.name = name, .help = std::move(help), .on = &value, .shape = absl::StrCat("--", name)});
  return *this;
}

const CommandFlags::Flag* CommandFlags::Find(const std::string& name) const {
  const auto it =
      std::find_if(flags_.begin(), flags_.end(), [&](const Flag& f) { return f.name == name; });
  return it == flags_.end() ? nullptr : &*it;
}

absl::Status CommandFlags::Assign(const Flag& flag, const std::string& value) {
  if (flag.number != nullptr) {
    std::uint64_t number = 0;
    if (!absl::SimpleAtoi(value, &number) || number < flag.least || number > flag.most) {
      return Mistake(absl::StrCat("--", flag.name, " wants a number from ", flag.least, " to ",
                                  flag.most, ", not '", value, "'"));
    }
    *flag.number = number;
    return absl::OkStatus();
  }
  if (!flag.choices.empty() &&
      std::find(flag.choices.begin(), flag.choices.end(), value) == flag.choices.end()) {
    return Mistake(absl::StrCat("--", flag.name, " is one of ", absl::StrJoin(flag.choices, ", "),
                                ", not '", value, "'"));
  }
  if (value.empty()) return Mistake(absl::StrCat("--", flag.name, " wants a value"));
  *flag.text = value;
  return absl::OkStatus();
}

absl::StatusOr<ParsedFlags> CommandFlags::Parse(std::span<const std::string> args,
                                                FileArguments files) const {
  ParsedFlags parsed;
  for (std::size_t i = 0; i < args.size(); ++i) {
    const std::string& arg = args[i];
    if (arg == "--help" || arg == "-h")
      return ParsedFlags{.wish = ParsedFlags::Wish::kHelp, .files = {}};
    if (arg.size() < 2 || arg[0] != '-') {
      if (files == FileArguments::kNone)
        return Mistake(absl::StrCat("unexpected argument '", arg, "'"));
      parsed.files.push_back(arg);
      continue;
    }
    if (arg[1] != '-') return Mistake(absl::StrCat("unknown flag ", arg));
    const Spelling spelling = Spell(arg);
    const Flag* flag = Find(spelling.name);
    if (flag == nullptr) return Mistake(absl::StrCat("unknown flag --", spelling.name));
    if (flag->on != nullptr) {
      if (spelling.value.has_value())
        return Mistake(absl::StrCat("--", flag->name, " takes no value"));
      *flag->on = true;
      continue;
    }
    if (!spelling.value.has_value() && i + 1 == args.size()) {
      return Mistake(absl::StrCat("--", flag->name, " wants a value"));
    }
    const std::string value = spelling.value.has_value() ? *spelling.value : args[++i];
    if (absl::Status status = Assign(*flag, value); !status.ok()) return status;
  }
  return parsed;
}

std::string CommandFlags::Help() const {
  std::string help = absl::StrCat("usage: harness/cadastre ", synopsis_, "\n\n");
  for (const Flag& flag : flags_)
    absl::StrAppendFormat(&help, "  %-28s %s\n", flag.shape, flag.help);
  absl::StrAppendFormat(&help, "  %-28s %s\n", "--help", "print this");
  return help;
}

}  // namespace cadastre
