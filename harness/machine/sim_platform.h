// SPDX-License-Identifier: Apache-2.0
// The Platform of the simulated machine. The core is compiled against it, so the hot functions are
// inline: each access is a yield point, where the scheduler may pause the CPU, a journal entry,
// a digest term and, if it stores, an event.
#ifndef CADASTRE_HARNESS_MACHINE_SIM_PLATFORM_H_
#define CADASTRE_HARNESS_MACHINE_SIM_PLATFORM_H_

#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <type_traits>

#include "harness/machine/object_memory.h"
#include "harness/machine/profile.h"
#include "harness/machine/scheduler.h"
#include "harness/machine/sim_memory.h"
#include "harness/oracle/event.h"
#include "pgtable/platform.h"

namespace cadastre {

class SimPlatform {
 public:
  using Event = oracle::Event;
  using EventKind = oracle::EventKind;

  SimPlatform(const Profile& profile, SimMemory& memory, ObjectMemory& object)
      : memory_(memory),
        object_(object),
        scheduler_(profile.cpus()),
        records_(profile.Boot().records.value),
        range_tlbi_(profile.range_tlbi()) {}
  SimPlatform(const SimPlatform&) = delete;
  SimPlatform& operator=(const SimPlatform&) = delete;

  // --- The Platform concept: pgtable/platform.h says what each is ---

  std::uint64_t Load64(PhysAddr pa) {
    Access(Kind::kLoad, pa, 8);
    RequireCover(pa);
    return memory_.Peek(pa.value);
  }
  std::uint16_t Load16(PhysAddr pa) { return LoadPart<std::uint16_t>(pa); }
  std::uint8_t Load8(PhysAddr pa) { return LoadPart<std::uint8_t>(pa); }
  void Store64(PhysAddr pa, std::uint64_t word) {
    Access(Kind::kStore, pa, 8);
    StoreWord(pa.value, word);
  }
  void Store16(PhysAddr pa, std::uint16_t half) { StorePart(pa, half); }
  void Store8(PhysAddr pa, std::uint8_t byte) { StorePart(pa, byte); }
  void FillTable(PhysAddr pa, std::uint64_t first, std::uint64_t step, std::uint64_t entries);
  PhysAddr TableCountAddress(PhysAddr table);
  // A word that an operation reads a second time has changed meanwhile, to what the host keeps
  // kSecondReading bytes further on in its page: so a script chooses what a double fetch finds.
  static constexpr std::uint64_t kSecondReading = 0x800;
  std::uint64_t ReadHostWord(PhysAddr pa) {
    Access(Kind::kHostLoad, pa, 8);
    RequireCover(pa);
    std::uint64_t word = memory_.Peek(pa.value);
    if (scheduler_.current().ReadsAgain(pa.value)) [[unlikely]]
      word = SecondReading(pa.value, word);
    Emit(EventKind::kReadHost, pa.value, word);
    return word;
  }
  void WriteHostWord(PhysAddr pa, std::uint64_t word) { Store64(pa, word); }
  void ZeroPage(HypVa va, PhysAddr pa);

  template <class T>
  T LoadCell(const T& cell) {
    const std::size_t offset = object_.OffsetOf(&cell);
    Yield({Kind::kLoad, YieldPoint::kCells + offset, sizeof(T)});
    if (!object_.Holds(offset, sizeof(T))) [[unlikely]]
      StopAtWildCell();
    return cell;
  }
  template <class T>
  void StoreCell(T& cell, std::type_identity_t<T> value) {
    const std::size_t offset = object_.OffsetOf(&cell);
    Yield({Kind::kStore, YieldPoint::kCells + offset, sizeof(T)});
    if (!object_.Holds(offset, sizeof(T))) [[unlikely]]
      StopAtWildCell();
    Emit(EventKind::kCellStore, offset, Widen(value), Widen(cell));
    object_.Write(offset, value);
  }

  void Lock(LockId lock) {
    Yield({Kind::kLock, YieldPoint::kLocks + static_cast<std::uint64_t>(lock), 1});
    scheduler_.Lock(lock);
    Emit(EventKind::kLock, static_cast<std::uint64_t>(lock));
  }
  void Unlock(LockId lock) {
    Yield({Kind::kUnlock, YieldPoint::kLocks + static_cast<std::uint64_t>(lock), 1});
    scheduler_.Unlock(lock);
    Emit(EventKind::kUnlock, static_cast<std::uint64_t>(lock));
    scheduler_.Released(lock);
  }
  unsigned CpuIndex() { return scheduler_.current().number; }

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
  void TlbiVmalle1() { Instruction(EventKind::kTlbiVmalle1); }
  void TlbiVmalls12e1is() { Instruction(EventKind::kTlbiVmalls12e1is); }
  void TlbiVale2is(HypVa va) { Instruction(EventKind::kTlbiVale2is, va.value); }
  void TlbiVae2is(HypVa va) { Instruction(EventKind::kTlbiVae2is, va.value); }
  bool HasRangeTlbi() { return range_tlbi_ == RangeTlbi::kPresent; }
  std::uint64_t ReadVttbr() { return scheduler_.current().registers.vttbr; }
  void WriteVttbr(std::uint64_t value) {
    Instruction(EventKind::kWriteVttbr, 0, value);
    scheduler_.current().registers.vttbr = value;
  }
  void WriteVtcr(std::uint64_t value) {
    Instruction(EventKind::kWriteVtcr, 0, value);
    scheduler_.current().registers.vtcr = value;
  }
  void WriteTtbr0El2(std::uint64_t value) {
    Instruction(EventKind::kWriteTtbr0El2, 0, value);
    scheduler_.current().registers.ttbr0_el2 = value;
  }
  void CleanInvalidatePage(HypVa va, PhysAddr pa);
  void InvalidateIcache() { Instruction(EventKind::kInvalidateIcache); }
  void InvalidateIcacheLocal() { Instruction(EventKind::kIcIallu); }

