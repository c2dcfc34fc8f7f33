// SPDX-License-Identifier: Apache-2.0
// A run of pages.
#ifndef CADASTRE_HARNESS_ORACLE_PAGE_SPAN_H_
#define CADASTRE_HARNESS_ORACLE_PAGE_SPAN_H_

#include <cstdint>

namespace cadastre::oracle {

// Pages [first, first + count), as 4 KiB page numbers.
struct PageSpan {
  std::uint64_t first = 0;
  std::uint64_t count = 0;
  constexpr bool Contains(std::uint64_t pfn) const { return pfn - first < count; }
};

}  // namespace cadastre::oracle

#endif  // CADASTRE_HARNESS_ORACLE_PAGE_SPAN_H_
