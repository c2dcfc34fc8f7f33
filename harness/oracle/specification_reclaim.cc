// SPDX-License-Identifier: Apache-2.0
// ABI.md section 8: calls that look for what a VM holds and take it back.
#include "harness/oracle/predicates.h"

namespace cadastre::oracle {
namespace {

constexpr Argument kNextArguments[] = {Argument::kVm, Argument::kGfn};
constexpr Argument kGfnArguments[] = {Argument::kVm, Argument::kGfn, Argument::kCount};
constexpr Argument kPfnArguments[] = {Argument::kVm, Argument::kPfn, Argument::kCount};

constexpr std::uint64_t kPoisonKind = 8;  // of next_mapped's x3
constexpr unsigned kNextPfnShift = 8;

// 0x5D next_mapped(x1 vm, x2 gfn <= 2^36): x2 = lowest live gfn at or above gfn, x3 what it is.
constexpr RowRule kNextRows[] = {
    {101, ReservedBits},
    {107, [](const Step& step) { return When(step[Argument::kGfn] > kGfnSpace); }},
    {201, NoSuchVm},
    {204,
     [](const Step& step) {
       return When(step.vm->map.FirstFrom(step[Argument::kGfn]) == nullptr);
     }},
};
void NextMapped(Step& step, Effect& effect) {
  const GuestLeaf& leaf = *step.vm->map.FirstFrom(step[Argument::kGfn]);
  effect.x2 = leaf.gfn;
  effect.x3 = leaf.is_poison ? kPoisonKind
                             : leaf.pfn << kNextPfnShift | static_cast<std::uint64_t>(leaf.state);
}

// 0x5F reclaim_guest_page(x1 vm, x2 gfn, x3 count <= 64), scrubs: every gfn becomes absent, and
// what was there goes to the host.
constexpr RowRule kReclaimGuestPageRows[] = {
    {101, ReservedBits}, {104, BadCount<kScrubLimit>}, {107, GfnsOutOfSpace},
    {201, NoSuchVm},     {205, GfnBeyondVm},           {206, GfnAbsent},
    {302, VmNotDying},
};
void ReclaimGuestPage(Step& step, Effect& effect) {
  const Range& range = step.ranges[0];
  for (const GuestLeaf& leaf : step.vm->map.Slice(range.gfn, range.count)) {
    if (leaf.is_poison) continue;  // names no page
    const PageIndex page = *step.state.ram().IndexOf(leaf.pfn);
    switch (leaf.state) {
      case LeafState::kOwned:
      case LeafState::kLoaned:
        SetTransit(step, effect, page);
        break;
      case LeafState::kSharedOwned:
        step.state.SetPage(page, kPrivatePageState);
        break;
      case LeafState::kSharedBorrowed:
        LoseBorrower(step.state, page);
        break;
    }
  }
  step.vm->map.Erase(range.gfn, range.count);
  NameGfns(step, effect);
}

// 0x62 force_reclaim(x1 vm, x2 pfn, x3 count <= 64), scrubs: GIVEN or LENT -> TRANSIT -> PRIVATE;
// the gfn becomes POISON.
constexpr RowRule kForceReclaimRows[] = {
    {101, ReservedBits},
    {104, BadCount<kScrubLimit>},
    {107, PagesOutOfSpace},
    {201, NoSuchVm},
    {401, NotRam},
    {507,
     [](const Step& step) {
       return FirstRamPage(step, [&](const AbstractPage& page) {
         const bool held = page.row == Row::kGiven || page.row == Row::kLent;
         return !held || page.vm_tag != step.VmTag();
       });
     }},
};
void ForceReclaim(Step& step, Effect& effect) {
  for (std::uint64_t i = 0; i < step[Argument::kCount]; ++i) {
    const PageIndex page = *step.state.ram().IndexOf(step[Argument::kPfn] + i);
    const std::uint64_t gfn = step.state.page(page).gfn;
    step.vm->map.Slice(gfn, 1).front() = {.gfn = gfn, .is_poison = true};
    NameGfn(step, effect, gfn);
    SetTransit(step, effect, page);
  }
}

constexpr CallSpecification kCalls[] = {
    {.number = 0x5D,
     .name = "next_mapped",
     .arguments = kNextArguments,
     .rows = kNextRows,
     .update = NextMapped},
    {.number = 0x5F,
     .name = "reclaim_guest_page",
     .arguments = kGfnArguments,
     .rows = kReclaimGuestPageRows,
     .update = ReclaimGuestPage},
    {.number = 0x62,
     .name = "force_reclaim",
     .arguments = kPfnArguments,
     .rows = kForceReclaimRows,
     .update = ForceReclaim},
};

}  // namespace

std::span<const CallSpecification> ReclaimCalls() { return kCalls; }

}  // namespace cadastre::oracle
