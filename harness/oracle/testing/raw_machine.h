// SPDX-License-Identifier: Apache-2.0
// A small machine for tests of the oracle: raw memory, tables written entry by entry as ABI.md
// section 13 describes, and the events that such stores make. It shares no code with the core, and
// none with the walker but the bit positions.
#ifndef CADASTRE_HARNESS_ORACLE_TESTING_RAW_MACHINE_H_
#define CADASTRE_HARNESS_ORACLE_TESTING_RAW_MACHINE_H_

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <vector>

#include "harness/oracle/descriptor.h"
#include "harness/oracle/event.h"
#include "harness/oracle/facts.h"

namespace cadastre::oracle::testing {

using PageData = std::array<std::uint64_t, kEntries>;

class RawMemory final : public Memory {
 public:
  const std::uint64_t* PageWords(std::uint64_t pfn) const override {
    const auto at = pages_.find(pfn);
    return at == pages_.end() ? nullptr : at->second.data();
  }
  std::uint64_t Read(std::uint64_t address) const {
    const std::uint64_t* words = PageWords(address >> kPageShift);
    return words == nullptr ? 0 : words[address / 8 % kEntries];
  }
  std::uint64_t& At(std::uint64_t address) {
    return pages_[address >> kPageShift][address / 8 % kEntries];
  }

 private:
  std::map<std::uint64_t, PageData> pages_;
};

// A 36-bit machine: RAM regions A (3 granules), B (touches A, ends inside a granule, has a no-map
// hole), C (odd edges) and D (half a granule, whose other half is a device).
inline constexpr std::uint64_t kRamA = 0x80000;
inline constexpr std::uint64_t kFreeA = 0x80200;  // first page after the granule of image and pool
inline constexpr std::uint64_t kRamB = 0x80600;
inline constexpr std::uint64_t kNoMap = 0x80610;
inline constexpr std::uint64_t kRamC = 0x90010;
inline constexpr std::uint64_t kRamCPages = 0x80;
inline constexpr std::uint64_t kDeviceGranule = 0x9000;
inline constexpr std::uint64_t kDevicePages = 0x9300;
inline constexpr std::uint64_t kRamD = 0xA0000;
inline constexpr std::uint64_t kHole = 0x80700;
inline constexpr std::uint64_t kImage = kRamA;
inline constexpr std::uint64_t kHostRoot = kImage;
inline constexpr std::uint64_t kEl2Root = kImage + 1;
inline constexpr std::uint64_t kRecords = kImage + 4;
inline constexpr std::uint64_t kPool = kImage + 0x20;
MachineFacts SmallMachine();

// Entries (section 13).
constexpr std::uint64_t HostPage(std::uint64_t pfn, unsigned state) {
  return kHostDefaultBits | pfn << kPageShift | std::uint64_t{state} << 55;
}
constexpr std::uint64_t HostBlock(std::uint64_t pfn) {
  return HostPage(pfn, 0) & ~std::uint64_t{2};
}
constexpr std::uint64_t El2Page(std::uint64_t pfn, unsigned state) {
  return 0x743 | pfn << kPageShift | std::uint64_t{1} << 54 | std::uint64_t{state} << 55;
}
constexpr std::uint64_t GuestPage(std::uint64_t pfn, std::uint64_t prot, unsigned state,
                                  unsigned young) {
  return 0x33F | (prot & 3) << 6 | std::uint64_t{young} << 10 | pfn << kPageShift |
         ((prot & 4) == 0 ? std::uint64_t{1} << 54 : 0) | std::uint64_t{state} << 55;
}
constexpr std::uint64_t HypAnnotation(unsigned use, unsigned vm_tag) {
  return 1U << 1 | use << 4 | vm_tag << 8;
}

// A table tree by its root.
struct Tree {
  std::uint64_t root_pfn = 0;
  unsigned level = 0;
  enum class Owner { kHost, kEl2, kVm } owner = Owner::kHost;
  unsigned slot = 0;
};

class RawMachine {
 public:
  RawMachine();

  // Builds the tables of a machine after boot; the events are boot's.
  void Boot();

  RawMemory memory;
  MachineFacts facts = SmallMachine();
  std::vector<Event> events;
  unsigned cpu = 0;  // that events are of

