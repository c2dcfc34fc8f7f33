// SPDX-License-Identifier: Apache-2.0
// What the library costs by itself, on the null platform: stage 2, 4 KiB granule, three levels.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <vector>

#include "pgtable/null_instances.h"

namespace cadastre {
namespace {

constexpr std::uint64_t kGiBPages = std::uint64_t{1} << 18;
constexpr std::uint64_t kArenaPages = 1200;
constexpr Prot kRwx{Prot::kRwx};

struct Bench {
  using T = NullTable<Stage2Format, Granule4K>;
  static constexpr PhysAddr kBase{0x4000'0000};

  Bench()
      : words(kArenaPages * 512),
        counts(kArenaPages),
        p(kBase, words, counts),
        table(kBase, Stage2Geometry<Granule4K>(39).value()) {
    for (std::uint64_t i = kArenaPages - 1; i > 0; --i) pages.Give(p, kBase + i * kPageSize);
  }
  static AddressRange<Ipa> Span(std::uint64_t first, std::uint64_t count) {
    return AddressRange<Ipa>::Make(Ipa(first << kPageShift), count, kPageShift, 39).value();
  }
  bool Map(std::uint64_t first, std::uint64_t count, Blocks blocks = Blocks::kPagesOnly) {
    return table
        .Map(p, pages, Span(first, count), PhysAddr(first << kPageShift), kRwx, blocks,
             Over::kAbsentOnly)
        .ok();
  }
  bool Unmap(std::uint64_t first, std::uint64_t count) {
    T::Batch batch(p, pages, 0);
    const bool ok = table.Unmap(p, pages, Span(first, count), batch).ok();
    batch.Flush();
    return ok;
  }

  std::vector<std::uint64_t> words;
  std::vector<std::uint16_t> counts;
  T::P p;
  T::Pages pages;
  T::Table table;
};

// A page number below `pages`, by a fixed linear congruence.
class RandomPages {
 public:
  explicit RandomPages(std::uint64_t pages) : pages_(pages) {}
  std::uint64_t Next() {
    state_ = state_ * 6364136223846793005u + 1442695040888963407u;
    return (state_ >> 33) % pages_;
  }

 private:
  std::uint64_t pages_;
  std::uint64_t state_ = 1;
};

void Fail(benchmark::State& state) { state.SkipWithError("an operation was refused"); }

// 1 GiB by pages into an empty table, tables made on the way; per page.
void MapRangeFresh(benchmark::State& state) {
  Bench b;
  for (auto _ : state) {
    if (!b.Map(0, kGiBPages)) Fail(state);
    state.PauseTiming();
    if (!b.Unmap(0, kGiBPages)) Fail(state);
    state.ResumeTiming();
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kGiBPages));
}
BENCHMARK(MapRangeFresh);

// Ranges of 511 pages, so that tables stay: every entry is stored by itself.
void MapRangeIntoTables(benchmark::State& state) {
  Bench b;
  for (std::uint64_t i = 0; i < 512; ++i) {
    if (!b.Map(i * 512 + 511, 1)) Fail(state);
  }
  for (auto _ : state) {
    for (std::uint64_t i = 0; i < 512; ++i) {
      if (!b.Map(i * 512, 511)) Fail(state);
    }
    state.PauseTiming();
    for (std::uint64_t i = 0; i < 512; ++i) {
      if (!b.Unmap(i * 512, 511)) Fail(state);
    }
    state.ResumeTiming();
  }
  state.SetItemsProcessed(state.iterations() * 512 * 511);
}
BENCHMARK(MapRangeIntoTables);

void MapRangeByBlocks(benchmark::State& state) {
  Bench b;
  for (auto _ : state) {
    if (!b.Map(0, kGiBPages, Blocks::kAllowed)) Fail(state);
    state.PauseTiming();
    if (!b.Unmap(0, kGiBPages)) Fail(state);
    state.ResumeTiming();
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kGiBPages));
}
BENCHMARK(MapRangeByBlocks);

void UnmapRange(benchmark::State& state) {
  Bench b;
  for (auto _ : state) {
    state.PauseTiming();
    if (!b.Map(0, kGiBPages)) Fail(state);
    state.ResumeTiming();
    if (!b.Unmap(0, kGiBPages)) Fail(state);
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kGiBPages));
}
BENCHMARK(UnmapRange);

// One page after another, tables there already.
void MapSinglePages(benchmark::State& state) {
  Bench b;
  for (std::uint64_t i = 0; i < 512; ++i) {
    if (!b.Map(i * 512 + 511, 1)) Fail(state);
  }
  for (auto _ : state) {
    for (std::uint64_t i = 0; i < 511; ++i) {
      if (!b.Map(i, 1)) Fail(state);
    }
    state.PauseTiming();
    if (!b.Unmap(0, 511)) Fail(state);
    state.ResumeTiming();
  }
  state.SetItemsProcessed(state.iterations() * 511);
}
BENCHMARK(MapSinglePages);

// A random page of 1 GiB goes and comes back.
void UnmapMapRandomPage(benchmark::State& state) {
  Bench b;
  if (!b.Map(0, kGiBPages)) Fail(state);
  RandomPages random(kGiBPages);
  for (auto _ : state) {
    const std::uint64_t page = random.Next();
    if (!b.Unmap(page, 1) || !b.Map(page, 1)) Fail(state);
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(UnmapMapRandomPage);

void GetLeafOfRandomPage(benchmark::State& state) {
  Bench b;
  if (!b.Map(0, kGiBPages)) Fail(state);
  RandomPages random(kGiBPages);
  for (auto _ : state) {
    benchmark::DoNotOptimize(b.table.GetLeaf(b.p, Ipa(random.Next() << kPageShift)));
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(GetLeafOfRandomPage);

}  // namespace
}  // namespace cadastre
