// SPDX-License-Identifier: Apache-2.0
// How many entries a call may touch: the bounds of service/ABI.md section 4 and of each call's
// "Touches", read from the manual itself, against the stores of each call over the largest range it
// takes, where granules and blocks must be split and tables made.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <map>
#include <set>
#include <string>

#include "harness/run/testing/manual_bounds.h"
#include "harness/run/testing/op_texts.h"
#include "harness/run/testing/scripted_machine.h"
#include "service/abi/calls.h"
#include "service/abi/guest_calls.h"

namespace cadastre::run {
namespace {

using oracle::EventKind;

// A call at its largest.
struct Load {
  const char* call;
  const char* before;
  const char* op;
  std::uint64_t pages;
  std::uint64_t ranges = 1;
};

// Each granule of plain RAM a block of the host's.
#define WARM                                         \
  "host_access pfn=ram+0x1ad offset=0 access=read\n" \
  "host_access pfn=ram+0x3ad offset=0 access=read\n" \
  "host_access pfn=ram+0x5ad offset=0 access=read\n" \
  "host_access pfn=ram+0x7ad offset=0 access=read\n" \
  "host_access pfn=ram+0x9ad offset=0 access=read\n"
#define TWO_SHARED_BLOCKS                                          \
  PLAIN_VM                                                         \
  "share_guest vm=a pfn=ram+0x3ad gfn=span(2) count=512 prot=rw\n" \
  "share_guest vm=a pfn=ram+0x5ad gfn=span(3) count=512 prot=rw\n"
#define TWO_GIVEN_BLOCKS                                    \
  PROTECTED_VM                                              \
  "donate_guest vm=a pfn=ram+0x3ad gfn=span(2) count=512\n" \
  "donate_guest vm=a pfn=ram+0x5ad gfn=span(3) count=512\n"
#define TWO_LENT_BLOCKS                                           \
  PROTECTED_VM                                                    \
  "lend_guest vm=a pfn=ram+0x3ad gfn=span(2) count=512 prot=rw\n" \
  "lend_guest vm=a pfn=ram+0x5ad gfn=span(3) count=512 prot=rw\n"
#define MANY_TABLES                                \
  "vm_donate_tables vm=a pfn=ram+0x800 count=40\n" \
  "vm_donate_tables vm=a pfn=ram+0x840 count=200\n"

constexpr Load kLoads[] = {
    {"version", "", "version", 0},
    {"features", "", "features id=0", 0},
    {"share_hyp", WARM, "share_hyp pfn=ram+0x2ad count=512", 512},
    {"unshare_hyp", WARM "share_hyp pfn=ram+0x2ad count=512", "unshare_hyp pfn=ram+0x2ad count=512",
     512},
    {"share_guest", WARM PLAIN_VM, "share_guest vm=a pfn=ram+0x2ad gfn=0x3ff80 count=512 prot=rwx",
     512},
    {"unshare_guest", TWO_SHARED_BLOCKS, "unshare_guest vm=a gfn=0x500 count=512", 512},
    {"donate_hyp", WARM, "donate_hyp pfn=ram+0x2ad count=512", 512},
    {"reclaim_hyp", WARM "donate_hyp pfn=ram+0x390 count=64", "reclaim_hyp pfn=ram+0x390 count=64",
     64},
    {"lend_guest", WARM PROTECTED_VM,
     "lend_guest vm=a pfn=ram+0x2ad gfn=0x3ff80 count=512 prot=rwx", 512},
    {"reclaim_loan", TWO_LENT_BLOCKS DYING, "reclaim_loan vm=a pfn=ram+0x58d count=64", 64},
    {"donate_guest", WARM PROTECTED_VM, "donate_guest vm=a pfn=ram+0x2ad gfn=0x3ff80 count=512",
     512},
    {"relax_guest_perms", TWO_SHARED_BLOCKS, "relax_guest_perms vm=a gfn=0x500 count=512 prot=x",
     512},
    {"wrprotect_guest", TWO_SHARED_BLOCKS, "wrprotect_guest vm=a gfn=0x500 count=512", 512},
    {"test_clear_young_guest", TWO_SHARED_BLOCKS,
     "test_clear_young_guest vm=a gfn=0x500 count=512 clear=1", 512},
    {"mkyoung_guest",
     TWO_SHARED_BLOCKS "test_clear_young_guest vm=a gfn=span(2) count=512 clear=1\n"
                       "test_clear_young_guest vm=a gfn=span(3) count=512 clear=1\n",
     "mkyoung_guest vm=a gfn=0x500 count=512", 512},
    {"flush_guest_tlb", TWO_SHARED_BLOCKS, "flush_guest_tlb vm=a gfn=0x500 count=512", 512},
    {"compact_host", WARM "share_hyp pfn=ram+0x2ad count=512\nunshare_hyp pfn=ram+0x2ad count=512",
     "compact_host pfn=ram+0x2ad count=512", 512},
    {"compact_guest",
     TWO_SHARED_BLOCKS
     "wrprotect_guest vm=a gfn=0x400 count=1\nrelax_guest_perms vm=a gfn=0x400 count=1 prot=w",
     "compact_guest vm=a gfn=span(2) count=512", 512},
    {"list_page_set", "share_hyp pfn=ram+0x100 count=2\nlist_page_set set=1 pfn=ram+0x100",
     "list_page_set set=1 pfn=ram+0x101", 0},
    {"vm_create", WARM, "vm_create flags=plain ipa_bits=34 meta_pfn=ram+0x3ac root_pfn=ram+0x5ad",
     18, 2},
    {"vm_donate_tables", WARM BARE_VM, "vm_donate_tables vm=a pfn=ram+0x2ad count=512", 512},
    {"vcpu_create", WARM PROTECTED_VM "share_hyp pfn=ram+0xc8 count=1",
     "vcpu_create vm=a index=0 meta_pfn=ram+0x3ad run_pfn=ram+0xc8 entry=4 context=5", 1},
    {"vcpu_load", PROTECTED_VM VCPU, "vcpu_load vm=a index=0", 0},
    {"vcpu_put", PROTECTED_VM VCPU LOADED, "vcpu_put", 0},
    {"next_mapped", TWO_LENT_BLOCKS, "next_mapped vm=a gfn=0x5ff", 0},
    {"reclaim_guest_page", TWO_GIVEN_BLOCKS DYING, "reclaim_guest_page vm=a gfn=0x5e0 count=64",
     64},
    {"reclaim_tables", WARM BARE_VM "vm_donate_tables vm=a pfn=ram+0x390 count=64\n" DYING,
     "reclaim_tables vm=a pfn=ram+0x390 count=64", 64},
    {"vm_finish_teardown",
     WARM "vm_create flags=plain ipa_bits=34 meta_pfn=ram+0x3ac root_pfn=ram+0x5ad\n" DYING,
     "vm_finish_teardown vm=a", 18},
    {"force_reclaim", TWO_GIVEN_BLOCKS, "force_reclaim vm=a pfn=ram+0x58d count=64", 64},
    {"query_page", PROTECTED_VM, "query_page pfn=ram+0xb8", 0},
    {"share_host", TWO_GIVEN_BLOCKS RUNNING_VCPU, "guest_share_host gfn=0x480", 1},
    {"unshare_host", TWO_GIVEN_BLOCKS RUNNING_VCPU "guest_share_host gfn=0x480",
     "guest_unshare_host gfn=0x480", 1},
    {"relinquish", TWO_GIVEN_BLOCKS RUNNING_VCPU, "guest_relinquish gfn=0x480 keep=0", 1},
};

// "Touches for lists: as the single call, with r = number of entries."
constexpr std::uint64_t kEntriesOfList = 64;
constexpr std::uint64_t kPagesOfEntry = 8;
struct ListLoad {
  const char* call;
  const char* single;
  const char* before;
  const char* op;
  const char* made_by;  // nullptr, or the call that uses the list first
};
constexpr ListLoad kListLoads[] = {
    {"share_guest_list", "share_guest", WARM PLAIN_VM MANY_TABLES LIST_PAGE,
     "share_guest_list vm=a n=64 prot=rwx", nullptr},
    {"unshare_guest_list", "unshare_guest", WARM PLAIN_VM MANY_TABLES LIST_PAGE,
     "unshare_guest_list vm=a n=64", "share_guest_list vm=a n=64 prot=rw"},
    {"lend_guest_list", "lend_guest", WARM PROTECTED_VM MANY_TABLES LIST_PAGE,
     "lend_guest_list vm=a n=64 prot=rwx", nullptr},
    {"donate_guest_list", "donate_guest", WARM PROTECTED_VM MANY_TABLES LIST_PAGE,
     "donate_guest_list vm=a n=64", nullptr},
    {"vm_donate_tables_list", "vm_donate_tables", WARM BARE_VM LIST_PAGE,
     "vm_donate_tables_list vm=a n=64", nullptr},
};

constexpr std::uint64_t kAddress = 0xffff'ffff'f000;  // bits of an entry, VTTBR or TTBR
constexpr std::uint64_t kRootOfSetups = 0xb2;         // arena page: of each VM of 36 bits
constexpr std::uint64_t kRootOfVmCreate = 0x5ad;      // 16 pages of a VM of 34 bits

class TouchedEntries : public testing::Test {
 protected:
  bool IsRecord(std::uint64_t address) {
    const oracle::MachineFacts& facts = machine_.runner().facts();
    std::uint64_t pages = 0;
    for (const oracle::PageSpan& region : facts.ram) pages += region.count;
    return address - facts.record_base < pages * 8;
  }

