// SPDX-License-Identifier: Apache-2.0
// The page record: what the tables can't say of a page. service/ABI.md section 13 has the layout.
// Each field is a memory location of its own, because the count belongs to another lock than the
// rest.
#ifndef CADASTRE_SERVICE_PAGE_RECORD_H_
#define CADASTRE_SERVICE_PAGE_RECORD_H_

#include <cstdint>

#include "pgtable/types.h"
#include "service/ownership.h"

namespace cadastre {

// A view of one record. `at` is MemoryMap::RecordOf(pfn). Borrowers, pins and use under the host
// lock.
template <class P>
class PageRecord {
 public:
  PageRecord(P& p, PhysAddr at) : p_(p), at_(at) {}

  std::uint16_t borrowers() const { return p_.Load16(at_); }
  void set_borrowers(std::uint16_t n) { p_.Store16(at_, n); }
  std::uint16_t pins() const { return p_.Load16(at_ + 2); }
  void set_pins(std::uint16_t n) { p_.Store16(at_ + 2, n); }
  PageUse use() const { return static_cast<PageUse>(p_.Load8(at_ + kUseOffset)); }
  void set_use(PageUse use) { p_.Store8(at_ + kUseOffset, static_cast<std::uint8_t>(use)); }

  // Where pgtable keeps the entry count of a table page.
  static constexpr std::uint64_t kCountOffset = 4;
  static constexpr std::uint64_t kUseOffset = 6;

 private:
  P& p_;
  PhysAddr at_;
};

}  // namespace cadastre

#endif  // CADASTRE_SERVICE_PAGE_RECORD_H_
