// SPDX-License-Identifier: Apache-2.0
// The device tree as the host gets it: without the devices that it is not given, and with EL2's
// memory marked as memory that it must not map.
#ifndef CADASTRE_SERVICE_EL2_HOST_TREE_H_
#define CADASTRE_SERVICE_EL2_HOST_TREE_H_

#include <cstddef>
#include <cstdint>
#include <span>

#include "service/boot_info.h"
#include "service/el2/device_tree.h"

namespace cadastre::el2 {

// Edits the tree in place. Nodes of the root and their children that have a reg outside `devices`
// are taken out: those of memory, CPUs and what lies below /cpus, /memory, /reserved-memory and
// /chosen excepted. `el2` becomes a child of /reserved-memory with no-map.
//
// Precondition: ReadDeviceTree accepts the bytes; they are all that the tree may take, its
// totalsize included. Returns nullptr, or one line that says why it can't be done; then the tree is
// as it was.
const char* PrepareHostTree(std::span<std::byte> bytes, std::span<const PageSpan> devices,
                            const MachineDescription::Region& el2);

}  // namespace cadastre::el2

#endif  // CADASTRE_SERVICE_EL2_HOST_TREE_H_
