// SPDX-License-Identifier: Apache-2.0
// RAM as a dense array: the n-th page of all RAM regions in their order has index n, as its record
// has.
#ifndef CADASTRE_HARNESS_ORACLE_RAM_H_
#define CADASTRE_HARNESS_ORACLE_RAM_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "harness/oracle/descriptor.h"
#include "harness/oracle/facts.h"

namespace cadastre::oracle {

// Index of a RAM page, no-map pages included.
using PageIndex = std::uint32_t;

class Ram {
 public:
  explicit Ram(const MachineFacts& facts);

  PageIndex size() const { return static_cast<PageIndex>(pfns_.size()); }
  std::uint64_t PfnOf(PageIndex index) const { return pfns_[index]; }

  // nullopt outside every RAM region.
  std::optional<PageIndex> IndexOf(std::uint64_t pfn) const {
    const std::uint64_t i = pfn - lowest_;
    if (i >= index_.size() || index_[i] == kHole) return std::nullopt;
    return index_[i];
  }

  // Memory that has an owner: RAM, and not no-map (ABI.md row 401).
  bool IsOwnable(PageIndex index) const { return ownable_[index] != 0; }
  std::optional<PageIndex> OwnableIndexOf(std::uint64_t pfn) const {
    const std::optional<PageIndex> index = IndexOf(pfn);
    return index && IsOwnable(*index) ? index : std::nullopt;
  }

  // Whether all kGroup pages from `first_pfn`, a multiple of it, are ownable RAM.
  static constexpr unsigned kGroup = 32;
  bool IsOwnableGroup(std::uint64_t first_pfn) const {
    const std::uint64_t i = first_pfn / kGroup - lowest_ / kGroup;
    return i < ownable_group_.size() && ownable_group_[i] != 0;
  }

  // MMIO that the host may map.
  bool IsDevice(std::uint64_t pfn) const;

  // Whether all 512 pages from `first_pfn` are ownable RAM, or all are listed devices.
  bool IsOwnableGranule(std::uint64_t first_pfn) const {
    const std::uint64_t i = first_pfn / kEntries - lowest_ / kEntries;
    return first_pfn % kEntries == 0 && i < ownable_granule_.size() && ownable_granule_[i] != 0;
  }
  bool IsDeviceGranule(std::uint64_t first_pfn) const;

 private:
  // Of each `size` pages from a multiple of it, up to the last RAM page: whether all are ownable.
  std::vector<std::uint8_t> OwnableRuns(std::uint64_t size) const;

  static constexpr PageIndex kHole = ~PageIndex{0};

  std::uint64_t lowest_ = 0;      // page number of index_[0]
  std::vector<PageIndex> index_;  // from the lowest RAM page to the highest
  std::vector<std::uint64_t> pfns_;
  std::vector<std::uint8_t> ownable_;
  std::vector<std::uint8_t> ownable_granule_;  // from the granule of the lowest RAM page
  std::vector<std::uint8_t> ownable_group_;    // from the group of the lowest RAM page
  std::vector<PageSpan> devices_;
};

}  // namespace cadastre::oracle

#endif  // CADASTRE_HARNESS_ORACLE_RAM_H_
