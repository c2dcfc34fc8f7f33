// SPDX-License-Identifier: Apache-2.0
// The words of one line of a script, from left to right, with their columns for messages.
#ifndef CADASTRE_HARNESS_SCRIPT_WORDS_H_
#define CADASTRE_HARNESS_SCRIPT_WORDS_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace cadastre::script {

class Words {
 public:
  // `text` has no comment and no space at its end.
  Words(std::string_view text, std::size_t line) : text_(text), line_(line) { SkipSpaces(); }

  bool AtEnd() const { return at_ == text_.size(); }
  // The word at the cursor; empty at the end of the line.
  std::string_view Peek() const {
    const std::string_view rest = text_.substr(at_);
    return rest.substr(0, rest.find(' '));
  }
  void Next() {
    at_ += Peek().size();
    SkipSpaces();
  }
  // The line's message: what should stand at the cursor, `offset` bytes on.
  absl::Status Expected(const std::string& what, std::size_t offset = 0) const;

 private:
  void SkipSpaces() {
    while (at_ < text_.size() && text_[at_] == ' ') ++at_;
  }

  std::string_view text_;
  std::size_t line_;
  std::size_t at_ = 0;
};

// A word `name=NUMBER` with a number up to `most`, if one stands at the cursor.
absl::StatusOr<std::optional<std::uint64_t>> TakeField(Words& words, std::string_view name,
                                                       std::uint64_t most);
// The same with any 64 bits, which may be written as `-N`.
absl::StatusOr<std::optional<std::uint64_t>> TakeSignedField(Words& words, std::string_view name);

}  // namespace cadastre::script

#endif  // CADASTRE_HARNESS_SCRIPT_WORDS_H_
