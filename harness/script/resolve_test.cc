// SPDX-License-Identifier: Apache-2.0
#include "harness/script/resolve.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "harness/script/random_script.h"
#include "harness/script/text.h"

namespace cadastre::script {
namespace {

constexpr std::uint64_t kBase = 0x40053;  // of RAM

oracle::MachineFacts Facts() {
  oracle::MachineFacts facts;
  facts.cpus = 2;
  facts.ram = {{kBase, 0x10}, {0x50000, 4}};
  facts.no_map = {{0x40055, 1}};
  facts.devices = {{0x9000, 2}};
  facts.image = {0x40058, 2};
  facts.pool = {0x4005a, 3};
  return facts;
}

// Answers that tell what was asked.
class EchoPicker final : public Picker {
 public:
  std::optional<std::uint64_t> PickPage(oracle::PageClass page_class,
                                        std::uint64_t index) const override {
    if (page_class == oracle::PageClass::kParked) return std::nullopt;
    return 0x700000 + (static_cast<std::uint64_t>(page_class) << 8) + index;
  }
  std::optional<std::uint64_t> PickVm(oracle::VmClass vm_class,
                                      std::uint64_t index) const override {
    if (vm_class == oracle::VmClass::kStale) return std::nullopt;
    return 0x9000 + (static_cast<std::uint64_t>(vm_class) << 9) + index;
  }
  std::optional<std::uint64_t> PickGfn(std::uint64_t vm_handle,
                                       std::uint64_t index) const override {
    if (vm_handle == 0) return std::nullopt;
    return (vm_handle << 16) + index;
  }
  std::optional<std::uint64_t> RunningVm(unsigned cpu) const override {
    return cpu == 1 ? std::optional<std::uint64_t>(0x101) : std::nullopt;
  }
  std::optional<std::uint64_t> ListPage(unsigned cpu) const override {
    return cpu == 1 ? std::optional<std::uint64_t>(kBase + 7) : std::nullopt;
  }
};

class Resolution : public testing::Test {
 protected:
  static Op Line(const std::string& line) {
    return Parse("cadastre-ops 1 profile=small\n" + line + "\n").value().ops[0];
  }
  ResolvedOp ResolveLine(const std::string& line) { return Resolve(Line(line), context_); }
  std::uint64_t Page(const std::string& pfn) {
    return ResolveLine("cpu0 share_hyp pfn=" + pfn + " count=1").registers[1];
  }
  std::uint64_t Vm(const std::string& vm) {
    return ResolveLine("cpu0 vm_start_teardown vm=" + vm).registers[1];
  }
  std::uint64_t Guest(const std::string& vm, const std::string& gfn) {
    return ResolveLine("cpu0 unshare_guest vm=" + vm + " gfn=" + gfn + " count=1").registers[2];
  }
  std::uint64_t X0(const std::string& x0) {
    return ResolveLine("cpu0 hvc x0=" + x0 + " x1=0 x2=0 x3=0 x4=0 x5=0").registers[0];
  }
  std::uint64_t Prot(const std::string& prot) {
    return ResolveLine("cpu0 relax_guest_perms vm=0 gfn=0 count=1 prot=" + prot).registers[4];
  }
  // The script creates a VM that gets this handle.
  void Create(std::uint64_t handle, unsigned ipa_bits) {
    const ResolvedOp op =
        ResolveLine("cpu0 vm_create flags=plain ipa_bits=" + std::to_string(ipa_bits) +
                    " meta_pfn=ram+0 root_pfn=ram+2");
    context_.NoteStart(op);
    context_.NoteEnd(op, {0, 0, handle, 0});
  }

