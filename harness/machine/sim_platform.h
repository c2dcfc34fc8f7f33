// SPDX-License-Identifier: Apache-2.0
// The Platform of the simulated machine. The core is compiled against it, so the hot functions are
// inline: each access is a yield point (a step of the operation's budget), a journal entry, a
// digest term and, if it stores, an event.
//
// A violation ends the operation at once: it is kept, and the CPU jumps back to where the operation
// began (longjmp). The core's frames are abandoned without their destructors; they own no resource,
// and the machine is rolled back next.
#ifndef CADASTRE_HARNESS_MACHINE_SIM_PLATFORM_H_
#define CADASTRE_HARNESS_MACHINE_SIM_PLATFORM_H_

#include <csetjmp>
#include <cstdint>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "harness/machine/lock_checker.h"
#include "harness/machine/object_memory.h"
#include "harness/machine/profile.h"
#include "harness/machine/sim_memory.h"
#include "harness/oracle/event.h"
#include "harness/oracle/oracle.h"
#include "pgtable/platform.h"

namespace cadastre {

using oracle::Violation;

// What the machine itself can find wrong.
inline constexpr char kCoreAssertion[] = "CORE_ASSERTION";  // the core called Panic
inline constexpr char kWildAccess[] = "WILD_ACCESS";  // outside RAM, misaligned, or past the seam
inline constexpr char kStepBudget[] = "STEP_BUDGET";  // an operation without end
inline constexpr char kLockOrder[] =
    "LOCK_ORDER";  // see LockChecker::Take; or a scrub, which takes long, under a lock
inline constexpr char kLockNotHeld[] = "LOCK_NOT_HELD";         // unlocked what was not locked
inline constexpr char kLockHeldAtExit[] = "LOCK_HELD_AT_EXIT";  // a call returned with a lock

// Called at every yield point, before the access happens: where a scheduler may run another CPU.
class YieldHook {
 public:
  virtual ~YieldHook() = default;
  virtual void AtYield() = 0;
};

// The registers that the core writes.
struct SystemRegisters {
  std::uint64_t vttbr = 0;
  std::uint64_t ttbr0_el2 = 0;
  friend bool operator==(const SystemRegisters&, const SystemRegisters&) = default;
};

class SimPlatform {
 public:
  using Event = oracle::Event;
  using EventKind = oracle::EventKind;

  // Yield points of one operation. The largest call of the ABI touches 263,680 guest entries.
  static constexpr std::uint32_t kStepsPerOp = 4'000'000;

  SimPlatform(const Profile& profile, SimMemory& memory, ObjectMemory& object)
      : memory_(memory),
        object_(object),
        records_(profile.Boot().records.value),
        range_tlbi_(profile.range_tlbi()) {}
  SimPlatform(const SimPlatform&) = delete;
  SimPlatform& operator=(const SimPlatform&) = delete;

  // --- The Platform concept: pgtable/platform.h says what each is ---

  std::uint64_t Load64(PhysAddr pa) {
    Access(pa, 8);
    return memory_.Peek(pa.value);
  }
  std::uint16_t Load16(PhysAddr pa) { return LoadPart<std::uint16_t>(pa); }
  std::uint8_t Load8(PhysAddr pa) { return LoadPart<std::uint8_t>(pa); }
  void Store64(PhysAddr pa, std::uint64_t word) {
    Access(pa, 8);
    StoreWord(pa.value, word);
  }
  void Store16(PhysAddr pa, std::uint16_t half) { StorePart(pa, half); }
  void Store8(PhysAddr pa, std::uint8_t byte) { StorePart(pa, byte); }
  void FillTable(PhysAddr pa, std::uint64_t first, std::uint64_t step, std::uint64_t entries);
  PhysAddr TableCountAddress(PhysAddr table);
  std::uint64_t ReadHostWord(PhysAddr pa) { return Load64(pa); }
  void ZeroPage(HypVa va, PhysAddr pa);

  template <class T>
  T LoadCell(const T& cell) {
    Yield();
    const std::size_t offset = object_.OffsetOf(&cell);
    if (!object_.Holds(offset, sizeof(T))) [[unlikely]]
      StopAtWildCell();
    return cell;
  }
  template <class T>
  void StoreCell(T& cell, std::type_identity_t<T> value) {
    Yield();
    const std::size_t offset = object_.OffsetOf(&cell);
    if (!object_.Holds(offset, sizeof(T))) [[unlikely]]
      StopAtWildCell();
    Emit(EventKind::kCellStore, offset, Widen(value), Widen(cell));
    object_.Write(offset, value);
  }

  void Lock(LockId lock) {
    Yield();
    if (!locks_.Take(lock)) [[unlikely]]
      StopAtLock(kLockOrder, lock);
    Emit(EventKind::kLock, static_cast<std::uint64_t>(lock));
  }
  void Unlock(LockId lock) {
    Yield();
    if (!locks_.Drop(lock)) [[unlikely]]
      StopAtLock(kLockNotHeld, lock);
    Emit(EventKind::kUnlock, static_cast<std::uint64_t>(lock));
  }
  unsigned CpuIndex() { return cpu_; }

