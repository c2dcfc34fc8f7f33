// SPDX-License-Identifier: Apache-2.0
// One translation table, stage 1 or stage 2, and every operation on it.
//
// Each operation is all-or-nothing over its range: it first checks every entry, then counts the
// table pages that it needs, and only then stores; a refused operation has stored nothing. Ranges
// come from AddressRange::Make and so are never rounded, capped or empty; a range above this
// table's input size is ERANGE. Every change of a live entry's output, size or type, and every
// removal of a table, is break-before-make (Arm ARM D8.14); a permission that is taken away, too,
// is invalidated by the batch. Changing only sw bits of a live entry needs neither break nor TLBI:
// hardware ignores them.
//
// Refusals have one order: EINVAL for an argument, ERANGE, ENOENT or EEXIST, EINVAL for what stands
// in the table, ENOMEM. A range that is not made of pages of the table's granule is EINVAL. A block
// that would not change is not split. A split ends with its own flush of the batch. Annotations
// stand at page level only.
//
// Definitions are in page_table_impl.h, instantiated once for each platform.
#ifndef CADASTRE_PGTABLE_PAGE_TABLE_H_
#define CADASTRE_PGTABLE_PAGE_TABLE_H_

#include <cstdint>

#include "pgtable/annotation.h"
#include "pgtable/descriptor.h"
#include "pgtable/granule.h"
#include "pgtable/platform.h"
#include "pgtable/prot.h"
#include "pgtable/range.h"
#include "pgtable/tlb_batch.h"
#include "pgtable/types.h"

namespace cadastre {

// An entry that ends a walk: a valid leaf, an annotation or an absent entry, with the level where
// it stands.
struct Leaf {
  Descriptor descriptor{};
  Level level{};
  PhysAddr slot{};  // where the entry lies
};

// May Map use blocks where alignment allows?
enum class Blocks : std::uint8_t { kPagesOnly, kAllowed };
// What may Map store over? A valid entry never.
enum class Over : std::uint8_t { kAbsentOnly, kAnnotations };
// Does test_clear_young clear?
enum class Young : std::uint8_t { kTest, kTestAndClear };

// One stop of a walk.
enum class VisitKind : std::uint8_t { kLeaf, kTablePre, kTablePost };
template <class Input>
struct Visit {
  VisitKind kind{};
  // First input address of the entry, or of the part of it inside the range for a leaf.
  Input base{};
  std::uint64_t bytes = 0;  // bytes of the range that this entry covers
  Level level{};
  Descriptor descriptor{};
  PhysAddr slot{};
};
enum class WalkOn : std::uint8_t { kContinue, kStop };

namespace internal {
// Does a block deposit a page in this source? Yes, unless the source says that its Deposit does
// nothing.
template <class Pages>
constexpr bool KeepsDeposits() {
  if constexpr (requires { Pages::kDeposits; }) {
    return Pages::kDeposits;
  } else {
    return true;
  }
}
}  // namespace internal

// Template parameters:
//   Format   Stage2Format or Stage1Format: encodes and decodes leaves. Format::Input is the type of
//            an input address, Ipa or HypVa.
//   G        Granule4K, Granule16K or Granule64K.
//   Policy   a stateless struct:
//              static constexpr Level kMinBlockLevel
//                lowest-numbered level of a block made by Map
//              static constexpr bool kFreeEmptyTables
//                a table whose count reaches 0 is unlinked and given back
//              static bool Counts(Descriptor, Level)
//                which entries a table page's count counts: by kind and attributes, never by
//                address; not an absent entry; tables too if empty tables are freed
//   Pages    a source of table pages: the members of PagePool (pool.h).
//   P        the Platform.
template <class Format, class G, class Policy, class Pages, class P>
class PageTable {
 public:
  using Input = typename Format::Input;
  using Range = AddressRange<Input>;
  using Batch = TlbBatch<Format, G, Pages, P>;

  // `root`: geometry.root_pages contiguous zeroed table pages, aligned to their number.
  constexpr PageTable(PhysAddr root, Geometry geometry) : root_(root), geometry_(geometry) {}

  constexpr PhysAddr root() const { return root_; }
  constexpr const Geometry& geometry() const { return geometry_; }

  // --- Reading ---

  // The entry that ends the walk for `input`. Precondition: input below 2^input_bits.
  Leaf GetLeaf(P& p, Input input) const;

  // Visits the entries of the range in ascending order: leaves (annotations and absent entries
  // among them), and each table before (kTablePre) and after (kTablePost) what it holds.
  // `visitor(const Visit<Input>&) -> WalkOn`. ERANGE if the range ends above the input size, then
  // nothing is visited. The entry is read once for each visit. Defined in walk.h.
  template <class Visitor>
  Status Walk(P& p, const Range& range, Visitor&& visitor) const;

