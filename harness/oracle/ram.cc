// SPDX-License-Identifier: Apache-2.0
#include "harness/oracle/ram.h"

#include <algorithm>

#include "harness/oracle/descriptor.h"

namespace cadastre::oracle {

Ram::Ram(const MachineFacts& facts) : devices_(facts.devices) {
  for (const PageSpan& span : facts.ram) {
    for (std::uint64_t i = 0; i < span.count; ++i) pfns_.push_back(span.first + i);
  }
  if (!pfns_.empty()) {
    const auto [lowest, highest] = std::minmax_element(pfns_.begin(), pfns_.end());
    lowest_ = *lowest;
    index_.assign(*highest - lowest_ + 1, kHole);
  }
  for (PageIndex i = 0; i < pfns_.size(); ++i) index_[pfns_[i] - lowest_] = i;
  ownable_.assign(pfns_.size(), 1);
  for (const PageSpan& span : facts.no_map) {
    for (std::uint64_t i = 0; i < span.count; ++i) {
      if (const auto index = IndexOf(span.first + i)) ownable_[*index] = 0;
    }
  }
  ownable_granule_ = OwnableRuns(kEntries);
  ownable_group_ = OwnableRuns(kGroup);
}

std::vector<std::uint8_t> Ram::OwnableRuns(std::uint64_t size) const {
  std::vector<std::uint8_t> runs;
  const std::uint64_t count =
      index_.empty() ? 0 : (lowest_ + index_.size()) / size - lowest_ / size + 1;
  for (std::uint64_t run = lowest_ / size; run < lowest_ / size + count; ++run) {
    bool all = true;
    for (std::uint64_t i = 0; i < size; ++i)
      all = all && OwnableIndexOf(run * size + i).has_value();
    runs.push_back(all ? 1 : 0);
  }
  return runs;
}

bool Ram::IsDevice(std::uint64_t pfn) const {
  for (const PageSpan& span : devices_) {
    if (pfn - span.first < span.count) return true;
  }
  return false;
}

bool Ram::IsDeviceGranule(std::uint64_t first_pfn) const {
  for (unsigned i = 0; i < kEntries; ++i) {
    if (!IsDevice(first_pfn + i)) return false;
  }
  return true;
}

}  // namespace cadastre::oracle