  // Adds the pages of a table of this level and of all below it.
  void AddTables(std::uint64_t table, int level) {
    if (!machine_.machine().memory().IsOrdinaryRam(table >> 12)) return;
    tables_.insert(table >> 12);
    for (std::uint64_t i = 0; i < 512 && level < 3; ++i) {
      const std::uint64_t entry = machine_.machine().memory().Peek(table + 8 * i);
      if ((entry & 3) == 3) AddTables(entry & kAddress, level + 1);
    }
  }
  // EL2's table of scrub windows, at 0x7000'0000'0000: what goes through them does not count.
  std::uint64_t WindowTable() {
    constexpr std::uint64_t kFirstEntry = 224;  // of level 0; of the others the first
    std::uint64_t table = machine_.machine().registers(1).ttbr0_el2 & kAddress;
    for (const std::uint64_t entry : {kFirstEntry, std::uint64_t{0}, std::uint64_t{0}})
      table = machine_.machine().memory().Peek(table + 8 * entry) & kAddress;
    return table >> 12;
  }
  // What is a table now: the host's below its root of two pages, EL2's, and those of the VM.
  void AddTables() {
    const SystemRegisters& registers = machine_.machine().registers(1);  // the host runs there
    const std::uint64_t first = machine_.runner().facts().ram[0].first;
    AddTables(registers.vttbr & kAddress, 1);
    AddTables((registers.vttbr & kAddress) + 0x1000, 1);
    AddTables(registers.ttbr0_el2 & kAddress, 0);
    AddTables((first + kRootOfSetups) << 12, 1);
    for (std::uint64_t i = 0; i < 16; ++i) AddTables((first + kRootOfVmCreate + i) << 12, 2);
  }

