// SPDX-License-Identifier: Apache-2.0
// Where EL2 lies in a machine's RAM, and what is left for others.
//
//   the image's granule   2 MiB, where it was loaded: no RAM for the core. Only own_map.h maps it
//   records, roots        BootInfo::image, from the next granule on
//   pool                  BootInfo::pool, behind it
//   all other RAM         the host's
#ifndef CADASTRE_SERVICE_EL2_PLACEMENT_H_
#define CADASTRE_SERVICE_EL2_PLACEMENT_H_

#include <cstdint>
#include <span>

#include "service/boot_info.h"
#include "service/el2/device_tree.h"

namespace cadastre::el2 {

struct Placement {
  PageSpan ram[kMaxSpans];
  unsigned ram_count = 0;
  PageSpan no_map[kMaxSpans];  // in RAM, and nobody's
  unsigned no_map_count = 0;
  PageSpan devices[kMaxSpans];
  unsigned device_count = 0;
  BootInfo info;  // its spans point in here
};

// What EL2 may not lie on: the device tree, the host's image, its initrd.
struct Taken {
  std::uint64_t base = 0;
  std::uint64_t size = 0;
};

// nullptr, or why EL2 has no place. `pool_pages`: Hypervisor::PoolPagesNeeded, which needs the
// spans: called once they are known.
const char* Place(const MachineDescription& machine, std::uint64_t image_base, unsigned pa_bits,
                  std::span<const PageSpan> devices, std::span<const Taken> taken,
                  std::uint64_t (*pool_pages)(const BootInfo&), Placement* placement);

}  // namespace cadastre::el2

#endif  // CADASTRE_SERVICE_EL2_PLACEMENT_H_
