// SPDX-License-Identifier: Apache-2.0
// Definitions of PageTable: Map and Annotate, which write entries over a range from one recipe.
#ifndef CADASTRE_PGTABLE_MAP_IMPL_H_
#define CADASTRE_PGTABLE_MAP_IMPL_H_

#include <cstdint>

#include "pgtable/page_table.h"

namespace cadastre {

// Where output addresses end: 48 bits.
inline constexpr std::uint64_t kOutputEnd = std::uint64_t{1} << 48;

// Can a block at `level` be the content from `at` on? Input and output aligned to it, all of it in
// the range, and the policy makes such blocks.
template <class Format, class G, class Policy, class Pages, class P>
bool PageTable<Format, G, Policy, Pages, P>::BlockFits(const Content& content, Input at,
                                                       Level level) {
  if (content.blocks != Blocks::kAllowed) return false;
  if (level < Policy::kMinBlockLevel || level >= kPageLevel) return false;
  const PhysAddr out = Format::OutputAddress(Descriptor(content.At(at)), level);
  return ((at.value | out.value) & (G::Size(level) - 1)) == 0 &&
         content.range.end() - at >= G::Size(level);
}

// Pages that the source must have for the part of the content that an absent entry at `level`
// covers. At each level: the entries touched, less those that a block of that level or a larger one
// fills. Input and output that are congruent at a level are so at each deeper one, so where blocks
// of a level can't be, larger ones can't be either.
template <class Format, class G, class Policy, class Pages, class P>
std::uint64_t PageTable<Format, G, Policy, Pages, P>::PagesForAbsent(const Content& content,
                                                                     Input base,
                                                                     std::uint64_t bytes,
                                                                     Level level) {
  std::uint64_t needed = TablesToPages(base, bytes, level);
  if (content.blocks != Blocks::kAllowed || kDeposits) return needed;
  const PhysAddr out = Format::OutputAddress(Descriptor(content.At(base)), level);
  const Input end = base + bytes;
  for (; level < kPageLevel; level = level.Next()) {
    if (level < Policy::kMinBlockLevel) continue;
    if (((base.value ^ out.value) & (G::Size(level) - 1)) != 0) continue;
    const Input first = AlignDown(base + (G::Size(level) - 1), level);
    const Input last = AlignDown(end, level);
    if (first < last) needed -= (last - first) >> G::Shift(level);
  }
  return needed;
}

// Pages needed to write the content. EEXIST: an entry stands that it may not replace.
template <class Format, class G, class Policy, class Pages, class P>
Result<std::uint64_t> PageTable<Format, G, Policy, Pages, P>::CountForContent(
    P& p, const Content& content, const Path& first) const {
  std::uint64_t needed = 0;
  bool refused = false;
  const auto judge = [&](Descriptor d, Level level, Input base, std::uint64_t bytes) {
    switch (KindOf(d, level)) {
      case EntryKind::kAbsent:
        if (level < kPageLevel) needed += PagesForAbsent(content, base, bytes, level);
        break;
      case EntryKind::kAnnotation:
        refused |= content.replace == Replace::kAbsent;
        break;
      default:
        refused |= content.replace != Replace::kAnything;
        if (level < kPageLevel && !kDeposits) needed += TablesToPages(base, bytes, level);
    }
  };
  ForEachEntry(p, content.range, first, judge);
  if (refused) return Errno::kExist;
  return needed;
}

// Writes the content from `path`, the way to its first entry, on. Precondition: CountForContent
// allowed it and the pages are there. `batch`: for leaves that are replaced; null if none is.
template <class Format, class G, class Policy, class Pages, class P>
void PageTable<Format, G, Policy, Pages, P>::Write(P& p, Pages& pages, const Content& content,
                                                   Path path, Batch* batch) {
  Input at = content.range.base();
  while (true) {
    if (path.level == kPageLevel) {
      at = WritePages(p, path, content, at, batch);
    } else if (KindOf(path.entry, path.level) == EntryKind::kLeaf) {
      SplitOnce(p, pages, path, at, *batch);
    } else if (BlockFits(content, at, path.level)) {
      at = WriteBlocks(p, pages, path, content, at);
    } else {
      at = Grow(p, pages, path, content, at);
    }
    if (at == content.range.end()) return;
    path = Descend(p, at);
  }
}

// Check, count, commit.
template <class Format, class G, class Policy, class Pages, class P>
Status PageTable<Format, G, Policy, Pages, P>::WriteAll(P& p, Pages& pages, const Content& content,
                                                        Batch* batch) {
  const Path first = Descend(p, content.range.base());
  const Result<std::uint64_t> needed = CountForContent(p, content, first);
  if (!needed.ok()) return needed.error();
  if (needed.value() != 0 && needed.value() > pages.Available(p)) return Errno::kNoMem;
  Write(p, pages, content, first, batch);
  return Status();
}

// Blocks from the path's absent entry on, as long as the next entry is absent and a block fits.
template <class Format, class G, class Policy, class Pages, class P>
auto PageTable<Format, G, Policy, Pages, P>::WriteBlocks(P& p, Pages& pages, const Path& path,
                                                         const Content& content, Input at)
    -> Input {
  PhysAddr slot = path.slot;
  int delta = 0;
  do {
    const Descriptor block = Format::AtLevel(Descriptor(content.At(at)), path.level);
    p.Store64(slot, block.bits);
    pages.Deposit(p);
    delta += CountOf(block, path.level);
    at = at + G::Size(path.level);
    slot = slot + sizeof(std::uint64_t);
  } while (!EndsTable(slot) && BlockFits(content, at, path.level) && p.Load64(slot) == 0);
  AdjustCount(p, path.tables[path.level.value], delta);
  return at;
}

// Entries of one page-level table, to its end or the range's.
template <class Format, class G, class Policy, class Pages, class P>
auto PageTable<Format, G, Policy, Pages, P>::WritePages(P& p, const Path& path,
                                                        const Content& content, Input at,
                                                        Batch* batch) -> Input {
  const Input end = EntryEnd(at, Level{kPageLevel.value - 1}, content.range);
  const int counts = CountOf(Descriptor(content.At(at)), kPageLevel);
  std::uint64_t bits = content.At(at);
  PhysAddr slot = path.slot;
  Input revoked = at;  // [revoked, at) were leaves and are not in the batch yet
  int delta = 0;
  for (; at < end; at = at + G::kPageSize, slot = slot + sizeof(bits), bits += content.step) {
    // Absence was checked: there is nothing to learn from the old entry.
    const Descriptor old(content.replace == Replace::kAbsent ? 0 : p.Load64(slot));
    p.Store64(slot, bits);
    delta += counts - CountOf(old, kPageLevel);
    if (batch == nullptr || KindOf(old, kPageLevel) == EntryKind::kLeaf) continue;
    if (revoked < at) batch->AddLeaves(revoked, at - revoked, kPageLevel);
    revoked = at + G::kPageSize;
  }
  if (batch != nullptr && revoked < at) batch->AddLeaves(revoked, at - revoked, kPageLevel);
  AdjustCount(p, path.tables[kPageLevel.value], delta);
  return end;
}

// Puts a table where nothing stood. A page-level table that lies in the range as a whole is filled
// before it is linked, so that one store publishes all of it; any other is linked empty.
template <class Format, class G, class Policy, class Pages, class P>
auto PageTable<Format, G, Policy, Pages, P>::Grow(P& p, Pages& pages, const Path& path,
                                                  const Content& content, Input at) -> Input {
  const Level below = path.level.Next();
  const Input end = EntryEnd(at, path.level, content.range);
  const bool whole = below == kPageLevel && end - at == G::Size(path.level);
  const PhysAddr table = whole ? TakeToFill(p, pages) : pages.Take(p);
  if (whole) {
    const Descriptor first(content.At(at));
    p.FillTable(table, first.bits, content.step, G::kEntries);
    p.Store16(p.TableCountAddress(table),
              static_cast<std::uint16_t>(Policy::Counts(first, below) ? G::kEntries : 0));
  }
  const Descriptor link = Format::EncodeTable(table);
  p.Store64(path.slot, link.bits);
  AdjustCount(p, path.tables[path.level.value], CountOf(link, path.level));
  return whole ? end : at;
}

template <class Format, class G, class Policy, class Pages, class P>
Status PageTable<Format, G, Policy, Pages, P>::Map(P& p, Pages& pages, const Range& range,
                                                   PhysAddr out, Prot prot, Blocks blocks,
                                                   Over over) {
  if (!Format::ProtIsLegal(prot)) return Errno::kInval;
  if ((out.value & (G::kPageSize - 1)) != 0) return Errno::kInval;
  if (out.value > kOutputEnd || range.bytes() > kOutputEnd - out.value) return Errno::kInval;
  if (const Status valid = CheckRange(range); !valid.ok()) return valid;

  const Content content{range, Format::EncodeLeaf(out, prot, kPageLevel).bits, G::kPageSize, blocks,
                        over == Over::kAnnotations ? Replace::kAnnotations : Replace::kAbsent};
  const Status status = WriteAll(p, pages, content, nullptr);
  if (status.ok()) Publish(p);
  return status;
}

template <class Format, class G, class Policy, class Pages, class P>
Status PageTable<Format, G, Policy, Pages, P>::Annotate(P& p, Pages& pages, const Range& range,
                                                        Annotation first, AnnotationRun run,
                                                        Batch& batch) {
  if (first.kind == AnnotationKind::kNone) return Errno::kInval;
  const std::uint64_t gfns = run == AnnotationRun::kNextGfn ? range.bytes() >> G::kPageShift : 1;
  if (Annotation::Decode(first.Encode()) != first) return Errno::kInval;
  if (gfns > Annotation::GuestPage::kMax - first.gfn.value + 1) return Errno::kInval;
  if (const Status status = CheckRange(range); !status.ok()) return status;

  const std::uint64_t step = run == AnnotationRun::kNextGfn ? Annotation::GuestPage::Make(1) : 0;
  const Content content{range, first.Encode().bits, step, Blocks::kPagesOnly, Replace::kAnything};
  return WriteAll(p, pages, content, &batch);
}

}  // namespace cadastre

#endif  // CADASTRE_PGTABLE_MAP_IMPL_H_
