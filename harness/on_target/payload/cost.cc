// SPDX-License-Identifier: Apache-2.0
// A host that makes each call on few and many pages, each behind the marker that count_el2 looks
// for, and names on the console what it made: "cost NAME PAGES WHERE", in the order of the counts.
//
// Where "table": all that the call touches lies in tables that others keep, in the host's stage 2
// and in the guest's. Where "block": the host's granule is one block with nothing else in it, and
// the guest has nothing near, so that the call splits and makes tables.
#include <cstdint>
#include <initializer_list>

#include "service/abi/cadastre.h"
#include "service/el2/payload/payload.h"

namespace cadastre::on_target {
namespace {

using payload::Answer;
using payload::EndQemu;
using payload::Hvc;
using payload::IsDone;
using payload::PutNumber;
using payload::PutText;

enum class Where : std::uint8_t { kTable, kBlock };

// An HVC behind the marker, HINT #126.
Answer MarkedHvc(std::uint64_t id, std::uint64_t a, std::uint64_t b, std::uint64_t c,
                 std::uint64_t d, std::uint64_t e, std::uint64_t f) {
  register std::uint64_t x0 asm("x0") = id;
  register std::uint64_t x1 asm("x1") = a;
  register std::uint64_t x2 asm("x2") = b;
  register std::uint64_t x3 asm("x3") = c;
  register const std::uint64_t x4 asm("x4") = d;
  register const std::uint64_t x5 asm("x5") = e;
  register const std::uint64_t x6 asm("x6") = f;
  asm volatile("hint #126\n hvc #0"
               : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3)
               : "r"(x4), "r"(x5), "r"(x6)
               : "memory");
  return {x0, x1, x2, x3};
}

void Name(const char* what, std::uint64_t pages, const char* where) {
  PutText("cost ");
  PutText(what);
  PutText(" ");
  PutNumber(pages);
  PutText(" ");
  PutText(where);
  PutText("\n");
}

// A call that prepares another; one that is refused would make nonsense of all that follows.
std::uint64_t Do(std::uint64_t id, std::uint64_t a = 0, std::uint64_t b = 0, std::uint64_t c = 0,
                 std::uint64_t d = 0, std::uint64_t e = 0, std::uint64_t f = 0) {
  const Answer answer = Hvc(id, a, b, c, d, e, f);
  if (IsDone(answer)) return answer.x2;
  PutText("refused: call ");
  PutNumber(id & 0xff);
  PutText(" row ");
  PutNumber(answer.x3);
  PutText("\n");
  EndQemu(1);
}

struct Measured {
  const char* name;
  std::uint64_t pages;
  const char* where;
};

// A call whose cost is asked for; it must succeed.
std::uint64_t Cost(const Measured& what, std::uint64_t id, std::uint64_t a = 0, std::uint64_t b = 0,
                   std::uint64_t c = 0, std::uint64_t d = 0, std::uint64_t e = 0,
                   std::uint64_t f = 0) {
  const Answer answer = MarkedHvc(id, a, b, c, d, e, f);
  Name(what.name, what.pages, what.where);
  if (IsDone(answer)) return answer.x2;
  PutText("refused: row ");
  PutNumber(answer.x3);
  PutText("\n");
  EndQemu(1);
}

// --- Memory ---

constexpr std::uint64_t kGranule = 512;       // pages
constexpr std::uint64_t kTables = 0x48000;    // page number: two granules that stay tables
constexpr std::uint64_t kOwnPages = 0x48400;  // for VMs and the like
constexpr std::uint64_t kFresh = 0x50000;     // from here on granules that nobody has touched
std::uint64_t fresh = kFresh;
std::uint64_t own = kOwnPages;

std::uint64_t TakeOwn(std::uint64_t pages) {
  const std::uint64_t first = own;
  own += pages;
  return first;
}
// The first page of a granule that is one block.
std::uint64_t TakeBlock() {
  const std::uint64_t first = fresh;
  fresh += kGranule;
  *reinterpret_cast<volatile std::uint64_t*>(first << 12) = 1;
  return first;
}
std::uint64_t HostRange(Where where, std::uint64_t pages) {
  if (where == Where::kBlock) return TakeBlock();
  return kTables + (pages > 64 ? 256 : 64);
}
const char* TextOf(Where where) { return where == Where::kTable ? "table" : "block"; }

// --- A VM ---

struct Vm {
  std::uint64_t handle = 0;
  std::uint64_t gfn = 0x80000;  // from here on nothing was mapped

