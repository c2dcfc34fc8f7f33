// SPDX-License-Identifier: Apache-2.0
#include "harness/oracle/ram.h"

#include "harness/oracle/descriptor.h"

namespace cadastre::oracle {

Ram::Ram(const MachineFacts& facts) : devices_(facts.devices) {
  for (const PageSpan& span : facts.ram) {
    regions_.push_back({span.first, span.count, pfns_.size()});
    for (std::uint64_t i = 0; i < span.count; ++i) pfns_.push_back(span.first + i);
  }
  ownable_.assign(pfns_.size(), 1);
  for (const PageSpan& span : facts.no_map) {
    for (std::uint64_t i = 0; i < span.count; ++i) {
      if (const auto index = IndexOf(span.first + i)) ownable_[*index] = 0;
    }
  }
}

bool Ram::IsDevice(std::uint64_t pfn) const {
  for (const PageSpan& span : devices_) {
    if (pfn - span.first < span.count) return true;
  }
  return false;
}

bool Ram::IsOwnableGranule(std::uint64_t first_pfn) const {
  for (unsigned i = 0; i < kEntries; ++i) {
    if (!OwnableIndexOf(first_pfn + i)) return false;
  }
  return true;
}

bool Ram::IsDeviceGranule(std::uint64_t first_pfn) const {
  for (unsigned i = 0; i < kEntries; ++i) {
    if (!IsDevice(first_pfn + i)) return false;
  }
  return true;
}

}  // namespace cadastre::oracle
