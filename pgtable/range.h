// SPDX-License-Identifier: Apache-2.0
// A range of whole pages that can't be built wrong.
#ifndef CADASTRE_PGTABLE_RANGE_H_
#define CADASTRE_PGTABLE_RANGE_H_

#include <cstdint>

#include "pgtable/types.h"

namespace cadastre {

// [base, base + bytes) of an address type, aligned to pages and inside its space.
template <class Address>
class AddressRange {
 public:
  // EINVAL: no pages, or `base` not a multiple of the page. ERANGE: wraps, or ends above
  // 2^space_bits.
  static constexpr Result<AddressRange> Make(Address base, std::uint64_t pages, unsigned page_shift,
                                             unsigned space_bits) {
    if (pages == 0 || (base.value & ((std::uint64_t{1} << page_shift) - 1)) != 0)
      return Errno::kInval;
    const std::uint64_t space = std::uint64_t{1} << (space_bits - page_shift);  // in pages
    const std::uint64_t first = base.value >> page_shift;
    if (pages > space || first > space - pages) return Errno::kRange;
    return AddressRange(base, pages << page_shift);
  }

  constexpr AddressRange() = default;
  constexpr Address base() const { return base_; }
  constexpr Address end() const { return base_ + bytes_; }
  constexpr std::uint64_t bytes() const { return bytes_; }

 private:
  constexpr AddressRange(Address base, std::uint64_t bytes) : base_(base), bytes_(bytes) {}
  Address base_{};
  std::uint64_t bytes_ = 0;
};

// [first, first + count) of a page-number type.
template <class Number>
class NumberRange {
 public:
  // EINVAL: no pages. ERANGE: wraps, or ends above 2^space_bits.
  static constexpr Result<NumberRange> Make(Number first, std::uint64_t count,
                                            unsigned space_bits) {
    if (count == 0) return Errno::kInval;
    const std::uint64_t space = std::uint64_t{1} << space_bits;
    if (count > space || first.value > space - count) return Errno::kRange;
    return NumberRange(first, count);
  }

  constexpr NumberRange() = default;
  constexpr Number first() const { return first_; }
  constexpr Number end() const { return first_ + count_; }
  constexpr std::uint64_t count() const { return count_; }

 private:
  constexpr NumberRange(Number first, std::uint64_t count) : first_(first), count_(count) {}
  Number first_{};
  std::uint64_t count_ = 0;
};

// Do [a, a + a_count) and [b, b + b_count) meet, as unbounded integers? By distance: no sum is
// formed that could wrap. Precondition: neither is empty.
constexpr bool PagesOverlap(std::uint64_t a, std::uint64_t a_count, std::uint64_t b,
                            std::uint64_t b_count) {
  return a <= b ? b - a < a_count : a - b < b_count;
}

using PfnRange = NumberRange<Pfn>;
using GfnRange = NumberRange<Gfn>;

}  // namespace cadastre

#endif  // CADASTRE_PGTABLE_RANGE_H_
