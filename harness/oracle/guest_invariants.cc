// SPDX-License-Identifier: Apache-2.0
// GFN_AGREES: the leaves of every guest are those of S.
#include "harness/oracle/checks.h"

namespace cadastre::oracle {
namespace {

using Hex = unsigned long long;

// `leaf` maps its first gfn `first`; `expected` is S's leaf of a gfn that it covers.
bool Matches(const Leaf& leaf, std::uint64_t first, const GuestLeaf& expected) {
  return !expected.is_poison && leaf.pfn + (expected.gfn - first) == expected.pfn &&
         leaf.prot == expected.prot && leaf.state == expected.state && leaf.young == expected.young;
}

// Whether an entry that covers gfns from `first` is what S says of one of them.
bool Matches(const WalkEnd& entry, std::uint64_t first, const GuestLeaf& expected) {
  switch (KindOf(entry.word, entry.level)) {
    case EntryKind::kLeaf:
      return Matches(DecodeLeaf(Stage::kTwo, entry.word), first, expected);
    case EntryKind::kAnnotation:
      return expected.is_poison &&
             DecodeAnnotation(entry.word).kind == static_cast<unsigned>(AnnotationKind::kPoison);
    default:
      return false;
  }
}

void Fire(unsigned slot, std::uint64_t gfn, std::uint64_t word, const GuestLeaf* expected,
          Report& report) {
  if (expected == nullptr) {
    report.Fire(Invariant::kGfnAgrees, Format("guest %u, gfn 0x%llx: entry 0x%llx, S has none",
                                              slot, Hex{gfn}, Hex{word}));
    return;
  }
  report.Fire(
      Invariant::kGfnAgrees,
      Format("guest %u, gfn 0x%llx: entry 0x%llx, S has %s 0x%llx state %u prot %u young %d", slot,
             Hex{gfn}, Hex{word}, expected->is_poison ? "POISON, page" : "page", Hex{expected->pfn},
             static_cast<unsigned>(expected->state), expected->prot, expected->young ? 1 : 0));
}

}  // namespace

void AssertGfnAgrees(const EntryFacts& facts, Report& report) {
  const EntryView& entry = facts.entry;
  if (entry.root.regime != Regime::kGuest) return;
  const std::uint64_t first = facts.input_pfn();
  const auto& expected = facts.expected;
  if (expected.size() != facts.pages()) {
    return Fire(entry.root.slot, first, entry.word, expected.empty() ? nullptr : &expected.front(),
                report);
  }
  for (const GuestLeaf& one : expected) {
    if (!Matches({entry.word, entry.level}, first, one))
      return Fire(entry.root.slot, one.gfn, entry.word, &one, report);
  }
}

void AssertGfnAgrees(const World& world, unsigned slot, const GfnSpan& span, Report& report) {
  const auto expected = world.state.vm(slot).map.Slice(span.first, span.count);
  std::size_t next = 0;
  for (std::uint64_t gfn = span.first; gfn < span.first + span.count; ++gfn) {
    const bool live = next < expected.size() && expected[next].gfn == gfn;
    const GuestLeaf* leaf = live ? &expected[next++] : nullptr;
    const WalkEnd end =
        world.walker.Walk({.regime = Regime::kGuest, .slot = slot}, gfn << kPageShift);
    if (leaf == nullptr && end.word == 0) continue;
    const std::uint64_t first = end.level == kBlockLevel ? gfn & ~std::uint64_t{kEntries - 1} : gfn;
    if (leaf != nullptr && Matches(end, first, *leaf)) continue;
    return Fire(slot, gfn, end.word, leaf, report);
  }
}

}  // namespace cadastre::oracle
