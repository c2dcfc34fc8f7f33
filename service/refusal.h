// SPDX-License-Identifier: Apache-2.0
// How a call ends, and how the one right refusal is found among many that hold.
#ifndef CADASTRE_SERVICE_REFUSAL_H_
#define CADASTRE_SERVICE_REFUSAL_H_

#include <cstdint>

#include "service/abi/rows.h"

namespace cadastre {

// The answer of a call: success with two values, or the refusing row with its detail.
struct Outcome {
  abi::Row row = abi::Row::kNone;
  std::uint64_t x2 = 0;  // value, or detail
  std::uint64_t x3 = 0;  // value; a refusal's x3 is the row

  static constexpr Outcome Done(std::uint64_t x2 = 0, std::uint64_t x3 = 0) {
    return {abi::Row::kNone, x2, x3};
  }
  static constexpr Outcome Refuse(abi::Row row, std::uint64_t detail = 0) {
    return {row, detail, 0};
  }
};

// Refusal order is predicate-major: the lowest row that holds for any page wins, and its detail is
// the first such page. So one pass over the pages looks at each row only while it could still win.
class LowestRow {
 public:
  // Could `row` still win? True once `row` is lower than what was found.
  constexpr bool Open(abi::Row row) const { return found_ == abi::Row::kNone || row < found_; }
  // Precondition: Open(row).
  constexpr void Found(abi::Row row, std::uint64_t detail) {
    found_ = row;
    detail_ = detail;
  }
  // Notes the row if `holds` and it still counts. True if the page is refused by it (the page's
  // higher rows are moot).
  constexpr bool Test(abi::Row row, bool holds, std::uint64_t detail) {
    if (holds && Open(row)) Found(row, detail);
    return holds;
  }
  constexpr bool any() const { return found_ != abi::Row::kNone; }
  constexpr Outcome outcome() const { return Outcome::Refuse(found_, detail_); }

 private:
  abi::Row found_ = abi::Row::kNone;
  std::uint64_t detail_ = 0;
};

}  // namespace cadastre

#endif  // CADASTRE_SERVICE_REFUSAL_H_