  void Create(std::uint64_t flags, const char* name) {
    const std::uint64_t meta = TakeOwn(2);
    const std::uint64_t root = TakeOwn(1);
    handle = Cost({name, 3, "table"}, CADASTRE_CALL_VM_CREATE, flags, 36, meta, root);
    Do(CADASTRE_CALL_VM_DONATE_TABLES, handle, TakeOwn(128), 128);
  }
  // Where a range goes: beside gfns at both ends of two spans, or alone.
  template <class Give>
  std::uint64_t Range(Where where, std::uint64_t pages, Give give) {
    const std::uint64_t first = gfn;
    gfn += 2 * kGranule;
    if (where == Where::kBlock) return first;
    give(first);
    give(first + 2 * kGranule - 1);
    return first + (pages > 64 ? 256 : 64);
  }
};

void CostHypCalls(std::uint64_t n, Where where) {
  const char* at = TextOf(where);
  const std::uint64_t pfn = HostRange(where, n);
  Cost({"share_hyp", n, at}, CADASTRE_CALL_SHARE_HYP, pfn, n);
  Cost({"unshare_hyp", n, at}, CADASTRE_CALL_UNSHARE_HYP, pfn, n);
  const std::uint64_t other = HostRange(where, n);
  Cost({"donate_hyp", n, at}, CADASTRE_CALL_DONATE_HYP, other, n);
  if (n <= CADASTRE_MAX_SCRUBBED_PAGES) {
    Cost({"reclaim_hyp", n, at}, CADASTRE_CALL_RECLAIM_HYP, other, n);
    return;
  }
  for (std::uint64_t i = 0; i < n; i += 64) Do(CADASTRE_CALL_RECLAIM_HYP, other + i, 64);
}

void CostPlainCalls(Vm& vm, std::uint64_t n, Where where) {
  const char* at = TextOf(where);
  const std::uint64_t pfn = HostRange(where, n);
  const std::uint64_t gfn = vm.Range(where, n, [&](std::uint64_t anchor) {
    Do(CADASTRE_CALL_SHARE_GUEST, vm.handle, TakeOwn(1), anchor, 1, CADASTRE_PROT_RWX);
  });
  Cost({"share_guest", n, at}, CADASTRE_CALL_SHARE_GUEST, vm.handle, pfn, gfn, n,
       CADASTRE_PROT_RWX);
  Cost({"wrprotect_guest", n, at}, CADASTRE_CALL_WRPROTECT_GUEST, vm.handle, gfn, n);
  Cost({"relax_guest_perms", n, at}, CADASTRE_CALL_RELAX_GUEST_PERMS, vm.handle, gfn, n,
       CADASTRE_PROT_WRITE);
  Cost({"test_clear_young_guest", n, at}, CADASTRE_CALL_TEST_CLEAR_YOUNG_GUEST, vm.handle, gfn, n);
  Cost({"mkyoung_guest", n, at}, CADASTRE_CALL_MKYOUNG_GUEST, vm.handle, gfn, n);
  Cost({"flush_guest_tlb", n, at}, CADASTRE_CALL_FLUSH_GUEST_TLB, vm.handle, gfn, n);
  Cost({"unshare_guest", n, at}, CADASTRE_CALL_UNSHARE_GUEST, vm.handle, gfn, n);
}

// `take` costs a call that gives pages to the protected VM; force_reclaim takes them back.
void CostGiving(Vm& vm, const char* name, std::uint64_t id, std::uint64_t prot, std::uint64_t n,
                Where where) {
  const char* at = TextOf(where);
  const std::uint64_t pfn = HostRange(where, n);
  const std::uint64_t gfn = vm.Range(where, n, [&](std::uint64_t anchor) {
    Do(CADASTRE_CALL_DONATE_GUEST, vm.handle, TakeOwn(1), anchor, 1);
  });
  Cost({name, n, at}, id, vm.handle, pfn, gfn, n, prot);
  const bool is_loan = id == CADASTRE_CALL_LEND_GUEST;
  if (n <= CADASTRE_MAX_SCRUBBED_PAGES && is_loan) {
    Cost({"force_reclaim", n, at}, CADASTRE_CALL_FORCE_RECLAIM, vm.handle, pfn, n);
    return;
  }
  const std::uint64_t step = n < 64 ? n : 64;
  for (std::uint64_t i = 0; i < n; i += step)
    Do(CADASTRE_CALL_FORCE_RECLAIM, vm.handle, pfn + i, step);
}

void CostLists(Vm& plain, Vm& guarded) {
  constexpr std::uint64_t kEntries = CADASTRE_MAX_LIST_ENTRIES;
  const std::uint64_t list = TakeOwn(1);
  Do(CADASTRE_CALL_SHARE_HYP, list, 1);
  Cost({"list_page_set", 1, "table"}, CADASTRE_CALL_LIST_PAGE_SET, 1, list);
  auto* entries = reinterpret_cast<volatile std::uint64_t*>(list << 12);
  const std::uint64_t pages = TakeOwn(2 * kEntries);
  const auto fill = [&](bool with_pfn, std::uint64_t gfn) {
    for (std::uint64_t i = 0; i < kEntries; ++i) {
      entries[3 * i] = with_pfn ? pages + 2 * i : 0;
      entries[3 * i + 1] = gfn == 0 ? 0 : gfn + 2 * i;
      entries[3 * i + 2] = 1;
    }
  };
  const std::uint64_t gfn = plain.gfn;
  plain.gfn += 2 * kGranule;
  fill(true, gfn);
  Cost({"share_guest_list", kEntries, "table"}, CADASTRE_CALL_SHARE_GUEST_LIST, plain.handle,
       kEntries, CADASTRE_PROT_RWX);
  fill(false, gfn);
  Cost({"unshare_guest_list", kEntries, "table"}, CADASTRE_CALL_UNSHARE_GUEST_LIST, plain.handle,
       kEntries);
  fill(true, guarded.gfn);
  guarded.gfn += 2 * kGranule;
  Cost({"donate_guest_list", kEntries, "table"}, CADASTRE_CALL_DONATE_GUEST_LIST, guarded.handle,
       kEntries);
}

void CostVcpus(const Vm& vm) {
  const std::uint64_t run = TakeOwn(1);
  Do(CADASTRE_CALL_SHARE_HYP, run, 1);
  const std::uint64_t page = TakeOwn(1);
  Cost({"vcpu_create", 1, "table"}, CADASTRE_CALL_VCPU_CREATE, vm.handle, 0, page, run, 0x1000);
  Cost({"vcpu_load", 1, "table"}, CADASTRE_CALL_VCPU_LOAD, vm.handle, 0);
  // Up to the guest's first instruction, which faults.
  Cost({"vcpu_run", 1, "table"}, CADASTRE_CALL_VCPU_RUN);
  Cost({"vcpu_put", 1, "table"}, CADASTRE_CALL_VCPU_PUT);
}

void CostTearDown(const Vm& vm) {
  const std::uint64_t tables = TakeOwn(64);
  Cost({"vm_donate_tables", 64, "table"}, CADASTRE_CALL_VM_DONATE_TABLES, vm.handle, tables, 64);
  Cost({"next_mapped", 1, "table"}, CADASTRE_CALL_NEXT_MAPPED, vm.handle, 0);
  Cost({"vm_start_teardown", 1, "table"}, CADASTRE_CALL_VM_START_TEARDOWN, vm.handle);
  bool is_first = true;
  for (;;) {
    const Answer next = Hvc(CADASTRE_CALL_NEXT_MAPPED, vm.handle, 0);
    if (next.x1 != 0) break;
    if (is_first && (next.x3 & 0xf) != 8) {
      Cost({"reclaim_guest_page", 1, "table"}, CADASTRE_CALL_RECLAIM_GUEST_PAGE, vm.handle, next.x2,
           1);
      is_first = false;
    } else {
      Do(CADASTRE_CALL_RECLAIM_GUEST_PAGE, vm.handle, next.x2, 1);
    }
  }
  Cost({"reclaim_tables", 64, "table"}, CADASTRE_CALL_RECLAIM_TABLES, vm.handle, tables, 64);
}

void CostSmallCalls() {
  MarkedHvc(CADASTRE_CALL_BASE + 0x9999, 0, 0, 0, 0, 0, 0);
  Name("unknown call", 0, "-");
  Cost({"version", 0, "-"}, CADASTRE_CALL_VERSION);
  Cost({"features", 0, "-"}, CADASTRE_CALL_FEATURES, 0);
  MarkedHvc(CADASTRE_CALL_UNSHARE_HYP, kTables + 64, 1, 0, 0, 0, 0);
  Name("unshare_hyp, refused (505)", 1, "table");
  MarkedHvc(CADASTRE_CALL_SHARE_HYP, kTables, 1, 0, 0, 0, 0);
  Name("share_hyp, refused (503)", 1, "table");
  const std::uint64_t granule = fresh;
  fresh += kGranule;
  asm volatile("hint #126\n ldr xzr, [%0]" : : "r"(granule << 12) : "memory");
  Name("host abort that maps a block", kGranule, "-");
  const std::uint64_t split = TakeBlock();
  Do(CADASTRE_CALL_SHARE_HYP, split, 1);
  Do(CADASTRE_CALL_UNSHARE_HYP, split, 1);
  Cost({"compact_host", kGranule, "table"}, CADASTRE_CALL_COMPACT_HOST, split, kGranule);
}

void CostAll() {
  // Both granules stay tables for as long as these two pages are shared; so does that of the pages
  // for VMs.
  for (const std::uint64_t page : {kTables, kTables + 2 * kGranule - 1, TakeOwn(1)})
    Do(CADASTRE_CALL_SHARE_HYP, page, 1);
  CostSmallCalls();
  constexpr std::uint64_t kCounts[] = {1, 8, 64, 512};
  constexpr Where kPlaces[] = {Where::kTable, Where::kBlock};
  Vm plain;
  Vm guarded;
  plain.Create(0, "vm_create, plain");
  guarded.Create(CADASTRE_VM_PROTECTED, "vm_create, protected");
  for (const Where where : kPlaces) {
    for (const std::uint64_t n : kCounts) {
      CostHypCalls(n, where);
      CostPlainCalls(plain, n, where);
      CostGiving(guarded, "lend_guest", CADASTRE_CALL_LEND_GUEST, CADASTRE_PROT_RWX, n, where);
      CostGiving(guarded, "donate_guest", CADASTRE_CALL_DONATE_GUEST, 0, n, where);
    }
  }
  CostLists(plain, guarded);
  CostVcpus(guarded);
  CostTearDown(guarded);
  PutText("costs are complete\n");
}

}  // namespace
}  // namespace cadastre::on_target

extern "C" void payload_main(std::uint64_t) {
  cadastre::on_target::CostAll();
  cadastre::payload::EndQemu(0);
}
