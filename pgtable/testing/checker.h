// SPDX-License-Identifier: Apache-2.0
// Runs operations on a table and on the model side by side, and compares all there is after each.
#ifndef CADASTRE_PGTABLE_TESTING_CHECKER_H_
#define CADASTRE_PGTABLE_TESTING_CHECKER_H_

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "pgtable/testing/input.h"
#include "pgtable/testing/mismatch.h"
#include "pgtable/testing/model.h"
#include "pgtable/testing/world.h"

namespace cadastre::testing {

// Rules, in the order in which the first broken one is reported:
//   ERRNO_DIFFERS         the model predicts the errno
//   VALUE_DIFFERS         and the value of an operation that gives one
//   REFUSAL_STORED        a refused operation stores nothing and maintains nothing
//   PAGES_DIFFER          each page is what the model says: kind, output, permissions, sw bits, age
//   SHAPE_DIFFERS         tables stand where the model says
//   COUNT_DIFFERS         each table's count counts its entries
//   PAGE_LEAKED           stock + reachable tables = all pages; deposits = blocks
//   TLBI_MISSING          what a TLB may hold and lost a translation or a permission was
//                         invalidated, tables without hint
template <class World>
class Checker {
 public:
  using Format = typename World::Format;
  using G = typename World::G;
  using Policy = typename World::Policy;
  using Input = typename World::Input;
  using Range = typename World::Range;

  Checker(unsigned input_bits, std::uint64_t stock)
      : world_(input_bits, stock),
        model_(Config(input_bits, world_.geometry, stock)),
        stock_(stock) {
    aim_ = {G::kPageShift, input_bits};
  }

  const Aim& aim() const { return aim_; }
  World& world() { return world_; }

  // Runs one operation and checks everything.
  std::optional<Mismatch> Step(const Op& op);

 private:
  struct Entry {
    std::uint64_t bytes = 0;
    int level = 0;
    Descriptor descriptor{};
    // Young at some time since its last invalidation: a TLB may hold it. TestClearYoung makes a
    // leaf old without one.
    bool cached = false;
  };
  struct Snapshot {
    std::map<std::uint64_t, Entry> leaves;  // valid ones, by input address
    // By level of the entry and its index.
    std::map<std::pair<int, std::uint64_t>, PhysAddr> tables;
  };

  struct Interval {
    std::uint64_t base = 0;
    std::uint64_t end = 0;
  };
  struct Invalidations {
    bool everything = false;
    std::vector<Interval> by_level[4];  // 0: without a level
  };

  static ModelConfig Config(unsigned input_bits, const Geometry& geometry, std::uint64_t stock);
  std::optional<Range> MakeRange(const Op& op) const;
  Outcome Run(const Op& op);
  Outcome Predict(const Op& op);
  Range Whole() const {
    const std::uint64_t pages = std::uint64_t{1} << (aim_.input_bits - G::kPageShift);
    return Range::Make(Input(0), pages, G::kPageShift, aim_.input_bits).value();
  }
  std::optional<Mismatch> CheckPages(Snapshot& now);
  std::optional<Mismatch> CheckLeaf(const Visit<Input>& visit) const;
  std::optional<Mismatch> CheckTables(const Snapshot& now);
  std::optional<Mismatch> CheckQueries(const Op& op);
  void CollectInvalidations();
  static bool StillServes(const Entry& before, const Entry& after);
  std::optional<Mismatch> CheckTlb(Snapshot& now);
  bool Invalidated(std::uint64_t base, std::uint64_t bytes, int level, bool table) const;

