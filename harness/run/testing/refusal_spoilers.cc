// SPDX-License-Identifier: Apache-2.0
#include "harness/run/testing/op_texts.h"
#include "harness/run/testing/refusal_cells.h"

namespace cadastre::run {
namespace {

using abi::Row;
using enum Place;

constexpr char kShared9[] = PROTECTED_VM "lend_guest vm=a pfn=ram+0x100 gfn=0x40 count=9 prot=rw";
constexpr char kLentEntries[] = PROTECTED_VM LIST_PAGE ENTRIES
    "lend_guest_list vm=a n=3 prot=rw\n"
    "list_entry vm=a index=0 pfn=0 gfn=0x40 count=2\n"
    "list_entry vm=a index=1 pfn=0 gfn=0x50 count=5\n"
    "list_entry vm=a index=2 pfn=0 gfn=0x60 count=2\n";
constexpr char kEntryEmpty[] = "list_entry vm=a index={e} pfn={ep} gfn={eg} count=0";
constexpr char kEntryTooLong[] = "list_entry vm=a index={e} pfn={ep} gfn={eg} count=513";
constexpr char kPfnMet[] = "list_entry vm=a index=2 pfn=ram+0x114 gfn={eg} count=2";
constexpr char kGfnMet[] = "list_entry vm=a index=2 pfn={ep} gfn=0x54 count=2";
constexpr char kEarlyPfnMet[] = "list_entry vm=a index=1 pfn=ram+0xfe gfn={eg} count=3";
constexpr char kPfnOutside[] = "list_entry vm=a index={e} pfn=space.end gfn={eg} count={ec}";
constexpr char kGfnOutside[] = "list_entry vm=a index={e} pfn={ep} gfn=gfns.end count={ec}";
constexpr char kEntryNoRam[] = "list_entry vm=a index={e} pfn=ram+{n} gfn={eg} count={ec}";
constexpr char kEntryBeyond[] = "list_entry vm=a index={e} pfn={ep} gfn=end-{i} count={ec}";
constexpr char kParked[] = "donate_hyp pfn=ram+{p} count=1";
constexpr char kSharedThere[] = "share_guest vm=a pfn=ram+0x180 gfn={g} count=1 prot=r";
constexpr char kUnshareThere[] = "unshare_guest vm=a gfn={g} count=1";
constexpr char kLentThere[] = "lend_guest vm=a pfn=ram+0x180 gfn={g} count=1 prot=r";
constexpr char kPoisonThere[] =
    "donate_guest vm=a pfn=ram+0x180 gfn={g} count=1\n"
    "force_reclaim vm=a pfn=ram+0x180 count=1";
constexpr char kThreeBorrowers[] =
    "share_guest vm=a pfn=ram+{p} gfn=0x200 count=1 prot=r\n"
    "share_guest vm=a pfn=ram+{p} gfn=0x201 count=1 prot=r\n"
    "share_guest vm=a pfn=ram+{p} gfn=0x202 count=1 prot=r";
constexpr char kBareList[] = BARE_VM LIST_PAGE ENTRIES;

// clang-format off
constexpr Spoiler kSpoilers[] = {
    {.call = nullptr, .row = Row::kReservedBits, .change = "vm=a.bit32"},
    {.call = nullptr, .row = Row::kReservedBits, .change = "vm=a.bit63"},
    {.call = "features", .row = Row::kReservedBits, .change = "id=0x100000000"},
    {.call = "test_clear_young_guest", .row = Row::kReservedBits, .change = "clear=2"},
    {.call = "list_page_set", .row = Row::kReservedBits, .change = "set=2"},
    {.call = "list_page_set", .row = Row::kReservedBits, .change = "set=0"},  // and a page
    {.call = "vm_create", .row = Row::kReservedBits, .change = "flags=2"},
    {.call = "vm_create", .row = Row::kReservedBits, .change = "ipa_bits=0x100000021"},
    {.call = "vcpu_create", .row = Row::kReservedBits, .change = "index=0x100000000"},
    {.call = "vcpu_create", .row = Row::kReservedBits, .change = "index=1 context=0"},
    {.call = "vcpu_create", .row = Row::kReservedBits, .change = "index=1 entry=0"},
    {.call = "vcpu_load", .row = Row::kReservedBits, .change = "index=0x100000000"},

    {.call = "features", .row = Row::kBadValue, .change = "id=7"},
    {.call = "features", .row = Row::kBadValue, .change = "id=0xffffffff"},
    {.call = "vm_create", .row = Row::kBadValue, .change = "ipa_bits=31"},
    {.call = "vm_create", .row = Row::kBadValue, .change = "ipa_bits=41"},
    {.call = "vcpu_create", .row = Row::kBadValue, .change = "entry=0x80002"},
    {.call = "vcpu_create", .row = Row::kBadValue, .change = "index=64 entry=0 context=0"},
    {.call = "vcpu_load", .row = Row::kBadValue, .change = "index=64"},

    {.call = nullptr, .row = Row::kBadProt, .change = "prot=none"},
    {.call = nullptr, .row = Row::kBadProt, .change = "prot=rw+bit3"},
    {.call = nullptr, .row = Row::kBadProt, .change = "prot=rw+bit63"},
    {.call = "share_guest", .row = Row::kBadProt, .change = "prot=w"},
    {.call = "lend_guest", .row = Row::kBadProt, .change = "prot=x"},
    {.call = "share_guest_list", .row = Row::kBadProt, .change = "prot=wx"},
    {.call = "lend_guest_list", .row = Row::kBadProt, .change = "prot=w"},

    {.call = nullptr, .row = Row::kBadCount, .change = "count=0"},
    {.call = nullptr, .row = Row::kBadCount, .change = "count=513"},
    {.call = nullptr, .row = Row::kBadCount, .change = "count=0xffffffffffffffff"},
    {.call = nullptr, .row = Row::kBadCount, .change = "n=0"},
    {.call = nullptr, .row = Row::kBadCount, .change = "n=65"},
    {.call = nullptr, .row = Row::kBadCount, .change = "n=0x100000001"},
    {.call = "reclaim_hyp", .row = Row::kBadCount, .change = "count=65"},
    {.call = "reclaim_loan", .row = Row::kBadCount, .change = "count=65"},
    {.call = "reclaim_guest_page", .row = Row::kBadCount, .change = "count=65"},
    {.call = "reclaim_tables", .row = Row::kBadCount, .change = "count=65"},
    {.call = "force_reclaim", .row = Row::kBadCount, .change = "count=65"},

    {.call = "vm_create", .row = Row::kMisaligned, .change = "root_pfn=ram+0x106"},
    {.call = "vm_create", .row = Row::kSelfOverlap, .change = "meta_pfn=ram+0x104"},
    {.call = "vm_create", .row = Row::kSelfOverlap, .change = "meta_pfn=ram+0x10c"},

    {.call = nullptr, .row = Row::kOutOfSpace, .change = "pfn=space.end"},
    {.call = nullptr, .row = Row::kOutOfSpace, .change = "pfn=top"},
    {.call = nullptr, .row = Row::kOutOfSpace, .change = "gfn=top"},
    {.call = nullptr, .row = Row::kOutOfSpace, .change = "gfn=bit52"},
    {.call = nullptr, .row = Row::kOutOfSpace, .change = "meta_pfn=space.end"},
    {.call = nullptr, .row = Row::kOutOfSpace, .change = "run_pfn=alias52"},
    {.call = "vm_create", .row = Row::kOutOfSpace, .change = "root_pfn=space.end"},
    {.call = "next_mapped", .row = Row::kOutOfSpace, .change = "gfn=0x1000000001"},

    {.call = "list_page_set", .row = Row::kNoListPage, .change = "set=0 pfn=0"},
    {.call = nullptr, .row = Row::kNoListPage, .after = "list_page_set set=0 pfn=0", .change = "vm=a n=3"},
    {.call = "unshare_guest_list", .row = Row::kListReserved, .place = kEntries,
     .after = "list_entry vm=a index={e} pfn=1 gfn={eg} count={ec}"},
    {.call = "vm_donate_tables_list", .row = Row::kListReserved, .place = kEntries,
     .after = "list_entry vm=a index={e} pfn={ep} gfn=1 count={ec}"},
    {.call = nullptr, .row = Row::kListBadCount, .place = kEntries, .after = kEntryEmpty, .change = "n=3"},
    {.call = nullptr, .row = Row::kListBadCount, .place = kEntries, .after = kEntryTooLong, .change = "n=3"},
    {.call = "share_guest_list", .row = Row::kListOverlap, .after = kPfnMet, .detail = 2},
    {.call = "share_guest_list", .row = Row::kListOverlap, .after = kGfnMet, .detail = 2},
    {.call = "lend_guest_list", .row = Row::kListOverlap, .after = kPfnMet, .detail = 2},
    {.call = "lend_guest_list", .row = Row::kListOverlap, .after = kEarlyPfnMet, .detail = 1},
    {.call = "donate_guest_list", .row = Row::kListOverlap, .after = kGfnMet, .detail = 2},
    {.call = "donate_guest_list", .row = Row::kListOverlap, .after = kEarlyPfnMet, .detail = 1},
    {.call = "unshare_guest_list", .row = Row::kListOverlap, .after = kGfnMet, .detail = 2},
    {.call = "vm_donate_tables_list", .row = Row::kListOverlap, .after = kPfnMet, .detail = 2},
    {.call = "vm_donate_tables_list", .row = Row::kListOverlap, .after = kEarlyPfnMet, .detail = 1},
    {.call = "share_guest_list", .row = Row::kListOutOfSpace, .place = kEntries, .after = kPfnOutside},
    {.call = "share_guest_list", .row = Row::kListOutOfSpace, .place = kEntries, .after = kGfnOutside},
    {.call = "lend_guest_list", .row = Row::kListOutOfSpace, .place = kEntries, .after = kPfnOutside},
    {.call = "donate_guest_list", .row = Row::kListOutOfSpace, .place = kEntries, .after = kGfnOutside},
    {.call = "unshare_guest_list", .row = Row::kListOutOfSpace, .place = kEntries, .after = kGfnOutside},
    {.call = "vm_donate_tables_list", .row = Row::kListOutOfSpace, .place = kEntries, .after = kPfnOutside},

    {.call = nullptr, .row = Row::kNoSuchVm, .change = "vm=a.newer"},
    {.call = nullptr, .row = Row::kNoSuchVm, .change = "vm=a.slot+1"},
    {.call = nullptr, .row = Row::kNoSuchVm, .change = "vm=a.gen0"},
    {.call = "vcpu_load", .row = Row::kNoSuchVcpu, .change = "index=63"},
    {.call = "vcpu_load", .row = Row::kNoSuchVcpu, .after = DYING},
    {.call = "vcpu_put", .row = Row::kNoneLoaded, .after = "vcpu_put"},
    {.call = "vcpu_run", .row = Row::kNoneLoaded, .after = "vcpu_put"},
    {.call = "next_mapped", .row = Row::kNothingMapped, .change = "gfn=0x49"},
    {.call = "next_mapped", .row = Row::kNothingMapped, .change = "gfn=gfns.end"},

    {.call = nullptr, .row = Row::kGfnBeyondVm, .place = kPages, .change = "gfn=end-{i}"},
    {.call = nullptr, .row = Row::kGfnBeyondVm, .place = kPagesOfEntries, .after = kEntryBeyond, .change = "n=3"},

    {.call = "unshare_guest", .row = Row::kGfnAbsent, .place = kPages, .after = kUnshareThere},
    {.call = "relax_guest_perms", .row = Row::kGfnAbsent, .place = kPages, .after = kUnshareThere},
    {.call = "wrprotect_guest", .row = Row::kGfnAbsent, .place = kPages, .after = kUnshareThere},
    {.call = "test_clear_young_guest", .row = Row::kGfnAbsent, .place = kPages, .after = kUnshareThere},
    {.call = "mkyoung_guest", .row = Row::kGfnAbsent, .place = kPages, .after = kUnshareThere},
    {.call = "unshare_guest_list", .row = Row::kGfnAbsent, .place = kPagesOfEntries, .after = kUnshareThere},
    {.call = "reclaim_guest_page", .row = Row::kGfnAbsent, .place = kPages,
     .after = "reclaim_guest_page vm=a gfn={g} count=1"},

    {.call = nullptr, .row = Row::kVmNotLive, .after = DYING, .change = "vm=a"},
    {.call = "reclaim_loan", .row = Row::kVmNotDying, .instead = kShared9},
    {.call = "reclaim_guest_page", .row = Row::kVmNotDying, .instead = kShared9},
    {.call = "reclaim_tables", .row = Row::kVmNotDying,
     .instead = PROTECTED_VM "vm_donate_tables vm=a pfn=ram+0x100 count=9\n"},
    {.call = "vm_finish_teardown", .row = Row::kVmNotDying, .instead = BARE_VM},
    {.call = "vcpu_load", .row = Row::kCpuOccupied, .after = LOADED},
    {.call = "vcpu_load", .row = Row::kVcpuElsewhere, .after = "cpu1 vcpu_load vm=a index=0"},
    {.call = "vm_start_teardown", .row = Row::kVcpusLoaded, .after = VCPU LOADED},
    {.call = "vm_start_teardown", .row = Row::kVcpusLoaded, .after = VCPU "cpu1 vcpu_load vm=a index=0\ncpu1 vcpu_run"},
    {.call = "vcpu_run", .row = Row::kVcpuOff,
     .after = "vcpu_put\n"
              "vcpu_create vm=a index=1 meta_pfn=ram+0xca run_pfn=ram+0xc8 entry=0 context=0\n"
              "vcpu_load vm=a index=1"},
    {.call = "reclaim_tables", .row = Row::kVmNotEmpty, .detail = 2,
     .instead = PROTECTED_VM "vm_donate_tables vm=a pfn=ram+0x100 count=9\n"
                             "lend_guest vm=a pfn=ram+0x180 gfn=0x40 count=1 prot=r\n" DYING},
    {.call = "vm_finish_teardown", .row = Row::kVmNotEmpty, .detail = 3,
     .instead = PROTECTED_VM "lend_guest vm=a pfn=ram+0x180 gfn=0x1ff count=2 prot=r\n" DYING},
    {.call = "vm_finish_teardown", .row = Row::kVmPagesLeft, .detail = 8, .instead = PROTECTED_VM DYING},
    {.call = "vm_finish_teardown", .row = Row::kVmPagesLeft, .detail = 1, .instead = BARE_VM VCPU DYING},
    {.call = "unshare_hyp", .row = Row::kPinned, .place = kPages, .after = "list_page_set set=1 pfn=ram+{p}"},

    {.call = nullptr, .row = Row::kNotRam, .place = kPages, .change = "pfn=ram+{n} count=9"},
    {.call = nullptr, .row = Row::kNotRam, .change = "pfn=mmio0.first"},
    {.call = "query_page", .row = Row::kNotRam, .change = "pfn=ram1.after"},
    {.call = nullptr, .row = Row::kNotRam, .place = kPagesOfEntries, .after = kEntryNoRam, .change = "n=3"},
    {.call = "vm_create", .row = Row::kNotRam, .change = "meta_pfn=mmio0.first", .detail = 0},
    {.call = "vm_create", .row = Row::kNotRam, .change = "meta_pfn=nomap0.before", .detail = 1},
    {.call = "vm_create", .row = Row::kNotRam, .change = "root_pfn=nomap0.first", .detail = 2},
    {.call = "vm_create", .row = Row::kNotRam, .change = "root_pfn=ram+0xcad", .detail = 6},  // RAM ends inside
    {.call = "vcpu_create", .row = Row::kNotRam, .change = "meta_pfn=nomap0.last", .detail = 0},
    {.call = "vcpu_create", .row = Row::kNotRam, .change = "run_pfn=ram2.after", .detail = 1},

    {.call = "share_guest", .row = Row::kVmProtected, .instead = PROTECTED_VM},
    {.call = "share_guest_list", .row = Row::kVmProtected, .instead = PROTECTED_VM LIST_PAGE ENTRIES},
    {.call = "flush_guest_tlb", .row = Row::kVmProtected, .instead = PROTECTED_VM},
    {.call = "unshare_guest_list", .row = Row::kVmProtected, .instead = kLentEntries},
    {.call = nullptr, .row = Row::kVmProtected, .change = "gfn=0x40", .instead = kShared9},
    {.call = "lend_guest", .row = Row::kVmPlain, .instead = PLAIN_VM},
    {.call = "donate_guest", .row = Row::kVmPlain, .instead = PLAIN_VM},
    {.call = nullptr, .row = Row::kVmPlain, .change = "n=3", .instead = PLAIN_VM LIST_PAGE ENTRIES},

    {.call = nullptr, .row = Row::kNotPrivate, .place = kPages, .after = kParked, .change = "pfn=ram+0x100 count=9"},
    {.call = nullptr, .row = Row::kNotPrivate, .place = kPagesOfEntries, .after = kParked, .change = "n=3"},
    {.call = "vm_create", .row = Row::kNotPrivate, .after = "share_hyp pfn=ram+0x100 count=1", .detail = 0},
    {.call = "vm_create", .row = Row::kNotPrivate, .after = "share_hyp pfn=ram+0x105 count=1", .detail = 2},
    {.call = "vm_create", .row = Row::kNotPrivate, .after = "share_hyp pfn=ram+0x10c count=1", .detail = 9},
    {.call = "vcpu_create", .row = Row::kNotPrivate, .change = "meta_pfn=ram+0xb8"},
    {.call = "share_guest", .row = Row::kNotShareable, .place = kPages, .after = kParked},
    {.call = "share_guest_list", .row = Row::kNotShareable, .place = kPagesOfEntries, .after = kParked},
    {.call = "unshare_hyp", .row = Row::kNotSharedHyp, .place = kPages, .after = "unshare_hyp pfn=ram+{p} count=1"},
    {.call = "list_page_set", .row = Row::kNotSharedHyp, .after = "unshare_hyp pfn=ram+0x100 count=1"},
    {.call = "vcpu_create", .row = Row::kNotSharedHyp, .change = "run_pfn=ram+0x100", .detail = 1},
    {.call = "reclaim_hyp", .row = Row::kNotParked, .place = kPages, .after = "reclaim_hyp pfn=ram+{p} count=1"},
    {.call = "force_reclaim", .row = Row::kNotOfVm, .place = kPages, .after = "force_reclaim vm=a pfn=ram+{p} count=1"},
    {.call = "reclaim_loan", .row = Row::kNotLent, .place = kPages, .after = "reclaim_loan vm=a pfn=ram+{p} count=1"},
    {.call = "reclaim_tables", .row = Row::kNotVmPage, .place = kPages,
     .after = "reclaim_tables vm=a pfn=ram+{p} count=1"},

    {.call = "share_guest", .row = Row::kGfnInUse, .place = kPages, .after = kSharedThere},
    {.call = "share_guest_list", .row = Row::kGfnInUse, .place = kPagesOfEntries, .after = kSharedThere},
    {.call = "lend_guest", .row = Row::kGfnInUse, .place = kPages, .after = kLentThere},
    {.call = "donate_guest", .row = Row::kGfnInUse, .place = kPages, .after = kLentThere},
    {.call = "lend_guest_list", .row = Row::kGfnInUse, .place = kPagesOfEntries, .after = kLentThere},
    {.call = "donate_guest_list", .row = Row::kGfnInUse, .place = kPagesOfEntries, .after = kLentThere},
    {.call = "vcpu_create", .row = Row::kVcpuExists, .change = "meta_pfn=ram+0xcb",
     .instead = PROTECTED_VM VCPU},
    {.call = nullptr, .row = Row::kGfnPoison, .place = kPages, .after = kPoisonThere, .change = "count=9"},
    {.call = nullptr, .row = Row::kGfnPoison, .place = kPagesOfEntries, .after = kPoisonThere, .change = "n=3"},
    {.call = "share_guest", .row = Row::kTooManyBorrowers, .place = kPages, .after = kThreeBorrowers},
    {.call = "share_guest_list", .row = Row::kTooManyBorrowers, .place = kPagesOfEntries, .after = kThreeBorrowers},
    {.call = "share_guest", .row = Row::kTablesMissing, .detail = 2, .instead = BARE_PLAIN_VM},
    {.call = "share_guest_list", .row = Row::kTablesMissing, .detail = 2, .instead = BARE_PLAIN_VM LIST_PAGE ENTRIES},
    {.call = "lend_guest", .row = Row::kTablesMissing, .detail = 2, .instead = BARE_VM},
    {.call = "donate_guest", .row = Row::kTablesMissing, .detail = 2, .instead = BARE_VM},
    {.call = "lend_guest_list", .row = Row::kTablesMissing, .detail = 2, .instead = kBareList},
    {.call = "donate_guest_list", .row = Row::kTablesMissing, .detail = 2, .instead = kBareList},
    {.call = "vm_create", .row = Row::kNoSlot},  // the test takes every slot

    // A guest sees no detail.
    {.call = "meminfo", .row = Row::kReservedBits, .change = "x1=1"},
    {.call = "meminfo", .row = Row::kReservedBits, .change = "x3=half"},
    {.call = "share_host", .row = Row::kReservedBits, .change = "x2=1"},
    {.call = "share_host", .row = Row::kReservedBits, .change = "x3=1"},
    {.call = "unshare_host", .row = Row::kReservedBits, .change = "x2=1"},
    {.call = "unshare_host", .row = Row::kReservedBits, .change = "x3=half"},
    {.call = "relinquish", .row = Row::kReservedBits, .change = "x2=1"},
    {.call = "relinquish", .row = Row::kReservedBits, .change = "x3=2"},
    {.call = nullptr, .row = Row::kMisaligned, .change = "x1=0x40008"},
    {.call = nullptr, .row = Row::kMisaligned, .change = "x1=top"},
    {.call = nullptr, .row = Row::kGfnBeyondVm, .change = "x1=0x1000000000"},
    {.call = nullptr, .row = Row::kGfnBeyondVm, .change = "x1=0xfffffffffffff000"},
    {.call = nullptr, .row = Row::kGfnAbsent, .change = "x1=0x60000"},
    {.call = "share_host", .row = Row::kGuestNotOwned, .after = "guest_share_host gfn=0x40"},
    {.call = "share_host", .row = Row::kGuestNotOwned,
     .after = "cpu1 lend_guest vm=a pfn=ram+0x180 gfn=0x60 count=1 prot=rwx",
     .change = "x1=0x60000"},
    {.call = "unshare_host", .row = Row::kGuestNotShared, .after = "guest_unshare_host gfn=0x40"},
    {.call = "unshare_host", .row = Row::kGuestNotShared, .change = "x1=0x41000"},
    {.call = "relinquish", .row = Row::kGuestShared, .after = "guest_share_host gfn=0x40"},
    {.call = "relinquish", .row = Row::kGuestShared, .after = "guest_share_host gfn=0x40", .change = "x3=1"},
    {.call = nullptr, .row = Row::kGfnPoison,
     .after = "cpu1 force_reclaim vm=a pfn=ram+0x101 count=1", .change = "x1=0x41000"},
};
// clang-format on

}  // namespace

std::span<const Spoiler> Spoilers() { return kSpoilers; }
std::span<const Unreachable> UnreachableCells() { return {}; }

}  // namespace cadastre::run
