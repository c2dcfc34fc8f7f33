// SPDX-License-Identifier: Apache-2.0
#include "harness/oracle/testing/corruption.h"

namespace cadastre::oracle::testing {

void PrepareWorld(HandCore& core) {
  core.MakeVm(0, 40, kFreeA, kFreeA + 4, kTablePages, 8);
  core.MakeVm(1, 32, kFreeA + 2, kFreeA + 0x20, kFreeA + 0x30, 2);
  core.Call(0x42, {kSharedHypPage, 2});
  core.Call(0x51, {1, kPinnedPage});
  core.Call(0x46, {kParkedPage, 2});
  core.Call(0x44, {kPlainVm, kGuestPages, kGfn, 2, 3});
  core.Call(0x44, {kPlainVm, kGuestBlock, kBlockGfn, 512, 7});
  core.Abort((kRamB + 1) << kPageShift, Access::kRead);
}

void PokeEntry(HandCore& core, std::uint64_t address, std::uint64_t word, int count_change) {
  core.machine.Poke(address, word);
  PokeRecord(core, address >> kPageShift, 32,
             static_cast<std::uint64_t>(static_cast<std::int64_t>(count_change)));
}

void PokeRecord(HandCore& core, std::uint64_t pfn, unsigned low, std::uint64_t add) {
  const std::uint64_t address = core.machine.RecordAddress(pfn);
  core.machine.Poke(address, core.machine.Read(address) + (add << low));
}

}  // namespace cadastre::oracle::testing
