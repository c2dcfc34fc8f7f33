// SPDX-License-Identifier: Apache-2.0
// A platform for tests: a flat arena of table pages and a log of all that the library did to it.
#ifndef CADASTRE_PGTABLE_TESTING_FAKE_PLATFORM_H_
#define CADASTRE_PGTABLE_TESTING_FAKE_PLATFORM_H_

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "pgtable/granule.h"
#include "pgtable/platform.h"
#include "pgtable/types.h"

namespace cadastre::testing {

enum class EventKind : std::uint8_t {
  kStore,        // address, value: a table word
  kFill,         // address: a whole table page
  kBookkeeping,  // a count or a cell
  kDsbIshst,
  kDsbIsh,
  kIsb,
  kTlbiIpa,       // address, level
  kTlbiIpaRange,  // address, pages, level
  kTlbiVmalle1,
  kTlbiVmalls12e1,
  kTlbiVale2,   // address
  kTlbiVae2,    // address
  kWriteVttbr,  // value
  kIcache,
};

struct Event {
  EventKind kind{};
  std::uint64_t address = 0;
  std::uint64_t value = 0;
  int level = 0;  // of a TLBI, 0 for none
};

// One line for each event that hardware would see; bookkeeping has none.
inline std::string ToString(const Event& e) {
  const auto hex = [](std::uint64_t v) {
    char text[24];
    std::snprintf(text, sizeof text, "0x%llx", static_cast<unsigned long long>(v));
    return std::string(text);
  };
  const std::string level = e.level == 0 ? "" : " level " + std::to_string(e.level);
  switch (e.kind) {
    case EventKind::kStore:
      return e.value == 0 ? "clear" : (e.value & 1) != 0 ? "make" : "annotate";
    case EventKind::kFill:
      return "fill";
    case EventKind::kBookkeeping:
      return "";
    case EventKind::kDsbIshst:
      return "dsb ishst";
    case EventKind::kDsbIsh:
      return "dsb ish";
    case EventKind::kIsb:
      return "isb";
    case EventKind::kTlbiIpa:
      return "ipas2e1is " + hex(e.address) + level;
    case EventKind::kTlbiIpaRange:
      return "ripas2e1is " + hex(e.address) + " pages " + std::to_string(e.value) + level;
    case EventKind::kTlbiVmalle1:
      return "vmalle1is";
    case EventKind::kTlbiVmalls12e1:
      return "vmalls12e1is";
    case EventKind::kTlbiVale2:
      return "vale2is " + hex(e.address);
    case EventKind::kTlbiVae2:
      return "vae2is " + hex(e.address);
    case EventKind::kWriteVttbr:
      return "vttbr " + hex(e.value);
    case EventKind::kIcache:
      return "icache " + hex(e.address);
  }
  return "?";
}

// `pages` table pages of the granule from `base` on; one count for each lies above them.
template <class G>
class FakePlatform {
 public:
  FakePlatform(PhysAddr base, std::uint64_t pages)
      : base_(base), words_(pages * G::kEntries), counts_(pages) {}

  // --- For tests ---
  const std::vector<Event>& log() const { return log_; }
  void ClearLog() { log_.clear(); }
  std::vector<std::string> Lines() const {
    std::vector<std::string> lines;
    for (const Event& e : log_) {
      if (std::string line = ToString(e); !line.empty()) lines.push_back(std::move(line));
    }
    return lines;
  }
  // Everything but stores.
  std::vector<std::string> Maintenance() const {
    std::vector<std::string> lines;
    for (const Event& e : log_) {
      if (e.kind > EventKind::kBookkeeping) lines.push_back(ToString(e));
    }
    return lines;
  }
  std::uint64_t Stores() const {
    std::uint64_t stores = 0;
    for (const Event& e : log_) stores += e.kind <= EventKind::kBookkeeping ? 1 : 0;
    return stores;
  }
  void set_range_tlbi(bool has) { range_tlbi_ = has; }
  std::uint64_t Peek(PhysAddr pa) const { return words_.at((pa - base_) / 8); }
  void Poke(PhysAddr pa, std::uint64_t word) { words_.at((pa - base_) / 8) = word; }
  std::uint16_t PeekCount(PhysAddr page) const {
    return counts_.at((page - base_) >> G::kPageShift);
  }

