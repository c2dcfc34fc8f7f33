// SPDX-License-Identifier: Apache-2.0
// Definitions of PageTable: what changes the entries of a range one by one, without making new
// ones: Unmap, RelaxPerms, WrProtect, MkYoung, TestClearYoung, SetSw. Each is a Change, a few lines
// that say what becomes of one entry; checking, splitting, counting and TLB maintenance are the
// same for all.
#ifndef CADASTRE_PGTABLE_PERMS_IMPL_H_
#define CADASTRE_PGTABLE_PERMS_IMPL_H_

#include <cstdint>

#include "pgtable/page_table.h"
#include "pgtable/prot_rules.h"

namespace cadastre {
namespace internal {

// A Change:
//   kInvalidates     must a changed leaf go from the TLBs?
//   Takes(kind)      is there something to change? If not: ENOENT
//   New(old)         what `old` becomes; itself if nothing changes
//   Allows(changed)  may that stand in a table? If not: EINVAL

// For changes of leaves whose result is always legal.
struct LeafChange {
  static constexpr bool Takes(EntryKind kind) { return kind == EntryKind::kLeaf; }
  static constexpr bool Allows(Descriptor) { return true; }
};

struct RemoveEntry {
  static constexpr bool kInvalidates = true;
  static constexpr bool Takes(EntryKind kind) { return kind != EntryKind::kAbsent; }
  static constexpr bool Allows(Descriptor) { return true; }
  static constexpr Descriptor New(Descriptor) { return Descriptor(); }
};

template <class Format>
struct AddPerms {
  // A TLB may hold the leaf with fewer permissions; without this it would fault once more.
  static constexpr bool kInvalidates = true;
  Prot add;

  static constexpr bool Takes(EntryKind kind) { return kind == EntryKind::kLeaf; }
  static constexpr bool Allows(Descriptor changed) {
    return Format::ProtIsLegal(Format::DecodeProt(changed));
  }
  constexpr Descriptor New(Descriptor old) const { return Format::WithPerms(old, add); }
};

template <class Format>
struct RemoveWrite : LeafChange {
  static constexpr bool kInvalidates = true;
  static constexpr Descriptor New(Descriptor old) { return Format::WithoutWrite(old); }
};

template <class Format>
struct SetYoung : LeafChange {
  // A TLB that still holds the leaf, from before its AF was cleared, serves what is right.
  static constexpr bool kInvalidates = false;
  static constexpr Descriptor New(Descriptor old) { return Format::WithYoung(old); }
};

struct KeepLeaf : LeafChange {
  static constexpr bool kInvalidates = false;
  static constexpr Descriptor New(Descriptor old) { return old; }
};

template <class Format>
struct ClearYoung : LeafChange {
  static constexpr bool kInvalidates = false;
  static constexpr Descriptor New(Descriptor old) { return Format::WithoutYoung(old); }
};

template <class Format>
struct ReplaceSw : LeafChange {
  static constexpr bool kInvalidates = false;
  std::uint64_t mask;
  std::uint64_t value;

