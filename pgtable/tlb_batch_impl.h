// SPDX-License-Identifier: Apache-2.0
// Definitions of TlbBatch. Included where a platform instantiates it, and nowhere else.
#ifndef CADASTRE_PGTABLE_TLB_BATCH_IMPL_H_
#define CADASTRE_PGTABLE_TLB_BATCH_IMPL_H_

#include <cstdint>

#include "pgtable/tlb_batch.h"

namespace cadastre {

template <class Format, class G, class Pages, class P>
TlbBatch<Format, G, Pages, P>::TlbBatch(P& p, Pages& pages, std::uint64_t vttbr)
    : p_(p), pages_(pages), vttbr_(vttbr) {}

template <class Format, class G, class Pages, class P>
TlbBatch<Format, G, Pages, P>::~TlbBatch() {
  if (item_count_ != 0 || freed_count_ != 0 || overflowed_) p_.Panic("TLB batch dropped unflushed");
}

template <class Format, class G, class Pages, class P>
void TlbBatch<Format, G, Pages, P>::AddLeaves(Input base, std::uint64_t bytes, Level level) {
  // A level 0 leaf does not exist: the levels of a TLBI are those of leaves.
  Add({base, bytes, static_cast<TlbiLevel>(level.value), G::Size(level)});
}

template <class Format, class G, class Pages, class P>
void TlbBatch<Format, G, Pages, P>::AddSpan(Input base, std::uint64_t bytes) {
  Add({base, bytes, TlbiLevel::kNone, G::kPageSize});
}

// A TLBI without a level removes every entry that a walk for its address uses, pointers to tables
// among them, and a pointer serves all addresses below it (D8.13.5). So one address of the table's
// span is enough: that of pages just lost if there are some, whose level hint is then withdrawn.
template <class Format, class G, class Pages, class P>
void TlbBatch<Format, G, Pages, P>::AddTable(Input base, std::uint64_t bytes, PhysAddr page) {
  if (freed_count_ == kMaxPages) Flush();
  freed_[freed_count_++] = page;
  if (item_count_ != 0) {
    Item& last = items_[item_count_ - 1];
    const bool overlaps = last.base < base + bytes && base < last.base + last.bytes;
    if (overlaps && last.stride == G::kPageSize) {
      last.level = TlbiLevel::kNone;
      return;
    }
  }
  Add({base, G::kPageSize, TlbiLevel::kNone, G::kPageSize});
}

template <class Format, class G, class Pages, class P>
void TlbBatch<Format, G, Pages, P>::Add(const Item& item) {
  if (item_count_ != 0) {
    Item& last = items_[item_count_ - 1];
    if (last.level == item.level && last.stride == item.stride &&
        last.base + last.bytes == item.base) {
      last.bytes += item.bytes;
      return;
    }
  }
  if (item_count_ == kMaxItems) {
    if constexpr (Format::kIsStage2) {
      overflowed_ = true;
      return;
    } else {
      // EL2's own entries go by address. All that is noted so far has been stored: flush it now.
      Flush();
    }
  }
  items_[item_count_++] = item;
}

template <class Format, class G, class Pages, class P>
void TlbBatch<Format, G, Pages, P>::Flush() {
  if (item_count_ == 0 && freed_count_ == 0 && !overflowed_) return;
  if constexpr (Format::kIsStage2) {
    FlushStage2();
  } else {
    FlushEl2();
  }
  for (unsigned i = 0; i < freed_count_; ++i) pages_.Give(p_, freed_[i]);
  item_count_ = 0;
  freed_count_ = 0;
  overflowed_ = false;
}

template <class Format, class G, class Pages, class P>
bool TlbBatch<Format, G, Pages, P>::NeedsWholeVmid() const {
  if (overflowed_) return true;
  if (p_.HasRangeTlbi()) return false;
  std::uint64_t operations = 0;
  for (unsigned i = 0; i < item_count_; ++i) operations += items_[i].Operations();
  return operations > kMaxByAddress;
}

// A range TLBI covers (NUM + 1) * 2^(5 * SCALE + 1) pages, NUM in 0..31, SCALE in 0..3: up to eight
// instructions cover what one can't (C5.5, TLBI RIPAS2E1IS). An odd page goes by itself.
template <class Format, class G, class Pages, class P>
void TlbBatch<Format, G, Pages, P>::InvalidateByIpa(const Item& item) {
  Ipa at(item.base.value);
  if (item.Operations() == 1 || !p_.HasRangeTlbi()) {
    for (std::uint64_t i = 0; i < item.Operations(); ++i, at = at + item.stride) {
      p_.TlbiIpas2e1is(at, item.level);
    }
    return;
  }
  std::uint64_t pages = item.bytes >> G::kPageShift;
  while (pages > 1) {
    unsigned scale = 3;
    while ((pages >> (5 * scale + 1)) == 0) --scale;
    std::uint64_t units = pages >> (5 * scale + 1);
    if (units > 32) units = 32;
    const std::uint64_t covered = units << (5 * scale + 1);
    p_.TlbiRipas2e1is(at, covered, item.level);
    at = at + (covered << G::kPageShift);
    pages -= covered;
  }
  if (pages == 1) p_.TlbiIpas2e1is(at, item.level);
}

template <class Format, class G, class Pages, class P>
void TlbBatch<Format, G, Pages, P>::FlushStage2() {
  p_.DsbIshst();
  // By-address operations and VMALLE1IS act on the current VMID: it must be the loser's.
  const std::uint64_t current = p_.ReadVttbr();
  if (current != vttbr_) {
    p_.WriteVttbr(vttbr_);
    p_.Isb();
  }
  if (NeedsWholeVmid()) {
    p_.TlbiVmalls12e1is();
  } else {
    for (unsigned i = 0; i < item_count_; ++i) InvalidateByIpa(items_[i]);
    // Combined entries are tagged by VA: only after the stage 2 entries are gone everywhere can
    // they be removed for good (D8.13.6).
    p_.DsbIsh();
    p_.TlbiVmalle1is();
  }
  p_.DsbIsh();
  if (current != vttbr_) p_.WriteVttbr(current);
  p_.Isb();
}

template <class Format, class G, class Pages, class P>
void TlbBatch<Format, G, Pages, P>::FlushEl2() {
  p_.DsbIshst();
  for (unsigned i = 0; i < item_count_; ++i) {
    const Item& item = items_[i];
    HypVa at(item.base.value);
    for (std::uint64_t n = 0; n < item.Operations(); ++n, at = at + item.stride) {
      if (item.level == TlbiLevel::kNone) {
        p_.TlbiVae2is(at);
      } else {
        p_.TlbiVale2is(at);
      }
    }
  }
  p_.DsbIsh();
  p_.Isb();
}

}  // namespace cadastre

#endif  // CADASTRE_PGTABLE_TLB_BATCH_IMPL_H_
