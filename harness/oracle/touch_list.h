// SPDX-License-Identifier: Apache-2.0
// A set of RAM pages that is cleared at the cost of its members.
#ifndef CADASTRE_HARNESS_ORACLE_TOUCH_LIST_H_
#define CADASTRE_HARNESS_ORACLE_TOUCH_LIST_H_

#include <cstdint>
#include <span>
#include <vector>

#include "harness/oracle/ram.h"

namespace cadastre::oracle {

class TouchList {
 public:
  explicit TouchList(PageIndex pages) : is_member_(pages, 0) {}

  void Add(PageIndex page) {
    if (is_member_[page] != 0) return;
    is_member_[page] = 1;
    members_.push_back(page);
  }
  bool Has(PageIndex page) const { return is_member_[page] != 0; }
  std::span<const PageIndex> members() const { return members_; }

  void Clear() {
    for (const PageIndex page : members_) is_member_[page] = 0;
    members_.clear();
  }

 private:
  std::vector<std::uint8_t> is_member_;
  std::vector<PageIndex> members_;
};

}  // namespace cadastre::oracle

#endif  // CADASTRE_HARNESS_ORACLE_TOUCH_LIST_H_
