// SPDX-License-Identifier: Apache-2.0
// RAM as a dense array: the n-th page of all RAM regions in their order has index n, as its record
// has.
#ifndef CADASTRE_HARNESS_ORACLE_RAM_H_
#define CADASTRE_HARNESS_ORACLE_RAM_H_

#include <cstdint>
#include <optional>
#include <vector>

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
    for (const Region& region : regions_) {
      if (pfn - region.first < region.count) {
        return static_cast<PageIndex>(region.base + (pfn - region.first));
      }
    }
    return std::nullopt;
  }

  // Memory that has an owner: RAM, and not no-map (ABI.md row 401).
  bool IsOwnable(PageIndex index) const { return ownable_[index] != 0; }
  std::optional<PageIndex> OwnableIndexOf(std::uint64_t pfn) const {
    const std::optional<PageIndex> index = IndexOf(pfn);
    return index && IsOwnable(*index) ? index : std::nullopt;
  }

  // MMIO that the host may map.
  bool IsDevice(std::uint64_t pfn) const;

  // Whether all 512 pages from `first_pfn` are ownable RAM, or all are listed devices.
  bool IsOwnableGranule(std::uint64_t first_pfn) const;
  bool IsDeviceGranule(std::uint64_t first_pfn) const;

 private:
  struct Region {
    std::uint64_t first;
    std::uint64_t count;
    std::uint64_t base;
  };
  std::vector<Region> regions_;
  std::vector<std::uint64_t> pfns_;
  std::vector<std::uint8_t> ownable_;
  std::vector<PageSpan> devices_;
};

}  // namespace cadastre::oracle

#endif  // CADASTRE_HARNESS_ORACLE_RAM_H_
