// SPDX-License-Identifier: Apache-2.0
// The flattened device tree that firmware hands over (Devicetree Specification 0.4, chapter 5), as
// far as EL2 needs it. It is read only, within the bounds that it names and that its reader gives,
// and nothing in it is trusted: a length that does not fit ends the reading with a reason.
#ifndef CADASTRE_SERVICE_EL2_DEVICE_TREE_H_
#define CADASTRE_SERVICE_EL2_DEVICE_TREE_H_

#include <cstddef>
#include <cstdint>
#include <span>

#include "service/boot_info.h"

namespace cadastre::el2 {

// What a machine says of itself. Memory in bytes.
struct MachineDescription {
  struct Region {
    std::uint64_t base = 0;
    std::uint64_t size = 0;
    bool no_map = false;  // of a reserved one: nobody may map it
  };
  Region memory[kMaxSpans];  // ascending and disjoint; without what is disabled
  unsigned memory_count = 0;
  Region reserved[kMaxSpans];  // nodes below /reserved-memory with a reg
  unsigned reserved_count = 0;
  Region initrd;                  // /chosen's, for the host; empty if there is none
  std::uint64_t cpu[kMaxCpus]{};  // MPIDR affinity, in the order of the nodes
  unsigned cpu_count = 0;
  enum class Conduit : std::uint8_t { kNone, kSmc, kHvc };
  Conduit psci = Conduit::kNone;
};

// nullptr, or why the tree can't be used: a line for a person. `bytes`: from the tree's first byte
// on, as much as may be read.
const char* ReadDeviceTree(std::span<const std::byte> bytes, MachineDescription* machine);

// totalsize of the header at `bytes`; 0 if it is none.
std::uint64_t DeviceTreeSize(std::span<const std::byte> bytes);

}  // namespace cadastre::el2

#endif  // CADASTRE_SERVICE_EL2_DEVICE_TREE_H_
