// SPDX-License-Identifier: Apache-2.0
// The pairs that restore the abstract state (service/ABI.md section 2): the `state` digest says so,
// and once the host is compacted no page of the pool is left in a table that it did not need.
#include <gtest/gtest.h>

#include <cstdint>
#include <string>

#include "harness/run/testing/op_texts.h"
#include "harness/run/testing/scripted_machine.h"

namespace cadastre::run {
namespace {

constexpr std::uint64_t kPagesOfGranule = 512;
constexpr std::uint64_t kAddress = 0xffff'ffff'f000;  // bits of an entry or VTTBR

struct Pair {
  const char* name;
  const char* before;
  const char* there;
  const char* back;
};

void PrintTo(const Pair& pair, std::ostream* out) { *out << pair.name; }

#define GUEST PROTECTED_VM RUNNING_VCPU
#define BLOCK "cpu1 donate_guest vm=a pfn=ram+0x3ad gfn=span(2) count=512\n"

constexpr Pair kPairs[] = {
    {"ShareHyp", "", "share_hyp pfn=ram+0x100 count=3", "unshare_hyp pfn=ram+0x100 count=3"},
    {"ShareHypOverGranules", "", "share_hyp pfn=ram+0x3a0 count=512",
     "unshare_hyp pfn=ram+0x3a0 count=200\nunshare_hyp pfn=ram+0x468 count=312"},
    {"ShareHypOverRegions", "", "share_hyp pfn=ram1.before count=2",
     "unshare_hyp pfn=ram1.before count=2"},
    {"DonateHyp", "", "donate_hyp pfn=ram+0x1a0 count=64", "reclaim_hyp pfn=ram+0x1a0 count=64"},
    {"DonateHypInPieces", "", "donate_hyp pfn=ram+0x5ac count=2\ndonate_hyp pfn=ram+0x700 count=1",
     "reclaim_hyp pfn=ram+0x700 count=1\nreclaim_hyp pfn=ram+0x5ac count=2"},
    {"ShareGuest", PLAIN_VM, "share_guest vm=a pfn=ram+0x100 gfn=0x40 count=9 prot=rw",
     "unshare_guest vm=a gfn=0x40 count=9"},
    {"ShareGuestAgain", PLAIN_VM "share_guest vm=a pfn=ram+0x100 gfn=0x40 count=9 prot=rw\n",
     "share_guest vm=a pfn=ram+0x100 gfn=0x1f8 count=9 prot=r",
     "unshare_guest vm=a gfn=0x1f8 count=9"},
    {"ShareBlock", PLAIN_VM, "share_guest vm=a pfn=ram+0x3ad gfn=span(2) count=512 prot=rwx",
     "unshare_guest vm=a gfn=span(2) count=512"},
    {"ShareBlockBackInPieces", PLAIN_VM,
     "share_guest vm=a pfn=ram+0x3ad gfn=span(2) count=512 prot=rwx",
     "unshare_guest vm=a gfn=0x480 count=1\nunshare_guest vm=a gfn=0x400 count=128\n"
     "unshare_guest vm=a gfn=0x481 count=383"},
    {"ShareList", PLAIN_VM LIST_PAGE ENTRIES, "share_guest_list vm=a n=3 prot=rw",
     "unshare_guest vm=a gfn=0x40 count=2\nunshare_guest vm=a gfn=0x50 count=5\n"
     "unshare_guest vm=a gfn=0x60 count=2"},
    {"Lend", GUEST, "cpu1 lend_guest vm=a pfn=ram+0x100 gfn=0x40 count=2 prot=rw",
     "guest_relinquish gfn=0x40 keep=0\nguest_relinquish gfn=0x41 keep=1"},
    {"Donate", GUEST, "cpu1 donate_guest vm=a pfn=ram+0x100 gfn=0x1ff count=2",
     "guest_relinquish gfn=0x1ff keep=1\nguest_relinquish gfn=0x200 keep=0"},
    {"PartOfABlock", GUEST BLOCK, "guest_relinquish gfn=0x480 keep=0",
     "cpu1 donate_guest vm=a pfn=ram+0x42d gfn=0x480 count=1"},
    {"ShareHost", GUEST "cpu1 donate_guest vm=a pfn=ram+0x100 gfn=0x40 count=2\n",
     "guest_share_host gfn=0x40", "guest_unshare_host gfn=0x40"},
    {"ShareHostOfABlock", GUEST BLOCK, "guest_share_host gfn=0x480\nguest_share_host gfn=0x400",
     "guest_unshare_host gfn=0x480\nguest_unshare_host gfn=0x400"},
    {"VmCreate", "", "vm_create flags=protected ipa_bits=36 meta_pfn=ram+0x3ae root_pfn=ram+0x5ac",
     "vm_start_teardown vm={v}\nvm_finish_teardown vm={v}"},
    {"VmWithTablesAndVcpu", "share_hyp pfn=ram+0xc8 count=1",
     "vm_create flags=plain ipa_bits=40 meta_pfn=ram+0x3ae root_pfn=ram+0x5ad\n"
     "vm_donate_tables vm={v} pfn=ram+0x600 count=70\n"
     "vcpu_create vm={v} index=0 meta_pfn=ram+0x700 run_pfn=ram+0xc8 entry=4 context=5",
     "vm_start_teardown vm={v}\nreclaim_tables vm={v} pfn=ram+0x600 count=64\n"
     "reclaim_tables vm={v} pfn=ram+0x640 count=6\nreclaim_tables vm={v} pfn=ram+0x700 count=1\n"
     "vm_finish_teardown vm={v}"},
    {"VcpuLoad", PROTECTED_VM VCPU, "vcpu_load vm=a index=0", "vcpu_put"},
    {"VcpuLoadUntilTheCpuGoesOff", PROTECTED_VM VCPU, "vcpu_load vm=a index=0\nvcpu_run",
     "cpu_off"},
    {"ListPageSet", "share_hyp pfn=ram+0xae count=1", "list_page_set set=1 pfn=ram+0xae",
     "list_page_set set=0 pfn=0"},
    {"ListPageOfBothCpus", "share_hyp pfn=ram+0xae count=1",
     "list_page_set set=1 pfn=ram+0xae\ncpu1 list_page_set set=1 pfn=ram+0xae",
     "cpu1 cpu_off\nlist_page_set set=0 pfn=0"},
    {"Compaction", PLAIN_VM "share_guest vm=a pfn=ram+0x3ad gfn=span(2) count=512 prot=rw\n",
     "wrprotect_guest vm=a gfn=0x480 count=1",
     "relax_guest_perms vm=a gfn=0x480 count=1 prot=w\n"
     "compact_guest vm=a gfn=span(2) count=512"},
};

class InversePairs : public testing::TestWithParam<Pair> {
 protected:
  // Every granule of RAM, by its first page that the host may name.
  void CompactHost() {
    const oracle::MachineFacts& facts = machine_.runner().facts();
    std::uint64_t done = 0;  // granule + 1
    for (const oracle::PageSpan& region : facts.ram) {
      for (std::uint64_t pfn = region.first; pfn < region.first + region.count; ++pfn) {
        if (pfn / kPagesOfGranule + 1 == done) continue;
        done = pfn / kPagesOfGranule + 1;
        machine_.Must("cpu1 compact_host pfn=" + Hex(pfn) + " count=1");
      }
    }
  }

