// SPDX-License-Identifier: Apache-2.0
// What the hypervisor object is told when it is made. On the target it comes from the device tree,
// on the host from a machine profile.
#ifndef CADASTRE_SERVICE_BOOT_INFO_H_
#define CADASTRE_SERVICE_BOOT_INFO_H_

#include <cstdint>
#include <span>

#include "pgtable/types.h"

namespace cadastre {

// Pages [first, first + count).
struct PageSpan {
  Pfn first{};
  std::uint64_t count = 0;
  constexpr bool Contains(Pfn pfn) const { return pfn >= first && pfn - first < count; }
};

inline constexpr unsigned kMaxSpans = 8;  // of each kind
inline constexpr unsigned kMaxCpus = 16;
inline constexpr unsigned kVmSlots = 255;  // VMID = slot + 1 fits 8 bits

// A checking build answers query_page besides.
enum class Build : std::uint8_t { kProduct, kChecking };

struct BootInfo {
  unsigned pa_bits = 40;           // 32, 36, 40, 42, 44 or 48: also the host's IPA size
  unsigned cpus = 1;               // 1..kMaxCpus
  unsigned max_borrowers = 65535;  // 1..65535
  // Sorted and disjoint; at most kMaxSpans each. no_map lies inside ram; devices and ram are
  // disjoint. RAM ends where EL2's linear map of it would meet the scrub windows, at
  // 0x3000'0000'0000.
  std::span<const PageSpan> ram;
  std::span<const PageSpan> no_map;
  std::span<const PageSpan> devices;
  PageSpan image;    // in ram: EL2's own pages; the records and both root tables lie in it, apart
  PageSpan pool;     // in ram: becomes table pages; at least PoolPagesNeeded
  PhysAddr records;  // 8 bytes for each RAM page, zeroed, 8-byte aligned
  // Zeroed, as many pages as Stage2Geometry(pa_bits) says, aligned to their number.
  PhysAddr host_root;
  PhysAddr el2_root;  // zeroed, one page
  Build build = Build::kProduct;
};

}  // namespace cadastre

#endif  // CADASTRE_SERVICE_BOOT_INFO_H_
