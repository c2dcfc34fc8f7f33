// SPDX-License-Identifier: Apache-2.0
#include "harness/on_target/payload/cost_vm.h"

#include <initializer_list>

#include "harness/on_target/payload/measured_call.h"
#include "service/abi/cadastre.h"

// cost_guest.S
extern "C" const std::uint64_t cost_guest[512];

namespace cadastre::on_target {

using payload::Answer;
using payload::EndQemu;
using payload::Hvc;
using payload::PutText;
using payload::WordAt;

namespace {

constexpr std::uint64_t kOwnPages = 0x48400;  // page number: for VMs and the like
constexpr std::uint64_t kFresh = 0x50000;     // from here on granules that nobody has touched
std::uint64_t fresh = kFresh;
std::uint64_t own = kOwnPages;
std::uint64_t vcpu_page = 0;

// cost_guest.S has the last two.
constexpr std::uint64_t kCodeGfn = 1;
constexpr std::uint64_t kSharedGfn = 2;
constexpr std::uint64_t kLentGfn = 3;

constexpr std::uint64_t kCounts[] = {1, 8, 64};
constexpr std::uint64_t kAllCounts = 1 + 8 + 64;
// Each count, of pages one behind the other.
template <class Make>
void ForEachCount(Make make) {
  std::uint64_t first = 0;
  for (const std::uint64_t n : kCounts) {
    make(first, n);
    first += n;
  }
}

}  // namespace

std::uint64_t TakeOwn(std::uint64_t pages) {
  const std::uint64_t first = own;
  own += pages;
  return first;
}

std::uint64_t TakeUntouched() {
  const std::uint64_t first = fresh;
  fresh += kGranule;
  return first;
}

std::uint64_t TakeBlock() {
  const std::uint64_t first = TakeUntouched();
  WordAt(first << 12) = 1;
  return first;
}

void Vm::Create(std::uint64_t flags, const char* name) {
  const std::uint64_t meta = TakeOwn(2);
  const std::uint64_t root = TakeOwn(1);
  handle = Cost({name, 3, "table"}, CADASTRE_CALL_VM_CREATE, flags, 36, meta, root);
  tables = TakeOwn(kTablePages);
  Do(CADASTRE_CALL_VM_DONATE_TABLES, handle, tables, kTablePages);
}

namespace {

// Writes list entries on the CPU's list page, each of one page and nothing near it.
class List {
 public:
  List() : page_(TakeOwn(1)) { Do(CADASTRE_CALL_SHARE_HYP, page_, 1); }
  std::uint64_t page() const { return page_; }
  // The words that a call does not want are 0: no pages, gfn 0.
  void Fill(std::uint64_t entries, std::uint64_t pages, std::uint64_t gfn) const {
    for (std::uint64_t i = 0; i < entries; ++i) {
      Word(3 * i) = pages == 0 ? 0 : pages + 2 * i;
      Word(3 * i + 1) = gfn == 0 ? 0 : gfn + 2 * i;
      Word(3 * i + 2) = 1;
    }
  }