  oracle::MachineFacts facts_ = Facts();
  EchoPicker picker_;
  ResolveContext context_{facts_, picker_};
};

TEST_F(Resolution, AHypercallGetsItsNumberItsArgumentsAndJunkBehind) {
  const ResolvedOp op = ResolveLine("cpu3 share_guest vm=0x101 pfn=ram+1 gfn=5 count=2 prot=rw");
  EXPECT_EQ(op.what, ResolvedOp::What::kHvc);
  EXPECT_EQ(op.cpu, 1u);
  EXPECT_EQ(op.immediate, 0);
  EXPECT_EQ(op.registers[0], 0xc6000044u);
  EXPECT_EQ(op.registers[1], 0x101u);
  EXPECT_EQ(op.registers[2], kBase + 1);
  EXPECT_EQ(op.registers[3], 5u);
  EXPECT_EQ(op.registers[4], 2u);
  EXPECT_EQ(op.registers[5], 3u);
  for (std::size_t i = 6; i < op.registers.size(); ++i) {
    EXPECT_GT(op.registers[i], 0x6a00'0000'0000'0000u);
  }
  EXPECT_EQ(op.pfn, kBase + 1);
  EXPECT_EQ(op.gfn, 5u);
}

TEST_F(Resolution, RawCallsGiveTheirRegistersAsTheyStand) {
  const ResolvedOp op =
      ResolveLine("cpu0 hvc x0=fn(0x42) x1=1 x2=2 x3=3 x4=4 x5=0xffffffffffffffff");
  EXPECT_EQ(op.registers[0], 0xc6000042u);
  EXPECT_EQ(op.registers[1], 1u);
  EXPECT_EQ(op.registers[5], ~std::uint64_t{0});
  const ResolvedOp with_immediate =
      ResolveLine("cpu0 hvc_imm imm=0xffff x0=fn(version) x1=1 x2=2 x3=3 x4=4");
  EXPECT_EQ(with_immediate.immediate, 0xffff);
  EXPECT_EQ(with_immediate.registers[0], 0xc6000040u);
  EXPECT_EQ(with_immediate.registers[4], 4u);
}

TEST_F(Resolution, AHostAccessIsAnAddress) {
  const ResolvedOp stale = ResolveLine("cpu1 host_access pfn=ram+2 offset=0 access=stale_write");
  EXPECT_EQ(stale.access, oracle::Access::kWrite);
  EXPECT_EQ(stale.through, ResolvedOp::Through::kTlb);
  const ResolvedOp op = ResolveLine("cpu1 host_access pfn=ram+2 offset=0x18 access=execute");
  EXPECT_EQ(op.through, ResolvedOp::Through::kTables);
  EXPECT_EQ(op.what, ResolvedOp::What::kHostAccess);
  EXPECT_EQ(op.address, ((kBase + 2) << 12) + 0x18);
  EXPECT_EQ(op.access, oracle::Access::kExecute);
  EXPECT_EQ(op.registers, oracle::Registers{});
  EXPECT_EQ(ResolveLine("cpu0 host_access pfn=top offset=1 access=read").address,
            0xffff'ffff'f001u);
}

TEST_F(Resolution, PagesAreCountedThroughAllRegions) {
  EXPECT_EQ(Page("ram+0xf"), kBase + 0xf);
  EXPECT_EQ(Page("ram+0x10"), 0x50000u);
  EXPECT_EQ(Page("ram+0x14"), kBase);
  EXPECT_EQ(Page("0x123456"), 0x123456u);
  EXPECT_EQ(Page("raw(3)"), 3u);
}

TEST_F(Resolution, EdgesAreWhereTheirNamesSay) {
  EXPECT_EQ(Page("ram0.before"), kBase - 1);
  EXPECT_EQ(Page("ram0.last"), kBase + 0xf);
  EXPECT_EQ(Page("ram1.after"), 0x50004u);
  EXPECT_EQ(Page("ram2.first"), kBase);
  EXPECT_EQ(Page("nomap0.first"), 0x40055u);
  EXPECT_EQ(Page("mmio0.after"), 0x9002u);
  EXPECT_EQ(Page("image.last"), 0x40059u);
  EXPECT_EQ(Page("pool.before"), 0x40059u);
  EXPECT_EQ(Page("space.last"), (std::uint64_t{1} << 28) - 1);
  EXPECT_EQ(Page("space.end"), std::uint64_t{1} << 28);
  EXPECT_EQ(Page("space.512"), (std::uint64_t{1} << 28) - 512);
  EXPECT_EQ(Page("alias52"), (std::uint64_t{1} << 52) + kBase);
  EXPECT_EQ(Page("top"), ~std::uint64_t{0});
  EXPECT_EQ(Page("top-511"), ~std::uint64_t{511});
  EXPECT_EQ(Page("half"), std::uint64_t{1} << 63);
  facts_.devices.clear();
  EXPECT_EQ(Page("mmio0.first"), kBase);
  EXPECT_EQ(Guest("0", "gfns.last"), (std::uint64_t{1} << 36) - 1);
  EXPECT_EQ(Guest("0", "gfns.end"), std::uint64_t{1} << 36);
  EXPECT_EQ(Guest("0", "gfns.512"), (std::uint64_t{1} << 36) - 512);
  EXPECT_EQ(Guest("0", "bit52"), std::uint64_t{1} << 52);
  EXPECT_EQ(Guest("0", "top"), ~std::uint64_t{0});
  EXPECT_EQ(Guest("0", "top-511"), ~std::uint64_t{511});
}

TEST_F(Resolution, TheSpecificationPicks) {
  EXPECT_EQ(Page("any(shared_guests,5)"), 0x700305u);
  EXPECT_EQ(Page("any(parked,5)"), kBase);
  EXPECT_EQ(Vm("any(dying,1)"), 0x9601u);
  EXPECT_EQ(Vm("any(stale,1)"), 0u);
  EXPECT_EQ(Guest("0x101", "live(4)-1"), 0x1010003u);
  EXPECT_EQ(Guest("0", "live(4)+1"), 1u);
}

TEST_F(Resolution, CreatedVmsAreNamedInOrderOfSuccess) {
  EXPECT_EQ(Vm("a"), 0u);
  Create(0x100, 36);
  const ResolvedOp refused =
      ResolveLine("cpu0 vm_create flags=plain ipa_bits=36 meta_pfn=0 root_pfn=0");
  context_.NoteEnd(refused, {0, ~std::uint64_t{0}, 0, 503});
  Create(0x201, 33);
  EXPECT_EQ(Vm("a"), 0x100u);
  EXPECT_EQ(Vm("b"), 0x201u);
  EXPECT_EQ(Vm("c"), 0x100u);
  EXPECT_EQ(X0("vm(b)"), 0x201u);
  context_.Clear();
  EXPECT_EQ(Vm("a"), 0u);
}

TEST_F(Resolution, AVmCreatedByARawCallCounts) {
  const ResolvedOp op = ResolveLine("cpu0 hvc x0=fn(vm_create)+sve x1=0 x2=33 x3=0 x4=0 x5=0");
  context_.NoteEnd(op, {0, 0, 0x300, 0});
  EXPECT_EQ(Vm("a"), 0x300u);
  EXPECT_EQ(Guest("a", "end"), std::uint64_t{1} << 21);
}

TEST_F(Resolution, WrongHandlesDifferFromGoodOnesByTheirFault) {
  Create(0x2fe, 36);
  EXPECT_EQ(Vm("a.newer"), 0x3feu);
  EXPECT_EQ(Vm("a.older"), 0x1feu);
  EXPECT_EQ(Vm("a.gen0"), 0xfeu);
  EXPECT_EQ(Vm("a.bit32"), 0x1'0000'02feu);
  EXPECT_EQ(Vm("a.bit63"), 0x8000'0000'0000'02feu);
  EXPECT_EQ(Vm("a.slot+1"), 0x2ffu);
}

TEST_F(Resolution, GuestPagesCountFromSpansAndFromTheVmsEnd) {
  Create(0x100, 33);
  EXPECT_EQ(Guest("a", "span(3)"), 0x600u);
  EXPECT_EQ(Guest("a", "end-1"), (std::uint64_t{1} << 21) - 1);
  EXPECT_EQ(Guest("a", "end+1"), (std::uint64_t{1} << 21) + 1);
  EXPECT_EQ(Guest("0", "end"), std::uint64_t{1} << 28);
}

TEST_F(Resolution, UsedPagesAreThoseOfEarlierOperations) {
  EXPECT_EQ(Page("used(1)"), kBase);
  EXPECT_EQ(Guest("0", "used(1)"), 0u);
  context_.NoteStart(ResolveLine("cpu0 share_hyp pfn=0x5000 count=1"));
  context_.NoteStart(ResolveLine("cpu0 unshare_guest vm=0 gfn=0x70 count=1"));
  context_.NoteStart(ResolveLine("cpu0 share_guest vm=0 pfn=0x6000 gfn=0x80 count=1 prot=r"));
  EXPECT_EQ(Page("used(1)"), 0x6000u);
  EXPECT_EQ(Page("used(2)-1"), 0x4fffu);
  EXPECT_EQ(Page("used(3)"), 0x6000u);
  EXPECT_EQ(Guest("0", "used(1)+2"), 0x82u);
  EXPECT_EQ(Guest("0", "used(2)"), 0x70u);
}

TEST_F(Resolution, TheFirstPageOfACallIsTheOneThatWasUsed) {
  context_.NoteStart(
      ResolveLine("cpu0 vm_create flags=plain ipa_bits=36 meta_pfn=ram+3 root_pfn=ram+8"));
  EXPECT_EQ(Page("used(1)"), kBase + 3);
}

TEST_F(Resolution, OnlyAsManyUsedPagesAreKeptAsCanBeNamed) {
  for (int i = 0; i < 100; ++i) {
    context_.NoteStart(ResolveLine("cpu0 share_hyp pfn=" + std::to_string(5000 + i) + " count=1"));
  }
  EXPECT_EQ(context_.used_pfns().size(), 64u);
  EXPECT_EQ(Page("used(0x40)"), 5036u);
}

TEST_F(Resolution, FunctionIdsAndPermissionsHaveTheirForms) {
  EXPECT_EQ(X0("fn(share_hyp)+sve"), 0xc6010042u);
  EXPECT_EQ(X0("fn(share_hyp)+bit32"), 0x1'c6000042u);
  EXPECT_EQ(X0("fn(share_hyp)+bit63"), 0x8000'0000'c600'0042u);
  EXPECT_EQ(X0("fn(0xff)+hvc32"), 0x860000ffu);
  EXPECT_EQ(X0("fn(1)+yielding"), 0x46000001u);
  EXPECT_EQ(X0("fn(1)+standard"), 0x84000001u);
  EXPECT_EQ(Prot("rwx"), 7u);
  EXPECT_EQ(Prot("none+bit3"), 8u);
  EXPECT_EQ(Prot("rw+bit63"), 0x8000'0000'0000'0003u);
}

TEST_F(Resolution, FunctionIdsOfGuestsHaveTheirForms) {
  EXPECT_EQ(X0("fn(3)+standard64"), 0xc4000003u);
  EXPECT_EQ(X0("fn(0)+arch"), 0x80000000u);
  EXPECT_EQ(X0("fn(1)+query"), 0x8600ff01u);
  EXPECT_EQ(X0("fn(0)+hvc32"), 0x86000000u);
}

TEST_F(Resolution, AHostStoreIsOfOneAlignedWord) {
  const ResolvedOp op = ResolveLine("cpu0 host_write pfn=ram+2 offset=0x1f value=0x123456789");
  EXPECT_EQ(op.what, ResolvedOp::What::kHostStore);
  EXPECT_EQ(op.address, ((kBase + 2) << 12) + 0x18);
  ASSERT_EQ(op.word_count, 1u);
  EXPECT_EQ(op.words[0], 0x123456789u);
}

TEST_F(Resolution, AListEntryGoesToTheListPageOfItsCpu) {
  const std::string line = " list_entry vm=0x101 index=2 pfn=ram+1 gfn=live(4) count=3";
  const ResolvedOp op = ResolveLine("cpu1" + line);
  EXPECT_EQ(op.what, ResolvedOp::What::kHostStore);
  EXPECT_EQ(op.address, ((kBase + 7) << 12) + 48);
  ASSERT_EQ(op.word_count, 3u);
  EXPECT_EQ(op.words[0], kBase + 1);
  EXPECT_EQ(op.words[1], 0x1010004u);
  EXPECT_EQ(op.words[2], 3u);
  EXPECT_EQ(op.pfn, kBase + 1);
  EXPECT_EQ(ResolveLine("cpu0" + line).word_count, 0u);
}

TEST_F(Resolution, AGuestNamesItsOwnPages) {
  const ResolvedOp share = ResolveLine("cpu1 guest_share_host gfn=live(4)");
  EXPECT_EQ(share.what, ResolvedOp::What::kGuestHvc);
  EXPECT_EQ(share.registers[0], 0xc6000003u);
  EXPECT_EQ(share.registers[1], 0x1010004000u);
  EXPECT_EQ(share.registers[2], 0u);
  EXPECT_EQ(share.registers[3], 0u);
  EXPECT_EQ(share.register_count, 4u);
  EXPECT_EQ(share.gfn, 0x1010004u);
  EXPECT_EQ(ResolveLine("cpu0 guest_share_host gfn=live(4)").registers[1], 0u);
  const ResolvedOp relinquish = ResolveLine("cpu1 guest_relinquish gfn=5 keep=1");
  EXPECT_EQ(relinquish.registers[0], 0xc6000009u);
  EXPECT_EQ(relinquish.registers[1], 0x5000u);
  EXPECT_EQ(relinquish.registers[3], 1u);
  EXPECT_EQ(ResolveLine("cpu1 guest_wait").register_count, 1u);
}

TEST_F(Resolution, AGuestSetsOnlyTheRegistersThatItNames) {
  const ResolvedOp hvc = ResolveLine("cpu1 guest_hvc x0=fn(3)+standard64 x1=1 x2=4 x3=3 x4=2 x5=9");
  EXPECT_EQ(hvc.what, ResolvedOp::What::kGuestHvc);
  EXPECT_EQ(hvc.registers[0], 0xc4000003u);
  EXPECT_EQ(hvc.registers[5], 9u);
  EXPECT_EQ(hvc.register_count, 6u);
  const ResolvedOp immediate = ResolveLine("cpu1 guest_hvc_imm imm=7 x0=1 x1=2 x2=3 x3=4 x4=5");
  EXPECT_EQ(immediate.what, ResolvedOp::What::kGuestHvc);
  EXPECT_EQ(immediate.immediate, 7);
  EXPECT_EQ(immediate.registers[4], 5u);
  EXPECT_EQ(immediate.register_count, 5u);
  EXPECT_EQ(ResolveLine("cpu1 guest_smc x0=1 x1=2 x2=3 x3=4 x4=5 x5=6").what,
            ResolvedOp::What::kGuestSmc);
}

TEST_F(Resolution, AGuestAccessIsAnIntermediateAddress) {
  const ResolvedOp op = ResolveLine("cpu1 guest_access gfn=0x40 offset=0x1f access=write reg=31");
  EXPECT_EQ(op.what, ResolvedOp::What::kGuestAccess);
  EXPECT_EQ(op.address, 0x40018u);
  EXPECT_EQ(op.access, oracle::Access::kWrite);
  EXPECT_EQ(op.guest_register, 31u);
}

TEST_F(Resolution, StepsAndSchedulesAreTaken) {
  EXPECT_EQ(ResolveLine("cpu1 step steps=40").steps, 40u);
  EXPECT_EQ(ResolveLine("cpu1 version sched=7").schedule, 7);
}

// Written out, an operation asks nobody and does the same.
TEST_F(Resolution, ConcreteOperationsResolveToTheSame) {
  Create(0x100, 36);
  Create(0x201, 33);
  Random random(21);
  for (int i = 0; i < 5000; ++i) {
    const Op op = RandomOp(random);
    const ResolvedOp resolved = Resolve(op, context_);
    const Op concrete = Concretise(op, resolved, context_);
    ASSERT_EQ(Resolve(concrete, context_), resolved) << PrintOp(op) << "\n" << PrintOp(concrete);
    ASSERT_EQ(Concretise(concrete, resolved, context_), concrete);
    const std::string text = PrintOp(concrete);
    for (const char* asks : {"any(", "used(", "live(", "=end"}) {
      ASSERT_EQ(text.substr(0, text.find(" -> ")).substr(0, text.find("  #")).find(asks),
                std::string::npos)
          << text;
    }
    context_.NoteStart(resolved);
  }
}

}  // namespace
}  // namespace cadastre::script