  Tree HostTree() const { return {kHostRoot, 1, Tree::Owner::kHost, 0}; }
  Tree El2Tree() const { return {kEl2Root, 0, Tree::Owner::kEl2, 0}; }

  // A store with its event; a poke without.
  void Store(std::uint64_t address, std::uint64_t value);
  void Poke(std::uint64_t address, std::uint64_t value) { memory.At(address) = value; }
  std::uint64_t Read(std::uint64_t address) const { return memory.Read(address); }

  // Address of the entry at which a walk ends, at `deepest` level or above.
  std::uint64_t EntryAddress(const Tree& tree, std::uint64_t input,
                             unsigned deepest = kPageLevel) const;
  std::uint64_t HostEntry(std::uint64_t pfn) const {
    return EntryAddress(HostTree(), pfn << kPageShift);
  }
  std::uint64_t El2Entry(std::uint64_t pfn) const;

  // Sets the level 3 entry, makes missing tables, drops empty ones of a VM, and keeps the counts
  // right.
  void SetEntry(const Tree& tree, std::uint64_t input, std::uint64_t word);
  void SetHost(std::uint64_t pfn, std::uint64_t word) {
    SetEntry(HostTree(), pfn << kPageShift, word);
  }
  void SetEl2(std::uint64_t pfn, std::uint64_t word);
  void SetBlock(const Tree& tree, std::uint64_t input, std::uint64_t word);
  // Host granule from EMPTY to what section 10 says.
  void MapGranule(std::uint64_t pfn);

  std::uint64_t RecordAddress(std::uint64_t pfn) const;
  // Replaces bits [high:low] of a record.
  void SetRecord(std::uint64_t pfn, unsigned high, unsigned low, std::uint64_t value);
  void SetUse(std::uint64_t pfn, unsigned use) { SetRecord(pfn, 55, 48, use); }
  void SetPins(std::uint64_t pfn, unsigned pins) { SetRecord(pfn, 31, 16, pins); }
  void SetBorrowers(std::uint64_t pfn, unsigned borrowers) { SetRecord(pfn, 15, 0, borrowers); }

  // Zeroes a page of EL2's.
  void Clear(std::uint64_t pfn);
  // Zeroes a page through the scrub window of the present CPU.
  void Scrub(std::uint64_t pfn);
  // The same without zeroing.
  void Clean(std::uint64_t pfn);
  void InvalidateIcache();
  // What a CPU owes that loads another vCPU of a VM than it last ran.
  void ForgetOtherVcpus(const Tree& tree);
  std::uint64_t ScrubWindowEntry(unsigned of_cpu) const;
  void Log(EventKind kind, std::uint64_t address = 0, std::uint64_t value = 0);
  // What a store owes that took a translation away: of a stage 2 tree the whole VMID goes.
  void Flush(const Tree& tree, std::uint64_t input);
  void FlushVmid(const Tree& tree);
  std::uint64_t VttbrOf(const Tree& tree) const;

  std::map<unsigned, std::uint64_t> vttbr;  // by CPU
  std::set<std::uint64_t> pool_free;
  std::map<unsigned, std::set<std::uint64_t>> vm_free;                   // by slot
  std::map<std::pair<unsigned, std::uint64_t>, std::uint64_t> deposits;  // by slot and span

 private:
  bool IsOwnable(std::uint64_t pfn) const;
  void OpenWindow(std::uint64_t pfn);
  void CleanAndClose(std::uint64_t pfn);
  std::uint64_t TakeTable(const Tree& tree);
  void GiveTable(const Tree& tree, std::uint64_t pfn);
  void FillDefaults(std::uint64_t table, std::uint64_t first_pfn);
  void Recount(const Tree& tree, std::uint64_t table);
  // A store to a live entry with all that it owes: by way of an invalid entry where it must, with
  // the barriers and TLBIs of section 4.
  void StoreEntry(const Tree& tree, std::uint64_t address, std::uint64_t word, std::uint64_t input);
  void Split(const Tree& tree, std::uint64_t address, std::uint64_t input);
  bool IsEmptyTable(std::uint64_t table) const;
};

}  // namespace cadastre::oracle::testing

#endif  // CADASTRE_HARNESS_ORACLE_TESTING_RAW_MACHINE_H_
