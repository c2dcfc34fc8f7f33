// SPDX-License-Identifier: Apache-2.0
// The seam of the core (pgtable/platform.h) as instructions of an AArch64 CPU at EL2.
#ifndef CADASTRE_SERVICE_EL2_PLATFORM_H_
#define CADASTRE_SERVICE_EL2_PLATFORM_H_

#include <cstddef>
#include <cstdint>

#include "pgtable/platform.h"
#include "pgtable/types.h"
#include "service/boot_info.h"
#include "service/el2/panic.h"
#include "service/el2/sysreg.h"
#include "service/el2/ticket_lock.h"

namespace cadastre::el2 {

class El2Platform {
 public:
  // Where physical memory is seen: address + offset. 0 while boot runs on the identity map; then
  // the linear map's (service/ABI.md section 13).
  void set_offset(std::uint64_t offset) { offset_ = offset; }

  std::byte* Bytes(PhysAddr pa) const { return At<std::byte>(pa); }

  // A table word may be read by other CPUs' walkers, and by others of the core without a lock.
  std::uint64_t Load64(PhysAddr pa) const { return __atomic_load_n(At<std::uint64_t>(pa), kPlain); }
  void Store64(PhysAddr pa, std::uint64_t word) {
    __atomic_store_n(At<std::uint64_t>(pa), word, __ATOMIC_RELEASE);
  }
  std::uint16_t Load16(PhysAddr pa) const { return __atomic_load_n(At<std::uint16_t>(pa), kPlain); }
  void Store16(PhysAddr pa, std::uint16_t half) {
    __atomic_store_n(At<std::uint16_t>(pa), half, kPlain);
  }
  std::uint8_t Load8(PhysAddr pa) const { return __atomic_load_n(At<std::uint8_t>(pa), kPlain); }
  void Store8(PhysAddr pa, std::uint8_t byte) {
    __atomic_store_n(At<std::uint8_t>(pa), byte, kPlain);
  }
  void FillTable(PhysAddr page, std::uint64_t first, std::uint64_t step, std::uint64_t entries) {
    volatile std::uint64_t* words = At<std::uint64_t>(page);
    for (std::uint64_t i = 0; i < entries; ++i) words[i] = first + i * step;
  }
  PhysAddr TableCountAddress(PhysAddr page) const;
  // The host may write at any time: one load of the whole word.
  std::uint64_t ReadHostWord(PhysAddr pa) const { return Load64(pa); }
  void WriteHostWord(PhysAddr pa, std::uint64_t word) {
    __atomic_store_n(At<std::uint64_t>(pa), word, kPlain);
  }
  void ZeroPage(HypVa va, PhysAddr);

  template <class T>
  T LoadCell(const T& cell) const {
    T value;
    __atomic_load(&cell, &value, kPlain);
    return value;
  }
  template <class T>
  void StoreCell(T& cell, T value) {
    __atomic_store(&cell, &value, kPlain);
  }

  void Lock(LockId id) { LockOf(id).Lock(); }
  void Unlock(LockId id) { LockOf(id).Unlock(); }
  unsigned CpuIndex() const { return static_cast<unsigned>(CADASTRE_READ_SYSREG(tpidr_el2)); }

  void DsbIshst() { asm volatile("dsb ishst" ::: "memory"); }
  void DsbIsh() { asm volatile("dsb ish" ::: "memory"); }
  void DsbNsh() { asm volatile("dsb nsh" ::: "memory"); }
  void Isb() { asm volatile("isb" ::: "memory"); }
  void TlbiIpas2e1is(Ipa ipa, TlbiLevel) {
    // Without FEAT_TTL the level is no field: bits 47:44 are RES0 (Arm ARM C5.5).
    asm volatile("tlbi ipas2e1is, %0" : : "r"(ipa.value >> kPageShift) : "memory");
  }
  void TlbiRipas2e1is(Ipa, std::uint64_t, TlbiLevel) { Panic("TLBI by range on a CPU without it"); }
  void TlbiVmalle1is() { asm volatile("tlbi vmalle1is" ::: "memory"); }
  void TlbiVmalle1() { asm volatile("tlbi vmalle1" ::: "memory"); }
  void TlbiVmalls12e1is() { asm volatile("tlbi vmalls12e1is" ::: "memory"); }
  void TlbiVale2is(HypVa va) {
    asm volatile("tlbi vale2is, %0" : : "r"(va.value >> kPageShift & kVaMask) : "memory");
  }
  void TlbiVae2is(HypVa va) {
    asm volatile("tlbi vae2is, %0" : : "r"(va.value >> kPageShift & kVaMask) : "memory");
  }
  bool HasRangeTlbi() const { return false; }
  std::uint64_t ReadVttbr() const { return CADASTRE_READ_SYSREG(vttbr_el2); }
  void WriteVttbr(std::uint64_t word) { CADASTRE_WRITE_SYSREG(vttbr_el2, word); }
  void WriteVtcr(std::uint64_t word) { CADASTRE_WRITE_SYSREG(vtcr_el2, word); }
  void WriteTtbr0El2(std::uint64_t word) { CADASTRE_WRITE_SYSREG(ttbr0_el2, word); }

  void CleanInvalidatePage(HypVa va, PhysAddr);
  void InvalidateIcache() { asm volatile("ic ialluis" ::: "memory"); }
  void InvalidateIcacheLocal() { asm volatile("ic iallu" ::: "memory"); }

  [[noreturn]] void Panic(const char* reason) { el2::Panic(reason); }

  // Where the count of a page's record lies: its RAM regions and the records, as in BootInfo.
  void SetRecords(const BootInfo& info);

 private:
  static constexpr int kPlain = __ATOMIC_RELAXED;
  static constexpr std::uint64_t kVaMask = (std::uint64_t{1} << 44) - 1;

  template <class T>
  T* At(PhysAddr pa) const {
    return reinterpret_cast<T*>(pa.value + offset_);
  }
  TicketLock& LockOf(LockId id) {
    const auto number = static_cast<unsigned>(id);
    const auto first_vm = static_cast<unsigned>(LockId::kVmBase);
    return number < first_vm ? locks_[number] : vm_locks_[number - first_vm];
  }

  std::uint64_t offset_ = 0;
  PageSpan ram_[kMaxSpans];
  unsigned ram_count_ = 0;
  PhysAddr records_;
  TicketLock locks_[4];
  TicketLock vm_locks_[kVmSlots];
};

static_assert(Platform<El2Platform>);

}  // namespace cadastre::el2

#endif  // CADASTRE_SERVICE_EL2_PLATFORM_H_
