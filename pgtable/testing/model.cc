// SPDX-License-Identifier: Apache-2.0
#include "pgtable/testing/model.h"

#include <algorithm>

namespace cadastre::testing {
namespace {

constexpr int kNoEnt = 2;
constexpr int kNoMem = 12;
constexpr int kExist = 17;
constexpr int kInval = 22;
constexpr int kRange = 34;

constexpr std::uint64_t kRead = 1;
constexpr std::uint64_t kWrite = 2;
constexpr std::uint64_t kExecute = 4;
constexpr std::uint64_t kDevice = 8;
constexpr std::uint64_t kSw = std::uint64_t{15} << 55;

bool IsLeaf(PageKind kind) { return kind == PageKind::kLeaf; }
bool IsPresent(PageKind kind) { return kind != PageKind::kAbsent; }
int AlwaysLegal(const Model&, const PageRun&) { return 0; }

}  // namespace

Model::Model(const ModelConfig& config) : config_(config), entry_bits_(config.page_shift - 3) {
  runs_[0] = {.pages = SpaceBytes() >> config_.page_shift};
}

int Model::CheckRange(Bytes range) const {
  const std::uint64_t page = std::uint64_t{1} << config_.page_shift;
  if (range.bytes == 0 || range.base % page != 0 || range.bytes % page != 0) return kInval;
  if (range.bytes > SpaceBytes() || range.base > SpaceBytes() - range.bytes) return kRange;
  return 0;
}

bool Model::ProtIsLegal(std::uint64_t prot) const {
  if ((prot & ~(kRead | kWrite | kExecute | kDevice | kSw)) != 0) return false;
  const bool write = (prot & kWrite) != 0;
  const bool execute = (prot & kExecute) != 0;
  const bool device = (prot & kDevice) != 0;
  return (prot & kRead) != 0 && !(device && execute) && (config_.stage2 || !(write && execute));
}

PageRun Model::At(std::uint64_t page) const {
  const auto it = std::prev(runs_.upper_bound(page));
  PageRun run = it->second;
  const std::uint64_t skip = page - it->first;
  run.pages -= skip;
  run.value += skip * run.step;
  return run;
}

int Model::LevelOf(std::uint64_t page) const {
  for (int level = config_.start_level; level < 3; ++level) {
    if (!tables_.contains({level, page >> PagesShift(level)})) return level;
  }
  return 3;
}

bool Model::Any(Bytes range, const std::function<bool(const PageRun&)>& test) const {
  std::uint64_t page = range.base >> config_.page_shift;
  const std::uint64_t end = page + (range.bytes >> config_.page_shift);
  while (page < end) {
    const PageRun run = At(page);
    if (test(run)) return true;
    page += run.pages;
  }
  return false;
}

void Model::Cut(std::uint64_t page) {
  if (page == SpaceBytes() >> config_.page_shift) return;
  const PageRun tail = At(page);
  const auto it = std::prev(runs_.upper_bound(page));
  if (it->first == page) return;
  it->second.pages = page - it->first;
  runs_[page] = tail;
}

void Model::Put(std::uint64_t page, std::uint64_t pages, PageRun run) {
  Cut(page);
  Cut(page + pages);
  runs_.erase(runs_.lower_bound(page), runs_.lower_bound(page + pages));
  run.pages = pages;
  runs_[page] = run;
}

std::uint64_t Model::deposits() const {
  if (!config_.deposits) return 0;
  std::set<std::uint64_t> blocks;
  for (const auto& [page, run] : runs_) {
    if (run.kind != PageKind::kLeaf) continue;
    const unsigned shift = PagesShift(2);
    for (std::uint64_t i = page >> shift; i <= (page + run.pages - 1) >> shift; ++i) {
      if (!tables_.contains({2, i})) blocks.insert(i);
    }
  }
  return blocks.size();
}

std::uint64_t Model::available() const { return config_.stock - tables_.size() - deposits(); }

Model::Plan Model::NewPlan() const { return {tables_, 0, available()}; }

// Until no block crosses the line before `page`.
void Model::CutShape(std::uint64_t page, Plan& plan) const {
  for (int level = config_.start_level; level < 3; ++level) {
    const std::uint64_t index = page >> PagesShift(level);
    if (plan.tables.contains({level, index})) continue;
    if (page % (std::uint64_t{1} << PagesShift(level)) == 0) return;
    plan.tables.insert({level, index});
    plan.cost += config_.deposits ? 0 : 1;
  }
}

// Until each page of [first, end) has an entry of its own, or lies in a block that `blocks_of`,
// whose page 0 is `origin`, can fill. Gives up when the cost is above the limit.
void Model::Populate(int level, std::uint64_t first, std::uint64_t end, const PageRun* blocks_of,
                     std::uint64_t origin, Plan& plan) const {
  if (level == 3) return;
  const std::uint64_t span = std::uint64_t{1} << PagesShift(level);
  for (std::uint64_t i = first / span; i <= (end - 1) / span; ++i) {
    if (plan.cost > plan.limit) return;
    const std::uint64_t from = std::max(first, i * span);
    const std::uint64_t to = std::min(end, (i + 1) * span);
    if (!plan.tables.contains({level, i})) {
      const bool leaf = At(from).kind == PageKind::kLeaf;
      if (blocks_of != nullptr && !leaf && level >= config_.min_block && to - from == span &&
          (blocks_of->value + (from - origin)) % span == 0) {
        plan.cost += config_.deposits ? 1 : 0;
        continue;
      }
      plan.cost += leaf && config_.deposits ? 0 : 1;
      plan.tables.insert({level, i});
    }
    Populate(level + 1, from, to, blocks_of, origin, plan);
  }
}

Outcome Model::Map(Bytes range, std::uint64_t out, std::uint64_t prot, bool blocks,
                   bool over_annotations) {
  const std::uint64_t limit = std::uint64_t{1} << 48;
  if (!ProtIsLegal(prot)) return {kInval};
  if (out % (std::uint64_t{1} << config_.page_shift) != 0) return {kInval};
  if (range.bytes > limit || out > limit - range.bytes) return {kInval};
  if (const int error = CheckRange(range); error != 0) return {error};
  if (Any(range, [&](const PageRun& run) {
        return run.kind == PageKind::kLeaf ||
               (run.kind == PageKind::kAnnotation && !over_annotations);
      })) {
    return {kExist};
  }
  const std::uint64_t page = range.base >> config_.page_shift;
  const std::uint64_t pages = range.bytes >> config_.page_shift;
  const PageRun run{.kind = PageKind::kLeaf,
                    .value = out >> config_.page_shift,
                    .step = 1,
                    .prot = prot,
                    .young = true};
  Plan plan = NewPlan();
  Populate(config_.start_level, page, page + pages, blocks ? &run : nullptr, page, plan);
  if (plan.cost > plan.limit) return {kNoMem};
  tables_ = std::move(plan.tables);
  Put(page, pages, run);
  return {};
}

Outcome Model::Annotate(Bytes range, std::uint64_t tag, std::uint64_t gfn, bool next_gfn) {
  const std::uint64_t page = range.base >> config_.page_shift;
  const std::uint64_t pages = range.bytes >> config_.page_shift;
  const std::uint64_t gfns = std::uint64_t{1} << 36;
  if ((tag & 0xff) == 0 || (tag & 0xff) > 7 || ((tag >> 8) & 0xff) > 15) return {kInval};
  if (gfn >= gfns || (next_gfn && pages > gfns - gfn)) return {kInval};
  if (const int error = CheckRange(range); error != 0) return {error};
  Plan plan = NewPlan();
  Populate(config_.start_level, page, page + pages, nullptr, 0, plan);
  if (plan.cost > plan.limit) return {kNoMem};
  tables_ = std::move(plan.tables);
  Put(page, pages,
      {.kind = PageKind::kAnnotation, .value = gfn, .step = next_gfn ? 1u : 0u, .prot = tag});
  return {};
}

// What all operations that change entries in place share. `judge` looks at a changed run.
Outcome Model::Change(Bytes range, bool (*takes)(PageKind),
                      int (*judge)(const Model&, const PageRun&),
                      const std::function<PageRun(PageRun)>& change) {
  if (const int error = CheckRange(range); error != 0) return {error};
  if (Any(range, [&](const PageRun& run) { return !takes(run.kind); })) return {kNoEnt};
  int verdict = 0;
  Any(range, [&](const PageRun& run) { return (verdict = judge(*this, change(run))) != 0; });
  if (verdict != 0) return {verdict};

  const std::uint64_t first = range.base >> config_.page_shift;
  const std::uint64_t end = first + (range.bytes >> config_.page_shift);
  Plan plan = NewPlan();
  const auto changes = [&](std::uint64_t page) { return !change(At(page)).SameState(At(page)); };
  if (changes(first)) CutShape(first, plan);
  if (end << config_.page_shift < SpaceBytes() && changes(end - 1)) CutShape(end, plan);
  if (plan.cost > plan.limit) return {kNoMem};
  tables_ = std::move(plan.tables);
  Cut(first);
  Cut(end);
  for (auto it = runs_.lower_bound(first); it != runs_.end() && it->first < end; ++it) {
    it->second = change(it->second);
  }
  return {};
}

Outcome Model::Unmap(Bytes range) {
  const Outcome outcome = Change(range, IsPresent, AlwaysLegal,
                                 [](PageRun run) { return PageRun{.pages = run.pages}; });
  if (outcome.error == 0) FreeEmptyTables();
  return outcome;
}

void Model::FreeEmptyTables() {
  if (!config_.frees) return;
  std::erase_if(tables_, [&](const TableId& id) {
    const unsigned shift = PagesShift(id.first) + config_.page_shift;
    const Bytes span{id.second << shift, std::uint64_t{1} << shift};
    return !Any(span, [](const PageRun& run) { return run.kind != PageKind::kAbsent; });
  });
}

Outcome Model::RelaxPerms(Bytes range, std::uint64_t prot) {
  if (prot == 0 || (prot & ~(kRead | kWrite | kExecute)) != 0) return {kInval};
  return Change(
      range, IsLeaf,
      [](const Model& model, const PageRun& run) {
        return model.ProtIsLegal(run.prot) ? 0 : kInval;
      },
      [prot](PageRun run) {
        run.prot |= prot;
        return run;
      });
}

Outcome Model::WrProtect(Bytes range) {
  return Change(range, IsLeaf, AlwaysLegal, [](PageRun run) {
    run.prot &= ~kWrite;
    return run;
  });
}

Outcome Model::MkYoung(Bytes range) {
  return Change(range, IsLeaf, AlwaysLegal, [](PageRun run) {
    run.young = true;
    return run;
  });
}

Outcome Model::TestClearYoung(Bytes range, bool clear) {
  std::uint64_t count = 0;
  if (CheckRange(range) == 0) {
    std::uint64_t page = range.base >> config_.page_shift;
    const std::uint64_t end = page + (range.bytes >> config_.page_shift);
    while (page < end) {
      const PageRun run = At(page);
      const std::uint64_t pages = std::min(run.pages, end - page);
      if (run.young) count += pages;
      page += pages;
    }
  }
  Outcome outcome = Change(range, IsLeaf, AlwaysLegal, [clear](PageRun run) {
    if (clear) run.young = false;
    return run;
  });
  if (outcome.error == 0) outcome.value = count;
  return outcome;
}

Outcome Model::SetSw(Bytes range, std::uint64_t mask, std::uint64_t value) {
  if ((mask & ~kSw) != 0 || (value & ~mask) != 0) return {kInval};
  return Change(range, IsLeaf, AlwaysLegal, [mask, value](PageRun run) {
    run.prot = (run.prot & ~mask) | value;
    return run;
  });
}

Outcome Model::Split(std::uint64_t input, int level) {
  if (level < config_.granule_min_block || level > 3) return {kInval};
  if (input >= SpaceBytes()) return {kRange};
  const std::uint64_t page = input >> config_.page_shift;
  if (At(page).kind != PageKind::kLeaf) return {kNoEnt};
  Plan plan = NewPlan();
  for (int l = config_.start_level; l < level; ++l) {
    if (!plan.tables.insert({l, page >> PagesShift(l)}).second) continue;
    plan.cost += config_.deposits ? 0 : 1;
  }
  if (plan.cost > plan.limit) return {kNoMem};
  tables_ = std::move(plan.tables);
  return {};
}

Outcome Model::Merge(std::uint64_t input, int level) {
  if (level < config_.min_block || level > 2 || level < config_.start_level) return {kInval};
  if (input >= SpaceBytes()) return {kRange};
  const std::uint64_t index = (input >> config_.page_shift) >> PagesShift(level);
  const std::uint64_t page = index << PagesShift(level);
  if (LevelOf(page) <= level) {
    return {At(input >> config_.page_shift).kind == PageKind::kLeaf ? kInval : kNoEnt};
  }
  const std::uint64_t span = std::uint64_t{1} << PagesShift(level);
  const std::uint64_t step = std::uint64_t{1} << PagesShift(level + 1);
  const PageRun first = At(page);
  bool uniform = first.value % span == 0;
  for (std::uint64_t i = 0; i < span; i += step) {
    PageRun expected = first;
    expected.value += i;
    const bool table = level + 1 < 3 && tables_.contains({level + 1, (page + i) / step});
    if (!table && At(page + i).kind != PageKind::kLeaf) return {kNoEnt};
    uniform = uniform && !table && At(page + i).SameState(expected);
  }
  if (!uniform) return {kInval};
  tables_.erase({level, index});
  return {};
}

void Model::Destroy() {
  runs_.clear();
  tables_.clear();
  runs_[0] = {.pages = SpaceBytes() >> config_.page_shift};
}

std::uint64_t Model::TablesNeeded(Bytes range) const {
  if (CheckRange(range) != 0) return 0;
  std::uint64_t needed = 0;
  std::uint64_t page = range.base >> config_.page_shift;
  const std::uint64_t end = page + (range.bytes >> config_.page_shift);
  // Entry by entry: an absent one needs a table for each entry that the range touches below it.
  while (page < end) {
    const int level = LevelOf(page);
    const std::uint64_t span = std::uint64_t{1} << PagesShift(level);
    const std::uint64_t next = std::min(end, (page / span + 1) * span);
    for (int l = level; l < 3 && At(page).kind == PageKind::kAbsent; ++l) {
      needed += ((next - 1) >> PagesShift(l)) - (page >> PagesShift(l)) + 1;
    }
    page = next;
  }
  return needed;
}

std::uint64_t Model::TlbiSpan(std::uint64_t input) const {
  if (input >= SpaceBytes()) return 0;
  const std::uint64_t page = input >> config_.page_shift;
  std::uint64_t span = 0;
  for (int probe = 3; probe >= config_.granule_min_block; --probe) {
    const std::uint64_t at = page >> PagesShift(probe) << PagesShift(probe);
    const PageRun run = At(at);
    const int hint = static_cast<int>((run.prot >> 57) & 3);
    if (run.kind != PageKind::kLeaf || hint == 0) continue;
    const unsigned shift = std::max(PagesShift(hint), PagesShift(LevelOf(at)));
    if (at >> shift == page >> shift) {
      span = std::max(span, std::uint64_t{1} << (shift + config_.page_shift));
    }
  }
  return span;
}

}  // namespace cadastre::testing