  World world_;
  Model model_;
  std::uint64_t stock_;
  Aim aim_;
  Snapshot before_;
  Invalidations gone_;
};

inline std::string Where(const char* what, std::uint64_t address, std::uint64_t got,
                         std::uint64_t wanted) {
  char text[160];
  std::snprintf(text, sizeof text, "%s at 0x%llx: got 0x%llx, model 0x%llx", what,
                static_cast<unsigned long long>(address), static_cast<unsigned long long>(got),
                static_cast<unsigned long long>(wanted));
  return text;
}

template <class World>
ModelConfig Checker<World>::Config(unsigned input_bits, const Geometry& geometry,
                                   std::uint64_t stock) {
  return {.page_shift = G::kPageShift,
          .input_bits = input_bits,
          .start_level = geometry.start.value,
          .granule_min_block = G::kMinBlockLevel.value,
          .min_block = Policy::kMinBlockLevel.value,
          .stage2 = Format::kIsStage2,
          .deposits = World::Pages::kDeposits,
          .frees = Policy::kFreeEmptyTables,
          .stock = stock};
}

// The range as a caller would make it; none if no caller could. Bit 2 of the flags: a range of 4
// KiB pages, which other granules must refuse.
template <class World>
std::optional<typename World::Range> Checker<World>::MakeRange(const Op& op) const {
  const unsigned shift = (op.flags & 4) != 0 ? 12 : G::kPageShift;
  if ((op.bytes & ((std::uint64_t{1} << shift) - 1)) != 0) return std::nullopt;
  const Result<Range> range = Range::Make(Input(op.base), op.bytes >> shift, shift, 52);
  if (!range.ok()) return std::nullopt;
  return range.value();
}

template <class World>
Outcome Checker<World>::Run(const Op& op) {
  auto& [geometry, p, pages, table] = world_;
  const auto answer = [](const Status& status) {
    return Outcome{status.ok() ? 0 : static_cast<int>(status.error())};
  };
  const Range range = MakeRange(op).value_or(Range());
  const bool first = (op.flags & 1) != 0;
  const bool second = (op.flags & 2) != 0;
  typename World::Batch batch(p, pages, World::kVttbr);
  Outcome outcome;
  switch (op.code) {
    case OpCode::kMap:
      outcome = answer(table.Map(p, pages, range, PhysAddr(op.out), Prot(op.prot),
                                 first ? Blocks::kAllowed : Blocks::kPagesOnly,
                                 second ? Over::kAnnotations : Over::kAbsentOnly));
      break;
    case OpCode::kUnmap:
      outcome = answer(table.Unmap(p, pages, range, batch));
      break;
    case OpCode::kAnnotate: {
      const Annotation annotation{static_cast<AnnotationKind>(op.prot & 0xff),
                                  static_cast<std::uint8_t>(op.prot >> 8),
                                  static_cast<std::uint8_t>(op.prot >> 16), Gfn(op.out)};
      const AnnotationRun run = first ? AnnotationRun::kNextGfn : AnnotationRun::kSame;
      outcome = answer(table.Annotate(p, pages, range, annotation, run, batch));
      break;
    }
    case OpCode::kRelaxPerms:
      outcome = answer(table.RelaxPerms(p, pages, range, Prot(op.prot), batch));
      break;
    case OpCode::kWrProtect:
      outcome = answer(table.WrProtect(p, pages, range, batch));
      break;
    case OpCode::kMkYoung:
      outcome = answer(table.MkYoung(p, pages, range, batch));
      break;
    case OpCode::kTestClearYoung: {
      const Young young = first ? Young::kTestAndClear : Young::kTest;
      const Result<std::uint64_t> count = table.TestClearYoung(p, pages, range, young, batch);
      outcome = count.ok() ? Outcome{0, count.value()} : Outcome{static_cast<int>(count.error())};
      break;
    }
    case OpCode::kSetSw:
      outcome = answer(table.SetSw(p, pages, range, op.mask, Prot(op.prot), batch));
      break;
    case OpCode::kSplit:
      outcome = answer(table.Split(p, pages, Input(op.base), Level{op.level}, batch));
      break;
    case OpCode::kMerge:
      outcome = answer(table.Merge(p, pages, Input(op.base), Level{op.level}, batch));
      break;
    case OpCode::kDestroy:
      table.Destroy(p, pages);
      break;
  }
  batch.Flush();
  return outcome;
}

template <class World>
Outcome Checker<World>::Predict(const Op& op) {
  const std::optional<Range> made = MakeRange(op);
  const Model::Bytes range =
      made ? Model::Bytes{made->base().value, made->bytes()} : Model::Bytes{};
  const bool first = (op.flags & 1) != 0;
  switch (op.code) {
    case OpCode::kMap:
      return model_.Map(range, op.out, op.prot, first, (op.flags & 2) != 0);
    case OpCode::kUnmap:
      return model_.Unmap(range);
    case OpCode::kAnnotate:
      return model_.Annotate(range, op.prot, op.out, first);
    case OpCode::kRelaxPerms:
      return model_.RelaxPerms(range, op.prot);
    case OpCode::kWrProtect:
      return model_.WrProtect(range);
    case OpCode::kMkYoung:
      return model_.MkYoung(range);
    case OpCode::kTestClearYoung:
      return model_.TestClearYoung(range, first);
    case OpCode::kSetSw:
      return model_.SetSw(range, op.mask, op.prot);
    case OpCode::kSplit:
      return model_.Split(op.base, op.level);
    case OpCode::kMerge:
      return model_.Merge(op.base, op.level);
    case OpCode::kDestroy:
      model_.Destroy();
      return {};
  }
  return {};
}

template <class World>
std::optional<Mismatch> Checker<World>::CheckQueries(const Op& op) {
  auto& [geometry, p, pages, table] = world_;
  if (const std::optional<Range> range = MakeRange(op)) {
    const std::uint64_t got = table.TablesNeeded(p, *range);
    const std::uint64_t wanted = model_.TablesNeeded({range->base().value, range->bytes()});
    if (got != wanted)
      return Mismatch{"VALUE_DIFFERS", Where("TablesNeeded", op.base, got, wanted)};
  }
  const std::uint64_t got = table.TlbiSpan(p, Input(op.base));
  const std::uint64_t wanted = model_.TlbiSpan(op.base);
  if (got != wanted) return Mismatch{"VALUE_DIFFERS", Where("TlbiSpan", op.base, got, wanted)};
  return std::nullopt;
}

template <class World>
std::optional<Mismatch> Checker<World>::CheckLeaf(const Visit<Input>& visit) const {
  const std::uint64_t pages = visit.bytes >> G::kPageShift;
  const std::uint64_t base = visit.base.value;
  PageRun got;
  const Descriptor d = visit.descriptor;
  switch (KindOf(d, visit.level)) {
    case EntryKind::kAnnotation: {
      const Annotation a = Annotation::Decode(d);
      const auto kind = static_cast<std::uint64_t>(a.kind);
      got = {.kind = PageKind::kAnnotation,
             .value = a.gfn.value,
             .prot = kind | std::uint64_t{a.class_id} << 8 | std::uint64_t{a.slot_plus_one} << 16};
      break;
    }
    case EntryKind::kLeaf:
      got = {.kind = PageKind::kLeaf,
             .value = Format::OutputAddress(d, visit.level).value >> G::kPageShift,
             .step = 1,
             .prot = Format::DecodeProt(d).bits,
             .young = Format::Young(d)};
      break;
    default:
      break;
  }
  for (std::uint64_t i = 0; i < pages;) {
    const PageRun wanted = model_.At((base >> G::kPageShift) + i);
    PageRun here = got;
    here.value += i * got.step;
    if (!here.SameState(wanted)) {
      return Mismatch{"PAGES_DIFFER",
                      Where("page", base + (i << G::kPageShift), d.bits, wanted.value)};
    }
    i += wanted.pages;
  }
  return std::nullopt;
}

// May a TLB go on serving `before` where `after` stands? Yes, if it gives the same output and
// allows no more.
template <class World>
bool Checker<World>::StillServes(const Entry& before, const Entry& after) {
  const Level level{before.level};
  const std::uint64_t allowed = Format::DecodeProt(after.descriptor).bits;
  return after.level == before.level &&
         Format::OutputAddress(before.descriptor, level) ==
             Format::OutputAddress(after.descriptor, level) &&
         (Format::DecodeProt(before.descriptor).bits & ~allowed & Prot::kRwx) == 0;
}

template <class World>
std::optional<Mismatch> Checker<World>::CheckPages(Snapshot& now) {
  std::optional<Mismatch> found;
  std::uint64_t next = 0;
  const Status walked = world_.table.Walk(world_.p, Whole(), [&](const Visit<Input>& visit) {
    if (visit.kind == VisitKind::kTablePost) return WalkOn::kContinue;
    if (visit.kind == VisitKind::kTablePre) {
      now.tables[{visit.level.value, visit.base.value >> G::Shift(visit.level)}] =
          Format::OutputAddress(visit.descriptor, visit.level);
      return WalkOn::kContinue;
    }
    if (visit.base.value != next) found = Mismatch{"PAGES_DIFFER", "the walk left a gap"};
    next = visit.base.value + visit.bytes;
    if (KindOf(visit.descriptor, visit.level) == EntryKind::kLeaf) {
      now.leaves[visit.base.value] = {visit.bytes, visit.level.value, visit.descriptor,
                                      Format::Young(visit.descriptor)};
    }
    if (!found) found = CheckLeaf(visit);
    return found ? WalkOn::kStop : WalkOn::kContinue;
  });
  if (!walked.ok() || (!found && next != std::uint64_t{1} << aim_.input_bits)) {
    return Mismatch{"PAGES_DIFFER", "the walk did not reach the end"};
  }
  return found;
}

template <class World>
std::optional<Mismatch> Checker<World>::CheckTables(const Snapshot& now) {
  std::set<Model::TableId> got;
  std::set<std::uint64_t> pages;
  std::map<PhysAddr, int> levels;
  for (unsigned i = 0; i < world_.geometry.root_pages; ++i) {
    levels[world_.table.root() + i * G::kPageSize] = world_.geometry.start.value;
  }
  for (const auto& [id, page] : now.tables) {
    got.insert(id);
    if (!levels.emplace(page, id.first + 1).second) {
      return Mismatch{"PAGE_LEAKED", Where("page used twice", page.value, 0, 0)};
    }
  }
  if (got != model_.tables()) {
    return Mismatch{"SHAPE_DIFFERS", Where("tables", 0, got.size(), model_.tables().size())};
  }
  for (const auto& [page, level] : levels) {
    std::uint64_t count = 0;
    for (std::uint64_t i = 0; i < G::kEntries; ++i) {
      count += Policy::Counts(Descriptor(world_.p.Peek(page + i * 8)), Level{level}) ? 1 : 0;
    }
    if (world_.p.PeekCount(page) != count) {
      return Mismatch{"COUNT_DIFFERS", Where("count", page.value, world_.p.PeekCount(page), count)};
    }
  }
  const std::uint64_t held = world_.pages.Held(world_.p);
  if (held + got.size() != stock_) {
    return Mismatch{"PAGE_LEAKED", Where("stock", 0, held, stock_ - got.size())};
  }
  if (world_.pages.Deposits(world_.p) != model_.deposits()) {
    return Mismatch{"PAGE_LEAKED",
                    Where("deposits", 0, world_.pages.Deposits(world_.p), model_.deposits())};
  }
  return std::nullopt;
}

// What the TLBIs of this operation removed. Neighbours are merged: a batch goes upwards.
template <class World>
void Checker<World>::CollectInvalidations() {
  gone_ = {};
  const auto add = [](std::vector<Interval>& to, std::uint64_t base, std::uint64_t end) {
    if (!to.empty() && to.back().end == base) {
      to.back().end = end;
    } else {
      to.push_back({base, end});
    }
  };
  for (const Event& e : world_.p.log()) {
    const std::uint64_t end = e.address + (e.value << G::kPageShift);
    switch (e.kind) {
      case EventKind::kTlbiVmalls12e1:
        gone_.everything = true;
        break;
      case EventKind::kTlbiIpa:
      case EventKind::kTlbiIpaRange:
        add(gone_.by_level[e.level], e.address, end);
        break;
      case EventKind::kTlbiVae2:
        add(gone_.by_level[0], e.address, end);
        break;
      case EventKind::kTlbiVale2:
        // Any leaf at that address, whatever its level; no table.
        for (int level = 1; level <= 3; ++level) add(gone_.by_level[level], e.address, end);
        break;
      default:
        break;
    }
  }
}

// Was an entry of `level` over these bytes among it? A table goes only by a TLBI without a level.
template <class World>
bool Checker<World>::Invalidated(std::uint64_t base, std::uint64_t bytes, int level,
                                 bool table) const {
  const auto meets = [&](const std::vector<Interval>& intervals) {
    return std::any_of(intervals.begin(), intervals.end(),
                       [&](const Interval& i) { return i.base < base + bytes && base < i.end; });
  };
  return gone_.everything || meets(gone_.by_level[0]) || (!table && meets(gone_.by_level[level]));
}

// Also tells `now` which old leaves a TLB may still hold.
template <class World>
std::optional<Mismatch> Checker<World>::CheckTlb(Snapshot& now) {
  CollectInvalidations();
  for (const auto& [base, leaf] : before_.leaves) {
    if (!leaf.cached || Invalidated(base, leaf.bytes, leaf.level, false)) continue;
    const auto it = now.leaves.find(base);
    if (it == now.leaves.end() || !StillServes(leaf, it->second)) {
      return Mismatch{"TLBI_MISSING", Where("leaf", base, leaf.descriptor.bits, 0)};
    }
    it->second.cached = true;
  }
  for (const auto& [id, page] : before_.tables) {
    if (const auto it = now.tables.find(id); it != now.tables.end() && it->second == page) continue;
    const std::uint64_t size = G::Size(Level{id.first});
    if (!Invalidated(id.second * size, size, id.first, true)) {
      return Mismatch{"TLBI_MISSING", Where("table", id.second * size, page.value, 0)};
    }
  }
  return std::nullopt;
}

template <class World>
std::optional<Mismatch> Checker<World>::Step(const Op& op) {
  if (std::optional<Mismatch> found = CheckQueries(op)) return found;
  world_.p.ClearLog();
  const Outcome got = Run(op);
  const Outcome wanted = Predict(op);
  if (got.error != wanted.error) {
    return Mismatch{"ERRNO_DIFFERS", Where("errno", op.base, static_cast<unsigned>(got.error),
                                           static_cast<unsigned>(wanted.error))};
  }
  if (got.error == 0 && got.value != wanted.value) {
    return Mismatch{"VALUE_DIFFERS", Where("value", op.base, got.value, wanted.value)};
  }
  if (got.error != 0 && !world_.p.log().empty()) {
    return Mismatch{"REFUSAL_STORED", Where("events", op.base, world_.p.log().size(), 0)};
  }
  Snapshot now;
  if (std::optional<Mismatch> found = CheckPages(now)) return found;
  if (std::optional<Mismatch> found = CheckTables(now)) return found;
  if (op.code != OpCode::kDestroy) {  // its precondition: nothing walks the table any more
    if (std::optional<Mismatch> found = CheckTlb(now)) return found;
  }
  before_ = std::move(now);
  return std::nullopt;
}

// Runs operations until the input is empty, `max_ops` at most.
template <class World>
std::optional<Mismatch> RunChecked(ByteReader& in, unsigned input_bits, std::uint64_t stock,
                                   unsigned max_ops) {
  Checker<World> checker(input_bits, stock);
  OpReader ops(in, checker.aim());
  for (unsigned i = 0; i < max_ops && !ops.empty(); ++i) {
    const Op op = ops.Next();
    if (std::optional<Mismatch> found = checker.Step(op)) {
      found->detail = "op " + std::to_string(i) + " code " +
                      std::to_string(static_cast<unsigned>(op.code)) + ": " + found->detail;
      return found;
    }
  }
  return std::nullopt;
}

}  // namespace cadastre::testing

#endif  // CADASTRE_PGTABLE_TESTING_CHECKER_H_
