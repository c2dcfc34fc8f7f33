// SPDX-License-Identifier: Apache-2.0
// A set of RAM pages that tells its k-th member fast: script generators ask for "the k-th parked
// page" at each step.
#ifndef CADASTRE_HARNESS_ORACLE_PAGE_SELECTOR_H_
#define CADASTRE_HARNESS_ORACLE_PAGE_SELECTOR_H_

#include <bit>
#include <cstdint>
#include <vector>

#include "harness/oracle/ram.h"

namespace cadastre::oracle {

class PageSelector {
 public:
  explicit PageSelector(PageIndex pages)
      : words_(pages / 64 + 1), groups_(pages / kGroupPages + 1) {}

  PageIndex size() const { return size_; }

  // `index` is not in the set.
  void Insert(PageIndex index) {
    words_[index / 64] |= std::uint64_t{1} << (index % 64);
    ++groups_[index / kGroupPages];
    ++size_;
  }

  // `index` is in the set.
  void Erase(PageIndex index) {
    words_[index / 64] &= ~(std::uint64_t{1} << (index % 64));
    --groups_[index / kGroupPages];
    --size_;
  }

  // The k-th member in ascending order, k < size().
  PageIndex Select(PageIndex k) const {
    PageIndex group = 0;
    while (k >= groups_[group]) k -= groups_[group++];
    PageIndex word = group * (kGroupPages / 64);
    while (k >= static_cast<PageIndex>(std::popcount(words_[word]))) {
      k -= static_cast<PageIndex>(std::popcount(words_[word++]));
    }
    std::uint64_t bits = words_[word];
    for (; k > 0; --k) bits &= bits - 1;
    return word * 64 + static_cast<PageIndex>(std::countr_zero(bits));
  }

 private:
  static constexpr PageIndex kGroupPages = 4096;
  std::vector<std::uint64_t> words_;
  std::vector<std::uint32_t> groups_;
  PageIndex size_ = 0;
};

}  // namespace cadastre::oracle

#endif  // CADASTRE_HARNESS_ORACLE_PAGE_SELECTOR_H_
