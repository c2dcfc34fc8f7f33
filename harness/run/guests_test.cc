// SPDX-License-Identifier: Apache-2.0
// Guests in scripts, and what the host does beside hypercalls.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "harness/run/script_runs.h"
#include "harness/run/transcript.h"

namespace cadastre::run {
namespace {

class Guests : public testing::Test {
 protected:
  std::string Run(const std::string& lines) {
    return Describe(runner_.Run(SmallScript(lines), Expectations::kChecked));
  }
  std::string RunWithGuest(const std::string& lines) { return Run(kRunningGuest + lines); }

  Runner runner_{*cadastre::Profile::Make(0)};
};

TEST_F(Guests, DoNothingWhereNoneRuns) {
  EXPECT_EQ(Run("cpu0 guest_meminfo -> idle\n"
                "cpu1 guest_access gfn=0 offset=0 access=read reg=0 -> idle\n"
                "cpu0 guest_wfi -> idle\n"
                "cpu0 interrupt -> idle\n"),
            "");
}

TEST_F(Guests, CallEl2AndGoOn) {
  EXPECT_EQ(RunWithGuest("cpu0 guest_meminfo -> guest x0=0x1000 x1=0 x2=0 x3=0\n"
                         "cpu0 guest_share_host gfn=1 -> guest x0=0\n"
                         "cpu0 guest_share_host gfn=1 -> guest x0=-3\n"
                         "cpu0 guest_unshare_host gfn=1 -> guest x0=0\n"
                         "cpu0 guest_relinquish gfn=2 keep=0 -> guest x0=0\n"
                         "cpu0 guest_hvc_imm imm=1 x0=0 x1=0 x2=0 x3=0 x4=0 -> guest x0=-1\n"
                         "cpu0 guest_smc x0=5 x1=0 x2=0 x3=0 x4=0 x5=0 -> guest x0=-1\n"),
            "");
}

TEST_F(Guests, ExitAndAreEnteredAgain) {
  EXPECT_EQ(RunWithGuest("cpu0 guest_wait -> exit(wait) x3=0\n"
                         "cpu0 guest_wait -> idle\n"
                         "cpu0 vcpu_run -> guest x0=0\n"
                         "cpu0 guest_wfi -> exit(wait)\n"
                         "cpu0 vcpu_run -> guest\n"
                         "cpu0 interrupt -> exit(irq) x3=0\n"
                         "cpu0 vcpu_run -> guest\n"
                         "cpu0 guest_share_host gfn=9 -> exit(abort) x3=9\n"
                         "cpu0 vcpu_run -> guest\n"
                         "cpu0 guest_hvc x0=fn(8)+standard x1=0 x2=0 x3=0 x4=0 x5=0 -> "
                         "exit(shutdown) x3=0\n"
                         "cpu0 vcpu_run -> EBUSY row=306\n"),
            "");
}

TEST_F(Guests, LoadAndStoreWhatIsTheirs) {
  EXPECT_EQ(RunWithGuest("cpu0 guest_access gfn=1 offset=0x10 access=write reg=0 -> guest\n"
                         "cpu0 guest_access gfn=1 offset=0x17 access=read reg=1 -> guest x1=0x77\n"
                         "cpu0 guest_access gfn=1 offset=0x18 access=read reg=0 -> guest x0=0\n"
                         "cpu0 guest_access gfn=1 offset=0x10 access=write reg=31 -> guest\n"
                         "cpu0 guest_access gfn=1 offset=0x10 access=read reg=1 -> guest x1=0\n"
                         "cpu0 guest_access gfn=1 offset=0 access=execute reg=0 -> guest\n"),
            "");
}

TEST_F(Guests, AbortWhereTheyMayNot) {
  EXPECT_EQ(RunWithGuest("cpu0 guest_access gfn=0 offset=0 access=execute reg=0 -> "
                         "exit(abort) x3=0\n"
                         "cpu0 vcpu_run -> guest\n"
                         "cpu0 guest_access gfn=5 offset=8 access=write reg=0 -> exit(abort) x3=5\n"
                         "cpu0 donate_guest vm=a pfn=ram+730 gfn=5 count=1 -> 0\n"
                         "cpu0 vcpu_run -> guest\n"
                         "cpu0 guest_access gfn=5 offset=8 access=write reg=0 -> guest\n"
                         "cpu1 force_reclaim vm=a pfn=ram+730 count=1 -> 0\n"
                         "cpu0 guest_access gfn=5 offset=8 access=write reg=0 -> "
                         "exit(poison) x3=5\n"),
            "");
}

TEST_F(Guests, FaultByThemselvesBeyondTheMachinesAddresses) {
  EXPECT_EQ(
      RunWithGuest("cpu0 guest_access gfn=gfns.last offset=0 access=read reg=0 -> injected\n"), "");
}

TEST_F(Guests, AreInterruptedBeforeTheirHostActs) {
  Transcript transcript(runner_);
  const script::Script script = SmallScript(std::string(kRunningGuest) +
                                            "cpu1 version -> 0\n"
                                            "cpu0 host_access pfn=ram+740 offset=0 access=read\n"
                                            "cpu0 guest_meminfo -> idle\n");
  const RunResult result = runner_.Run(script, Expectations::kChecked, &transcript);
  ASSERT_EQ(Describe(result), "");
  EXPECT_EQ(result.ops, script.ops.size());
  ASSERT_EQ(transcript.lines().size(), script.ops.size() + 1);
  const TranscriptLine& line = transcript.lines()[script.ops.size() - 2];
  EXPECT_EQ(line.origin, Origin::kImplied);
  EXPECT_EQ(script::PrintOp(line.op), "cpu0 interrupt");
  EXPECT_EQ(script::PrintExpectation(*line.outcome.got), "exit(irq) x3=0");
  // Written out it is an operation of its own, and the run the same.
  const RunResult again =
      runner_.Run(ScriptOf(transcript.lines(), script::Profile::kSmall), Expectations::kChecked);
  EXPECT_EQ(Describe(again), "");
  EXPECT_EQ(again.raw, result.raw);
}

TEST_F(Guests, FindInTheirRegistersWhatTheHostWrote) {
  // An unknown HVC shows x0..x3 in words 4..7 of the run page and reads them back.
  EXPECT_EQ(RunWithGuest("cpu0 guest_hvc x0=0x12 x1=2 x2=3 x3=4 x4=5 x5=6 -> exit(hvc) x3=0x12\n"
                         "cpu0 host_write pfn=ram+712 offset=40 value=0x99 -> allowed\n"
                         "cpu0 vcpu_run -> guest x0=0x12 x1=0x99 x2=3 x3=4\n"),
            "");
}

TEST_F(Guests, ListEntriesAreReadByListCalls) {
  EXPECT_EQ(Run("cpu1 list_entry vm=0 index=0 pfn=ram+740 gfn=3 count=2 -> idle\n"
                "cpu1 vm_create flags=plain ipa_bits=36 meta_pfn=ram+700 root_pfn=ram+702 -> 0\n"
                "cpu1 vm_donate_tables vm=a pfn=ram+704 count=8 -> 0\n"
                "cpu1 share_hyp pfn=ram+712 count=1 -> 0\n"
                "cpu1 list_page_set set=1 pfn=ram+712 -> 0\n"
                "cpu1 list_entry vm=a index=0 pfn=ram+740 gfn=3 count=2 -> done\n"
                "cpu1 list_entry vm=a index=1 pfn=ram+750 gfn=9 count=1 -> done\n"
                "cpu0 list_entry vm=a index=0 pfn=ram+760 gfn=3 count=2 -> idle\n"
                "cpu1 share_guest_list vm=a n=2 prot=rw -> 0\n"
                "cpu0 unshare_guest vm=a gfn=9 count=1 -> 0\n"
                "cpu0 unshare_guest vm=a gfn=5 count=1 -> ENOENT row=206\n"),
            "");
}

TEST_F(Guests, HostStoresFollowOwnership) {
  EXPECT_EQ(Run("cpu0 host_write pfn=ram+740 offset=8 value=5 -> allowed\n"
                "cpu0 donate_hyp pfn=ram+740 count=1 -> 0\n"
                "cpu0 host_write pfn=ram+740 offset=8 value=6 -> injected\n"
                "cpu0 host_write pfn=top offset=0 value=6 -> injected\n"),
            "");
  EXPECT_EQ(runner_.machine().memory().Peek((runner_.facts().ram[0].first + 740) << 12 | 8), 5u);
}

TEST_F(Guests, ACpuThatGoesOffPutsItsVcpuAndForgetsItsList) {
  EXPECT_EQ(RunWithGuest("cpu0 list_page_set set=1 pfn=ram+713 -> 0\n"
                         "cpu1 vcpu_load vm=a index=0 -> EBUSY row=304\n"
                         "cpu0 cpu_off -> done\n"
                         "cpu0 list_page_set set=0 pfn=0 -> ENOENT row=110\n"
                         "cpu1 vcpu_load vm=a index=0 -> 0\n"),
            "");
}

// What the other vCPU left is forgotten once, at the first load of one that never runs.
TEST_F(Guests, ACpuForgetsAnotherVcpuOnceHoweverOftenItLoadsThisOne) {
  EXPECT_EQ(RunWithGuest("cpu0 interrupt -> exit(irq) x3=0\n"
                         "cpu0 vcpu_put -> 0\n"
                         "cpu0 vcpu_load vm=a index=1 -> 0\n"
                         "cpu0 vcpu_run -> EBUSY row=306\n"
                         "cpu0 vcpu_put -> 0\n"
                         "cpu0 vcpu_load vm=a index=1 -> 0\n"
                         "cpu0 vcpu_put -> 0\n"
                         "cpu0 vcpu_load vm=a index=0 -> 0\n"
                         "cpu0 vcpu_run -> guest\n"
                         "cpu0 interrupt -> exit(irq) x3=0\n"
                         "cpu0 vcpu_put -> 0\n"
                         "cpu0 vcpu_load vm=a index=1 -> 0\n"),
            "");
}

// Hardware walks a table of the test's own making while the guest runs.
class GuestsOfAForeignTable : public Guests {
 protected:
  static constexpr std::uint64_t kRoot = 0x40200000;  // private RAM

  std::string Touch(std::uint64_t first_word, const std::string& access) {
    EXPECT_EQ(RunWithGuest(""), "");
    runner_.machine().memory().Write(kRoot, first_word);
    SystemRegisters registers = runner_.machine().registers(0);
    registers.vttbr = kRoot;
    runner_.machine().platform().set_registers(0, registers);
    const script::Script script =
        SmallScript("cpu0 guest_access gfn=0 offset=0 access=" + access + " reg=0\n");
    const auto failure =
        runner_.Step(script::Resolve(script.ops[0], runner_.context()), "guest_access");
    return failure ? failure->violation.id : "";
  }
};

TEST_F(GuestsOfAForeignTable, AnAccessThatOnlyHardwareAllowsIsAViolation) {
  EXPECT_EQ(Touch(0x4000'0000 | 0x7fd, "execute"), kGuestAccessForbidden);  // one block
}

TEST_F(GuestsOfAForeignTable, AnAccessThatAbortsAgainIsAViolation) {
  EXPECT_EQ(Touch(0, "read"), kGuestAccessStuck);
}

}  // namespace
}  // namespace cadastre::run
