// SPDX-License-Identifier: Apache-2.0
#include "harness/machine/sim_platform.h"

#include <cinttypes>
#include <cstdio>
#include <utility>

#include "harness/machine/hardware_walk.h"

namespace cadastre {
namespace {

std::string Hex(std::uint64_t value) {
  char text[24];
  std::snprintf(text, sizeof(text), "0x%" PRIx64, value);
  return text;
}

}  // namespace

void SimPlatform::FillTable(PhysAddr pa, std::uint64_t first, std::uint64_t step,
                            std::uint64_t entries) {
  if (entries % SimMemory::kWords != 0)
    Stop(kWildAccess, "FillTable of " + Hex(entries) + " entries");
  const std::uint64_t bytes = entries * 8;
  if ((pa.value & (bytes - 1)) != 0) StopAtWildAddress(pa.value);
  for (std::uint64_t done = 0; done < bytes; done += kPageSize) {
    Access(pa + done, 8);
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

// The bytes that are zeroed are those that EL2's stage 1 names at `va`, as a store there would find
// them.
void SimPlatform::ZeroPage(HypVa va, PhysAddr pa) {
  Access(pa, kPageSize);
  if (locks_.HoldsAny()) Stop(kLockOrder, "a page is scrubbed with a lock held");
  const auto found = WalkStageOne(memory_, registers_.ttbr0_el2, va.value);
  if (!found || !found->write || found->address != pa.value) {
    Stop(kWildAccess, "scrub of " + Hex(pa.value) + " through " + Hex(va.value) + ", which " +
                          (found ? "maps " + Hex(found->address) : "is not mapped"));
  }
  memory_.Fill(pa.value, 0, 0);
  Emit(EventKind::kZeroPage, pa.value);
}

void SimPlatform::Begin(unsigned cpu) {
  cpu_ = cpu;
  events_.clear();
  locks_.Begin();
  hooked_steps_ = 0;
  countdown_ = hook_ == nullptr ? kStepsPerOp : 1;
  violation_.reset();
}

std::optional<Violation> SimPlatform::TakeViolation() {
  if (!violation_ && locks_.HoldsAny()) {
    violation_ = Violation{
        .id = kLockHeldAtExit, .detail = "the operation returned with a lock", .also = {}};
  }
  return std::exchange(violation_, std::nullopt);
}

void SimPlatform::set_yield_hook(YieldHook* hook) {
  hook_ = hook;
  hooked_steps_ = 0;
  countdown_ = hook == nullptr ? kStepsPerOp : 1;
}

std::uint32_t SimPlatform::steps() const {
  return hook_ == nullptr ? kStepsPerOp - countdown_ : hooked_steps_;
}

// With a hook every step comes here; without one only the step that uses the budget up.
void SimPlatform::SlowYield() {
  if (hook_ == nullptr || ++hooked_steps_ >= kStepsPerOp) {
    Stop(kStepBudget, "the operation has used " + std::to_string(kStepsPerOp) + " steps");
  }
  countdown_ = 1;
  hook_->AtYield();
}

void SimPlatform::Stop(const char* id, std::string detail) {
  violation_ = Violation{.id = id, .detail = std::move(detail), .also = {}};
  _longjmp(start_, 1);
}

void SimPlatform::StopAtWildAddress(std::uint64_t address) {
  Stop(kWildAccess, "access to " + Hex(address) + ": not RAM of the machine, or misaligned");
}

void SimPlatform::StopAtWildCell() {
  Stop(kWildAccess, "access to a cell outside of the hypervisor object");
}

void SimPlatform::StopAtLock(const char* id, LockId lock) {
  Stop(id, "lock " + Hex(static_cast<std::uint64_t>(lock)));
}

}  // namespace cadastre
