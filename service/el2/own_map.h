// SPDX-License-Identifier: Apache-2.0
// What EL2 maps for itself at the physical address: its image, W^X, and the console. The core's
// linear map stands beside it, above service/ABI.md's 0x4000'0000'0000, in the same table.
#ifndef CADASTRE_SERVICE_EL2_OWN_MAP_H_
#define CADASTRE_SERVICE_EL2_OWN_MAP_H_

#include <cstdint>

namespace cadastre::el2 {

// MAIR_EL2: 0 Normal write-back, 1 Device-nGnRE. Arm ARM D19.2.94.
inline constexpr std::uint64_t kMair = 0x04ff;

// Inputs that the own map takes: below it there is nothing else of EL2's.
inline constexpr std::uint64_t kOwnInputEnd = std::uint64_t{1} << 39;

// Fills the tables below 512 GiB: text read-only and executable, read-only data, data, stacks with
// their guard pages unmapped, and the device page `console`. Returns the word for entry 0 of the
// root.
std::uint64_t BuildOwnMap(std::uint64_t console);
// Maps the granules of 2 MiB that hold these bytes as devices. They lie in the console's gigabyte,
// but not in its granule.
void MapDevices(std::uint64_t base, std::uint64_t bytes);
// Maps so many bytes of RAM besides, in whole granules of 2 MiB: while boot needs them at their
// physical address. Not the image's granule, which stays as it is. False: the address is not below
// 512 GiB.
enum class Rights : std::uint8_t { kReadOnly, kReadWrite };
bool MapGranules(std::uint64_t base, std::uint64_t bytes, Rights rights);
// Takes back what MapGranules mapped. The caller invalidates the TLBs.
void UnmapGranules();

}  // namespace cadastre::el2

#endif  // CADASTRE_SERVICE_EL2_OWN_MAP_H_