  // Pages of the pool that are tables.
  std::uint64_t TablesOfThePool() {
    constexpr std::uint64_t kTable = 3;  // use TABLE of a page record
    const oracle::PageSpan& pool = machine_.runner().facts().pool;
    std::uint64_t tables = 0;
    for (std::uint64_t i = 0; i < pool.count; ++i) {
      const std::uint64_t address =
          machine_.runner().facts().record_base + 8 * RecordIndex(pool.first + i);
      tables += (machine_.machine().memory().Peek(address) >> 48 & 0xff) == kTable ? 1 : 0;
    }
    return tables;
  }

  std::uint64_t RecordIndex(std::uint64_t pfn) { return machine_.machine().memory().RamIndex(pfn); }

  // Of the host's stage 2, below its root of two pages (40 bits: level 1).
  std::uint64_t TablesOfTheHost() {
    const std::uint64_t root = machine_.machine().registers(1).vttbr & kAddress;
    return TablesBelow(root, 1) + TablesBelow(root + 0x1000, 1);
  }
  std::uint64_t TablesBelow(std::uint64_t table, int level) {
    std::uint64_t tables = 0;
    for (std::uint64_t i = 0; i < 512; ++i) {
      const std::uint64_t entry = machine_.machine().memory().Peek(table + 8 * i);
      if ((entry & 3) != 3) continue;
      tables += 1 + (level == 2 ? 0 : TablesBelow(entry & kAddress, level + 1));
    }
    return tables;
  }

  ScriptedMachine machine_;
};

class InverseBlocks : public testing::Test {
 protected:
  ScriptedMachine machine_;
};

INSTANTIATE_TEST_SUITE_P(All, InversePairs, testing::ValuesIn(kPairs),
                         [](const auto& info) { return std::string(info.param.name); });

// A block that a guest gives back page by page; it needs no table memory for that.
TEST_F(InverseBlocks, GivenAndRelinquishedPageByPage) {
  machine_.Must(BARE_VM "vm_donate_tables vm=a pfn=ram+0xb8 count=2\n" RUNNING_VCPU);
  const std::uint64_t state = machine_.State();
  for (const char* call : {"donate_guest vm=a pfn=ram+0x3ad gfn=span(2) count=512",
                           "lend_guest vm=a pfn=ram+0x3ad gfn=span(2) count=512 prot=rwx"}) {
    machine_.Must("cpu1 " + std::string(call));
    EXPECT_NE(machine_.State(), state);
    for (std::uint64_t i = 0; i < kPagesOfGranule; ++i) {
      machine_.Must(Fill("guest_relinquish gfn={g} keep={k}",
                         {{"g", Hex(0x400 + i)}, {"k", i % 3 == 0 ? "1" : "0"}}));
    }
    EXPECT_EQ(machine_.State(), state);
    machine_.Sweep();
  }
}

// EL2's own tables stay once they are made, so the pool is compared from the first round on.
TEST_P(InversePairs, RestoresTheStateAndLeavesNoIdleTable) {
  machine_.Must(GetParam().before);
  CompactHost();
  const std::uint64_t state = machine_.State();
  const std::uint64_t tables = TablesOfTheHost();
  std::uint64_t pool = 0;
  for (int round = 0; round < 3; ++round) {
    const std::string vm(1, static_cast<char>('a' + round));  // which a round created
    machine_.Must(Fill(GetParam().there, {{"v", vm}}));
    EXPECT_NE(machine_.State(), state) << machine_.last_line();
    machine_.Must(Fill(GetParam().back, {{"v", vm}}));
    EXPECT_EQ(machine_.State(), state) << machine_.last_line();
    machine_.Sweep();
    CompactHost();
    EXPECT_EQ(machine_.State(), state);
    EXPECT_EQ(TablesOfTheHost(), tables);
    if (round != 0) EXPECT_EQ(TablesOfThePool(), pool);
    pool = TablesOfThePool();
  }
}

}  // namespace
}  // namespace cadastre::run