  // Table pages that a Map over the range takes, if every entry in it is absent or an annotation; a
  // block to be made counts its deposited page.
  std::uint64_t TablesNeeded(P& p, const Range& range) const;

  // Bytes that a TLBI of `input` must cover if its caller knows no level: the largest of the probed
  // sizes (page, then each block size) at which a valid leaf with a level hint stands, never
  // smaller than the hinted guest leaf; 0 if nothing there tells, then the caller invalidates the
  // most that its architecture allows.
  std::uint64_t TlbiSpan(P& p, Input input) const;

  // --- Changing entries ---

  // Makes leaves from `out` on. EINVAL: an unknown bit; no R; DEVICE with X; W with X at EL2; `out`
  // not page-aligned, or its end above 2^48. EEXIST: a valid entry in the range, or an annotation
  // unless `over` allows it. ENOMEM: fewer pages in `pages` than TablesNeeded. New leaves are
  // young. Ends with DSB ISHST, and ISB at EL2, so that walkers see them.
  Status Map(P& p, Pages& pages, const Range& range, PhysAddr out, Prot prot, Blocks blocks,
             Over over);

  // Leaves and annotations become absent; blocks that stick out of the range are split first
  // (ENOMEM if `pages` lacks the page and no deposit stands for it). ENOENT: an absent entry in the
  // range.
  Status Unmap(P& p, Pages& pages, const Range& range, Batch& batch);

  // Every page of the range becomes an annotation at page level, whatever stood there; `run` tells
  // how it goes on from page to page. EINVAL: kind kNone. ENOMEM: tables missing.
  Status Annotate(P& p, Pages& pages, const Range& range, Annotation first, AnnotationRun run,
                  Batch& batch);

  // Adds permissions. The contract that the seed thread asked for:
  //   * additive only: each leaf's R, W, X become old OR prot; nothing is ever removed;
  //   * `prot` is a non-empty subset of R, W, X and nothing else: DEVICE, any sw bit, any unknown
  //     bit, zero: EINVAL;
  //   * the *resulting* leaf must be one that Map would make (R present, no DEVICE with X, no W
  //     with X at EL2), else EINVAL;
  //   * every other bit stays as it is, sw bits first of all;
  //   * an invalid entry anywhere in the range: ENOENT, and nothing has changed;
  //   * a block that sticks out of the range is split (ENOMEM if that lacks a page).
  // Leaves that have the permissions already are not stored to. Invalidates the I-cache for pages
  // that gain X, before.
  Status RelaxPerms(P& p, Pages& pages, const Range& range, Prot prot, Batch& batch);

  // Takes W from every leaf. ENOENT: an invalid entry in the range. ENOMEM as above.
  Status WrProtect(P& p, Pages& pages, const Range& range, Batch& batch);

  // Sets AF in every leaf. Ends with DSB ISHST. ENOENT, ENOMEM as above.
  Status MkYoung(P& p, Pages& pages, const Range& range, Batch& batch);

  // How many pages of the range were young; clears AF if asked, without a TLBI, by intent: a TLB
  // may still serve an old page and an estimate is all that is wanted. ENOENT as above; ENOMEM only
  // if it clears.
  Result<std::uint64_t> TestClearYoung(P& p, Pages& pages, const Range& range, Young young,
                                       Batch& batch);

  // Changes the sw bits under `mask` of every leaf to those of `value`: a plain store. EINVAL: mask
  // or value has other than sw bits, or value bits outside the mask. ENOENT, ENOMEM as above.
  Status SetSw(P& p, Pages& pages, const Range& range, std::uint64_t mask, Prot value,
               Batch& batch);

  // --- Shape ---

  // No leaf that covers `input` stays above `level`. EINVAL: level not a leaf level of the granule.
  // ENOENT: no valid leaf there. A split copies permissions, type, sw bits and AF. ENOMEM: a page
  // is lacking for a level.
  Status Split(P& p, Pages& pages, Input input, Level level, Batch& batch);

  // The table below the entry at `level` that covers `input` becomes one block, if every entry in
  // it is a leaf and they are uniform: contiguous output that starts aligned to the block, equal
  // permissions, type, sw bits and AF. EINVAL: no block allowed at the level, or not uniform (a
  // block already there too). ENOENT: an invalid entry in it.
  Status Merge(P& p, Pages& pages, Input input, Level level, Batch& batch);

  // Gives every table page but the root back. Precondition: nothing walks this table any more (its
  // VMID is flushed).
  void Destroy(P& p, Pages& pages);

