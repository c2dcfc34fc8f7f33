// SPDX-License-Identifier: Apache-2.0
#include "harness/run/testing/op_texts.h"
#include "harness/run/testing/refusal_cells.h"

namespace cadastre::run {
namespace {

#define SHARED PLAIN_VM "share_guest vm=a pfn=ram+0x100 gfn=0x40 count=9 prot=rw\n"
#define GIVEN PROTECTED_VM "donate_guest vm=a pfn=ram+0x100 gfn=0x40 count=9\n"
#define LENT PROTECTED_VM "lend_guest vm=a pfn=ram+0x100 gfn=0x40 count=9 prot=rw\n"
#define RUNNING GIVEN RUNNING_VCPU

constexpr Recipe kRecipes[] = {
    {"version", nullptr, "version"},
    {"features", nullptr, "features id=0"},
    {"share_hyp", nullptr, "share_hyp pfn=ram+0x100 count=9"},
    {"unshare_hyp", "share_hyp pfn=ram+0x100 count=9", "unshare_hyp pfn=ram+0x100 count=9"},
    {"share_guest", PLAIN_VM, "share_guest vm=a pfn=ram+0x100 gfn=0x40 count=9 prot=rw"},
    {"unshare_guest", SHARED, "unshare_guest vm=a gfn=0x40 count=9"},
    {"donate_hyp", nullptr, "donate_hyp pfn=ram+0x100 count=9"},
    {"reclaim_hyp", "donate_hyp pfn=ram+0x100 count=9", "reclaim_hyp pfn=ram+0x100 count=9"},
    {"lend_guest", PROTECTED_VM, "lend_guest vm=a pfn=ram+0x100 gfn=0x40 count=9 prot=rw"},
    {"reclaim_loan", LENT DYING, "reclaim_loan vm=a pfn=ram+0x100 count=9"},
    {"donate_guest", PROTECTED_VM, "donate_guest vm=a pfn=ram+0x100 gfn=0x40 count=9"},
    {"relax_guest_perms", SHARED, "relax_guest_perms vm=a gfn=0x40 count=9 prot=x"},
    {"wrprotect_guest", SHARED, "wrprotect_guest vm=a gfn=0x40 count=9"},
    {"test_clear_young_guest", SHARED, "test_clear_young_guest vm=a gfn=0x40 count=9 clear=1"},
    {"mkyoung_guest", SHARED, "mkyoung_guest vm=a gfn=0x40 count=9"},
    {"flush_guest_tlb", PLAIN_VM, "flush_guest_tlb vm=a gfn=0x40 count=9"},
    {"compact_host", nullptr, "compact_host pfn=ram+0x100 count=9"},
    {"compact_guest", PLAIN_VM, "compact_guest vm=a gfn=0x40 count=9"},
    {"list_page_set", "share_hyp pfn=ram+0x100 count=1", "list_page_set set=1 pfn=ram+0x100"},
    {"share_guest_list", PLAIN_VM LIST_PAGE ENTRIES, "share_guest_list vm=a n=3 prot=rw"},
    {"unshare_guest_list",
     PLAIN_VM LIST_PAGE ENTRIES "share_guest_list vm=a n=3 prot=rw\n"
                                "list_entry vm=a index=0 pfn=0 gfn=0x40 count=2\n"
                                "list_entry vm=a index=1 pfn=0 gfn=0x50 count=5\n"
                                "list_entry vm=a index=2 pfn=0 gfn=0x60 count=2\n",
     "unshare_guest_list vm=a n=3"},
    {"lend_guest_list", PROTECTED_VM LIST_PAGE ENTRIES, "lend_guest_list vm=a n=3 prot=rw"},
    {"donate_guest_list", PROTECTED_VM LIST_PAGE ENTRIES, "donate_guest_list vm=a n=3"},
    {"vm_create", nullptr,
     "vm_create flags=protected ipa_bits=33 meta_pfn=ram+0x100 root_pfn=ram+0x105"},
    {"vm_donate_tables", PROTECTED_VM, "vm_donate_tables vm=a pfn=ram+0x100 count=9"},
    {"vm_donate_tables_list",
     PROTECTED_VM LIST_PAGE "list_entry vm=a index=0 pfn=ram+0x100 gfn=0 count=2\n"
                            "list_entry vm=a index=1 pfn=ram+0x110 gfn=0 count=5\n"
                            "list_entry vm=a index=2 pfn=ram+0x120 gfn=0 count=2\n",
     "vm_donate_tables_list vm=a n=3"},
    {"vcpu_create", PROTECTED_VM "share_hyp pfn=ram+0xc8 count=1",
     "vcpu_create vm=a index=0 meta_pfn=ram+0xc9 run_pfn=ram+0xc8 entry=0x80000 context=5"},
    {"vcpu_load", PROTECTED_VM VCPU, "vcpu_load vm=a index=0"},
    {"vcpu_put", PROTECTED_VM VCPU LOADED, "vcpu_put"},
    {"vcpu_run", PROTECTED_VM VCPU LOADED, "vcpu_run"},
    {"next_mapped", LENT, "next_mapped vm=a gfn=0x40"},
    {"vm_start_teardown", PROTECTED_VM, "vm_start_teardown vm=a"},
    {"reclaim_guest_page", GIVEN DYING, "reclaim_guest_page vm=a gfn=0x40 count=9"},
    {"reclaim_tables", PROTECTED_VM "vm_donate_tables vm=a pfn=ram+0x100 count=9\n" DYING,
     "reclaim_tables vm=a pfn=ram+0x100 count=9"},
    {"vm_finish_teardown", BARE_VM DYING, "vm_finish_teardown vm=a"},
    {"force_reclaim", GIVEN, "force_reclaim vm=a pfn=ram+0x100 count=9"},
    {"query_page", nullptr, "query_page pfn=ram+0x100"},
    // The guest's calls.
    {"meminfo", RUNNING, "guest_hvc x0=fn(2) x1=0 x2=0 x3=0 x4=0 x5=0"},
    {"share_host", RUNNING, "guest_hvc x0=fn(3) x1=0x40000 x2=0 x3=0 x4=0 x5=0"},
    {"unshare_host", RUNNING "guest_share_host gfn=0x40\n",
     "guest_hvc x0=fn(4) x1=0x40000 x2=0 x3=0 x4=0 x5=0"},
    {"relinquish", RUNNING, "guest_hvc x0=fn(9) x1=0x40000 x2=0 x3=0 x4=0 x5=0"},
    {"wait", RUNNING, "guest_wait"},
};

}  // namespace

std::span<const Recipe> Recipes() { return kRecipes; }

}  // namespace cadastre::run
