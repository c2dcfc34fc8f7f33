// SPDX-License-Identifier: Apache-2.0
#include "harness/oracle/touch_bound.h"

#include <algorithm>
#include <charconv>

#include "harness/oracle/address_space.h"
#include "harness/oracle/operation.h"

namespace cadastre::oracle {
namespace {

constexpr TouchRule kRules[] = {
    {0x02, "0"},
    {0x03, "516"},
    {0x04, "516"},
    {0x09, "520"},
    {0x40, "0"},
    {0x41, "0"},
    {0x42, "h + e"},
    {0x43, "h + e"},
    {0x44, "h + g"},
    {0x45, "h + g"},
    {0x46, "h + e"},
    {0x47, "h + e + n"},
    {0x48, "h + g"},
    {0x49, "h + g + n"},
    {0x4A, "h + g"},
    {0x4B, "g"},
    {0x4C, "g"},
    {0x4D, "g"},
    {0x4E, "g"},
    {0x4F, "0"},
    {0x50, "4"},
    {0x51, "2 records"},
    {0x52, "h + g"},
    {0x53, "h + g"},
    {0x54, "h + g"},
    {0x55, "h + g"},
    {0x56, "h + e + 512 R"},
    {0x57, "h + e"},
    {0x58, "h + e"},
    {0x59, "h + e"},
    {0x5A, "4 cells and words"},
    {0x5B, "3 cells and words"},
    {0x5C, "0"},
    {0x5D, "0"},
    {0x5E, "64 records, 65 cells"},
    {0x5F, "h + g + n"},
    {0x60, "h + e + n"},
    {0x61, "h + e + n"},
    {0x62, "h + g + n"},
    {0x63, "0"},
    {0x64, "2 for each span"},
    {0x70, "0"},
};

constexpr std::uint64_t kTable = 514;      // a table made: 512 entries, 2 stores to its parent's
constexpr std::uint64_t kHostTables = 2;   // s of section 4: granules of a range made tables
constexpr std::uint64_t kGuestTables = 8;  // t: 2 splits and 6 tables
constexpr std::uint64_t kEl2Tables = 6;    // u
constexpr std::uint64_t kMostRootPages = 16;
constexpr std::uint64_t kSpanPages = 512;

std::uint64_t TermOf(std::string_view term, std::uint64_t pages, std::uint64_t ranges) {
  if (term == "h") return pages + kTable * kHostTables * ranges;
  if (term == "g") return pages + kTable * kGuestTables * ranges;
  if (term == "e") return pages + kTable * kEl2Tables * ranges;
  if (term == "n") return pages;
  if (term == "512 R") return kSpanPages * kMostRootPages;
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(term.data(), term.data() + term.size(), number);
  const std::string_view unit = term.substr(static_cast<std::size_t>(end - term.data()));
  if (unit == " for each span") return number * (pages / kSpanPages);
  return unit.empty() ? number : 0;  // records and cells are no entries
}

bool WasTable(const StepView& view, PageIndex page) {
  return std::any_of(view.changes.unlinked.begin(), view.changes.unlinked.end(),
                     [&](const TableRole& table) { return table.page == page; });
}

// The first word of a table that was freed links it to the next free page.
bool IsLinkOfFreePage(const Event& event) {
  return event.address % (kEntries * 8) == 0 && event.kind == EventKind::kStore;
}

bool IsScrubWindow(const StepView& view, const Event& event, const TableRole& role) {
  if (role.level != kPageLevel || role.root.regime != Regime::kEl2) return false;
  const std::uint64_t input = role.input_base + (event.address / 8 % kEntries << kPageShift);
  return input == ScrubWindowOf(view.operation.cpu);
}

}  // namespace

std::span<const TouchRule> TouchRules() { return kRules; }

std::uint64_t TouchBound(std::string_view touches, std::uint64_t pages, std::uint64_t ranges) {
  constexpr std::string_view kPlus = " + ";
  std::uint64_t bound = 0;
  while (true) {
    const std::size_t at = touches.find(kPlus);
    bound += TermOf(touches.substr(0, at), pages, ranges);
    if (at == std::string_view::npos) return bound;
    touches.remove_prefix(at + kPlus.size());
  }
}

std::uint64_t TouchedEntries(const StepView& view) {
  std::uint64_t touched = 0;
  for (const auto& [event, page] : view.stores) {
    if (!page || event->kind == EventKind::kZeroPage) continue;
    const Table* table = view.world.walker.TableAt(*page);
    const bool counts = table != nullptr ? !IsScrubWindow(view, *event, table->role)
                                         : WasTable(view, *page) && !IsLinkOfFreePage(*event);
    if (counts) touched += event->kind == EventKind::kFill ? kEntries : 1;
  }
  return touched;
}

void AssertTouchBound(const StepView& view, std::uint64_t touched, Report& report) {
  const Judgement& judgement = view.judgement;
  if (judgement.call == nullptr || judgement.outcome != Outcome::kDone) return;
  const auto rule = std::find_if(std::begin(kRules), std::end(kRules), [&](const TouchRule& r) {
    return r.number == judgement.call->number;
  });
  std::uint64_t pages = 0;
  for (const Range& range : judgement.ranges) pages += range.count;
  pages = std::max<std::uint64_t>(pages, view.world.state.changes().size());
  // Calls that name their pages one by one, vm_create among them, have two ranges at most.
  const std::uint64_t ranges = judgement.ranges.empty() ? 2 : judgement.ranges.size();
  const std::uint64_t bound = TouchBound(rule->touches, pages, ranges);
  if (touched <= bound) return;
  report.Fire(
      Invariant::kTouchBound,
      Format("%s stored to %llu entries, at most %llu are allowed", judgement.call->name,
             static_cast<unsigned long long>(touched), static_cast<unsigned long long>(bound)));
}

}  // namespace cadastre::oracle
