// SPDX-License-Identifier: Apache-2.0
// What all views together say of one page: EXCLUSIVE_OWNER, LEGAL_ROW, PAGE_AGREES,
// NON_RAM_UNOWNED, BORROWERS_COUNTED, RECORD_AGREES. A page without an owner by nature (no-map) is
// NON_RAM_UNOWNED's alone.
#include "harness/oracle/checks.h"

namespace cadastre::oracle {
namespace {

// A pool page is annotated as either of its two uses: which of them it has is its record's matter.
bool IsAnnotatedAs(const PageView& view) {
  const bool pool = view.expected.use == Use::kPoolFree;
  const bool use = view.annotation.use == static_cast<unsigned>(view.expected.use) ||
                   (pool && view.annotation.use == static_cast<unsigned>(Use::kTable));
  return use && view.annotation.vm_tag == view.expected.vm_tag;
}

// A guest's page: one leaf, of the VM and gfn that S says; the host's annotation, where it is one,
// was compared with the leaf by LEGAL_ROW and is by S here.
bool IsAtItsGfn(const PageView& view, std::size_t state) {
  return IsOneProtectedLeaf(view, state) && view.guests.slot_sum + 1 == view.expected.vm_tag &&
         view.guests.gfn_sum == view.expected.gfn;
}
bool NamesItsGfn(const PageView& view) {
  return view.annotation.vm_tag == view.expected.vm_tag && view.annotation.gfn == view.expected.gfn;
}

bool Agrees(const PageView& view) {
  const std::uint32_t guests = view.guests.Total();
  switch (view.expected.row) {
    case Row::kNone:
      return true;
    case Row::kPrivate:
      return view.host == HostView::kDefault && view.el2 == El2View::kNone && guests == 0;
    case Row::kSharedHyp:
      return view.host == HostView::kSharedOwned && view.el2 == El2View::kSharedBorrowed &&
             guests == 0;
    case Row::kSharedGuests:
      return view.host == HostView::kSharedOwned && view.el2 == El2View::kNone &&
             guests == view.expected.borrowers && guests == view.guests.by_state[kSharedBorrowed];
    case Row::kHyp:
      return view.host == HostView::kHyp && view.el2 == El2View::kOwned && guests == 0 &&
             IsAnnotatedAs(view);
    case Row::kGiven:
      return view.host == HostView::kGiven && IsAtItsGfn(view, kOwned) && NamesItsGfn(view);
    case Row::kGuestShared:
      return view.host == HostView::kSharedBorrowed && IsAtItsGfn(view, kSharedOwned);
    case Row::kLent:
      return view.host == HostView::kLent && IsAtItsGfn(view, kLoaned) && NamesItsGfn(view);
    case Row::kTransit:
      return view.host == HostView::kTransit && view.el2 == El2View::kNone && guests == 0;
  }
  return false;
}

}  // namespace

// EXCLUSIVE_OWNER: the tables together name exactly one owner, or none while the page is in
// TRANSIT.
bool AssertExclusiveOwner(const PageView& view, Report& report) {
  if (view.expected.row == Row::kNone) return true;
  const unsigned owners = OwnersOf(view);
  if (owners == 1 || (owners == 0 && view.host == HostView::kTransit)) return true;
  report.Fire(Invariant::kExclusiveOwner, Format("%u owners; %s", owners, Describe(view).c_str()));
  return false;
}

// LEGAL_ROW: the views form a row of the table in section 2.
bool AssertLegalRow(const PageView& view, Report& report) {
  if (view.expected.row == Row::kNone || IsLegalRow(view)) return true;
  Fire(Invariant::kLegalRow, view, report);
  return false;
}

// PAGE_AGREES: the views are those of the page's row in S.
void AssertPageAgrees(const PageView& view, Report& report) {
  if (!Agrees(view)) Fire(Invariant::kPageAgrees, view, report);
}

// NON_RAM_UNOWNED, of a no-map page: nobody has it.
void AssertNonRamUnowned(const PageView& view, Report& report) {
  if (view.expected.row != Row::kNone) return;
  const bool mapped =
      view.host_entry.word != 0 || view.el2 != El2View::kNone || view.guests.Total() != 0;
  if (mapped) Fire(Invariant::kNonRamUnowned, view, report);
}

// BORROWERS_COUNTED: the record counts the guest leaves that borrow the page.
void AssertBorrowersCounted(const PageView& view, Report& report) {
  if (view.record.borrowers != view.guests.by_state[kSharedBorrowed]) {
    Fire(Invariant::kBorrowersCounted, view, report);
  }
}

// RECORD_AGREES: pins and use are those of S. Which pool pages are tables S does not say:
// POOL_ACCOUNTED does.
void AssertRecordAgrees(const PageView& view, Report& report) {
  const bool pool = view.expected.use == Use::kPoolFree;
  const bool use = pool || view.record.use == static_cast<unsigned>(view.expected.use);
  if (!use || view.record.pins != view.expected.pins || view.record.reserved != 0) {
    Fire(Invariant::kRecordAgrees, view, report);
  }
}

void AssertPage(const World& world, PageIndex index, Report& report) {
  AssertPage(ViewPage(world, index), report);
}

// One body: each check alone is smaller than its call.
[[gnu::flatten]] void AssertPage(const PageView& view, Report& report) {
  // Each of these follows from the next: a page is named for the strongest that it breaks, alone.
  if (AssertExclusiveOwner(view, report) && AssertLegalRow(view, report))
    AssertPageAgrees(view, report);
  AssertNonRamUnowned(view, report);
  AssertBorrowersCounted(view, report);
  AssertRecordAgrees(view, report);
  AssertTablePrivate(view, report);
  AssertTableCount(view, report);
  AssertPoolAccounted(view, report);
}

}  // namespace cadastre::oracle
