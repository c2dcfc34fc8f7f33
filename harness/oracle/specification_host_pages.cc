// SPDX-License-Identifier: Apache-2.0
// ABI.md section 7: calls about pages between the host and EL2.
#include "harness/oracle/predicates.h"

namespace cadastre::oracle {
namespace {

constexpr AbstractPage kSharedHypPage = {.row = Row::kSharedHyp};
constexpr AbstractPage kParkedPage = {.row = Row::kHyp, .use = Use::kParked};

constexpr Argument kRangeArguments[] = {Argument::kPfn, Argument::kCount};

// 0x42 share_hyp(x1 pfn, x2 count <= 512): PRIVATE -> SHARED_HYP, pins 0.
constexpr RowRule kShareHypRows[] = {
    {104, BadCount<kRangeLimit>},
    {107, PagesOutOfSpace},
    {401, NotRam},
    {503, NotPrivate},
};
void ShareHyp(Step& step, Effect& effect) { SetPages(step, effect, kSharedHypPage); }

// 0x43 unshare_hyp(x1 pfn, x2 count <= 512): SHARED_HYP -> PRIVATE. A page that is not RAM has no
// pins.
constexpr RowRule kUnshareHypRows[] = {
    {104, BadCount<kRangeLimit>},
    {107, PagesOutOfSpace},
    {309,
     [](const Step& step) {
       return FirstPage(step, [&](std::uint64_t pfn) {
         const auto index = step.state.ram().OwnableIndexOf(pfn);
         return index && step.state.page(*index).pins > 0;
       });
     }},
    {401, NotRam},
    {505,
     [](const Step& step) {
       return FirstRamPage(step,
                           [](const AbstractPage& page) { return page.row != Row::kSharedHyp; });
     }},
};
void UnshareHyp(Step& step, Effect& effect) { SetPages(step, effect, kPrivatePageState); }

// 0x46 donate_hyp(x1 pfn, x2 count <= 512): PRIVATE -> HYP PARKED.
constexpr RowRule kDonateHypRows[] = {
    {104, BadCount<kRangeLimit>},
    {107, PagesOutOfSpace},
    {401, NotRam},
    {503, NotPrivate},
};
void DonateHyp(Step& step, Effect& effect) { SetPages(step, effect, kParkedPage); }

// 0x47 reclaim_hyp(x1 pfn, x2 count <= 64), scrubs: HYP PARKED -> TRANSIT -> PRIVATE.
constexpr RowRule kReclaimHypRows[] = {
    {104, BadCount<kScrubLimit>},
    {107, PagesOutOfSpace},
    {401, NotRam},
    {506,
     [](const Step& step) {
       return FirstRamPage(step, [](const AbstractPage& page) {
         return page.row != Row::kHyp || page.use != Use::kParked;
       });
     }},
};
void ReclaimHyp(Step& step, Effect& effect) {
  for (std::uint64_t i = 0; i < step[Argument::kCount]; ++i)
    SetTransit(step, effect, *step.state.ram().IndexOf(step[Argument::kPfn] + i));
}

// 0x50 compact_host(x1 pfn, x2 count <= 512): abstract state unchanged.
constexpr RowRule kCompactHostRows[] = {
    {104, BadCount<kRangeLimit>},
    {107, PagesOutOfSpace},
    {401, NotRam},
};
void CompactHost(Step& step, Effect& effect) {
  effect.stores_tables = true;
  effect.granules = PageSpan{step[Argument::kPfn], step[Argument::kCount]};
}

// 0x51 list_page_set(x1 flag set, x2 pfn). Rows 107, 401 and 505 belong to set = 1, row 110 to set
// = 0.
constexpr Argument kListPageArguments[] = {Argument::kFlag, Argument::kPfn};
constexpr RowRule kListPageRows[] = {
    {101,
     [](const Step& step) {
       const bool clears_a_page = step[Argument::kFlag] == 0 && step[Argument::kPfn] != 0;
       return When(ReservedBits(step).has_value() || clears_a_page);
     }},
    {107,
     [](const Step& step) {
       return When(step[Argument::kFlag] == 1 &&
                   EndsAbove(step[Argument::kPfn], 1, PfnSpace(step)));
     }},
    {110,
     [](const Step& step) {
       return When(step[Argument::kFlag] == 0 && !step.state.list_page(step.cpu).has_value());
     }},
    {401,
     [](const Step& step) {
       return When(step[Argument::kFlag] == 1 &&
                   !step.state.ram().OwnableIndexOf(step[Argument::kPfn]));
     }},
    {505,
     [](const Step& step) {
       if (step[Argument::kFlag] == 0) return Detail();
       return FirstRamPage(step,
                           [](const AbstractPage& page) { return page.row != Row::kSharedHyp; });
     }},
};

void ListPageSet(Step& step, Effect&) {
  const auto former = step.state.list_page(step.cpu);
  std::optional<PageIndex> next;
  if (step[Argument::kFlag] == 1) next = step.state.ram().IndexOf(step[Argument::kPfn]);
  if (former == next) return;
  if (former) UnpinListPage(step.state, step.cpu);
  if (next) AddPins(step.state, *next, 1);
  step.state.EditCpu(step.cpu).list_page = next;
}

constexpr CallSpecification kCalls[] = {
    {.number = 0x42,
     .name = "share_hyp",
     .arguments = kRangeArguments,
     .rows = kShareHypRows,
     .update = ShareHyp},
    {.number = 0x43,
     .name = "unshare_hyp",
     .arguments = kRangeArguments,
     .rows = kUnshareHypRows,
     .update = UnshareHyp},
    {.number = 0x46,
     .name = "donate_hyp",
     .arguments = kRangeArguments,
     .rows = kDonateHypRows,
     .update = DonateHyp},
    {.number = 0x47,
     .name = "reclaim_hyp",
     .arguments = kRangeArguments,
     .rows = kReclaimHypRows,
     .update = ReclaimHyp},
    {.number = 0x50,
     .name = "compact_host",
     .arguments = kRangeArguments,
     .rows = kCompactHostRows,
     .update = CompactHost},
    {.number = 0x51,
     .name = "list_page_set",
     .arguments = kListPageArguments,
     .rows = kListPageRows,
     .update = ListPageSet},
};

}  // namespace

void UnpinListPage(State& state, unsigned cpu) {
  AddPins(state, *state.list_page(cpu), -1);
  state.EditCpu(cpu).list_page.reset();
}

std::span<const CallSpecification> HostPageCalls() { return kCalls; }

}  // namespace cadastre::oracle
