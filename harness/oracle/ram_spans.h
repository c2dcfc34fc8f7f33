// SPDX-License-Identifier: Apache-2.0
// RAM as it is told: a few spans, searched at each question. ram.h answers faster, at the cost of
// memory.
#ifndef CADASTRE_HARNESS_ORACLE_RAM_SPANS_H_
#define CADASTRE_HARNESS_ORACLE_RAM_SPANS_H_

#include <cstdint>
#include <optional>
#include <span>

#include "harness/oracle/descriptor.h"
#include "harness/oracle/page_span.h"

namespace cadastre::oracle {

// All spans are sorted and disjoint within their list; no_map lies inside ram.
struct RamSpans {
  std::span<const PageSpan> ram;
  std::span<const PageSpan> no_map;
  std::span<const PageSpan> devices;

  constexpr std::uint64_t Pages() const {
    std::uint64_t pages = 0;
    for (const PageSpan& region : ram) pages += region.count;
    return pages;
  }
  // The n-th page of all RAM regions in their order has index n, as its record has; nullopt outside
  // every region.
  constexpr std::optional<std::uint64_t> IndexOf(std::uint64_t pfn) const {
    std::uint64_t before = 0;
    for (const PageSpan& region : ram) {
      if (region.Contains(pfn)) return before + (pfn - region.first);
      before += region.count;
    }
    return std::nullopt;
  }
  // Memory that has an owner: RAM, and not no-map (ABI.md row 401).
  constexpr bool IsOwnable(std::uint64_t pfn) const { return IsIn(ram, pfn) && !IsIn(no_map, pfn); }
  constexpr bool IsDevice(std::uint64_t pfn) const { return IsIn(devices, pfn); }

  // Whether the 512 pages from `first_pfn`, a multiple of it, are all ownable, or all devices.
  constexpr bool IsGranuleOfOneKind(std::uint64_t first_pfn) const {
    const bool ownable = IsOwnable(first_pfn);
    for (std::uint64_t i = 0; i < kEntries; ++i) {
      if (ownable ? !IsOwnable(first_pfn + i) : !IsDevice(first_pfn + i)) return false;
    }
    return true;
  }

 private:
  static constexpr bool IsIn(std::span<const PageSpan> spans, std::uint64_t pfn) {
    for (const PageSpan& span : spans) {
      if (span.Contains(pfn)) return true;
    }
    return false;
  }
};

}  // namespace cadastre::oracle

#endif  // CADASTRE_HARNESS_ORACLE_RAM_SPANS_H_
