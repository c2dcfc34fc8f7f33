// SPDX-License-Identifier: Apache-2.0
// Pages for those who measure, and the VMs whose calls they measure.
#ifndef CADASTRE_HARNESS_ON_TARGET_PAYLOAD_COST_VM_H_
#define CADASTRE_HARNESS_ON_TARGET_PAYLOAD_COST_VM_H_

#include <cstdint>

namespace cadastre::on_target {

inline constexpr std::uint64_t kGranule = 512;     // pages
inline constexpr std::uint64_t kTables = 0x48000;  // page number: two granules that stay tables

// Host pages in granules that are tables.
std::uint64_t TakeOwn(std::uint64_t pages);
// A granule that nobody has touched; the first page of one that is one block.
std::uint64_t TakeUntouched();
std::uint64_t TakeBlock();

struct Vm {
  static constexpr std::uint64_t kTablePages = 128;

  std::uint64_t handle = 0;
  std::uint64_t gfn = 0x80000;  // from here on nothing was mapped
  std::uint64_t tables = 0;     // page number of what it was given

  void Create(std::uint64_t flags, const char* name);
  // gfns that nothing is near.
  std::uint64_t TakeGfns() {
    const std::uint64_t first = gfn;
    gfn += 2 * kGranule;
    return first;
  }
};

void CostLists(Vm& plain, Vm& guarded);
void CostCompactGuest(Vm& plain);
// A guest of the VM, its calls and its exits.
void CostGuest(Vm& guarded);
void CostTearDown(Vm& guarded);

}  // namespace cadastre::on_target

#endif  // CADASTRE_HARNESS_ON_TARGET_PAYLOAD_COST_VM_H_
