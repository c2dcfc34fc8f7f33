// SPDX-License-Identifier: Apache-2.0
// Every page of RAM, checked anew. Most pages are PRIVATE in S and at their default in every view,
// and most others are free pool pages and look alike: these no rule of AssertPage finds wrong, and
// a sweep passes over them at the cost of a few words.
#include <algorithm>

#include "harness/oracle/address_space.h"
#include "harness/oracle/checks.h"

namespace cadastre::oracle {
namespace {

// Adjacent RAM pages: few enough that they share the entries above level three and, as records are
// aligned to their table's page, a page of records; enough for the compiler to take many at a time.
struct Run {
  static constexpr PageIndex kMost = 32;

  PageIndex first;
  std::uint64_t pfn;
  PageIndex count;
};

Run RunFrom(const Ram& ram, PageIndex first) {
  const std::uint64_t pfn = ram.PfnOf(first);
  const PageIndex to_next = Run::kMost - first % Run::kMost;
  auto count = static_cast<PageIndex>(
      std::min<std::uint64_t>({kEntries - pfn % kEntries, ram.size() - first, to_next}));
  while (ram.PfnOf(first + count - 1) != pfn + count - 1) --count;  // a hole ends it
  return {first, pfn, count};
}

// Where the entries and records of a run stand.
struct RunViews {
  RunViews(const World& world, const Run& run)
      : host(world.walker.WalkSpan({.regime = Regime::kHost}, run.pfn << kPageShift)),
        el2(world.walker.WalkSpan({.regime = Regime::kEl2}, LinearAddress(run.pfn))) {
    static_assert(LinearAddress(0) % (kEntries << kPageShift) == 0);
    const std::uint64_t address = world.state.facts().record_base + std::uint64_t{run.first} * 8;
    records = world.memory.PageWords(address >> kPageShift);
    if (records != nullptr) records += address / 8 % kEntries;
  }

  Walker::Span host;
  Walker::Span el2;
  const std::uint64_t* records;  // nullptr: all zero
};

// The host's entries bear no mark: absent, or the default leaf.
bool AreHostDefault(const Walker::Span& span, std::uint64_t pfn, PageIndex count) {
  if (span.leaves == nullptr) {
    const std::uint64_t block = kHostDefaultBlockBits | pfn / kEntries * kEntries << kPageShift;
    const WalkEnd& end = span.end;
    return end.word == 0 || (end.level == kBlockLevel && end.word == block);
  }
  const std::uint64_t* words = span.leaves->words + pfn % kEntries;
  std::uint64_t differences = 0;
  for (PageIndex i = 0; i < count; ++i)
    differences |= words[i] ^ (kHostDefaultBits | (pfn + i) << kPageShift);
  return differences == 0;
}

bool AreZero(const std::uint64_t* words, PageIndex count) {
  std::uint64_t any = 0;
  for (PageIndex i = 0; i < count; ++i) any |= words[i];
  return any == 0;
}

bool AreAbsentInEl2(const Walker::Span& span, std::uint64_t pfn, PageIndex count) {
  if (span.leaves == nullptr) return span.end.word == 0;
  return AreZero(span.leaves->words + pfn % kEntries, count);
}

// Of `count` pages of the run from its page `from`.
bool AreAtDefault(const World& world, const Run& run, const RunViews& views, PageIndex from,
                  PageIndex count) {
  unsigned marks = 0;
  for (PageIndex i = run.first + from; i < run.first + from + count; ++i)
    marks |= world.state.marked()[i] | unsigned{world.walker.IsTable(i)} |
             unsigned{world.walker.HadGuestLeaves(i)};
  return marks == 0 && (views.records == nullptr || AreZero(views.records + from, count)) &&
         AreHostDefault(views.host, run.pfn + from, count) &&
         AreAbsentInEl2(views.el2, run.pfn + from, count);
}

// What S and the record say of a free pool page. The host has its annotation, EL2 its default leaf.
constexpr AbstractPage kFreePoolPage{.row = Row::kHyp, .use = Use::kPoolFree};
constexpr std::uint64_t kFreePoolRecord = std::uint64_t{static_cast<unsigned>(Use::kPoolFree)}
                                          << 48;
static_assert(DecodeAnnotation(kPoolAnnotation).use == static_cast<unsigned>(Use::kPoolFree));
static_assert(DecodeRecord(kFreePoolRecord).use == static_cast<unsigned>(Use::kPoolFree));

// Of one page of the run.
bool IsFreePoolPage(const World& world, const Run& run, const RunViews& views, PageIndex at) {
  const PageIndex page = run.first + at;
  if (world.state.page(page) != kFreePoolPage || world.walker.IsTable(page) ||
      world.walker.HadGuestLeaves(page))
    return false;
  const std::uint64_t pfn = run.pfn + at;
  if (views.records == nullptr || views.host.leaves == nullptr || views.el2.leaves == nullptr)
    return false;
  return views.records[at] == kFreePoolRecord &&
         views.host.leaves->words[pfn % kEntries] == kPoolAnnotation &&
         views.el2.leaves->words[pfn % kEntries] == (kEl2DefaultBits | pfn << kPageShift);
}

}  // namespace

void AssertAllPages(const World& world, Report& report) {
  const Ram& ram = world.state.ram();
  for (PageIndex next = 0; next < ram.size();) {
    const Run run = RunFrom(ram, next);
    const RunViews views(world, run);
    next += run.count;
    if (AreAtDefault(world, run, views, 0, run.count)) continue;
    for (PageIndex i = 0; i < run.count; ++i) {
      const bool is_marked = world.state.marked()[run.first + i] != 0;
      if (is_marked ? IsFreePoolPage(world, run, views, i) : AreAtDefault(world, run, views, i, 1))
        continue;
      const std::uint64_t record = views.records == nullptr ? 0 : views.records[i];
      AssertPage(ViewPage(world, run.first + i, views.host, views.el2, record), report);
    }
  }
}

}  // namespace cadastre::oracle