  void DsbIshst() { Instruction(EventKind::kDsbIshst); }
  void DsbIsh() { Instruction(EventKind::kDsbIsh); }
  void DsbNsh() { Instruction(EventKind::kDsbNsh); }
  void Isb() { Instruction(EventKind::kIsb); }
  void TlbiIpas2e1is(Ipa ipa, TlbiLevel level) {
    Instruction(EventKind::kTlbiIpas2e1is, ipa.value, static_cast<std::uint64_t>(level));
  }
  void TlbiRipas2e1is(Ipa ipa, std::uint64_t pages, TlbiLevel level) {
    if (!HasRangeTlbi()) Panic("TLBI by range on a machine without it is undefined");
    Instruction(EventKind::kTlbiRipas2e1is, ipa.value, pages, static_cast<std::uint64_t>(level));
  }
  void TlbiVmalle1is() { Instruction(EventKind::kTlbiVmalle1is); }
  void TlbiVmalls12e1is() { Instruction(EventKind::kTlbiVmalls12e1is); }
  void TlbiVale2is(HypVa va) { Instruction(EventKind::kTlbiVale2is, va.value); }
  void TlbiVae2is(HypVa va) { Instruction(EventKind::kTlbiVae2is, va.value); }
  bool HasRangeTlbi() { return range_tlbi_ == RangeTlbi::kPresent; }
  std::uint64_t ReadVttbr() { return registers_.vttbr; }
  void WriteVttbr(std::uint64_t value) {
    Instruction(EventKind::kWriteVttbr, 0, value);
    registers_.vttbr = value;
  }
  void WriteTtbr0El2(std::uint64_t value) {
    Instruction(EventKind::kWriteTtbr0El2, 0, value);
    registers_.ttbr0_el2 = value;
  }
  void CleanInvalidatePage(PhysAddr pa) { Instruction(EventKind::kCleanInvalidate, pa.value); }
  void InvalidateIcachePage(PhysAddr pa) { Instruction(EventKind::kInvalidateIcache, pa.value); }

  [[noreturn]] void Panic(const char* reason) { Stop(kCoreAssertion, reason); }

  // --- The machine's side ---

  // A new operation on `cpu`: no events, no locks, a full step budget.
  void Begin(unsigned cpu);
  // Runs the operation's code until it returns or a violation ends it. Must not be nested.
  template <class Body>
  void Run(Body&& body) {
    // Nothing that lives across the jump is changed in this frame, so no local is indeterminate
    // after it.
    if (_setjmp(start_) == 0) body();
  }
  // What ended the operation, if anything. A lock that is still held counts.
  std::optional<Violation> TakeViolation();

  const std::vector<Event>& events() const { return events_; }
  const SystemRegisters& registers() const { return registers_; }
  void set_registers(const SystemRegisters& registers) { registers_ = registers; }
  // nullptr: none. The hook must outlive its use.
  void set_yield_hook(YieldHook* hook);
  // Yield points that the operation has passed.
  std::uint32_t steps() const;

 private:
  void Yield() {
    if (--countdown_ == 0) [[unlikely]]
      SlowYield();
  }
  void SlowYield();

  // A yield point, and a check that the access is to RAM and aligned.
  void Access(PhysAddr pa, std::uint64_t size) {
    Yield();
    if ((pa.value & (size - 1)) != 0 || !memory_.IsOrdinaryRam(pa.value >> 12)) [[unlikely]] {
      StopAtWildAddress(pa.value);
    }
  }
  template <class T>
  T LoadPart(PhysAddr pa) {
    Access(pa, sizeof(T));
    return static_cast<T>(memory_.Peek(pa.value) >> ((pa.value & 7) * 8));
  }
  template <class T>
  void StorePart(PhysAddr pa, T part) {
    Access(pa, sizeof(T));
    const unsigned shift = static_cast<unsigned>(pa.value & 7) * 8;
    const std::uint64_t mask = std::uint64_t{static_cast<T>(~T{0})} << shift;
    const std::uint64_t kept = memory_.Peek(pa.value) & ~mask;
    StoreWord(pa.value & ~std::uint64_t{7}, kept | (std::uint64_t{part} << shift));
  }
  void StoreWord(std::uint64_t address, std::uint64_t word) {
    const std::uint64_t old = memory_.Write(address, word);
    Emit(EventKind::kStore, address, word, old);
  }
  void Instruction(EventKind kind, std::uint64_t address = 0, std::uint64_t value = 0,
                   std::uint64_t old_value = 0) {
    Yield();
    Emit(kind, address, value, old_value);
  }
  void Emit(EventKind kind, std::uint64_t address = 0, std::uint64_t value = 0,
            std::uint64_t old_value = 0) {
    events_.push_back({kind, static_cast<std::uint8_t>(cpu_), address, value, old_value});
  }
  template <class T>
  static std::uint64_t Widen(const T& value) {
    std::uint64_t word = 0;
    std::memcpy(&word, &value, sizeof(T));
    return word;
  }

  [[noreturn]] void Stop(const char* id, std::string detail);
  [[noreturn]] void StopAtWildAddress(std::uint64_t address);
  [[noreturn]] void StopAtWildCell();
  [[noreturn]] void StopAtLock(const char* id, LockId lock);

  SimMemory& memory_;
  ObjectMemory& object_;
  std::uint32_t countdown_ = kStepsPerOp;
  std::uint32_t hooked_steps_ = 0;
  unsigned cpu_ = 0;
  LockChecker locks_;
  std::vector<Event> events_;
  SystemRegisters registers_;
  std::uint64_t records_;
  RangeTlbi range_tlbi_;
  YieldHook* hook_ = nullptr;
  std::optional<Violation> violation_;
  std::jmp_buf start_;
};

static_assert(Platform<SimPlatform>);

}  // namespace cadastre

#endif  // CADASTRE_HARNESS_MACHINE_SIM_PLATFORM_H_
