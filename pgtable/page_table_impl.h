// SPDX-License-Identifier: Apache-2.0
// Definitions of PageTable: walking, counting and refusing; the other headers below hold the rest.
// Included where a platform instantiates it, and nowhere else: the dependency on a platform points
// the other way.
#ifndef CADASTRE_PGTABLE_PAGE_TABLE_IMPL_H_
#define CADASTRE_PGTABLE_PAGE_TABLE_IMPL_H_

#include <cstdint>

#include "pgtable/page_table.h"
#include "pgtable/sw_registry.h"

namespace cadastre {

// Where the entry at `level` that covers `at` ends, or the range, whichever is first.
template <class Format, class G, class Policy, class Pages, class P>
auto PageTable<Format, G, Policy, Pages, P>::EntryEnd(Input at, Level level, const Range& range)
    -> Input {
  const Input end = AlignDown(at, level) + G::Size(level);
  return end < range.end() ? end : range.end();
}

// Tables that an entry at `level`, which is no table, needs below it until each page of the part
// has its own entry: at each level, the entries that the part touches.
template <class Format, class G, class Policy, class Pages, class P>
std::uint64_t PageTable<Format, G, Policy, Pages, P>::TablesToPages(Input base, std::uint64_t bytes,
                                                                    Level level) {
  std::uint64_t tables = 0;
  const std::uint64_t last = base.value + bytes - 1;
  for (; level < kPageLevel; level = level.Next()) {
    tables += (last >> G::Shift(level)) - (base.value >> G::Shift(level)) + 1;
  }
  return tables;
}

// Tables that a block at `level` needs below it until the part's ends fall between leaves: at each
// level, the blocks that an end cuts.
template <class Format, class G, class Policy, class Pages, class P>
std::uint64_t PageTable<Format, G, Policy, Pages, P>::TablesToSplit(Input base, std::uint64_t bytes,
                                                                    Level level) {
  std::uint64_t tables = 0;
  const Input end = base + bytes;
  for (; level < kPageLevel; level = level.Next()) {
    const bool cuts_at_base = AlignDown(base, level) != base;
    const bool cuts_at_end = AlignDown(end, level) != end;
    const bool same = AlignDown(base, level) == AlignDown(end, level);
    tables += (cuts_at_base ? 1 : 0) + (cuts_at_end && !(cuts_at_base && same) ? 1 : 0);
  }
  return tables;
}

// Pages that the source must have free for it. A deposit stands for all that a block may need.
template <class Format, class G, class Policy, class Pages, class P>
std::uint64_t PageTable<Format, G, Policy, Pages, P>::PagesToSplit(Input base, std::uint64_t bytes,
                                                                   Level level) {
  return kDeposits ? 0 : TablesToSplit(base, bytes, level);
}

template <class Format, class G, class Policy, class Pages, class P>
Status PageTable<Format, G, Policy, Pages, P>::CheckRange(const Range& range) const {
  if (range.bytes() == 0) return Errno::kInval;
  if (((range.base().value | range.bytes()) & (G::kPageSize - 1)) != 0) return Errno::kInval;
  if (range.end().value > std::uint64_t{1} << geometry_.input_bits) return Errno::kRange;
  return Status();
}

template <class Format, class G, class Policy, class Pages, class P>
auto PageTable<Format, G, Policy, Pages, P>::Descend(P& p, Input input) const -> Path {
  Path path;
  Level level = geometry_.start;
  // Concatenated root pages are contiguous: one index reaches them all.
  PhysAddr slot = SlotOf(root_, input, level);
  while (true) {
    path.tables[level.value] = PhysAddr(slot.value & ~(G::kPageSize - 1));
    const Descriptor entry(p.Load64(slot));
    if (KindOf(entry, level) != EntryKind::kTable) {
      path.level = level;
      path.slot = slot;
      path.entry = entry;
      return path;
    }
    const PhysAddr table = Format::OutputAddress(entry, level);
    level = level.Next();
    slot = SlotOf(table, input, level);
  }
}

// function(descriptor, level, base, bytes) for each entry that ends a walk, with the part of the
// range that it covers. Goes table by table: the root is seen once for each table, not for each
// page. `path` is the way to the range's first entry, which the caller found and may use again.
template <class Format, class G, class Policy, class Pages, class P>
template <class Function>
void PageTable<Format, G, Policy, Pages, P>::ForEachEntry(P& p, const Range& range, Path path,
                                                          Function&& function) const {
  Input at = range.base();
  while (true) {
    const Level level = path.level;
    PhysAddr slot = path.slot;
    Descriptor entry = path.entry;
    while (true) {
      const Input next = EntryEnd(at, level, range);
      function(entry, level, at, next - at);
      at = next;
      slot = slot + sizeof(std::uint64_t);
      if (at == range.end() || EndsTable(slot)) break;
      entry = Descriptor(p.Load64(slot));
      if (KindOf(entry, level) == EntryKind::kTable) break;
    }
    if (at == range.end()) return;
    path = Descend(p, at);
  }
}

template <class Format, class G, class Policy, class Pages, class P>
void PageTable<Format, G, Policy, Pages, P>::AdjustCount(P& p, PhysAddr table, int delta) {
  if (delta == 0) return;
  const PhysAddr count = p.TableCountAddress(table);
  p.Store16(count, static_cast<std::uint16_t>(p.Load16(count) + delta));
}

template <class Format, class G, class Policy, class Pages, class P>
Leaf PageTable<Format, G, Policy, Pages, P>::GetLeaf(P& p, Input input) const {
  const Path path = Descend(p, input);
  return {path.entry, path.level, path.slot};
}

template <class Format, class G, class Policy, class Pages, class P>
std::uint64_t PageTable<Format, G, Policy, Pages, P>::TablesNeeded(P& p, const Range& range) const {
  if (!CheckRange(range).ok()) return 0;
  std::uint64_t tables = 0;
  const auto add = [&](Descriptor d, Level level, Input base, std::uint64_t bytes) {
    if (KindOf(d, level) == EntryKind::kAbsent) tables += TablesToPages(base, bytes, level);
  };
  ForEachEntry(p, range, Descend(p, range.base()), add);
  return tables;
}

// A nested guest's leaf may be mapped here in parts, and the part at `input` may be missing while
// others stand. One of them stands where each larger leaf would begin, if any was mapped from
// there: so `input` is probed rounded down to each size. A hint counts if the guest leaf that it
// speaks of reaches `input`. The largest wins: a guest that changed its mind about a size without a
// TLBI may have left hints of both.
template <class Format, class G, class Policy, class Pages, class P>
std::uint64_t PageTable<Format, G, Policy, Pages, P>::TlbiSpan(P& p, Input input) const {
  if (input.value >> geometry_.input_bits != 0) return 0;
  std::uint64_t span = 0;
  for (Level probe = kPageLevel; probe >= G::kMinBlockLevel; probe = Level{probe.value - 1}) {
    const Input at = AlignDown(input, probe);
    const Path path = Descend(p, at);
    if (KindOf(path.entry, path.level) != EntryKind::kLeaf) continue;
    const std::uint64_t hint = LevelHintSw::Get(Format::DecodeProt(path.entry));
    if (hint == 0) continue;
    // What stands here is never larger than the guest's leaf, unless the hint is wrong.
    const Level guest{static_cast<int>(hint)};
    const Level larger = guest < path.level ? guest : path.level;
    if (AlignDown(at, larger) != AlignDown(input, larger)) continue;
    if (G::Size(larger) > span) span = G::Size(larger);
  }
  return span;
}

}  // namespace cadastre

#include "pgtable/map_impl.h"
#include "pgtable/perms_impl.h"
#include "pgtable/shape_impl.h"
#include "pgtable/walk.h"

#endif  // CADASTRE_PGTABLE_PAGE_TABLE_IMPL_H_
