// SPDX-License-Identifier: Apache-2.0
// ABI.md section 7: calls that give pages to protected guests, and take loans back.
#include "harness/oracle/predicates.h"

namespace cadastre::oracle {
namespace {

constexpr Argument kLendArguments[] = {Argument::kVm, Argument::kPfn, Argument::kGfn,
                                       Argument::kCount, Argument::kProt};
constexpr Argument kDonateArguments[] = {Argument::kVm, Argument::kPfn, Argument::kGfn,
                                         Argument::kCount};
constexpr Argument kReclaimArguments[] = {Argument::kVm, Argument::kPfn, Argument::kCount};
constexpr Argument kLendListArguments[] = {Argument::kVm, Argument::kListCount, Argument::kProt};
constexpr Argument kDonateListArguments[] = {Argument::kVm, Argument::kListCount};

// Each page leaves the host for the gfn that its entry names, young there.
void HandOver(Step& step, Effect& effect, Row row, LeafState state, std::uint64_t prot) {
  for (const Range& range : step.ranges) {
    for (std::uint64_t i = 0; i < range.count; ++i) {
      step.state.SetPage(*step.state.ram().IndexOf(range.pfn + i),
                         {.row = row, .vm_tag = step.VmTag(), .gfn = range.gfn + i});
    }
    step.vm->map.Insert({.gfn = range.gfn,
                         .pfn = range.pfn,
                         .prot = static_cast<std::uint8_t>(prot),
                         .state = state,
                         .young = true},
                        range.count);
  }
  NameGfns(step, effect);
}

// 0x48 lend_guest(x1 vm, x2 pfn, x3 gfn, x4 count <= 512, x5 prot): PRIVATE -> LENT(slot, gfn + i);
// the leaf is 11 with prot.
constexpr RowRule kLendRows[] = {
    {101, ReservedBits},
    {103, BadProt},
    {104, BadCount<kRangeLimit>},
    {107, PagesOrGfnsOutOfSpace},
    {201, NoSuchVm},
    {205, GfnBeyondVm},
    {301, VmNotLive},
    {401, NotRam},
    {502, VmPlain},
    {503, NotPrivate},
    {521, GfnInUse},
    {531, GfnPoison},
    {603, TablesMissing},
};
void Lend(Step& step, Effect& effect) {
  HandOver(step, effect, Row::kLent, LeafState::kLoaned, step[Argument::kProt]);
}

// 0x49 reclaim_loan(x1 vm, x2 pfn, x3 count <= 64), scrubs: LENT -> TRANSIT -> PRIVATE; the gfn
// becomes absent.
constexpr RowRule kReclaimLoanRows[] = {
    {101, ReservedBits},
    {104, BadCount<kScrubLimit>},
    {107, PagesOutOfSpace},
    {201, NoSuchVm},
    {302, VmNotDying},
    {401, NotRam},
    {508,
     [](const Step& step) {
       return FirstRamPage(step, [&](const AbstractPage& page) {
         return page.row != Row::kLent || page.vm_tag != step.VmTag();
       });
     }},
};
void ReclaimLoan(Step& step, Effect& effect) {
  for (std::uint64_t i = 0; i < step[Argument::kCount]; ++i) {
    const PageIndex page = *step.state.ram().IndexOf(step[Argument::kPfn] + i);
    const std::uint64_t gfn = step.state.page(page).gfn;
    step.vm->map.Erase(gfn, 1);
    NameGfn(step, effect, gfn);
    SetTransit(step, effect, page);
  }
}

// 0x4A donate_guest(x1 vm, x2 pfn, x3 gfn, x4 count <= 512): PRIVATE -> GIVEN(slot, gfn + i); the
// leaf is 00, RWX.
constexpr RowRule kDonateRows[] = {
    {101, ReservedBits},
    {104, BadCount<kRangeLimit>},
    {107, PagesOrGfnsOutOfSpace},
    {201, NoSuchVm},
    {205, GfnBeyondVm},
    {301, VmNotLive},
    {401, NotRam},
    {502, VmPlain},
    {503, NotPrivate},
    {521, GfnInUse},
    {531, GfnPoison},
    {603, TablesMissing},
};
void Donate(Step& step, Effect& effect) {
  HandOver(step, effect, Row::kGiven, LeafState::kOwned, kProtAll);
}

// 0x54 lend_guest_list(x1 vm, x2 n <= 64, x3 prot).
constexpr RowRule kLendListRows[] = {
    {101, ReservedBits},
    {103, BadProt},
    {104, BadListCount},
    {110, NoListPage},
    {112, ListBadCount},
    {113, ListOverlap<ListWords::kPfnsAndGfns>},
    {114, ListOutOfSpace<ListWords::kPfnsAndGfns>},
    {201, NoSuchVm},
    {205, GfnBeyondVm},
    {301, VmNotLive},
    {401, NotRam},
    {502, VmPlain},
    {503, NotPrivate},
    {521, GfnInUse},
    {531, GfnPoison},
    {603, TablesMissing},
};

// 0x55 donate_guest_list(x1 vm, x2 n <= 64).
constexpr RowRule kDonateListRows[] = {
    {101, ReservedBits},
    {104, BadListCount},
    {110, NoListPage},
    {112, ListBadCount},
    {113, ListOverlap<ListWords::kPfnsAndGfns>},
    {114, ListOutOfSpace<ListWords::kPfnsAndGfns>},
    {201, NoSuchVm},
    {205, GfnBeyondVm},
    {301, VmNotLive},
    {401, NotRam},
    {502, VmPlain},
    {503, NotPrivate},
    {521, GfnInUse},
    {531, GfnPoison},
    {603, TablesMissing},
};

constexpr CallSpecification kCalls[] = {
    {.number = 0x48,
     .name = "lend_guest",
     .arguments = kLendArguments,
     .rows = kLendRows,
     .update = Lend},
    {.number = 0x49,
     .name = "reclaim_loan",
     .arguments = kReclaimArguments,
     .rows = kReclaimLoanRows,
     .update = ReclaimLoan},
    {.number = 0x4A,
     .name = "donate_guest",
     .arguments = kDonateArguments,
     .rows = kDonateRows,
     .update = Donate},
    {.number = 0x54,
     .name = "lend_guest_list",
     .arguments = kLendListArguments,
     .rows = kLendListRows,
     .update = Lend,
     .list = ListWords::kPfnsAndGfns},
    {.number = 0x55,
     .name = "donate_guest_list",
     .arguments = kDonateListArguments,
     .rows = kDonateListRows,
     .update = Donate,
     .list = ListWords::kPfnsAndGfns},
};

}  // namespace

std::span<const CallSpecification> PrivatePageCalls() { return kCalls; }

}  // namespace cadastre::oracle
