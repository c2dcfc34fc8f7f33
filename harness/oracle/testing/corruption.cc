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

void PrepareGuest(HandCore& core) {
  core.MakeVm(1, 32, kFreeA + 0x40, kFreeA + 0x44, kFreeA + 0x48, 4);
  core.Call(0x4A, {kSecretVm, kGivenPages, 0x10, 2});
  core.Call(0x48, {kSecretVm, kLentPage, 0x12, 1, 3});
  core.Call(0x4A, {kSecretVm, kOpenPage, 0x13, 1});
  core.Call(0x48, {kSecretVm, kOpenPage + 5, kPoisonedGfn, 1, 3});
  core.Call(0x62, {kSecretVm, kOpenPage + 5, 1});
  core.Call(0x42, {kRunningPage, 1});
  core.Call(0x59, {kSecretVm, 0, kVcpuPage, kRunningPage, 0x8000, 0});
  core.Call(0x5A, {kSecretVm, 0});
  core.Call(0x5C, {});
  core.GuestHvc({0xC6000003, 0x13000, 0, 0});
  core.GuestTrap({.trap = Trap::kInterrupt});
}

void StoreAs(HandCore& core, unsigned cpu, std::uint64_t pfn, std::uint64_t word) {
  core.oracle->NoteAccess(cpu, pfn, Access::kWrite);
  core.machine.Poke(pfn << kPageShift, word);
}

void PrepareSecret(HandCore& core) {
  PrepareGuest(core);
  core.Call(0x5C, {});
  StoreAs(core, 0, kGivenPages, kSecretWord);
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