  // Runs the operation and counts its stores to entries, and the records and cells it changes. An
  // entry lies in a page that is a table before or after; a free page holds links to others, the
  // first of them written when a table is freed.
  Bound Touched(const std::string& op) {
    tables_.clear();
    AddTables();
    std::set<std::uint64_t> before;
    before.swap(tables_);
    machine_.Must(op);
    AddTables();
    std::set<std::uint64_t> freed;  // and not yet linked
    std::ranges::set_difference(before, tables_, std::inserter(freed, freed.end()));
    tables_.merge(before);
    Bound touched;
    std::set<std::uint64_t> records, cells;
    tables_.erase(WindowTable());
    for (const oracle::Event& event : machine_.machine().events(0)) {
      if (event.kind == EventKind::kCellStore) cells.insert(event.address);
      if (event.kind != EventKind::kStore && event.kind != EventKind::kFill) continue;
      if (IsRecord(event.address)) {
        records.insert(event.address);
      } else if ((event.address & 0xfff) == 0 && freed.erase(event.address >> 12) != 0) {
        continue;
      } else if (tables_.contains(event.address >> 12)) {
        touched.entries += event.kind == EventKind::kFill ? 512 : 1;
      }
    }
    touched.records = records.size();
    touched.cells = cells.size();
    return touched;
  }

  void Check(const std::string& call, const std::string& op, const std::string& touches,
             Bound bound) {
    const Bound touched = Touched(op);
    RecordProperty(call, std::to_string(touched.entries) + " of " + std::to_string(bound.entries));
    EXPECT_LE(touched.entries, bound.entries) << call << ": " << touches;
    if (bound.records != 0) EXPECT_LE(touched.records, bound.records) << call << ": " << touches;
    if (bound.cells != 0) EXPECT_LE(touched.cells, bound.cells) << call << ": " << touches;
    if (bound.entries != 0) EXPECT_NE(touched.entries, 0u) << call;
  }

