// SPDX-License-Identifier: Apache-2.0
// The one seam between the core and the hardware. On the target each member is an instruction or
// two and inlines away; on the host the simulated machine journals it, feeds the digests and may
// switch virtual CPUs. All mutable state of the core is reached through it and nowhere else: words
// of tables and page records by physical address, other state in Shared<T>.
#ifndef CADASTRE_PGTABLE_PLATFORM_H_
#define CADASTRE_PGTABLE_PLATFORM_H_

#include <concepts>
#include <cstdint>
#include <type_traits>

#include "pgtable/types.h"

namespace cadastre {

// Lock numbers, in the one order in which a call may take them: VM table, a VM, host, EL2, pool.
// kVmBase + slot is a VM's.
enum class LockId : std::uint16_t { kVmTable = 0, kHost = 1, kEl2 = 2, kPool = 3, kVmBase = 0x100 };

// The level field of a TLBI by address: where the entry lies that is invalidated. kNone = it may
// lie at any level, which a removed table needs (Arm ARM D8.13, TTL).
enum class TlbiLevel : std::uint8_t { kNone = 0, kLevel1 = 1, kLevel2 = 2, kLevel3 = 3 };

// A cell of mutable state that several CPUs reach. Read and written through the platform alone.
template <class T>
class Shared {
  static_assert(std::is_trivially_copyable_v<T> && sizeof(T) <= 8);

 public:
  constexpr Shared() = default;
  constexpr explicit Shared(T initial) : value_(initial) {}
  Shared(const Shared&) = delete;
  Shared& operator=(const Shared&) = delete;

  template <class P>
  T Load(P& platform) const {
    return platform.LoadCell(value_);
  }
  template <class P>
  void Store(P& platform, T value) {
    platform.StoreCell(value_, value);
  }

 private:
  T value_{};
};

template <class P>
concept Platform = requires(P& p, PhysAddr pa, Ipa ipa, HypVa va, std::uint64_t word,
                            std::uint16_t half, std::uint8_t byte, LockId lock, TlbiLevel level) {
  // Table words and page records. Store64 is a store-release on the target, so that what a table
  // entry points to is visible before the entry.
  { p.Load64(pa) } -> std::same_as<std::uint64_t>;
  { p.Store64(pa, word) } -> std::same_as<void>;
  { p.Load16(pa) } -> std::same_as<std::uint16_t>;
  { p.Store16(pa, half) } -> std::same_as<void>;
  { p.Load8(pa) } -> std::same_as<std::uint8_t>;
  { p.Store8(pa, byte) } -> std::same_as<void>;
  // Writes a whole table page that no walker reaches: word i = word + i * step, `entries` words
  // from `pa` on.
  { p.FillTable(pa, word, word, word) } -> std::same_as<void>;  // (page, first, step, entries)
  // Where the 16-bit entry count of a table page lies.
  { p.TableCountAddress(pa) } -> std::same_as<PhysAddr>;
  // One aligned word of memory that the host may read and change at any time.
  { p.ReadHostWord(pa) } -> std::same_as<std::uint64_t>;
  { p.WriteHostWord(pa, word) } -> std::same_as<void>;
  // Zeroes a page through the mapping at `va`.
  { p.ZeroPage(va, pa) } -> std::same_as<void>;

  { p.Lock(lock) } -> std::same_as<void>;
  { p.Unlock(lock) } -> std::same_as<void>;
  { p.CpuIndex() } -> std::same_as<unsigned>;

  // Barriers and TLB maintenance, one instruction each (Arm ARM C5.5, D8.13). By-address stage 2
  // operations act on the VMID in VTTBR_EL2.
  p.DsbIshst();
  p.DsbIsh();
  p.DsbNsh();
  p.Isb();
  p.TlbiIpas2e1is(ipa, level);
  p.TlbiRipas2e1is(ipa, word, level);  // `word` pages of the granule; only if HasRangeTlbi()
  p.TlbiVmalle1is();
  p.TlbiVmalle1();  // of this CPU alone
  p.TlbiVmalls12e1is();
  p.TlbiVale2is(va);
  p.TlbiVae2is(va);
  { p.HasRangeTlbi() } -> std::same_as<bool>;
  { p.ReadVttbr() } -> std::same_as<std::uint64_t>;
  p.WriteVttbr(word);
  p.WriteVtcr(word);
  p.WriteTtbr0El2(word);

  // Cleans and invalidates a page to the point of coherency through the mapping at `va`: the
  // instruction takes an address of EL2's own (DC CIVAC).
  p.CleanInvalidatePage(va, pa);
  // All of the I-cache: of every CPU in the inner shareable domain (IC IALLUIS), and of this one
  // (IC IALLU). By address it would need a mapping of each page.
  p.InvalidateIcache();
  p.InvalidateIcacheLocal();

  // Never returns. Not reachable from any hypercall argument.
  p.Panic("reason");
};

}  // namespace cadastre

#endif  // CADASTRE_PGTABLE_PLATFORM_H_
