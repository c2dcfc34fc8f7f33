// SPDX-License-Identifier: Apache-2.0
#include "service/el2/platform.h"

#include "service/memory_map.h"
#include "service/page_record.h"

namespace cadastre::el2 {

void El2Platform::SetRecords(const BootInfo& info) {
  ram_count_ = 0;
  for (const PageSpan& span : info.ram) ram_[ram_count_++] = span;
  records_ = info.records;
}

PhysAddr El2Platform::TableCountAddress(PhysAddr page) const {
  const Pfn pfn = ToPfn(page);
  std::uint64_t before = 0;
  for (unsigned i = 0; i < ram_count_; ++i) {
    if (ram_[i].Contains(pfn))
      return records_ + ((before + (pfn - ram_[i].first)) * kRecordBytes +
                         PageRecord<El2Platform>::kCountOffset);
    before += ram_[i].count;
  }
  el2::Panic("a table outside RAM");
}

// By the block that DCZID_EL0.BS gives, in words of 4 bytes, where DC ZVA may be used at all (Arm
// ARM D19.2.39).
void El2Platform::ZeroPage(HypVa va, PhysAddr) {
  const std::uint64_t dczid = CADASTRE_READ_SYSREG(dczid_el0);
  const std::uint64_t end = va.value + kPageSize;
  const bool prohibited = (dczid >> 4 & 1) != 0;
  if (prohibited) {
    for (std::uint64_t at = va.value; at < end; at += 16)
      asm volatile("stp xzr, xzr, [%0]" : : "r"(at) : "memory");
    return;
  }
  const std::uint64_t block = std::uint64_t{4} << (dczid & 15);
  for (std::uint64_t at = va.value; at < end; at += block)
    asm volatile("dc zva, %0" : : "r"(at) : "memory");
}

// By the line that CTR_EL0.DminLine gives, in words of 4 bytes (Arm ARM D19.2.34).
void El2Platform::CleanInvalidatePage(HypVa va, PhysAddr) {
  const std::uint64_t line = std::uint64_t{4} << (CADASTRE_READ_SYSREG(ctr_el0) >> 16 & 15);
  for (std::uint64_t at = va.value; at < va.value + kPageSize; at += line)
    asm volatile("dc civac, %0" : : "r"(at) : "memory");
}

}  // namespace cadastre::el2
