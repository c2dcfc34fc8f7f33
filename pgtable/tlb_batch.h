// SPDX-License-Identifier: Apache-2.0
// TLB maintenance that one operation owes, and the table pages that may be reused only after it.
#ifndef CADASTRE_PGTABLE_TLB_BATCH_H_
#define CADASTRE_PGTABLE_TLB_BATCH_H_

#include <cstdint>

#include "pgtable/platform.h"
#include "pgtable/room.h"
#include "pgtable/types.h"

namespace cadastre {

// A stack object. It collects what was made invalid or reduced, and Flush() does, once:
//   stage 2:
//     DSB ISHST
//     VTTBR_EL2 := the loser's, with ISB, and restored at the end
//     TLBI IPAS2E1IS for each page or block with its level, without one for a removed table; by
//       range where the machine has that; where it has not, VMALLS12E1IS above 64 pages
//     DSB ISH; TLBI VMALLE1IS once, for combined stage 1+2 entries: not after VMALLS12E1IS, which
//       covers them
//     DSB ISH; ISB
//   EL2:
//     DSB ISHST
//     TLBI VALE2IS for each page, VAE2IS for a removed table
//     DSB ISH; ISB
// Only then are the pages it owns given back. It can't be dropped unflushed: the destructor panics
// if anything is pending. It can be flushed more than once: a split flushes in the middle of an
// operation.
template <class Format, class G, class Pages, class P>
class TlbBatch {
 public:
  using Input = typename Format::Input;

  // `vttbr`: root and VMID of the table that loses entries (stage 2; ignored at EL2). `pages` takes
  // freed table pages back.
  TlbBatch(P& p, Pages& pages, std::uint64_t vttbr);
  ~TlbBatch();
  TlbBatch(const TlbBatch&) = delete;
  TlbBatch& operator=(const TlbBatch&) = delete;

  // `bytes` from `base` on lost leaves that stood at `level`.
  void AddLeaves(Input base, std::uint64_t bytes, Level level);
  // The table page at `page`, which translated `bytes` from `base` on, is unlinked and becomes the
  // batch's until its flush.
  void AddTable(Input base, std::uint64_t bytes, PhysAddr page);
  // The entry over `bytes` from `base` on is broken and about to be made anew at another level: no
  // level hint, no page.
  void AddSpan(Input base, std::uint64_t bytes);

  void Flush();

 private:
  // `bytes` from `base` on, one TLBI for each `stride`; without a level, one for each page.
  struct Item {
    Input base;
    std::uint64_t bytes = 0;
    TlbiLevel level = TlbiLevel::kNone;
    std::uint64_t stride = G::kPageSize;

    std::uint64_t Operations() const { return bytes / stride; }
  };
  // More than this many TLBIs by address are slower than one of everything (stage 2, no range
  // TLBI).
  static constexpr std::uint64_t kMaxByAddress = 64;
  static constexpr unsigned kMaxItems = 16;
  static constexpr unsigned kMaxPages = 16;

  void Add(const Item& item);
  bool NeedsWholeVmid() const;
  void InvalidateByIpa(const Item& item);
  void FlushStage2();
  void FlushEl2();

  P& p_;
  Pages& pages_;
  std::uint64_t vttbr_;
  Room<Item, kMaxItems> items_;
  unsigned item_count_ = 0;
  bool overflowed_ = false;  // stage 2: more items than fit, so all of the VMID goes
  Room<PhysAddr, kMaxPages> freed_;
  unsigned freed_count_ = 0;
};

}  // namespace cadastre

#endif  // CADASTRE_PGTABLE_TLB_BATCH_H_
