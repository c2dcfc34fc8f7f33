// SPDX-License-Identifier: Apache-2.0
// A platform over plain memory whose barriers, TLBs, caches and locks do nothing: what the library
// costs by itself. For benchmarks and for proving that it compiles freestanding.
#ifndef CADASTRE_PGTABLE_NULL_PLATFORM_H_
#define CADASTRE_PGTABLE_NULL_PLATFORM_H_

#include <cstdint>
#include <span>

#include "pgtable/granule.h"
#include "pgtable/platform.h"
#include "pgtable/types.h"

namespace cadastre {

// Physical memory from `base` on is `pages`, a multiple of the granule; `counts` has a half-word
// for each page and lies right above it in the address space.
template <class G>
class NullPlatform {
 public:
  NullPlatform(PhysAddr base, std::span<std::uint64_t> pages, std::span<std::uint16_t> counts)
      : base_(base), pages_(pages), counts_(counts) {}

  std::uint64_t Load64(PhysAddr pa) const { return pages_[(pa - base_) / 8]; }
  void Store64(PhysAddr pa, std::uint64_t word) { pages_[(pa - base_) / 8] = word; }
  std::uint16_t Load16(PhysAddr pa) const { return counts_[(pa - CountBase()) / 2]; }
  void Store16(PhysAddr pa, std::uint16_t half) { counts_[(pa - CountBase()) / 2] = half; }
  std::uint8_t Load8(PhysAddr pa) const {
    return static_cast<std::uint8_t>(Load64(PhysAddr(pa.value & ~std::uint64_t{7})) >>
                                     (8 * (pa.value & 7)));
  }
  void Store8(PhysAddr pa, std::uint8_t byte) {
    const PhysAddr word(pa.value & ~std::uint64_t{7});
    const unsigned shift = 8 * static_cast<unsigned>(pa.value & 7);
    Store64(word, (Load64(word) & ~(std::uint64_t{0xff} << shift)) | std::uint64_t{byte} << shift);
  }
  void FillTable(PhysAddr page, std::uint64_t first, std::uint64_t step, std::uint64_t entries) {
    std::uint64_t* words = &pages_[(page - base_) / 8];
    for (std::uint64_t i = 0; i < entries; ++i) words[i] = first + i * step;
  }
  PhysAddr TableCountAddress(PhysAddr page) const {
    return CountBase() + (page - base_) / G::kPageSize * 2;
  }
  std::uint64_t ReadHostWord(PhysAddr pa) const { return Load64(pa); }
  void WriteHostWord(PhysAddr pa, std::uint64_t word) { Store64(pa, word); }
  void ZeroPage(HypVa, PhysAddr pa) { FillTable(pa, 0, 0, kPageSize / 8); }

  template <class T>
  T LoadCell(const T& cell) const {
    return cell;
  }
  template <class T>
  void StoreCell(T& cell, T value) {
    cell = value;
  }

  void Lock(LockId) {}
  void Unlock(LockId) {}
  unsigned CpuIndex() const { return 0; }

  void DsbIshst() {}
  void DsbIsh() {}
  void DsbNsh() {}
  void Isb() {}
  void TlbiIpas2e1is(Ipa, TlbiLevel) {}
  void TlbiRipas2e1is(Ipa, std::uint64_t, TlbiLevel) {}
  void TlbiVmalle1is() {}
  void TlbiVmalle1() {}
  void TlbiVmalls12e1is() {}
  void TlbiVale2is(HypVa) {}
  void TlbiVae2is(HypVa) {}
  bool HasRangeTlbi() const { return true; }
  std::uint64_t ReadVttbr() const { return vttbr_; }
  void WriteVttbr(std::uint64_t word) { vttbr_ = word; }
  void WriteTtbr0El2(std::uint64_t) {}
  void WriteVtcr(std::uint64_t) {}
  void CleanInvalidatePage(HypVa, PhysAddr) {}
  void InvalidateIcache() {}
  void InvalidateIcacheLocal() {}
  void Panic(const char*) { __builtin_trap(); }

 private:
  PhysAddr CountBase() const { return base_ + pages_.size() * 8; }

  PhysAddr base_;
  std::span<std::uint64_t> pages_;
  std::span<std::uint16_t> counts_;
  std::uint64_t vttbr_ = 0;
};

static_assert(Platform<NullPlatform<Granule4K>>);

}  // namespace cadastre

#endif  // CADASTRE_PGTABLE_NULL_PLATFORM_H_
