// SPDX-License-Identifier: Apache-2.0
// A host that makes each call on few and many pages and has its cost counted (measured_call.h).
//
// Where "table": all that the call touches lies in tables that others keep, in the host's stage 2
// and in the guest's. Where "block": the host's granule is one block with nothing else in it, and
// the guest has nothing near, so that the call splits and makes tables.
#include <cstdint>
#include <initializer_list>

#include "harness/on_target/payload/cost_vm.h"
#include "harness/on_target/payload/measured_call.h"
#include "service/abi/cadastre.h"

namespace cadastre::on_target {
namespace {

using payload::PutText;

enum class Where : std::uint8_t { kTable, kBlock };
const char* TextOf(Where where) { return where == Where::kTable ? "table" : "block"; }

std::uint64_t HostRange(Where where, std::uint64_t pages) {
  if (where == Where::kBlock) return TakeBlock();
  return kTables + (pages > 64 ? 256 : 64);
}

// Where a range goes: beside gfns at both ends of two spans, or alone.
template <class Give>
std::uint64_t Range(Vm& vm, Where where, std::uint64_t pages, Give give) {
  const std::uint64_t first = vm.TakeGfns();
  if (where == Where::kBlock) return first;
  give(first);
  give(first + 2 * kGranule - 1);
  return first + (pages > 64 ? 256 : 64);
}

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
  const std::uint64_t gfn = Range(vm, where, n, [&](std::uint64_t anchor) {
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

// A call that gives pages to the protected VM; force_reclaim takes them back.
void CostGiving(Vm& vm, const char* name, std::uint64_t id, std::uint64_t prot, std::uint64_t n,
                Where where) {
  const char* at = TextOf(where);
  const std::uint64_t pfn = HostRange(where, n);
  const std::uint64_t gfn = Range(vm, where, n, [&](std::uint64_t anchor) {
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

void CostSmallCalls() {
  MarkedHvc(CADASTRE_CALL_BASE + 0x9999);
  Name({"unknown call", 0, "-"});
  Cost({"version", 0, "-"}, CADASTRE_CALL_VERSION);
  Cost({"features", 0, "-"}, CADASTRE_CALL_FEATURES, 0);
  MarkedHvc(CADASTRE_CALL_UNSHARE_HYP, kTables + 64, 1);
  Name({"unshare_hyp, refused (505)", 1, "table"});
  MarkedHvc(CADASTRE_CALL_SHARE_HYP, kTables, 1);
  Name({"share_hyp, refused (503)", 1, "table"});
  const std::uint64_t granule = TakeUntouched();
  asm volatile("hint #126\n ldr xzr, [%0]" : : "r"(granule << 12) : "memory");
  Name({"host abort that maps a block", kGranule, "-"});
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
  CostCompactGuest(plain);
  CostGuest(guarded);
  CostTearDown(guarded);
  PutText("costs are complete\n");
}

}  // namespace
}  // namespace cadastre::on_target

extern "C" void payload_main(std::uint64_t) {
  cadastre::on_target::CostAll();
  cadastre::payload::EndQemu(0);
}
