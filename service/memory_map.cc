// SPDX-License-Identifier: Apache-2.0
#include "service/memory_map.h"

namespace cadastre {

Status MemoryMap::Copy(std::span<const PageSpan> from, PageSpan* to, unsigned* count,
                       unsigned pa_bits) {
  if (from.size() > kMaxSpans) return Errno::kInval;
  Pfn end{};
  for (const PageSpan& span : from) {
    if (!PfnRange::Make(span.first, span.count, pa_bits - kPageShift).ok() || span.first < end)
      return Errno::kInval;
    end = span.first + span.count;
    to[(*count)++] = span;
  }
  return {};
}

bool MemoryMap::Overlap(const PageSpan* spans, unsigned count, const PageSpan& with) {
  for (unsigned i = 0; i < count; ++i) {
    if (spans[i].first < with.first + with.count && with.first < spans[i].first + spans[i].count)
      return true;
  }
  return false;
}

std::uint64_t MemoryMap::Covered(const PageSpan* spans, unsigned count, const PageSpan& of) {
  std::uint64_t covered = 0;
  const Pfn of_end = of.first + of.count;
  for (unsigned i = 0; i < count; ++i) {
    const Pfn span_end = spans[i].first + spans[i].count;
    const Pfn first = spans[i].first > of.first ? spans[i].first : of.first;
    const Pfn end = span_end < of_end ? span_end : of_end;
    if (first < end) covered += end - first;
  }
  return covered;
}

Status MemoryMap::Init(const BootInfo& info) {
  *this = MemoryMap();
  if (info.pa_bits < 32 || info.pa_bits > 48) return Errno::kInval;
  pa_bits_ = info.pa_bits;
  if (!Copy(info.ram, ram_, &ram_count_, pa_bits_).ok()) return Errno::kInval;
  if (!Copy(info.no_map, no_map_, &no_map_count_, pa_bits_).ok()) return Errno::kInval;
  if (!Copy(info.devices, devices_, &device_count_, pa_bits_).ok()) return Errno::kInval;
  for (unsigned i = 0; i < ram_count_; ++i) {
    if (Overlap(devices_, device_count_, ram_[i])) return Errno::kInval;
    first_record_[i] = ram_pages_;
    ram_pages_ += ram_[i].count;
  }
  for (unsigned i = 0; i < no_map_count_; ++i) {
    if (Covered(ram_, ram_count_, no_map_[i]) != no_map_[i].count) return Errno::kInval;
  }
  image_ = info.image;
  pool_ = info.pool;
  records_ = info.records;
  if (Overlap(&image_, 1, pool_)) return Errno::kInval;
  for (const PageSpan* span : {&image_, &pool_}) {
    const PageSpan* region = Find(ram_, ram_count_, span->first);
    if (span->count == 0 || region == nullptr ||
        span->count > region->first + region->count - span->first ||
        Overlap(no_map_, no_map_count_, *span)) {
      return Errno::kInval;
    }
  }
  return {};
}

bool MemoryMap::GranuleIsRam(Pfn granule) const {
  const PageSpan pages{granule, kGranulePages};
  return Covered(ram_, ram_count_, pages) == kGranulePages &&
         !Overlap(no_map_, no_map_count_, pages);
}

bool MemoryMap::GranuleIsDevice(Pfn granule) const {
  return Covered(devices_, device_count_, {granule, kGranulePages}) == kGranulePages;
}

}  // namespace cadastre