  constexpr ReplaceSw(std::uint64_t m, std::uint64_t v) : mask(m), value(v) {}
  constexpr Descriptor New(Descriptor old) const { return Format::WithSw(old, mask, value); }
};

}  // namespace internal

// Pages that the change needs for splits, or why it is refused.
template <class Format, class G, class Policy, class Pages, class P>
template <class Change>
Result<std::uint64_t> PageTable<Format, G, Policy, Pages, P>::CheckUpdate(
    P& p, const Range& range, const Path& first, const Change& change) const {
  std::uint64_t needed = 0;
  bool missing = false;
  bool illegal = false;
  const auto judge = [&](Descriptor old, Level level, Input base, std::uint64_t bytes) {
    if (!change.Takes(KindOf(old, level))) {
      missing = true;
      return;
    }
    const Descriptor changed = change.New(old);
    illegal |= !change.Allows(changed);
    if (level < kPageLevel && changed != old) needed += PagesToSplit(base, bytes, level);
  };
  ForEachEntry(p, range, first, judge);
  if (missing) return Errno::kNoEnt;
  if (illegal) return Errno::kInval;
  return needed;
}

// Everything that may refuse the change. Gives the way to the range's first entry.
template <class Format, class G, class Policy, class Pages, class P>
template <class Change>
auto PageTable<Format, G, Policy, Pages, P>::Prepare(P& p, const Pages& pages, const Range& range,
                                                     const Change& change) const -> Result<Path> {
  if (const Status status = CheckRange(range); !status.ok()) return status.error();
  const Path first = Descend(p, range.base());
  const Result<std::uint64_t> needed = CheckUpdate(p, range, first, change);
  if (!needed.ok()) return needed.error();
  if (needed.value() != 0 && needed.value() > pages.Available(p)) return Errno::kNoMem;
  return first;
}

template <class Format, class G, class Policy, class Pages, class P>
template <class Change>
Status PageTable<Format, G, Policy, Pages, P>::Update(P& p, Pages& pages, const Range& range,
                                                      const Change& change, Batch& batch) {
  const Result<Path> first = Prepare(p, pages, range, change);
  if (!first.ok()) return first.error();
  CommitUpdate(p, pages, range, first.value(), change, batch);
  return Status();
}

// Precondition: Prepare allowed it and gave `path`.
template <class Format, class G, class Policy, class Pages, class P>
template <class Change>
void PageTable<Format, G, Policy, Pages, P>::CommitUpdate(P& p, Pages& pages, const Range& range,
                                                          Path path, const Change& change,
                                                          Batch& batch) {
  Input at = range.base();
  while (true) {
    const bool sticks_out = EntryEnd(at, path.level, range) - at != G::Size(path.level);
    if (sticks_out && change.New(path.entry) != path.entry) {
      SplitOnce(p, pages, path, at, batch);
    } else {
      at = UpdateTable(p, pages, path, at, range, change, batch);
    }
    if (at == range.end()) return;
    path = Descend(p, at);
  }
}

// Changes the entries of the path's table from its slot on, up to the table's end, the range's end,
// a deeper table or a block to be split. Gives back where it stopped, which is past `at`.
template <class Format, class G, class Policy, class Pages, class P>
template <class Change>
auto PageTable<Format, G, Policy, Pages, P>::UpdateTable(P& p, Pages& pages, const Path& path,
                                                         Input at, const Range& range,
                                                         const Change& change, Batch& batch)
    -> Input {
  const Input first = at;
  const Level level = path.level;
  PhysAddr slot = path.slot;
  Descriptor old = path.entry;
  Input owed = at;  // [owed, at) are changed leaves that the batch does not know yet
  int delta = 0;
  while (true) {
    const Descriptor changed = change.New(old);
    const Input next = EntryEnd(at, level, range);
    const EntryKind kind = KindOf(old, level);
    const bool owes = Change::kInvalidates && changed != old && kind == EntryKind::kLeaf;
    if (changed != old) {
      if (next - at != G::Size(level)) break;
      p.Store64(slot, changed.bits);
      delta += CountOf(changed, level) - CountOf(old, level);
      if (kind == EntryKind::kLeaf && level < kPageLevel && changed.bits == 0) pages.Withdraw(p);
    }
    if (!owes) {
      if (owed < at) batch.AddLeaves(owed, at - owed, level);
      owed = next;
    }
    at = next;
    slot = slot + sizeof(std::uint64_t);
    if (at == range.end() || EndsTable(slot)) break;
    old = Descriptor(p.Load64(slot));
    if (KindOf(old, level) == EntryKind::kTable) break;
  }
  if (owed < at) batch.AddLeaves(owed, at - owed, level);
  AdjustCount(p, path.tables[level.value], delta);
  if constexpr (kFreesTables) {
    if (delta < 0) FreeEmptyTables(p, path, first, batch);
  }
  return at;
}

template <class Format, class G, class Policy, class Pages, class P>
Status PageTable<Format, G, Policy, Pages, P>::Unmap(P& p, Pages& pages, const Range& range,
                                                     Batch& batch) {
  return Update(p, pages, range, internal::RemoveEntry(), batch);
}

template <class Format, class G, class Policy, class Pages, class P>
Status PageTable<Format, G, Policy, Pages, P>::RelaxPerms(P& p, Pages& pages, const Range& range,
                                                          Prot prot, Batch& batch) {
  if (!kRelaxRules.Allow(prot)) return Errno::kInval;
  const internal::AddPerms<Format> change{prot};
  const Result<Path> first = Prepare(p, pages, range, change);
  if (!first.ok()) return first.error();
  if (prot.Has(Prot::kExecute)) InvalidateIcache(p, range, first.value());
  CommitUpdate(p, pages, range, first.value(), change, batch);
  return Status();
}

// If a page of the range can't be executed yet, so that nobody fetches what stood there before.
// Precondition: every entry of the range is a leaf.
template <class Format, class G, class Policy, class Pages, class P>
void PageTable<Format, G, Policy, Pages, P>::InvalidateIcache(P& p, const Range& range,
                                                              const Path& first) const {
  bool any = false;
  ForEachEntry(p, range, first, [&](Descriptor d, Level, Input, std::uint64_t) {
    any |= !Format::DecodeProt(d).Has(Prot::kExecute);
  });
  if (!any) return;
  p.InvalidateIcache();
  p.DsbIsh();
}

template <class Format, class G, class Policy, class Pages, class P>
Status PageTable<Format, G, Policy, Pages, P>::WrProtect(P& p, Pages& pages, const Range& range,
                                                         Batch& batch) {
  return Update(p, pages, range, internal::RemoveWrite<Format>(), batch);
}

template <class Format, class G, class Policy, class Pages, class P>
Status PageTable<Format, G, Policy, Pages, P>::MkYoung(P& p, Pages& pages, const Range& range,
                                                       Batch& batch) {
  const Status status = Update(p, pages, range, internal::SetYoung<Format>(), batch);
  if (status.ok()) p.DsbIshst();
  return status;
}

template <class Format, class G, class Policy, class Pages, class P>
Result<std::uint64_t> PageTable<Format, G, Policy, Pages, P>::TestClearYoung(P& p, Pages& pages,
                                                                             const Range& range,
                                                                             Young young,
                                                                             Batch& batch) {
  const internal::ClearYoung<Format> change;
  const bool clears = young == Young::kTestAndClear;
  const Result<Path> first =
      clears ? Prepare(p, pages, range, change) : Prepare(p, pages, range, internal::KeepLeaf());
  if (!first.ok()) return first.error();

  std::uint64_t count = 0;
  ForEachEntry(p, range, first.value(), [&](Descriptor leaf, Level, Input, std::uint64_t bytes) {
    if (Format::Young(leaf)) count += bytes >> G::kPageShift;
  });
  if (clears) CommitUpdate(p, pages, range, first.value(), change, batch);
  return count;
}

template <class Format, class G, class Policy, class Pages, class P>
Status PageTable<Format, G, Policy, Pages, P>::SetSw(P& p, Pages& pages, const Range& range,
                                                     std::uint64_t mask, Prot value, Batch& batch) {
  if ((mask & ~Prot::kSwMask) != 0 || (value.bits & ~mask) != 0) return Errno::kInval;
  return Update(p, pages, range, internal::ReplaceSw<Format>(mask, value.bits), batch);
}

}  // namespace cadastre

#endif  // CADASTRE_PGTABLE_PERMS_IMPL_H_