  // The CPU arrives at EL2 after an access of the host's or a guest's that aborted: a yield point,
  // for what the access met may be gone before EL2 looks.
  void Arrive() { Yield(); }

  [[noreturn]] void Panic(const char* reason) { scheduler_.Stop(kCoreAssertion, reason); }

  // --- The machine's side ---

  // For each RAM page the lock that a load needs: from here on they are judged. None judges none.
  void set_load_covers(std::span<const oracle::Cover> covers) { load_covers_ = covers; }

  Scheduler& scheduler() { return scheduler_; }
  const Scheduler& scheduler() const { return scheduler_; }
  std::span<const Event> events(unsigned cpu) const { return scheduler_.cpu(cpu).events.events(); }
  const SystemRegisters& registers(unsigned cpu) const { return scheduler_.cpu(cpu).registers; }
  void set_registers(unsigned cpu, const SystemRegisters& registers) {
    scheduler_.cpu(cpu).registers = registers;
  }

 private:
  using Kind = YieldPoint::Kind;

  void Yield(const YieldPoint& point = {}) { scheduler_.Yield(point); }
  // A yield point, and a check that the access is to RAM and aligned.
  void Access(Kind kind, PhysAddr pa, std::uint64_t size) {
    Yield({kind, pa.value, size});
    if ((pa.value & (size - 1)) != 0 || !memory_.IsOrdinaryRam(pa.value >> 12)) [[unlikely]] {
      StopAtWildAddress(pa.value);
    }
  }
  template <class T>
  T LoadPart(PhysAddr pa) {
    Access(Kind::kLoad, pa, sizeof(T));
    RequireCover(pa);
    return static_cast<T>(memory_.Peek(pa.value) >> ((pa.value & 7) * 8));
  }
  template <class T>
  void StorePart(PhysAddr pa, T part) {
    Access(Kind::kStore, pa, sizeof(T));
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
    VirtualCpu& cpu = scheduler_.current();
    cpu.events.Add({kind, static_cast<std::uint8_t>(cpu.number), address, value, old_value});
  }
  template <class T>
  static std::uint64_t Widen(const T& value) {
    std::uint64_t word = 0;
    std::memcpy(&word, &value, sizeof(T));
    return word;
  }

  // The count in a record is covered as its page, every other field of it by the host's lock
  // (service/ABI.md section 13).
  oracle::Cover CoverOfLoad(std::uint64_t address) const {
    const std::uint64_t offset = address - records_;
    if (offset >= load_covers_.size() * 8) return load_covers_[memory_.RamIndex(address >> 12)];
    const bool is_count = (offset & 6) == 4;
    return is_count ? load_covers_[offset / 8] : oracle::kHostCover;
  }
  // The lock that covers the word is held. Precondition: it is RAM.
  void RequireCover(PhysAddr pa) {
    if (load_covers_.empty()) return;
    const oracle::Cover cover = CoverOfLoad(pa.value);
    if (!scheduler_.current().locks.Holds(cover)) [[unlikely]]
      StopAtUncovered(pa.value, cover);
  }
  // Never the word of the first reading.
  std::uint64_t SecondReading(std::uint64_t address, std::uint64_t word) const;
  // EL2 reaches `pa` at `va`, and may write there.
  void RequireMapping(HypVa va, PhysAddr pa);
  [[noreturn]] void StopAtWildAddress(std::uint64_t address);
  [[noreturn]] void StopAtWildCell();
  [[noreturn]] void StopAtUncovered(std::uint64_t address, oracle::Cover cover);

  SimMemory& memory_;
  ObjectMemory& object_;
  Scheduler scheduler_;
  std::uint64_t records_;
  RangeTlbi range_tlbi_;
  std::span<const oracle::Cover> load_covers_;
};

static_assert(Platform<SimPlatform>);

}  // namespace cadastre

#endif  // CADASTRE_HARNESS_MACHINE_SIM_PLATFORM_H_