  ScriptedMachine machine_;
  std::set<std::uint64_t> tables_;
  const std::map<std::string, std::string> manual_ = TouchesOfManual();
};

TEST_F(TouchedEntries, EachCallStaysInItsBound) {
  for (const Load& load : kLoads) {
    ASSERT_TRUE(manual_.contains(load.call)) << load.call;
    machine_.Reset();
    machine_.Must(load.before);
    const std::string& touches = manual_.at(load.call);
    Check(load.call, load.op, touches, BoundOf(touches, load.pages, load.ranges));
  }
}

TEST_F(TouchedEntries, EachListStaysInItsBound) {
  for (const ListLoad& load : kListLoads) {
    machine_.Reset();
    machine_.Must(load.before);
    const std::string call = load.call;
    for (std::uint64_t i = 0; i < kEntriesOfList; ++i) {
      const bool names_gfns = call != "vm_donate_tables_list";
      machine_.Must(Fill("list_entry vm=a index={i} pfn=ram+{p} gfn={g} count=8",
                         {{"i", std::to_string(i)},
                          {"p", Hex(0x100 + 2 * kPagesOfEntry * i)},
                          {"g", names_gfns ? Hex(0x1fc + 0x400 * i) : "0"}}));
    }
    if (load.made_by != nullptr) {
      machine_.Must(load.made_by);
      for (std::uint64_t i = 0; i < kEntriesOfList; ++i) {
        machine_.Must(Fill("list_entry vm=a index={i} pfn=0 gfn={g} count=8",
                           {{"i", std::to_string(i)}, {"g", Hex(0x1fc + 0x400 * i)}}));
      }
    }
    const std::string& touches = manual_.at(load.single);
    Check(call, load.op, touches, BoundOf(touches, kEntriesOfList * kPagesOfEntry, kEntriesOfList));
  }
}

// As many vCPUs as a VM has, each with a run page of its own.
TEST_F(TouchedEntries, TearDownStartsInItsBound) {
  machine_.Must(PROTECTED_VM "share_hyp pfn=ram+0x100 count=64");
  for (std::uint64_t i = 0; i < abi::kMaxVcpus; ++i) {
    machine_.Must(
        Fill("vcpu_create vm=a index={i} meta_pfn=ram+{m} run_pfn=ram+{r} entry=0 context=0",
             {{"i", std::to_string(i)}, {"m", Hex(0x180 + i)}, {"r", Hex(0x100 + i)}}));
  }
  const std::string& touches = manual_.at("vm_start_teardown");
  Check("vm_start_teardown", DYING, touches, BoundOf(touches, 0, 0));
}

// The examples of section 4.
TEST_F(TouchedEntries, TheManualsNumbersFollowFromItsTerms) {
  EXPECT_EQ(TermOf("h", 512, 1), 1540u);
  EXPECT_EQ(TermOf("g", 512, 1), 4624u);
  EXPECT_EQ(TermOf("e", 512, 1), 3596u);
  EXPECT_EQ(TermOf("h", 512, 64), 66304u);
  EXPECT_EQ(TermOf("g", 512, 64), 263680u);
  for (const char* number : {"1,540", "4,624", "3,596", "66,304", "263,680"}) {
    EXPECT_NE(Manual().find(number), std::string::npos) << number;
  }
}

// Each call of the manual says what it touches, but for those that touch no entry by themselves and
// the lists, and is loaded here.
TEST_F(TouchedEntries, NoCallIsLeftOut) {
  std::set<std::string> loaded = {"vcpu_run", "vm_start_teardown", "meminfo", "wait"};
  for (const Load& load : kLoads) loaded.insert(load.call);
  for (const ListLoad& load : kListLoads) loaded.insert(load.call);
  for (const abi::Call& call : abi::kCalls) EXPECT_TRUE(loaded.contains(call.name)) << call.name;
  for (const abi::GuestCall& call : abi::kGuestCalls) {
    EXPECT_TRUE(loaded.contains(call.name)) << call.name;
  }
}

}  // namespace
}  // namespace cadastre::run