  // --- The seam ---
  std::uint64_t Load64(PhysAddr pa) { return words_.at((pa - base_) / 8); }
  void Store64(PhysAddr pa, std::uint64_t word) {
    log_.push_back({EventKind::kStore, pa.value, word, 0});
    words_.at((pa - base_) / 8) = word;
  }
  std::uint16_t Load16(PhysAddr pa) { return counts_.at((pa - CountBase()) / 2); }
  void Store16(PhysAddr pa, std::uint16_t half) {
    log_.push_back({EventKind::kBookkeeping, pa.value, half, 0});
    counts_.at((pa - CountBase()) / 2) = half;
  }
  std::uint8_t Load8(PhysAddr) { return 0; }
  void Store8(PhysAddr, std::uint8_t) {}
  void FillTable(PhysAddr page, std::uint64_t first, std::uint64_t step, std::uint64_t entries) {
    if ((page.value & (G::kPageSize - 1)) != 0 || entries != G::kEntries) Panic("partial fill");
    log_.push_back({EventKind::kFill, page.value, first, 0});
    std::uint64_t* words = &words_.at((page - base_) / 8);
    for (std::uint64_t i = 0; i < entries; ++i) words[i] = first + i * step;
  }
  PhysAddr TableCountAddress(PhysAddr page) {
    return CountBase() + ((page - base_) >> G::kPageShift) * 2;
  }
  std::uint64_t ReadHostWord(PhysAddr) { return 0; }
  void WriteHostWord(PhysAddr, std::uint64_t) {}
  void ZeroPage(HypVa, PhysAddr) {}

  template <class T>
  T LoadCell(const T& cell) {
    return cell;
  }
  template <class T>
  void StoreCell(T& cell, T value) {
    log_.push_back({EventKind::kBookkeeping, 0, 0, 0});
    cell = value;
  }

  void Lock(LockId) {}
  void Unlock(LockId) {}
  unsigned CpuIndex() { return 0; }
  void DsbIshst() { log_.push_back({EventKind::kDsbIshst, 0, 0, 0}); }
  void DsbIsh() { log_.push_back({EventKind::kDsbIsh, 0, 0, 0}); }
  void DsbNsh() { Panic("the library has no local maintenance"); }
  void Isb() { log_.push_back({EventKind::kIsb, 0, 0, 0}); }
  void TlbiIpas2e1is(Ipa ipa, TlbiLevel level) {
    log_.push_back({EventKind::kTlbiIpa, ipa.value, 1, static_cast<int>(level)});
  }
  void TlbiRipas2e1is(Ipa ipa, std::uint64_t pages, TlbiLevel level) {
    if (!range_tlbi_) Panic("this machine has no range TLBI");
    log_.push_back({EventKind::kTlbiIpaRange, ipa.value, pages, static_cast<int>(level)});
  }
  void TlbiVmalle1is() { log_.push_back({EventKind::kTlbiVmalle1, 0, 0, 0}); }
  void TlbiVmalle1() { Panic("the library has no local maintenance"); }
  void TlbiVmalls12e1is() { log_.push_back({EventKind::kTlbiVmalls12e1, 0, 0, 0}); }
  void TlbiVale2is(HypVa va) { log_.push_back({EventKind::kTlbiVale2, va.value, 1, 0}); }
  void TlbiVae2is(HypVa va) { log_.push_back({EventKind::kTlbiVae2, va.value, 1, 0}); }
  bool HasRangeTlbi() { return range_tlbi_; }
  std::uint64_t ReadVttbr() { return vttbr_; }
  void WriteVttbr(std::uint64_t word) {
    log_.push_back({EventKind::kWriteVttbr, 0, word, 0});
    vttbr_ = word;
  }
  void WriteTtbr0El2(std::uint64_t) {}
  void WriteVtcr(std::uint64_t) {}
  void CleanInvalidatePage(HypVa, PhysAddr) {}
  void InvalidateIcache() { log_.push_back({EventKind::kIcache, 0, 0, 0}); }
  void InvalidateIcacheLocal() { Panic("the library has no local maintenance"); }
  [[noreturn]] void Panic(const char* reason) {
    std::fprintf(stderr, "panic: %s\n", reason);
    std::abort();
  }

 private:
  PhysAddr CountBase() const { return base_ + words_.size() * 8; }

  PhysAddr base_;
  std::vector<std::uint64_t> words_;
  std::vector<std::uint16_t> counts_;
  std::vector<Event> log_;
  std::uint64_t vttbr_ = 0;
  bool range_tlbi_ = true;
};

static_assert(Platform<FakePlatform<Granule4K>>);

}  // namespace cadastre::testing

#endif  // CADASTRE_PGTABLE_TESTING_FAKE_PLATFORM_H_
