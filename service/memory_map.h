// SPDX-License-Identifier: Apache-2.0
// What lies where in the physical address space: constant after boot.
#ifndef CADASTRE_SERVICE_MEMORY_MAP_H_
#define CADASTRE_SERVICE_MEMORY_MAP_H_

#include <cstdint>
#include <optional>
#include <span>

#include "pgtable/range.h"
#include "pgtable/types.h"
#include "service/boot_info.h"

namespace cadastre {

inline constexpr std::uint64_t kGranulePages = 512;  // pages of one level 2 entry
inline constexpr std::uint64_t kRecordBytes = 8;

// The 2 MiB granule that holds a page, as its first page.
constexpr Pfn GranuleOf(Pfn pfn) { return Pfn(pfn.value & ~(kGranulePages - 1)); }

class MemoryMap {
 public:
  // Copies and judges the spans. EINVAL: a rule of BootInfo is broken.
  Status Init(const BootInfo& info);

  // Owned by some entity and counted in the register: in a RAM region and not no-map.
  bool IsRam(Pfn pfn) const {
    return Find(ram_, ram_count_, pfn) != nullptr && Find(no_map_, no_map_count_, pfn) == nullptr;
  }
  bool IsDevice(Pfn pfn) const { return Find(devices_, device_count_, pfn) != nullptr; }
  // Every page of the granule is RAM (a device): then, and only then, it may be one block.
  bool GranuleIsRam(Pfn granule) const;
  bool GranuleIsDevice(Pfn granule) const;

  // Where the page's record lies; none unless IsRam(pfn).
  std::optional<PhysAddr> FindRecord(Pfn pfn) const {
    const PageSpan* span = Find(ram_, ram_count_, pfn);
    if (span == nullptr || Find(no_map_, no_map_count_, pfn) != nullptr) return std::nullopt;
    return RecordIn(*span, pfn);
  }
  // Precondition: IsRam(pfn).
  PhysAddr RecordOf(Pfn pfn) const { return RecordIn(*Find(ram_, ram_count_, pfn), pfn); }

  unsigned pa_bits() const { return pa_bits_; }
  const PageSpan& image() const { return image_; }
  const PageSpan& pool() const { return pool_; }
  std::uint64_t ram_pages() const { return ram_pages_; }

 private:
  static const PageSpan* Find(const PageSpan* spans, unsigned count, Pfn pfn) {
    for (unsigned i = 0; i < count; ++i) {
      if (spans[i].Contains(pfn)) return &spans[i];
    }
    return nullptr;
  }
  PhysAddr RecordIn(const PageSpan& span, Pfn pfn) const {
    const std::uint64_t index = first_record_[&span - ram_] + (pfn - span.first);
    return records_ + index * kRecordBytes;
  }
  static Status Copy(std::span<const PageSpan> from, PageSpan* to, unsigned* count,
                     unsigned pa_bits);
  static bool Overlap(const PageSpan* spans, unsigned count, const PageSpan& with);
  // How many pages of `of` lie in the spans, which are disjoint and may touch.
  static std::uint64_t Covered(const PageSpan* spans, unsigned count, const PageSpan& of);

  PageSpan ram_[kMaxSpans]{};
  PageSpan no_map_[kMaxSpans]{};
  PageSpan devices_[kMaxSpans]{};
  std::uint64_t first_record_[kMaxSpans]{};  // of each RAM span
  unsigned ram_count_ = 0;
  unsigned no_map_count_ = 0;
  unsigned device_count_ = 0;
  unsigned pa_bits_ = 0;
  std::uint64_t ram_pages_ = 0;
  PhysAddr records_{};
  PageSpan image_{};
  PageSpan pool_{};
};

}  // namespace cadastre

#endif  // CADASTRE_SERVICE_MEMORY_MAP_H_