 private:
  volatile std::uint64_t& Word(std::uint64_t index) const {
    return WordAt((page_ << 12) + index * sizeof(std::uint64_t));
  }
  std::uint64_t page_;
};

void CostListCalls(const List& list, Vm& plain, Vm& guarded, std::uint64_t n) {
  const std::uint64_t pages = TakeOwn(2 * n);
  const std::uint64_t gfn = plain.TakeGfns();
  list.Fill(n, pages, gfn);
  Cost({"share_guest_list", n, "table"}, CADASTRE_CALL_SHARE_GUEST_LIST, plain.handle, n,
       CADASTRE_PROT_RWX);
  list.Fill(n, 0, gfn);
  Cost({"unshare_guest_list", n, "table"}, CADASTRE_CALL_UNSHARE_GUEST_LIST, plain.handle, n);
  list.Fill(n, pages, guarded.TakeGfns());
  Cost({"donate_guest_list", n, "table"}, CADASTRE_CALL_DONATE_GUEST_LIST, guarded.handle, n);
  list.Fill(n, TakeOwn(2 * n), guarded.TakeGfns());
  Cost({"lend_guest_list", n, "table"}, CADASTRE_CALL_LEND_GUEST_LIST, guarded.handle, n,
       CADASTRE_PROT_RWX);
  list.Fill(n, TakeOwn(2 * n), 0);
  Cost({"vm_donate_tables_list", n, "table"}, CADASTRE_CALL_VM_DONATE_TABLES_LIST, plain.handle, n);
}

}  // namespace

void CostLists(Vm& plain, Vm& guarded) {
  const List list;
  Cost({"list_page_set", 1, "table"}, CADASTRE_CALL_LIST_PAGE_SET, 1, list.page());
  for (const std::uint64_t n : kCounts) CostListCalls(list, plain, guarded, n);
}

// A block of the guest's where the host's pages and the gfns lie alike.
void CostCompactGuest(Vm& plain) {
  const std::uint64_t pfn = TakeUntouched();
  const std::uint64_t gfn = plain.TakeGfns();
  for (std::uint64_t i = 0; i < kGranule; i += kGranule / 2) {
    Do(CADASTRE_CALL_SHARE_GUEST, plain.handle, pfn + i, gfn + i, kGranule / 2, CADASTRE_PROT_RWX);
  }
  Cost({"compact_guest", kGranule, "table"}, CADASTRE_CALL_COMPACT_GUEST, plain.handle, gfn,
       kGranule);
}

namespace {

void GiveCode(const Vm& vm) {
  const std::uint64_t page = TakeOwn(1);
  for (std::uint64_t i = 0; i < kGranule; ++i) WordAt((page << 12) + 8 * i) = cost_guest[i];
  asm volatile("dsb ish\n ic ialluis\n dsb ish\n isb" ::: "memory");
  Do(CADASTRE_CALL_DONATE_GUEST, vm.handle, page, kCodeGfn, 1);
}

// Ends it unless the guest came back by this exit: a call of its own that fails makes another.
void RequireExit(const Answer& answer, std::uint64_t exit) {
  if (answer.x1 == 0 && answer.x2 == exit) return;
  PutText("the guest came back in another way\n");
  EndQemu(1);
}

}  // namespace

// The guest makes each of its calls behind the marker; their names follow when it is back.
void CostGuest(Vm& guarded) {
  const std::uint64_t run = TakeOwn(1);
  Do(CADASTRE_CALL_SHARE_HYP, run, 1);
  GiveCode(guarded);
  Do(CADASTRE_CALL_DONATE_GUEST, guarded.handle, TakeOwn(1), kSharedGfn, 1);
  Do(CADASTRE_CALL_LEND_GUEST, guarded.handle, TakeOwn(1), kLentGfn, 1, CADASTRE_PROT_RWX);
  vcpu_page = TakeOwn(1);
  Cost({"vcpu_create", 1, "table"}, CADASTRE_CALL_VCPU_CREATE, guarded.handle, 0, vcpu_page, run,
       kCodeGfn << 12);
  Cost({"vcpu_load", 1, "table"}, CADASTRE_CALL_VCPU_LOAD, guarded.handle, 0);
  const Answer waits = MarkedHvc(CADASTRE_CALL_VCPU_RUN);
  for (const char* name :
       {"vcpu_run, up to the guest", "guest: meminfo", "guest: share_host", "guest: unshare_host",
        "guest: relinquish", "guest: wait, up to the host"})
    Name({name, 1, "table"});
  RequireExit(waits, CADASTRE_EXIT_WAIT);
  RequireExit(Hvc(CADASTRE_CALL_VCPU_RUN), CADASTRE_EXIT_ABORT);
  Name({"guest: a load that aborts, up to the host", 1, "table"});
  Cost({"vcpu_put", 1, "table"}, CADASTRE_CALL_VCPU_PUT);
}

void CostTearDown(Vm& guarded) {
  const std::uint64_t handle = guarded.handle;
  const std::uint64_t tables = TakeOwn(kAllCounts);
  const std::uint64_t loan = TakeOwn(kAllCounts);
  const std::uint64_t gift = guarded.TakeGfns();
  Do(CADASTRE_CALL_LEND_GUEST, handle, loan, guarded.TakeGfns(), kAllCounts, CADASTRE_PROT_RWX);
  Do(CADASTRE_CALL_DONATE_GUEST, handle, TakeOwn(kAllCounts), gift, kAllCounts);
  ForEachCount([&](std::uint64_t first, std::uint64_t n) {
    Cost({"vm_donate_tables", n, "table"}, CADASTRE_CALL_VM_DONATE_TABLES, handle, tables + first,
         n);
  });
  Cost({"next_mapped", 1, "table"}, CADASTRE_CALL_NEXT_MAPPED, handle, 0);
  Cost({"vm_start_teardown", 1, "table"}, CADASTRE_CALL_VM_START_TEARDOWN, handle);
  ForEachCount([&](std::uint64_t first, std::uint64_t n) {
    Cost({"reclaim_loan", n, "table"}, CADASTRE_CALL_RECLAIM_LOAN, handle, loan + first, n);
    Cost({"reclaim_guest_page", n, "table"}, CADASTRE_CALL_RECLAIM_GUEST_PAGE, handle, gift + first,
         n);
  });
  for (;;) {
    const Answer next = Hvc(CADASTRE_CALL_NEXT_MAPPED, handle, 0);
    if (next.x1 != 0) break;
    Do(CADASTRE_CALL_RECLAIM_GUEST_PAGE, handle, next.x2, 1);
  }
  ForEachCount([&](std::uint64_t first, std::uint64_t n) {
    Cost({"reclaim_tables", n, "table"}, CADASTRE_CALL_RECLAIM_TABLES, handle, tables + first, n);
  });
  for (std::uint64_t i = 0; i < Vm::kTablePages; i += 64)
    Do(CADASTRE_CALL_RECLAIM_TABLES, handle, guarded.tables + i, 64);
  Do(CADASTRE_CALL_RECLAIM_TABLES, handle, vcpu_page, 1);
  Cost({"vm_finish_teardown", 3, "table"}, CADASTRE_CALL_VM_FINISH_TEARDOWN, handle);
}

}  // namespace cadastre::on_target
