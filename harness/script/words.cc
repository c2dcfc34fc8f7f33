// SPDX-License-Identifier: Apache-2.0
#include "harness/script/words.h"

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "harness/script/operand_text.h"

namespace cadastre::script {

absl::Status Words::Expected(const std::string& what, std::size_t offset) const {
  const std::string_view word = Peek().substr(offset);
  const std::string got = word.empty() ? "the end of the line"
                                       : absl::StrCat("'", absl::CEscape(std::string(word)), "'");
  return absl::InvalidArgumentError(absl::StrCat("line ", line_, ", column ", at_ + offset + 1,
                                                 ": expected ", what, ", got ", got));
}

absl::StatusOr<std::optional<std::uint64_t>> TakeField(Words& words, std::string_view name,
                                                       std::uint64_t most) {
  if (!words.Peek().starts_with(name)) return std::nullopt;
  const std::optional<std::uint64_t> value = ParseNumber(words.Peek().substr(name.size()));
  if (!value || *value > most) {
    return words.Expected(absl::StrCat("a number up to ", most), name.size());
  }
  words.Next();
  return value;
}

absl::StatusOr<std::optional<std::uint64_t>> TakeSignedField(Words& words, std::string_view name) {
  if (!words.Peek().starts_with(name)) return std::nullopt;
  std::string_view digits = words.Peek().substr(name.size());
  const bool negative = digits.starts_with("-");
  if (negative) digits.remove_prefix(1);
  const std::optional<std::uint64_t> value = ParseNumber(digits);
  if (!value) return words.Expected("a number", name.size());
  words.Next();
  return negative ? std::uint64_t{0} - *value : *value;
}

}  // namespace cadastre::script
