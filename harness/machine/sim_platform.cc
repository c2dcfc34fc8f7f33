// SPDX-License-Identifier: Apache-2.0
#include "harness/machine/sim_platform.h"

#include <cinttypes>
#include <cstdio>
#include <string>
#include <utility>

#include "harness/machine/hardware_walk.h"

namespace cadastre {
namespace {

std::string Hex(std::uint64_t value) {
  char text[24];
  std::snprintf(text, sizeof(text), "0x%" PRIx64, value);
  return text;
}

// A function of its own, so that no string is left behind when the operation is.
std::string BadMapping(HypVa va, PhysAddr pa, const WalkResult& found) {
  return "access to " + Hex(pa.value) + " through " + Hex(va.value) + ", which " +
         (found ? "maps " + Hex(found->address) : "is not mapped");
}

}  // namespace

void SimPlatform::FillTable(PhysAddr pa, std::uint64_t first, std::uint64_t step,
                            std::uint64_t entries) {
  if (entries % SimMemory::kWords != 0)
    scheduler_.Stop(kWildAccess, "FillTable of " + Hex(entries) + " entries");
  const std::uint64_t bytes = entries * 8;
  if ((pa.value & (bytes - 1)) != 0) StopAtWildAddress(pa.value);
  for (std::uint64_t done = 0; done < bytes; done += kPageSize) {
    Access(Kind::kStore, pa + done, kPageSize);
    const std::uint64_t word = first + (done / 8) * step;
    memory_.Fill(pa.value + done, word, step);
    Emit(EventKind::kFill, pa.value + done, word, step);
  }
}

PhysAddr SimPlatform::TableCountAddress(PhysAddr table) {
  const std::uint64_t pfn = table.value >> kPageShift;
  if (!memory_.IsAnyRam(pfn)) StopAtWildAddress(table.value);
  return PhysAddr(records_ + memory_.RamIndex(pfn) * 8 + 4);  // service/ABI.md section 13
}

std::uint64_t SimPlatform::SecondReading(std::uint64_t address, std::uint64_t word) const {
  const std::uint64_t other = memory_.Peek(address ^ kSecondReading);
  return other != word ? other : ~word;
}

// The page that is reached is the one that EL2's stage 1 names at `va`, as an access there would
// find it.
void SimPlatform::RequireMapping(HypVa va, PhysAddr pa) {
  const auto found = WalkStageOne(memory_, scheduler_.current().registers.ttbr0_el2, va.value);
  if (!found || !found->write || found->address != pa.value) {
    scheduler_.Stop(kWildAccess, BadMapping(va, pa, found));
  }
}

void SimPlatform::ZeroPage(HypVa va, PhysAddr pa) {
  Access(Kind::kStore, pa, kPageSize);
  if (scheduler_.current().locks.HoldsAny())
    scheduler_.Stop(kScrubUnderLock, "a page is scrubbed with a lock held");
  RequireMapping(va, pa);
  memory_.Fill(pa.value, 0, 0);
  Emit(EventKind::kZeroPage, pa.value);
}

void SimPlatform::CleanInvalidatePage(HypVa va, PhysAddr pa) {
  Access(Kind::kNothing, pa, kPageSize);
  RequireMapping(va, pa);
  Emit(EventKind::kCleanInvalidate, pa.value);
}

void SimPlatform::StopAtWildAddress(std::uint64_t address) {
  scheduler_.Stop(kWildAccess,
                  "access to " + Hex(address) + ": not RAM of the machine, or misaligned");
}

void SimPlatform::StopAtUncovered(std::uint64_t address, oracle::Cover cover) {
  scheduler_.Stop(kLoadUncovered,
                  "load of " + Hex(address) + " without the lock that covers it, " + Hex(cover));
}

void SimPlatform::StopAtWildCell() {
  scheduler_.Stop(kWildAccess, "access to a cell outside of the hypervisor object");
}

}  // namespace cadastre
