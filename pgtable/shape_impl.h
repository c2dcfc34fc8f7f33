// SPDX-License-Identifier: Apache-2.0
// Definitions of PageTable: making, breaking and removing tables: Split, Merge, Destroy.
#ifndef CADASTRE_PGTABLE_SHAPE_IMPL_H_
#define CADASTRE_PGTABLE_SHAPE_IMPL_H_

#include <cstdint>

#include "pgtable/page_table.h"

namespace cadastre {

// A page whose every word and count the caller writes. Sources that can't leave it uncleared may.
template <class Format, class G, class Policy, class Pages, class P>
PhysAddr PageTable<Format, G, Policy, Pages, P>::TakeToFill(P& p, Pages& pages) {
  if constexpr (requires { pages.TakeToFill(p); }) {
    return pages.TakeToFill(p);
  } else {
    return pages.Take(p);
  }
}

// Valid entries that stand where invalid ones stood become visible to walkers (Arm ARM D8.14).
template <class Format, class G, class Policy, class Pages, class P>
void PageTable<Format, G, Policy, Pages, P>::Publish(P& p) {
  p.DsbIshst();
  if constexpr (!Format::kIsStage2) p.Isb();
}

// The path's block becomes a table of leaves one level below, equal in all but size. The table is
// complete before the block is broken; the block is gone from every TLB before the table is linked.
// Precondition: a page is free or deposited.
template <class Format, class G, class Policy, class Pages, class P>
void PageTable<Format, G, Policy, Pages, P>::SplitOnce(P& p, Pages& pages, const Path& path,
                                                       Input at, Batch& batch) {
  const Level level = path.level;
  const Level below = level.Next();
  pages.Withdraw(p);
  const PhysAddr table = TakeToFill(p, pages);
  const Descriptor first = Format::AtLevel(path.entry, below);
  p.FillTable(table, first.bits, G::Size(below), G::kEntries);
  p.Store16(p.TableCountAddress(table),
            static_cast<std::uint16_t>(Policy::Counts(first, below) ? G::kEntries : 0));

  p.Store64(path.slot, 0);
  if constexpr (Format::kIsStage2) {
    batch.AddSpan(AlignDown(at, level), G::Size(level));
  } else {
    // At EL2 a span goes page by page; the broken entry's own address and level name it at once.
    batch.AddLeaves(AlignDown(at, level), G::Size(level), level);
  }
  batch.Flush();
  const Descriptor link = Format::EncodeTable(table);
  p.Store64(path.slot, link.bits);
  Publish(p);
  AdjustCount(p, path.tables[level.value], CountOf(link, level) - CountOf(path.entry, level));
}

template <class Format, class G, class Policy, class Pages, class P>
Status PageTable<Format, G, Policy, Pages, P>::Split(P& p, Pages& pages, Input input, Level level,
                                                     Batch& batch) {
  if (level < G::kMinBlockLevel || level > kPageLevel) return Errno::kInval;
  if (input.value >> geometry_.input_bits != 0) return Errno::kRange;
  Path path = Descend(p, input);
  if (KindOf(path.entry, path.level) != EntryKind::kLeaf) return Errno::kNoEnt;
  if (path.level >= level) return Status();
  const std::uint64_t needed =
      kDeposits ? 0 : static_cast<std::uint64_t>(level.value - path.level.value);
  if (needed > pages.Available(p)) return Errno::kNoMem;
  for (; path.level < level; path = Descend(p, input)) SplitOnce(p, pages, path, input, batch);
  return Status();
}

// Could the leaves of `table`, below an entry at `level`, be one block there? ENOENT: an invalid
// entry. EINVAL: not uniform.
template <class Format, class G, class Policy, class Pages, class P>
Status PageTable<Format, G, Policy, Pages, P>::CheckMerge(P& p, PhysAddr table, Level level) const {
  const Level below = level.Next();
  const Descriptor first(p.Load64(table));
  const PhysAddr out = Format::OutputAddress(first, below);
  bool uniform =
      KindOf(first, below) == EntryKind::kLeaf && (out.value & (G::Size(level) - 1)) == 0;
  bool missing = false;
  for (std::uint64_t i = 0; i < G::kEntries; ++i) {
    const Descriptor entry(p.Load64(table + i * sizeof(std::uint64_t)));
    missing |= (entry.bits & 1) == 0;
    uniform &= entry.bits == first.bits + i * G::Size(below);
  }
  if (missing) return Errno::kNoEnt;
  if (!uniform) return Errno::kInval;
  return Status();
}

template <class Format, class G, class Policy, class Pages, class P>
Status PageTable<Format, G, Policy, Pages, P>::Merge(P& p, Pages& pages, Input input, Level level,
                                                     Batch& batch) {
  if (level < Policy::kMinBlockLevel || level >= kPageLevel) return Errno::kInval;
  if (level < geometry_.start) return Errno::kInval;
  if (input.value >> geometry_.input_bits != 0) return Errno::kRange;
  const Path path = Descend(p, input);
  if (path.level <= level) {
    return KindOf(path.entry, path.level) == EntryKind::kLeaf ? Errno::kInval : Errno::kNoEnt;
  }
  const Input base = AlignDown(input, level);
  const Level below = level.Next();
  const PhysAddr table = path.tables[below.value];
  if (const Status status = CheckMerge(p, table, level); !status.ok()) return status;

  const PhysAddr parent = path.tables[level.value];
  const std::uint64_t index = (base.value >> G::Shift(level)) & (G::kEntries - 1);
  const PhysAddr slot = parent + index * sizeof(std::uint64_t);
  const Descriptor link(p.Load64(slot));
  const Descriptor block = Format::AtLevel(Descriptor(p.Load64(table)), level);
  p.Store64(slot, 0);
  batch.AddLeaves(base, G::Size(level), below);
  batch.AddTable(base, G::Size(level), table);
  p.Store16(p.TableCountAddress(table), 0);
  batch.Flush();
  p.Store64(slot, block.bits);
  Publish(p);
  pages.Deposit(p);
  AdjustCount(p, parent, CountOf(block, level) - CountOf(link, level));
  return Status();
}

// Unlinks the path's table if its count has come to 0, then the one above it if that was its last
// entry, and so on; the batch owns them until its flush. A root stays.
template <class Format, class G, class Policy, class Pages, class P>
void PageTable<Format, G, Policy, Pages, P>::FreeEmptyTables(P& p, const Path& path, Input at,
                                                             Batch& batch) {
  for (Level level = path.level; level > geometry_.start; level = Level{level.value - 1}) {
    const PhysAddr table = path.tables[level.value];
    if (p.Load16(p.TableCountAddress(table)) != 0) return;
    const Level above{level.value - 1};
    const PhysAddr parent = path.tables[above.value];
    const std::uint64_t index = (at.value >> G::Shift(above)) & (G::kEntries - 1);
    p.Store64(parent + index * sizeof(std::uint64_t), 0);
    AdjustCount(p, parent, -CountOf(Format::EncodeTable(table), above));
    batch.AddTable(AlignDown(at, above), G::Size(above), table);
  }
}

template <class Format, class G, class Policy, class Pages, class P>
void PageTable<Format, G, Policy, Pages, P>::Destroy(P& p, Pages& pages) {
  for (unsigned i = 0; i < geometry_.root_pages; ++i) {
    DestroyBelow(p, pages, root_ + i * G::kPageSize);
  }
}

// Empties a root page: gives back each table below it after the tables below that one. Blocks
// return their deposits. Page-level tables hold neither and are not read.
template <class Format, class G, class Policy, class Pages, class P>
void PageTable<Format, G, Policy, Pages, P>::DestroyBelow(P& p, Pages& pages, PhysAddr root_page) {
  struct Frame {
    PhysAddr table;
    std::uint64_t index = 0;
  };
  Frame frames[kLevels];
  const auto give = [&](PhysAddr table) {
    p.Store16(p.TableCountAddress(table), 0);
    pages.Give(p, table);
  };
  Level level = geometry_.start;
  frames[level.value] = {root_page, 0};
  while (level >= geometry_.start) {
    Frame& frame = frames[level.value];
    if (frame.index == G::kEntries) {
      if (level > geometry_.start) give(frame.table);
      level = Level{level.value - 1};
      continue;
    }
    const PhysAddr slot = frame.table + frame.index++ * sizeof(std::uint64_t);
    const Descriptor entry(p.Load64(slot));
    if (entry.bits == 0) continue;
    const EntryKind kind = KindOf(entry, level);
    if (level == geometry_.start) p.Store64(slot, 0);
    if (kind == EntryKind::kLeaf) pages.Withdraw(p);
    if (kind != EntryKind::kTable) continue;
    const PhysAddr table = Format::OutputAddress(entry, level);
    if (level.Next() == kPageLevel) {
      give(table);
    } else {
      level = level.Next();
      frames[level.value] = {table, 0};
    }
  }
  p.Store16(p.TableCountAddress(root_page), 0);
}

}  // namespace cadastre

#endif  // CADASTRE_PGTABLE_SHAPE_IMPL_H_
