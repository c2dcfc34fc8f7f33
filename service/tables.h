// SPDX-License-Identifier: Apache-2.0
// The three kinds of tables that the service keeps, as policies over one library.
#ifndef CADASTRE_SERVICE_TABLES_H_
#define CADASTRE_SERVICE_TABLES_H_

#include "pgtable/page_table.h"
#include "pgtable/pool.h"
#include "pgtable/stage1_format.h"
#include "pgtable/stage2_format.h"
#include "pgtable/sw_registry.h"
#include "pgtable/vtcr.h"
#include "service/core_pool.h"
#include "service/ownership.h"

namespace cadastre {

// The host's identity map. A table page's count is of its special entries: what compact_host must
// not drop. Tables are never freed on the undo path; an idle one means the same as a block.
struct HostTablePolicy {
  static constexpr Level kMinBlockLevel{2};
  static constexpr bool kFreeEmptyTables = false;
  static constexpr bool Counts(Descriptor d, Level level) {
    const EntryKind kind = KindOf(d, level);
    return kind == EntryKind::kAnnotation ||
           (kind == EntryKind::kLeaf && PageStateSw::Get(Stage2Format::DecodeProt(d)) != 0);
  }
};

// A guest's stage 2. A table without a live entry is unlinked in the same call, so that free memory
// is a formula.
struct GuestTablePolicy {
  static constexpr Level kMinBlockLevel{2};
  static constexpr bool kFreeEmptyTables = true;
  static constexpr bool Counts(Descriptor d, Level) { return d.bits != 0; }
};

// EL2's own stage 1. Tables stay: the pool was sized for them.
struct El2TablePolicy {
  static constexpr Level kMinBlockLevel{2};
  static constexpr bool kFreeEmptyTables = false;
  static constexpr bool Counts(Descriptor d, Level) { return d.bits != 0; }
};

template <class P>
using HostTable = PageTable<Stage2Format, Granule4K, HostTablePolicy, CorePool<P>, P>;
template <class P>
using GuestTable = PageTable<Stage2Format, Granule4K, GuestTablePolicy, PagePool<P>, P>;
template <class P>
using El2Table = PageTable<Stage1Format, Granule4K, El2TablePolicy, CorePool<P>, P>;

// VTTBR_EL2: bits 47:1 root, 63:48 VMID (Arm ARM D19.2.155).
inline constexpr unsigned kVmidShift = 48;
constexpr std::uint64_t MakeVttbr(PhysAddr root, std::uint64_t vmid) {
  return root.value | vmid << kVmidShift;
}

// The page that a guest's leaf gives for an address inside it. Precondition: a valid leaf.
inline Pfn PageOf(const Leaf& leaf, Ipa ipa) {
  const std::uint64_t offset = ipa.value & (Granule4K::Size(leaf.level) - 1);
  return ToPfn(Stage2Format::OutputAddress(leaf.descriptor, leaf.level) + offset);
}

// The state of a guest's page. Precondition: a valid leaf.
inline PageState StateOf(const Leaf& leaf) {
  return static_cast<PageState>(PageStateSw::Get(Stage2Format::DecodeProt(leaf.descriptor)));
}

// Reads neighbouring leaves of a table without a walk from the root for each: within one 2 MiB span
// a level 3 table is found once.
template <class Table, class P>
class LeafCursor {
 public:
  LeafCursor(P& p, const Table& table) : p_(p), table_(table) {}

  Leaf At(typename Table::Input input) {
    const std::uint64_t span = input.value >> kSpanShift;
    if (!valid_ || span != span_) {
      leaf_ = table_.GetLeaf(p_, input);
      span_ = span;
      valid_ = true;
      base_ = leaf_.slot.value & ~(kPageSize - 1);
      return leaf_;
    }
    if (leaf_.level == kPageLevel) {
      leaf_.slot =
          PhysAddr(base_ + ((input.value >> kPageShift) & kIndexMask) * sizeof(std::uint64_t));
      leaf_.descriptor = Descriptor(p_.Load64(leaf_.slot));
    }
    return leaf_;
  }

 private:
  static constexpr unsigned kSpanShift = Granule4K::Shift(Level{2});
  static constexpr std::uint64_t kIndexMask = Granule4K::kEntries - 1;

  P& p_;
  const Table& table_;
  Leaf leaf_{};
  std::uint64_t span_ = 0;
  std::uint64_t base_ = 0;
  bool valid_ = false;
};

}  // namespace cadastre

#endif  // CADASTRE_SERVICE_TABLES_H_
