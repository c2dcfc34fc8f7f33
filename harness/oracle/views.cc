// SPDX-License-Identifier: Apache-2.0
#include "harness/oracle/views.h"

#include "harness/oracle/address_space.h"
#include "harness/oracle/report.h"

namespace cadastre::oracle {
namespace {

const char* NameOf(Row row) {
  switch (row) {
    case Row::kNone:
      return "none";
    case Row::kPrivate:
      return "PRIVATE";
    case Row::kSharedHyp:
      return "SHARED_HYP";
    case Row::kSharedGuests:
      return "SHARED_GUESTS";
    case Row::kHyp:
      return "HYP";
    case Row::kGiven:
      return "GIVEN";
    case Row::kGuestShared:
      return "GUEST_SHARED";
    case Row::kLent:
      return "LENT";
    case Row::kTransit:
      return "TRANSIT";
  }
  return "?";
}

}  // namespace

std::uint64_t RecordWord(const World& world, PageIndex index) {
  const std::uint64_t address = world.state.facts().record_base + std::uint64_t{index} * 8;
  const std::uint64_t* words = world.memory.PageWords(address >> kPageShift);
  return words == nullptr ? 0 : words[address / 8 % kEntries];
}

PageView ViewPage(const World& world, PageIndex index) {
  const std::uint64_t pfn = world.state.ram().PfnOf(index);
  return ViewPage(world, index, world.walker.WalkSpan({.regime = Regime::kHost}, pfn << kPageShift),
                  world.walker.WalkSpan({.regime = Regime::kEl2}, LinearAddress(pfn)),
                  RecordWord(world, index));
}

PageView ViewPage(const World& world, PageIndex index, const Walker::Span& host,
                  const Walker::Span& el2, std::uint64_t record) {
  PageView view;
  view.index = index;
  view.pfn = world.state.ram().PfnOf(index);
  view.expected = world.state.page(index);
  view.host_entry = host.EndAt(view.pfn << kPageShift);
  view.el2_entry = el2.EndAt(LinearAddress(view.pfn));
  static_cast<PageRows&>(view) =
      RowsOf(view.host_entry, view.el2_entry, world.walker.guest_leaves(index));
  view.record = DecodeRecord(record);
  view.table = world.walker.TableAt(index);
  return view;
}

void Fire(Invariant invariant, const PageView& view, Report& report) {
  report.Fire(invariant, Describe(view));
}

std::string Describe(const PageView& view) {
  using Hex = unsigned long long;
  const auto& by_state = view.guests.by_state;
  return Format(
      "page 0x%llx: host 0x%llx, EL2 0x%llx, guest leaves %u/%u/%u/%u, record borrowers %u pins %u "
      "count %u use %u%s; "
      "S: %s use %u vm tag %u gfn 0x%llx pins %u borrowers %u",
      Hex{view.pfn}, Hex{view.host_entry.word}, Hex{view.el2_entry.word}, by_state[0], by_state[1],
      by_state[2], by_state[3], view.record.borrowers, view.record.pins, view.record.count,
      view.record.use, view.table != nullptr ? ", a table" : "", NameOf(view.expected.row),
      static_cast<unsigned>(view.expected.use), view.expected.vm_tag, Hex{view.expected.gfn},
      view.expected.pins, view.expected.borrowers);
}

}  // namespace cadastre::oracle
