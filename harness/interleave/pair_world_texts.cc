// SPDX-License-Identifier: Apache-2.0
#include "harness/interleave/pair_world_texts.h"

#include <vector>

namespace cadastre::interleave {
namespace {

// Pages: 0xb0.. are VMs' own, 0xd0, 0xd1 shared with EL2, 0x100.. what the calls are about. All lie
// in a granule that boot made a table; 0x1ad is the first page of one that is empty.

const std::string kPlainVm =
    "cpu0 vm_create flags=plain ipa_bits=36 meta_pfn=ram+0xb0 root_pfn=ram+0xb2 -> 0\n"
    "cpu0 vm_donate_tables vm=a pfn=ram+0xb8 count=4 -> 0\n";
const std::string kSecondPlainVm =
    "cpu0 vm_create flags=plain ipa_bits=36 meta_pfn=ram+0xb4 root_pfn=ram+0xb6 -> 0\n"
    "cpu0 vm_donate_tables vm=b pfn=ram+0xbc count=4 -> 0\n";
const std::string kProtectedVm =
    "cpu0 vm_create flags=protected ipa_bits=36 meta_pfn=ram+0xb0 root_pfn=ram+0xb2 -> 0\n"
    "cpu0 vm_donate_tables vm=a pfn=ram+0xb8 count=4 -> 0\n";
const std::string kSecondProtectedVm =
    "cpu0 vm_create flags=protected ipa_bits=36 meta_pfn=ram+0xb4 root_pfn=ram+0xb6 -> 0\n"
    "cpu0 vm_donate_tables vm=b pfn=ram+0xbc count=4 -> 0\n";
const std::string kRunPages = "cpu0 share_hyp pfn=ram+0xd0 count=2 -> 0\n";
const std::string kVcpu =
    "cpu0 vcpu_create vm=a index=0 meta_pfn=ram+0xc0 run_pfn=ram+0xd0 entry=0x1000 context=7 -> "
    "0\n";
const std::string kSecondVcpu =
    "cpu0 vcpu_create vm=a index=1 meta_pfn=ram+0xc1 run_pfn=ram+0xd1 entry=0 context=0 -> 0\n";
const std::string kRunOnCpu1 =
    "cpu1 vcpu_load vm=a index=0 -> 0\n"
    "cpu1 vcpu_run -> guest x0=7\n";
// Of a protected VM: gfn 0 is lent, 1 and 2 are given.
const std::string kGuestPages =
    "cpu0 lend_guest vm=a pfn=ram+0x100 gfn=0 count=1 prot=rw -> 0\n"
    "cpu0 donate_guest vm=a pfn=ram+0x101 gfn=1 count=2 -> 0\n";
// gfn 3 is POISON.
const std::string kPoison =
    "cpu0 donate_guest vm=a pfn=ram+0x103 gfn=3 count=1 -> 0\n"
    "cpu0 force_reclaim vm=a pfn=ram+0x103 count=1 -> 0\n";
// gfn 2 is shared with the host.
const std::string kGuestShares = "cpu1 guest_share_host gfn=2 -> guest x0=0\n";

// What was in a page before it was given to EL2: looks like a vCPU's own words.
std::string Dirty(const std::string& page) {
  std::string lines;
  for (const char* offset : {"0", "0xf8", "0x100", "0x108", "0x110", "0x118", "0x120"})
    lines += "cpu0 host_write pfn=" + page + " offset=" + offset + " value=1 -> allowed\n";
  return lines;
}

const std::string kPrivateCalls =
    "share_hyp pfn=ram+0x100 count=1\n"
    "share_hyp pfn=ram+0xff count=2\n"
    "unshare_hyp pfn=ram+0x100 count=1\n"
    "donate_hyp pfn=ram+0x100 count=2\n"
    "reclaim_hyp pfn=ram+0x100 count=1\n"
    "share_guest vm=a pfn=ram+0x100 gfn=0x40 count=1 prot=rw\n"
    "lend_guest vm=b pfn=ram+0x100 gfn=0x40 count=1 prot=rwx\n"
    "donate_guest vm=b pfn=ram+0x100 gfn=0x40 count=2\n"
    "vm_donate_tables vm=a pfn=ram+0x100 count=1\n"
    "vm_create flags=plain ipa_bits=36 meta_pfn=ram+0x100 root_pfn=ram+0x102\n"
    "vm_create flags=protected ipa_bits=36 meta_pfn=ram+0x110 root_pfn=ram+0x112\n"
    "vcpu_create vm=b index=0 meta_pfn=ram+0x100 run_pfn=ram+0xd0 entry=0 context=0\n"
    "list_page_set set=1 pfn=ram+0x100\n"
    "compact_host pfn=ram+0x100 count=1\n"
    "query_page pfn=ram+0x100\n"
    "host_access pfn=ram+0x100 offset=0 access=write\n";

const std::string kListCalls =
    "share_guest_list vm=a n=2 prot=rw\n"
    "lend_guest_list vm=b n=2 prot=rw\n"
    "donate_guest_list vm=b n=1\n"
    "vm_donate_tables_list vm=a n=1\n"
    "host_write pfn=ram+0xd0 offset=0 value=0x40154\n"
    "host_write pfn=ram+0xd1 offset=0x28 value=2\n"
    "list_page_set set=0 pfn=0\n"
    "list_page_set set=1 pfn=ram+0xd1\n"
    "cpu_off\n"
    "unshare_hyp pfn=ram+0xd0 count=2\n"
    "share_hyp pfn=ram+0x100 count=1\n"
    "share_guest vm=a pfn=ram+0x101 gfn=0x41 count=1 prot=rw\n";

const std::string kTablesListCalls =
    "vm_donate_tables_list vm=a n=2\n"
    "vm_donate_tables_list vm=b n=1\n"
    "donate_guest_list vm=b n=1\n"
    "host_write pfn=ram+0xd0 offset=8 value=1\n"
    "vm_donate_tables vm=b pfn=ram+0x102 count=1\n"
    "donate_hyp pfn=ram+0x100 count=1\n"
    "vm_start_teardown vm=a\n";

const std::string kUnshareListCalls =
    "unshare_guest_list vm=a n=2\n"
    "unshare_guest_list vm=b n=1\n"
    "unshare_guest vm=a gfn=0x41 count=1\n"
    "share_guest vm=b pfn=ram+0x100 gfn=0x41 count=1 prot=r\n"
    "wrprotect_guest vm=a gfn=0x40 count=2\n"
    "host_write pfn=ram+0xd0 offset=8 value=0x41\n"
    "host_write pfn=ram+0xd0 offset=0x18 value=1\n"
    "vm_start_teardown vm=a\n"
    "share_hyp pfn=ram+0x100 count=1\n";

const std::string kGranuleCalls =
    "host_access pfn=ram+0x1b0 offset=0 access=write\n"
    "host_access pfn=ram+0x1b2 offset=0 access=execute\n"
    "host_access pfn=mmio0.first offset=0 access=read\n"
    "share_hyp pfn=ram+0x1b0 count=1\n"
    "donate_hyp pfn=ram+0x1b0 count=2\n"
    "share_guest vm=a pfn=ram+0x1b1 gfn=0x40 count=1 prot=rw\n"
    "compact_host pfn=ram+0x1b0 count=1\n"
    "query_page pfn=ram+0x1b0\n";

const std::string kSharedHypCalls =
    "unshare_hyp pfn=ram+0xd0 count=1\n"
    "unshare_hyp pfn=ram+0xd1 count=1\n"
    "unshare_hyp pfn=ram+0xd0 count=2\n"
    "share_hyp pfn=ram+0xd1 count=1\n"
    "donate_hyp pfn=ram+0xd1 count=1\n"
    "reclaim_hyp pfn=ram+0xd1 count=1\n"
    "list_page_set set=1 pfn=ram+0xd0\n"
    "list_page_set set=1 pfn=ram+0xd1\n"
    "list_page_set set=0 pfn=0\n"
    "cpu_off\n"
    "vcpu_create vm=a index=0 meta_pfn=ram+0xc0 run_pfn=ram+0xd1 entry=0 context=0\n"
    "host_write pfn=ram+0xd0 offset=0 value=5\n"
    "query_page pfn=ram+0xd1\n";

const std::string kSharedGuestsCalls =
    "share_guest vm=a pfn=ram+0x100 gfn=0x50 count=1 prot=r\n"
    "share_guest vm=b pfn=ram+0x100 gfn=0x50 count=1 prot=rwx\n"
    "share_guest vm=a pfn=ram+0x100 gfn=0x40 count=1 prot=r\n"
    "unshare_guest vm=a gfn=0x40 count=1\n"
    "unshare_guest vm=b gfn=0x40 count=1\n"
    "unshare_guest vm=a gfn=0x40 count=2\n"
    "relax_guest_perms vm=a gfn=0x40 count=1 prot=x\n"
    "wrprotect_guest vm=a gfn=0x40 count=1\n"
    "test_clear_young_guest vm=a gfn=0x40 count=1 clear=1\n"
    "mkyoung_guest vm=b gfn=0x40 count=1\n"
    "flush_guest_tlb vm=a gfn=0x40 count=1\n"
    "compact_guest vm=a gfn=0x40 count=1\n"
    "next_mapped vm=a gfn=0\n"
    "vm_start_teardown vm=a\n"
    "share_hyp pfn=ram+0x100 count=1\n"
    "lend_guest vm=a pfn=ram+0x100 gfn=0x60 count=1 prot=rw\n"
    "host_access pfn=ram+0x100 offset=0 access=write\n"
    "query_page pfn=ram+0x100\n";

const std::string kParkedCalls =
    "reclaim_hyp pfn=ram+0x100 count=1\n"
    "reclaim_hyp pfn=ram+0x100 count=2\n"
    "donate_hyp pfn=ram+0x100 count=1\n"
    "share_hyp pfn=ram+0x100 count=1\n"
    "unshare_hyp pfn=ram+0x100 count=1\n"
    "donate_guest vm=a pfn=ram+0x100 gfn=0x40 count=1\n"
    "vm_donate_tables vm=a pfn=ram+0x101 count=1\n"
    "compact_host pfn=ram+0x100 count=1\n"
    "query_page pfn=ram+0x100\n"
    "host_access pfn=ram+0x100 offset=0 access=read\n";

const std::string kHostBesideGuest =
    "force_reclaim vm=a pfn=ram+0x100 count=1\n"
    "force_reclaim vm=a pfn=ram+0x101 count=1\n"
    "force_reclaim vm=a pfn=ram+0x100 count=2\n"
    "force_reclaim vm=a pfn=ram+0x102 count=1\n"
    "donate_guest vm=a pfn=ram+0x104 gfn=4 count=1\n"
    "donate_guest vm=a pfn=ram+0x104 gfn=3 count=1\n"
    "lend_guest vm=a pfn=ram+0x104 gfn=1 count=1 prot=rw\n"
    "relax_guest_perms vm=a gfn=0 count=1 prot=x\n"
    "next_mapped vm=a gfn=0\n"
    "reclaim_guest_page vm=a gfn=0 count=1\n"
    "reclaim_loan vm=a pfn=ram+0x100 count=1\n"
    "vm_start_teardown vm=a\n"
    "share_hyp pfn=ram+0x101 count=2\n"
    "host_access pfn=ram+0x101 offset=0 access=read\n"
    "host_access pfn=ram+0x102 offset=0 access=write\n"
    "compact_guest vm=a gfn=0 count=4\n"
    "vcpu_load vm=a index=0\n"
    "vcpu_create vm=a index=2 meta_pfn=ram+0x104 run_pfn=ram+0xd1 entry=0 context=0\n"
    "unshare_hyp pfn=ram+0xd0 count=1\n"
    "host_write pfn=ram+0xd0 offset=0x20 value=9\n"
    "query_page pfn=ram+0x102\n";

const std::string kGuestOps =
    "guest_share_host gfn=0\n"
    "guest_share_host gfn=1\n"
    "guest_share_host gfn=3\n"
    "guest_unshare_host gfn=2\n"
    "guest_relinquish gfn=0 keep=0\n"
    "guest_relinquish gfn=1 keep=1\n"
    "guest_relinquish gfn=1 keep=0\n"
    "guest_relinquish gfn=4 keep=0\n"
    "guest_access gfn=0 offset=0 access=write reg=0\n"
    "guest_access gfn=1 offset=0 access=read reg=1\n"
    "guest_access gfn=2 offset=8 access=write reg=0\n"
    "guest_access gfn=3 offset=0 access=read reg=1\n"
    "guest_access gfn=4 offset=0 access=read reg=1\n"
    "guest_hvc x0=fn(4)+standard64 x1=1 x2=0 x3=0 x4=0 x5=0\n"
    "guest_hvc x0=5 x1=1 x2=2 x3=3 x4=4 x5=5\n"
    "guest_meminfo\n"
    "guest_wait\n"
    "interrupt\n";

const std::string kPsciOps =
    "guest_hvc x0=fn(2)+standard x1=0 x2=0 x3=0 x4=0 x5=0\n"
    "guest_hvc x0=fn(3)+standard64 x1=0 x2=0x4000 x3=9 x4=0 x5=0\n"
    "guest_hvc x0=fn(3)+standard64 x1=1 x2=0x4000 x3=9 x4=0 x5=0\n"
    "guest_hvc x0=fn(8)+standard x1=0 x2=0 x3=0 x4=0 x5=0\n";

const std::string kVcpuCalls =
    "vcpu_load vm=a index=0\n"
    "vcpu_load vm=a index=1\n"
    "vcpu_load vm=a index=2\n"
    "vcpu_create vm=a index=0 meta_pfn=ram+0x100 run_pfn=ram+0xd0 entry=0 context=0\n"
    "vcpu_create vm=a index=2 meta_pfn=ram+0x100 run_pfn=ram+0xd1 entry=0 context=0\n"
    "vm_start_teardown vm=a\n"
    "vcpu_put\n"
    "vcpu_run\n"
    "cpu_off\n"
    "share_hyp pfn=ram+0x100 count=1\n"
    "unshare_hyp pfn=ram+0xd1 count=1\n";

const std::string kFirstVcpuCalls =
    "vcpu_create vm=a index=0 meta_pfn=ram+0x100 run_pfn=ram+0xd0 entry=0x1000 context=7\n"
    "vcpu_create vm=a index=1 meta_pfn=ram+0x101 run_pfn=ram+0xd1 entry=0 context=0\n"
    "vcpu_load vm=a index=0\n"
    "vcpu_load vm=a index=1\n"
    "vm_start_teardown vm=a\n"
    "reclaim_tables vm=a pfn=ram+0x100 count=1\n"
    "share_hyp pfn=ram+0x100 count=1\n"
    "host_access pfn=ram+0x100 offset=0x118 access=write\n"
    "query_page pfn=ram+0xd0\n";

const std::string kLoadedCalls =
    "vcpu_put\n"
    "vcpu_run\n"
    "cpu_off\n"
    "vcpu_load vm=a index=0\n"
    "vcpu_load vm=a index=1\n"
    "vm_start_teardown vm=a\n"
    "lend_guest vm=a pfn=ram+0x104 gfn=4 count=1 prot=rw\n";

const std::string kBesideRunPage =
    "host_write pfn=ram+0xd0 offset=0x20 value=0x21\n"
    "host_write pfn=ram+0xd0 offset=0x38 value=0x22\n"
    "host_write pfn=ram+0xd0 offset=0x118 value=0x2000\n"
    "unshare_hyp pfn=ram+0xd0 count=1\n"
    "vcpu_load vm=a index=0\n"
    "vm_start_teardown vm=a\n"
    "next_mapped vm=a gfn=0\n";

const std::string kAfterExit = "vcpu_run\nvcpu_put\ncpu_off\n";

const std::string kHostBesidePlainGuest =
    "relax_guest_perms vm=a gfn=0 count=2 prot=w\n"
    "wrprotect_guest vm=a gfn=0 count=2\n"
    "test_clear_young_guest vm=a gfn=0 count=1 clear=1\n"
    "mkyoung_guest vm=a gfn=0 count=2\n"
    "flush_guest_tlb vm=a gfn=0 count=2\n"
    "compact_guest vm=a gfn=0 count=512\n"
    "unshare_guest vm=a gfn=0 count=1\n"
    "unshare_guest vm=a gfn=1 count=1\n"
    "share_guest vm=a pfn=ram+0x102 gfn=2 count=1 prot=rw\n"
    "next_mapped vm=a gfn=0\n"
    "vm_start_teardown vm=a\n"
    "share_hyp pfn=ram+0x100 count=1\n"
    "host_access pfn=ram+0x100 offset=0 access=write\n";

const std::string kPlainGuestOps =
    "guest_access gfn=0 offset=0 access=write reg=0\n"
    "guest_access gfn=1 offset=0 access=read reg=1\n"
    "guest_access gfn=1 offset=0 access=write reg=1\n"
    "guest_access gfn=2 offset=0 access=read reg=1\n"
    "guest_hvc x0=fn(3) x1=0 x2=0 x3=0 x4=0 x5=0\n"
    "guest_wfi\n"
    "interrupt\n";

const std::string kDyingCalls =
    "reclaim_guest_page vm=a gfn=0 count=1\n"
    "reclaim_guest_page vm=a gfn=1 count=1\n"
    "reclaim_guest_page vm=a gfn=2 count=1\n"
    "reclaim_guest_page vm=a gfn=3 count=1\n"
    "reclaim_guest_page vm=a gfn=0 count=4\n"
    "reclaim_loan vm=a pfn=ram+0x100 count=1\n"
    "force_reclaim vm=a pfn=ram+0x101 count=1\n"
    "force_reclaim vm=a pfn=ram+0x100 count=2\n"
    "next_mapped vm=a gfn=0\n"
    "reclaim_tables vm=a pfn=ram+0xb8 count=1\n"
    "vm_finish_teardown vm=a\n"
    "vm_start_teardown vm=a\n"
    "donate_guest vm=a pfn=ram+0x104 gfn=4 count=1\n"
    "unshare_guest vm=a gfn=0 count=1\n"
    "share_hyp pfn=ram+0x101 count=1\n"
    "host_access pfn=ram+0x102 offset=0 access=write\n"
    "host_access pfn=ram+0x100 offset=0 access=read\n";

const std::string kDyingPlainCalls =
    "reclaim_guest_page vm=a gfn=0 count=1\n"
    "reclaim_guest_page vm=a gfn=0 count=2\n"
    "unshare_guest vm=a gfn=1 count=1\n"
    "unshare_guest vm=a gfn=0 count=2\n"
    "share_guest vm=a pfn=ram+0x102 gfn=2 count=1 prot=rw\n"
    "next_mapped vm=a gfn=1\n"
    "reclaim_tables vm=a pfn=ram+0xb8 count=4\n"
    "vm_finish_teardown vm=a\n"
    "share_hyp pfn=ram+0x100 count=1\n";

const std::string kDyingEmptyCalls =
    "reclaim_tables vm=a pfn=ram+0xb8 count=2\n"
    "reclaim_tables vm=a pfn=ram+0xb9 count=3\n"
    "reclaim_tables vm=a pfn=ram+0xc0 count=1\n"
    "reclaim_tables vm=a pfn=ram+0xb2 count=1\n"
    "vm_finish_teardown vm=a\n"
    "next_mapped vm=a gfn=0\n"
    "vcpu_load vm=a index=0\n"
    "vm_create flags=plain ipa_bits=36 meta_pfn=ram+0x100 root_pfn=ram+0x102\n"
    "share_hyp pfn=ram+0xb8 count=1\n"
    "query_page pfn=ram+0xb9\n"
    "host_access pfn=ram+0xc0 offset=0 access=read\n";

const std::string kDyingBareCalls =
    "vm_finish_teardown vm=a\n"
    "vm_create flags=plain ipa_bits=36 meta_pfn=ram+0x100 root_pfn=ram+0x102\n"
    "vm_create flags=protected ipa_bits=36 meta_pfn=ram+0xb0 root_pfn=ram+0xb2\n"
    "vm_start_teardown vm=a\n"
    "next_mapped vm=a gfn=0\n"
    "reclaim_tables vm=a pfn=ram+0xb0 count=1\n"
    "vcpu_load vm=a index=0\n"
    "share_hyp pfn=ram+0xb0 count=1\n"
    "query_page pfn=ram+0xb2\n"
    "host_access pfn=ram+0xb2 offset=0 access=read\n";

const std::string kBlockCalls =
    "wrprotect_guest vm=a gfn=0x205 count=1\n"
    "relax_guest_perms vm=a gfn=0x206 count=1 prot=x\n"
    "unshare_guest vm=a gfn=0x205 count=1\n"
    "compact_guest vm=a gfn=0x200 count=512\n"
    "share_hyp pfn=ram+0x3b2 count=1\n";

std::vector<PairWorldText> MakeTexts() {
  const std::string list_pages = kRunPages +
                                 "cpu0 list_page_set set=1 pfn=ram+0xd0 -> 0\n"
                                 "cpu0 list_entry vm=a index=0 pfn=ram+0x100 gfn=0x40 count=1\n"
                                 "cpu0 list_entry vm=a index=1 pfn=ram+0x102 gfn=0x42 count=2\n"
                                 "cpu1 list_page_set set=1 pfn=ram+0xd1 -> 0\n"
                                 "cpu1 list_entry vm=a index=0 pfn=ram+0x100 gfn=0x40 count=1\n"
                                 "cpu1 list_entry vm=a index=1 pfn=ram+0x101 gfn=0x41 count=1\n";
  const std::string guest = kProtectedVm + kRunPages + kVcpu + kGuestPages + kPoison + kRunOnCpu1;
  const std::string off = "cpu1 vcpu_put -> 0\n";
  const std::string plain_guest = kPlainVm + kRunPages + kVcpu +
                                  "cpu0 share_guest vm=a pfn=ram+0x100 gfn=0 count=2 prot=rw -> 0\n"
                                  "cpu0 wrprotect_guest vm=a gfn=1 count=1 -> 0\n" +
                                  kRunOnCpu1;
  const std::string teardown = "cpu0 vm_start_teardown vm=a -> 0\n";
  return {
      {"private", kPlainVm + kSecondProtectedVm + kRunPages, {kPrivateCalls, ""}},
      {"listed", kPlainVm + kSecondProtectedVm + list_pages, {kListCalls, ""}},
      {"listed_tables",
       kPlainVm + kSecondProtectedVm + kRunPages +
           "cpu0 list_page_set set=1 pfn=ram+0xd0 -> 0\n"
           "cpu0 list_entry vm=a index=0 pfn=ram+0x100 gfn=0 count=1\n"
           "cpu0 list_entry vm=a index=1 pfn=ram+0x102 gfn=0 count=2\n"
           "cpu1 list_page_set set=1 pfn=ram+0xd1 -> 0\n"
           "cpu1 list_entry vm=a index=0 pfn=ram+0x102 gfn=0 count=1\n"
           "cpu1 list_entry vm=a index=1 pfn=ram+0x100 gfn=0 count=1\n",
       {kTablesListCalls, kTablesListCalls}},
      {"listed_shares",
       kPlainVm + kSecondPlainVm + kRunPages +
           "cpu0 share_guest vm=a pfn=ram+0x100 gfn=0x40 count=2 prot=rw -> 0\n"
           "cpu0 share_guest vm=b pfn=ram+0x100 gfn=0x40 count=1 prot=rw -> 0\n"
           "cpu0 list_page_set set=1 pfn=ram+0xd0 -> 0\n"
           "cpu0 list_entry vm=a index=0 pfn=0 gfn=0x40 count=1\n"
           "cpu0 list_entry vm=a index=1 pfn=0 gfn=0x41 count=1\n"
           "cpu1 list_page_set set=1 pfn=ram+0xd1 -> 0\n"
           "cpu1 list_entry vm=a index=0 pfn=0 gfn=0x40 count=1\n"
           "cpu1 list_entry vm=a index=1 pfn=0 gfn=0x41 count=1\n",
       {kUnshareListCalls, kUnshareListCalls}},
      {"granule_empty", kPlainVm, {kGranuleCalls, ""}},
      {"granule_block",
       kPlainVm + "cpu0 host_access pfn=ram+0x1b0 offset=0 access=read -> allowed\n",
       {kGranuleCalls, ""}},
      {"shared_hyp",
       kProtectedVm + kRunPages + "cpu0 list_page_set set=1 pfn=ram+0xd0 -> 0\n",
       {kSharedHypCalls, kSharedHypCalls}},
      {"shared_guests",
       kPlainVm + kSecondPlainVm +
           "cpu0 share_guest vm=a pfn=ram+0x100 gfn=0x40 count=2 prot=rw -> 0\n"
           "cpu0 share_guest vm=b pfn=ram+0x100 gfn=0x40 count=1 prot=rw -> 0\n",
       {kSharedGuestsCalls, ""}},
      {"parked", kProtectedVm + "cpu0 donate_hyp pfn=ram+0x100 count=2 -> 0\n", {kParkedCalls, ""}},
      {"given_lent_running", guest + kGuestShares, {kHostBesideGuest, kGuestOps}},
      {"two_vcpus_running",
       guest + kGuestShares + kSecondVcpu +
           "cpu1 guest_hvc x0=fn(3)+standard64 x1=1 x2=0x4000 x3=9 x4=0 x5=0 -> exit(hvc)\n"
           "cpu1 vcpu_run -> guest x0=0\n"
           "cpu0 vcpu_load vm=a index=1 -> 0\n"
           "cpu0 vcpu_run -> guest x0=9\n",
       {kGuestOps + kPsciOps, kGuestOps + kPsciOps}},
      {"first_vcpu", kProtectedVm + kRunPages + Dirty("ram+0x100"), {kFirstVcpuCalls, ""}},
      {"vcpus",
       kProtectedVm + kRunPages + kVcpu + kSecondVcpu + Dirty("ram+0x100"),
       {kVcpuCalls, ""}},
      {"vcpus_loaded",
       kProtectedVm + kRunPages + kVcpu + kSecondVcpu +
           "cpu0 vcpu_load vm=a index=1 -> 0\n"
           "cpu1 vcpu_load vm=a index=0 -> 0\n",
       {kLoadedCalls, kLoadedCalls}},
      {"vcpu_exited",
       kProtectedVm + kRunPages + kVcpu + kRunOnCpu1 +
           "cpu1 guest_hvc x0=5 x1=1 x2=2 x3=3 x4=4 x5=5 -> exit(hvc)\n",
       {kBesideRunPage, kAfterExit}},
      {"vcpu_off_beside_its_waker",
       guest + kSecondVcpu + "cpu0 vcpu_load vm=a index=1 -> 0\n",
       {kLoadedCalls, kPsciOps}},
      {"plain_vcpu_exited",
       plain_guest + "cpu1 guest_wfi -> exit(wait)\n",
       {kBesideRunPage, kAfterExit}},
      {"plain_vcpu_running", plain_guest, {kHostBesidePlainGuest, kPlainGuestOps}},
      {"dying",
       guest + kGuestShares + "cpu1 interrupt -> exit(irq)\n" + off + teardown,
       {kDyingCalls, ""}},
      {"dying_plain",
       kPlainVm + "cpu0 share_guest vm=a pfn=ram+0x100 gfn=0 count=2 prot=rw -> 0\n" + teardown,
       {kDyingPlainCalls, ""}},
      {"dying_empty", kProtectedVm + kRunPages + kVcpu + teardown, {kDyingEmptyCalls, ""}},
      {"dying_bare",
       "cpu0 vm_create flags=plain ipa_bits=36 meta_pfn=ram+0xb0 root_pfn=ram+0xb2 -> 0\n" +
           teardown,
       {kDyingBareCalls, ""}},
      {"guest_block",
       kPlainVm + "cpu0 share_guest vm=a pfn=ram+0x3ad gfn=0x200 count=512 prot=rw -> 0\n",
       {kBlockCalls, ""}},
  };
}

}  // namespace

std::span<const PairWorldText> PairWorldTexts() {
  static const std::vector<PairWorldText> texts = MakeTexts();
  return texts;
}

}  // namespace cadastre::interleave