 private:
  static constexpr unsigned kLevels = 4;
  static constexpr bool kFreesTables = Policy::kFreeEmptyTables;
  static constexpr bool kDeposits = internal::KeepsDeposits<Pages>();
  static_assert(Policy::kMinBlockLevel >= G::kMinBlockLevel, "no such block in this granule");
  static_assert(!kDeposits || Policy::kMinBlockLevel >= Level{2},
                "a deposit is one page: it splits a level 2 block");

  // The way from the root to the entry that ends the walk for an input.
  struct Path {
    PhysAddr tables[kLevels];  // table page at each level from the start level to `level`
    Level level{};
    PhysAddr slot{};
    Descriptor entry{};
  };

  // What a content may be written over.
  enum class Replace : std::uint8_t { kAbsent, kAnnotations, kAnything };

  // Entries to be written to a range: page i of it gets `first` + i * `step`.
  struct Content {
    Range range{};
    std::uint64_t first = 0;
    std::uint64_t step = 0;
    Blocks blocks = Blocks::kPagesOnly;
    Replace replace = Replace::kAbsent;

    std::uint64_t At(Input at) const {
      return first + ((at - range.base()) >> G::kPageShift) * step;
    }
  };

  // page_table_impl.h: walking, counting, refusing
  static constexpr Input AlignDown(Input input, Level level) {
    return Input(input.value & ~(G::Size(level) - 1));
  }
  static Input EntryEnd(Input at, Level level, const Range& range);
  // Where the entry of `input` lies in a table of its level, or in the contiguous pages of the
  // root.
  PhysAddr SlotOf(PhysAddr table, Input input, Level level) const {
    const std::uint64_t index = input.value >> G::Shift(level);
    const std::uint64_t within = level == geometry_.start ? index : index & (G::kEntries - 1);
    return table + within * sizeof(std::uint64_t);
  }
  // Is `next_slot`, the slot after some entry's, in another table page?
  static bool EndsTable(PhysAddr next_slot) { return (next_slot.value & (G::kPageSize - 1)) == 0; }
  static std::uint64_t TablesToPages(Input base, std::uint64_t bytes, Level level);
  static std::uint64_t TablesToSplit(Input base, std::uint64_t bytes, Level level);
  static std::uint64_t PagesToSplit(Input base, std::uint64_t bytes, Level level);
  Status CheckRange(const Range& range) const;
  Path Descend(P& p, Input input) const;
  template <class Function>
  void ForEachEntry(P& p, const Range& range, Path path, Function&& function) const;
  static void AdjustCount(P& p, PhysAddr table, int delta);
  static int CountOf(Descriptor d, Level level) { return Policy::Counts(d, level) ? 1 : 0; }

  // map_impl.h: writing entries where none, an annotation or a leaf stood
  Result<std::uint64_t> CountForContent(P& p, const Content& content, const Path& first) const;
  Status WriteAll(P& p, Pages& pages, const Content& content, Batch* batch);
  static std::uint64_t PagesForAbsent(const Content& content, Input base, std::uint64_t bytes,
                                      Level level);
  static bool BlockFits(const Content& content, Input at, Level level);
  void Write(P& p, Pages& pages, const Content& content, Path path, Batch* batch);
  Input WriteBlocks(P& p, Pages& pages, const Path& path, const Content& content, Input at);
  Input WritePages(P& p, const Path& path, const Content& content, Input at, Batch* batch);
  Input Grow(P& p, Pages& pages, const Path& path, const Content& content, Input at);

  // perms_impl.h: changing entries in place, the same engine for every change
  template <class Change>
  Result<std::uint64_t> CheckUpdate(P& p, const Range& range, const Path& first,
                                    const Change& change) const;
  template <class Change>
  Result<Path> Prepare(P& p, const Pages& pages, const Range& range, const Change& change) const;
  template <class Change>
  Status Update(P& p, Pages& pages, const Range& range, const Change& change, Batch& batch);
  template <class Change>
  void CommitUpdate(P& p, Pages& pages, const Range& range, Path path, const Change& change,
                    Batch& batch);
  template <class Change>
  Input UpdateTable(P& p, Pages& pages, const Path& path, Input at, const Range& range,
                    const Change& change, Batch& batch);
  void InvalidateIcache(P& p, const Range& range, const Path& first) const;

  // shape_impl.h: making, breaking and removing tables
  static PhysAddr TakeToFill(P& p, Pages& pages);
  static void Publish(P& p);
  void SplitOnce(P& p, Pages& pages, const Path& path, Input at, Batch& batch);
  Status CheckMerge(P& p, PhysAddr table, Level level) const;
  void FreeEmptyTables(P& p, const Path& path, Input at, Batch& batch);
  void DestroyBelow(P& p, Pages& pages, PhysAddr root_page);

  PhysAddr root_;
  Geometry geometry_;
};

}  // namespace cadastre

#endif  // CADASTRE_PGTABLE_PAGE_TABLE_H_
