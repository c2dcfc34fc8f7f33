// SPDX-License-Identifier: Apache-2.0
// ABI.md section 7: calls about gfns of a plain guest, and the two that serve any guest.
#include "harness/oracle/predicates.h"

namespace cadastre::oracle {
namespace {

constexpr Argument kShareArguments[] = {Argument::kVm, Argument::kPfn, Argument::kGfn,
                                        Argument::kCount, Argument::kProt};
constexpr Argument kGfnArguments[] = {Argument::kVm, Argument::kGfn, Argument::kCount};
constexpr Argument kProtArguments[] = {Argument::kVm, Argument::kGfn, Argument::kCount,
                                       Argument::kProt};
constexpr Argument kFlagArguments[] = {Argument::kVm, Argument::kGfn, Argument::kCount,
                                       Argument::kFlag};
constexpr Argument kShareListArguments[] = {Argument::kVm, Argument::kListCount, Argument::kProt};
constexpr Argument kListArguments[] = {Argument::kVm, Argument::kListCount};

// The live leaves of the range of the call.
std::span<GuestLeaf> Leaves(Step& step) {
  return step.vm->map.Slice(step.ranges[0].gfn, step.ranges[0].count);
}

Detail NotShareable(const Step& step) {
  return FirstRamPage(step, [](const AbstractPage& page) {
    return page.row != Row::kPrivate && page.row != Row::kSharedGuests;
  });
}

Detail TooManyBorrowers(const Step& step) {
  const unsigned limit = step.state.facts().max_borrowers;
  return FirstRamPage(step, [=](const AbstractPage& page) { return page.borrowers >= limit; });
}

// 0x44 share_guest(x1 vm, x2 pfn, x3 gfn, x4 count <= 512, x5 prot): each gfn gets a young leaf 10
// with prot; each page becomes SHARED_GUESTS with one more borrower.
constexpr RowRule kShareGuestRows[] = {
    {101, ReservedBits},
    {103, BadProt},
    {104, BadCount<kRangeLimit>},
    {107, PagesOrGfnsOutOfSpace},
    {201, NoSuchVm},
    {205, GfnBeyondVm},
    {301, VmNotLive},
    {401, NotRam},
    {501, VmProtected},
    {504, NotShareable},
    {521, GfnInUse},
    {602, TooManyBorrowers},
    {603, TablesMissing},
};
void ShareGuest(Step& step, Effect& effect) {
  for (const Range& range : step.ranges) {
    for (std::uint64_t i = 0; i < range.count; ++i) {
      const PageIndex index = *step.state.ram().IndexOf(range.pfn + i);
      const auto borrowers = static_cast<std::uint16_t>(step.state.page(index).borrowers + 1);
      step.state.SetPage(index, {.row = Row::kSharedGuests, .borrowers = borrowers});
    }
    step.vm->map.Insert({.gfn = range.gfn,
                         .pfn = range.pfn,
                         .prot = static_cast<std::uint8_t>(step[Argument::kProt]),
                         .state = LeafState::kSharedBorrowed,
                         .young = true},
                        range.count);
  }
  NameGfns(step, effect);
}

// 0x52 share_guest_list(x1 vm, x2 n <= 64, x3 prot).
constexpr RowRule kShareListRows[] = {
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
    {501, VmProtected},
    {504, NotShareable},
    {521, GfnInUse},
    {602, TooManyBorrowers},
    {603, TablesMissing},
};

// 0x45 unshare_guest(x1 vm, x2 gfn, x3 count <= 512): each page loses one borrower, and at none
// becomes PRIVATE.
constexpr RowRule kUnshareGuestRows[] = {
    {101, ReservedBits}, {104, BadCount<kRangeLimit>}, {107, GfnsOutOfSpace},
    {201, NoSuchVm},     {205, GfnBeyondVm},           {206, GfnAbsent},
    {501, VmProtected},
};
void UnshareGuest(Step& step, Effect& effect) {
  for (const Range& range : step.ranges) {
    for (const GuestLeaf& leaf : step.vm->map.Slice(range.gfn, range.count))
      LoseBorrower(step.state, *step.state.ram().IndexOf(leaf.pfn));
    step.vm->map.Erase(range.gfn, range.count);
  }
  NameGfns(step, effect);
}

// 0x53 unshare_guest_list(x1 vm, x2 n <= 64).
constexpr RowRule kUnshareListRows[] = {
    {101, ReservedBits},
    {104, BadListCount},
    {110, NoListPage},
    {111, ListPfnReserved},
    {112, ListBadCount},
    {113, ListOverlap<ListWords::kGfns>},
    {114, ListOutOfSpace<ListWords::kGfns>},
    {201, NoSuchVm},
    {205, GfnBeyondVm},
    {206, GfnAbsent},
    {501, VmProtected},
};

// 0x4B relax_guest_perms(x1 vm, x2 gfn, x3 count <= 512, x4 prot): each leaf's permissions become
// old or prot.
constexpr RowRule kRelaxRows[] = {
    {101, ReservedBits},
    {103,
     [](const Step& step) {
       return When((step[Argument::kProt] & ~kProtAll) != 0 || step[Argument::kProt] == 0);
     }},
    {104, BadCount<kRangeLimit>},
    {107, GfnsOutOfSpace},
    {201, NoSuchVm},
    {205, GfnBeyondVm},
    {206, GfnAbsent},
    {301, VmNotLive},
    {501, VmProtected},
};
void Relax(Step& step, Effect& effect) {
  for (GuestLeaf& leaf : Leaves(step))
    leaf.prot |= static_cast<std::uint8_t>(step[Argument::kProt]);
  NameGfns(step, effect);
}

// Rows of the calls that edit leaves of a LIVE plain VM in place: wrprotect, test_clear_young,
// mkyoung.
constexpr RowRule kEditRows[] = {
    {101, ReservedBits}, {104, BadCount<kRangeLimit>}, {107, GfnsOutOfSpace},
    {201, NoSuchVm},     {205, GfnBeyondVm},           {206, GfnAbsent},
    {301, VmNotLive},    {501, VmProtected},
};

// 0x4C wrprotect_guest(x1 vm, x2 gfn, x3 count <= 512): each leaf loses W.
void WriteProtect(Step& step, Effect& effect) {
  for (GuestLeaf& leaf : Leaves(step)) leaf.prot &= static_cast<std::uint8_t>(~kProtWrite);
  NameGfns(step, effect);
}

// 0x4D test_clear_young_guest(x1 vm, x2 gfn, x3 count <= 512, x4 flag clear): x2 = young pages
// before the call.
void TestClearYoung(Step& step, Effect& effect) {
  const bool clear = step[Argument::kFlag] == 1;
  for (GuestLeaf& leaf : Leaves(step)) {
    if (leaf.young) ++effect.x2;
    if (clear) leaf.young = false;
  }
  if (clear) NameGfns(step, effect);
}

// 0x4E mkyoung_guest(x1 vm, x2 gfn, x3 count <= 512): each page becomes young.
void MakeYoung(Step& step, Effect& effect) {
  for (GuestLeaf& leaf : Leaves(step)) leaf.young = true;
  NameGfns(step, effect);
}

// 0x4F flush_guest_tlb(x1 vm, x2 gfn, x3 count <= 512): no state changes, absent gfns are allowed.
constexpr RowRule kFlushRows[] = {
    {101, ReservedBits}, {104, BadCount<kRangeLimit>}, {107, GfnsOutOfSpace},
    {201, NoSuchVm},     {205, GfnBeyondVm},           {301, VmNotLive},
    {501, VmProtected},
};
void Flush(Step& step, Effect& effect) { effect.vm_slot = step.slot; }

// 0x64 compact_guest(x1 vm, x2 gfn, x3 count <= 512): abstract state unchanged, for any guest.
constexpr RowRule kCompactRows[] = {
    {101, ReservedBits}, {104, BadCount<kRangeLimit>}, {107, GfnsOutOfSpace},
    {201, NoSuchVm},     {205, GfnBeyondVm},           {301, VmNotLive},
};
void Compact(Step& step, Effect& effect) { NameGfns(step, effect); }

constexpr CallSpecification kCalls[] = {
    {.number = 0x44,
     .name = "share_guest",
     .arguments = kShareArguments,
     .rows = kShareGuestRows,
     .update = ShareGuest},
    {.number = 0x45,
     .name = "unshare_guest",
     .arguments = kGfnArguments,
     .rows = kUnshareGuestRows,
     .update = UnshareGuest},
    {.number = 0x4B,
     .name = "relax_guest_perms",
     .arguments = kProtArguments,
     .rows = kRelaxRows,
     .update = Relax},
    {.number = 0x4C,
     .name = "wrprotect_guest",
     .arguments = kGfnArguments,
     .rows = kEditRows,
     .update = WriteProtect},
    {.number = 0x4D,
     .name = "test_clear_young_guest",
     .arguments = kFlagArguments,
     .rows = kEditRows,
     .update = TestClearYoung},
    {.number = 0x4E,
     .name = "mkyoung_guest",
     .arguments = kGfnArguments,
     .rows = kEditRows,
     .update = MakeYoung},
    {.number = 0x4F,
     .name = "flush_guest_tlb",
     .arguments = kGfnArguments,
     .rows = kFlushRows,
     .update = Flush},
    {.number = 0x52,
     .name = "share_guest_list",
     .arguments = kShareListArguments,
     .rows = kShareListRows,
     .update = ShareGuest,
     .list = ListWords::kPfnsAndGfns},
    {.number = 0x53,
     .name = "unshare_guest_list",
     .arguments = kListArguments,
     .rows = kUnshareListRows,
     .update = UnshareGuest,
     .list = ListWords::kGfns},
    {.number = 0x64,
     .name = "compact_guest",
     .arguments = kGfnArguments,
     .rows = kCompactRows,
     .update = Compact},
};

}  // namespace

void LoseBorrower(State& state, PageIndex index) {
  AbstractPage page = state.page(index);
  --page.borrowers;
  if (page.borrowers == 0) page.row = Row::kPrivate;
  state.SetPage(index, page);
}

std::span<const CallSpecification> SharedPageCalls() { return kCalls; }

}  // namespace cadastre::oracle
