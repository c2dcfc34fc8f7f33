// SPDX-License-Identifier: Apache-2.0
// The duties of service/ABI.md section 4: for each transition the barriers, TLB and cache
// maintenance that the core issues, in their order, with the loser's VMID. No oracle: the sequences
// stand here in words, derived from the manual's table of duties.
#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <initializer_list>
#include <memory>
#include <new>
#include <span>
#include <string>

#include "harness/machine/core_sim.h"
#include "harness/machine/machine.h"

namespace cadastre {
namespace {

using abi::CallNumber;
using oracle::Event;
using oracle::EventKind;

constexpr unsigned kSmall = 0;  // without TLBI by range
constexpr unsigned kPlain = 1;  // with it

// What a call did, as words: stores next to each other are one; "vm" and "host" say whose VMID
// VTTBR_EL2 gets; "|" is where the last lock was released. A TLBI by address carries its level
// hint, and stands with its number of repetitions.
class Words {
 public:
  explicit Words(std::span<const Event> events) {
    for (const Event& event : events) Add(event);
    Flush();
  }
  const std::string& text() const { return text_; }

 private:
  void Add(const Event& event) {
    switch (event.kind) {
      case EventKind::kStore:
      case EventKind::kFill:
      case EventKind::kCellStore:
        return Say("store", Repeats::kFolded);
      case EventKind::kLock:
        ++locks_;
        return;
      case EventKind::kUnlock:
        return --locks_ == 0 ? Say("|", Repeats::kFolded) : void();
      case EventKind::kTlbiIpas2e1is:
        return Say("ipas2e1is/" + std::to_string(event.value), Repeats::kCounted);
      case EventKind::kTlbiRipas2e1is:
        return Say(
            "ripas2e1is/" + std::to_string(event.old_value) + ":" + std::to_string(event.value),
            Repeats::kCounted);
      case EventKind::kWriteVttbr:
        return Say(event.value >> 48 == 0 ? "host" : "vm", Repeats::kCounted);
      default:
        return Say(NameOf(event.kind), Repeats::kCounted);
    }
  }

  static std::string NameOf(EventKind kind) {
    switch (kind) {
      case EventKind::kZeroPage:
        return "zero";
      case EventKind::kDsbIshst:
        return "dsb.ishst";
      case EventKind::kDsbIsh:
        return "dsb.ish";
      case EventKind::kDsbNsh:
        return "dsb.nsh";
      case EventKind::kIsb:
        return "isb";
      case EventKind::kTlbiVmalle1is:
        return "vmalle1is";
      case EventKind::kTlbiVmalls12e1is:
        return "vmalls12e1is";
      case EventKind::kTlbiVale2is:
        return "vale2is";
      case EventKind::kTlbiVae2is:
        return "vae2is";
      case EventKind::kCleanInvalidate:
        return "clean";
      case EventKind::kInvalidateIcache:
        return "icache";
      case EventKind::kTlbiVmalle1:
        return "vmalle1";
      case EventKind::kIcIallu:
        return "iallu";
      case EventKind::kReadHost:
        return "read";
      case EventKind::kWriteVtcr:
        return "vtcr";
      default:
        return "?";
    }
  }

  enum class Repeats { kFolded, kCounted };
  void Say(const std::string& word, Repeats repeats) {
    if (word == last_) {
      if (repeats == Repeats::kCounted) ++count_;
      return;
    }
    Flush();
    last_ = word;
    count_ = 1;
  }
  void Flush() {
    if (last_.empty()) return;
    if (!text_.empty()) text_ += ' ';
    text_ += last_;
    if (count_ > 1) text_ += "*" + std::to_string(count_);
    last_.clear();
  }

  std::string text_;
  std::string last_;
  unsigned count_ = 0;
  int locks_ = 0;
};

class DutiesTest : public ::testing::Test {
 protected:
  void Boot(unsigned profile) {
    machine_ = std::make_unique<Machine>(*Profile::Make(profile));
    storage_ = std::make_unique<std::uint64_t[]>(kObjectWords);
    core_ = new (storage_.get()) SimHypervisor;
    machine_->RegisterObject(std::as_writable_bytes(std::span(storage_.get(), kObjectWords)));
    const BootInfo info = machine_->profile().Boot();
    Status status = Errno::kInval;
    ASSERT_FALSE(
        machine_->RunOp(0, [&] { status = core_->Boot(machine_->platform(), info); }).has_value());
    ASSERT_TRUE(status.ok());
    ram_ = profile == kSmall ? 0x40200 : 0x80200;  // the first page of a granule of RAM
    // Every granule that the tests use is a TABLE, so that no split stands between.
    for (const std::uint64_t page : {0u, 0x200u, 0x400u}) {
      Call(CallNumber::kShareHyp, {ram_ + page, 1});
      Call(CallNumber::kUnshareHyp, {ram_ + page, 1});
    }
  }

  // x2 of a call that must succeed.
  std::uint64_t Call(CallNumber number, std::initializer_list<std::uint64_t> arguments) {
    Registers x{};
    x[0] = abi::kFunctionBase + static_cast<std::uint64_t>(number);
    std::size_t next = 1;
    for (const std::uint64_t value : arguments) x[next++] = value;
    const auto violation =
        machine_->RunOp(0, [&] { core_->HandleHvc(machine_->platform(), 0, x, guest_); });
    EXPECT_FALSE(violation.has_value()) << violation->id << ": " << violation->detail;
    EXPECT_EQ(x[1], 0U) << "row " << x[3];
    return x[2];
  }
  std::string Did(CallNumber number, std::initializer_list<std::uint64_t> arguments) {
    Call(number, arguments);
    return Words(machine_->events(0)).text();
  }

  // A protected VM whose vCPU runs on CPU 0; its handle.
  std::uint64_t RunGuest() {
    const std::uint64_t vm = MakeVm(1);
    Call(CallNumber::kShareHyp, {ram_ + 0x10, 1});
    Call(CallNumber::kVcpuCreate, {vm, 0, ram_ + 0x20, ram_ + 0x10, 0, 0});
    Call(CallNumber::kVcpuLoad, {vm, 0});
    return vm;
  }
  // What the running guest's HVC did; x0 must be 0 after it.
  std::string GuestDid(abi::GuestCallId id, std::uint64_t ipa, std::uint64_t x3) {
    guest_.x[0] = static_cast<std::uint64_t>(id);
    guest_.x[1] = ipa;
    guest_.x[2] = 0;
    guest_.x[3] = x3;
    Registers host{};
    const auto violation =
        machine_->RunOp(0, [&] { core_->HandleGuestHvc(machine_->platform(), 0, guest_, host); });
    EXPECT_FALSE(violation.has_value()) << violation->id << ": " << violation->detail;
    EXPECT_EQ(guest_.x[0], 0U);
    return Words(machine_->events(0)).text();
  }

  // A live VM with table memory; its handle.
  std::uint64_t MakeVm(std::uint64_t flags) {
    const std::uint64_t vm = Call(CallNumber::kVmCreate, {flags, 36, ram_ + 0x100, ram_ + 0x102});
    Call(CallNumber::kVmDonateTables, {vm, ram_ + 0x110, 16});
    return vm;
  }

  static constexpr std::size_t kObjectWords = (sizeof(SimHypervisor) + 7) / 8;
  std::unique_ptr<Machine> machine_;
  std::unique_ptr<std::uint64_t[]> storage_;
  SimHypervisor* core_ = nullptr;
  GuestRegisters guest_;
  std::uint64_t ram_ = 0;
};

// CC: a page through the window, contents kept.
constexpr char kClean[] = "dsb.ishst isb clean dsb.ish store dsb.ishst vale2is dsb.ish isb";
// SC: the same, zeroed first.
// After the last page of a call the I-cache goes.
constexpr char kScrub[] =
    "store dsb.ishst isb zero clean dsb.ish store dsb.ishst vale2is dsb.ish isb icache dsb.ish";
// RH of a page; the host's VMID is in VTTBR already.
constexpr char kRevokeHost[] = "store dsb.ishst ipas2e1is/3 dsb.ish vmalle1is dsb.ish isb";
// RG of a page whose table stays.
constexpr char kRevokeGuest[] =
    "store dsb.ishst vm isb ipas2e1is/3 dsb.ish vmalle1is dsb.ish host isb";

std::string Join(std::initializer_list<const char*> parts) {
  std::string text;
  for (const char* part : parts) text += (text.empty() ? "" : " ") + std::string(part);
  return text;
}

TEST_F(DutiesTest, ShareHypTagsAndPublishesWithoutMaintenance) {
  Boot(kSmall);
  EXPECT_EQ(Did(CallNumber::kShareHyp, {ram_ + 1, 1}), "store dsb.ishst isb |");
}

TEST_F(DutiesTest, UnshareHypRevokesAtEl2BeforeItTags) {
  Boot(kSmall);
  Call(CallNumber::kShareHyp, {ram_ + 1, 3});
  EXPECT_EQ(Did(CallNumber::kUnshareHyp, {ram_ + 1, 3}),
            "store dsb.ishst vale2is*3 dsb.ish isb store |");
}

TEST_F(DutiesTest, DonateHypRevokesTheHostBeforeEl2GetsThePage) {
  Boot(kSmall);
  EXPECT_EQ(Did(CallNumber::kDonateHyp, {ram_ + 1, 1}),
            Join({kRevokeHost, "store dsb.ishst isb |"}));
}

TEST_F(DutiesTest, ReclaimHypScrubsWithNoLockBetweenItsEvents) {
  Boot(kSmall);
  Call(CallNumber::kDonateHyp, {ram_ + 1, 1});
  EXPECT_EQ(Did(CallNumber::kReclaimHyp, {ram_ + 1, 1}),
            Join({"store dsb.ishst vale2is dsb.ish isb store |", kScrub, "store dsb.ishst |"}));
}

TEST_F(DutiesTest, ShareGuestCleansBeforeItPublishes) {
  Boot(kSmall);
  const std::uint64_t vm = MakeVm(0);
  EXPECT_EQ(Did(CallNumber::kShareGuest, {vm, ram_ + 1, 7, 1, 3}),
            Join({"store", kClean, "store dsb.ishst |"}));
}

TEST_F(DutiesTest, GrantingExecutionInvalidatesTheInstructionCacheAfterTheClean) {
  Boot(kSmall);
  const std::uint64_t vm = MakeVm(0);
  EXPECT_EQ(Did(CallNumber::kShareGuest, {vm, ram_ + 1, 7, 1, 7}),
            Join({"store", kClean, "icache dsb.ish store dsb.ishst |"}));
}

TEST_F(DutiesTest, UnshareGuestRevokesWithTheVmsVmid) {
  Boot(kSmall);
  const std::uint64_t vm = MakeVm(0);
  Call(CallNumber::kShareGuest, {vm, ram_ + 1, 7, 2, 3});
  EXPECT_EQ(Did(CallNumber::kUnshareGuest, {vm, 7, 1}), Join({kRevokeGuest, "|"}));
}

TEST_F(DutiesTest, ARemovedTableIsInvalidatedWithoutALevelAndGivenBackAfterwards) {
  Boot(kSmall);
  const std::uint64_t vm = MakeVm(0);
  Call(CallNumber::kShareGuest, {vm, ram_ + 1, 7, 1, 3});
  EXPECT_EQ(Did(CallNumber::kUnshareGuest, {vm, 7, 1}),
            "store dsb.ishst vm isb ipas2e1is/0 dsb.ish vmalle1is dsb.ish host isb store |");
}

TEST_F(DutiesTest, AboveSixtyFourPagesTheWholeVmidGoesWhereThereIsNoRangeTlbi) {
  Boot(kSmall);
  const std::uint64_t vm = MakeVm(0);
  Call(CallNumber::kShareGuest, {vm, ram_ + 0x200, 7, 66, 3});
  EXPECT_EQ(Did(CallNumber::kWrprotectGuest, {vm, 7, 64}),
            "store dsb.ishst vm isb ipas2e1is/3*64 dsb.ish vmalle1is dsb.ish host isb |");
  Call(CallNumber::kRelaxGuestPerms, {vm, 7, 66, 2});
  EXPECT_EQ(Did(CallNumber::kWrprotectGuest, {vm, 7, 65}),
            "store dsb.ishst vm isb vmalls12e1is dsb.ish host isb |");
}

TEST_F(DutiesTest, ARangeTlbiCoversMany) {
  Boot(kPlain);
  const std::uint64_t vm = MakeVm(0);
  Call(CallNumber::kShareGuest, {vm, ram_ + 0x200, 7, 300, 3});
  EXPECT_EQ(Did(CallNumber::kWrprotectGuest, {vm, 7, 256}),
            "store dsb.ishst vm isb ripas2e1is/3:256 dsb.ish vmalle1is dsb.ish host isb |");
}

TEST_F(DutiesTest, LendAndDonateRevokeTheHostThenCleanThenGrant) {
  Boot(kSmall);
  const std::uint64_t vm = MakeVm(1);
  EXPECT_EQ(Did(CallNumber::kLendGuest, {vm, ram_ + 1, 7, 1, 3}),
            Join({kRevokeHost, "store", kClean, "store dsb.ishst |"}));
  EXPECT_EQ(Did(CallNumber::kDonateGuest, {vm, ram_ + 2, 8, 1}),
            Join({kRevokeHost, "store", kClean, "icache dsb.ish store dsb.ishst |"}));
}

TEST_F(DutiesTest, ForceReclaimPoisonsAndRevokesTheGuestBeforeTheScrub) {
  Boot(kSmall);
  const std::uint64_t vm = MakeVm(1);
  Call(CallNumber::kLendGuest, {vm, ram_ + 1, 7, 1, 3});
  EXPECT_EQ(Did(CallNumber::kForceReclaim, {vm, ram_ + 1, 1}),
            Join({kRevokeGuest, "store |", kScrub, "store dsb.ishst |"}));
}

TEST_F(DutiesTest, AListRevokesAllItsPagesAtOnce) {
  Boot(kSmall);
  const std::uint64_t vm = MakeVm(1);
  Call(CallNumber::kShareHyp, {ram_ + 9, 1});
  Call(CallNumber::kListPageSet, {1, ram_ + 9});
  const std::uint64_t list = (ram_ + 9) << 12;
  const std::array<std::uint64_t, 6> words = {ram_ + 1, 7, 1, ram_ + 5, 8, 1};
  for (std::size_t i = 0; i < words.size(); ++i) machine_->memory().Write(list + i * 8, words[i]);
  EXPECT_EQ(Did(CallNumber::kLendGuestList, {vm, 2, 3}),
            Join({"read*6 store dsb.ishst ipas2e1is/3*2 dsb.ish vmalle1is dsb.ish isb store",
                  kClean, "store", kClean, "store dsb.ishst store dsb.ishst |"}));
}

TEST_F(DutiesTest, ASplitOfABlockIsBreakBeforeMakeWithoutALevel) {
  Boot(kSmall);
  const std::uint64_t vm = MakeVm(0);
  Call(CallNumber::kShareGuest, {vm, ram_ + 0x200, 0x200, 512, 3});
  EXPECT_EQ(Did(CallNumber::kTestClearYoungGuest, {vm, 0x200, 1, 1}),
            "store dsb.ishst vm isb vmalls12e1is dsb.ish host isb store dsb.ishst store |");
}

TEST_F(DutiesTest, AVmidIsFlushedBeforeItsSlotIsFree) {
  Boot(kSmall);
  const std::uint64_t vm = Call(CallNumber::kVmCreate, {0, 36, ram_ + 0x100, ram_ + 0x102});
  Call(CallNumber::kVmStartTeardown, {vm});
  const std::string did = Did(CallNumber::kVmFinishTeardown, {vm});
  EXPECT_EQ(did.substr(0, did.find(" store")),
            "dsb.ishst vm isb vmalls12e1is dsb.ish isb host isb");
}

TEST_F(DutiesTest, ACpuThatRanAnotherVcpuOfTheVmForgetsIt) {
  Boot(kSmall);
  const std::uint64_t vm = MakeVm(1);
  Call(CallNumber::kShareHyp, {ram_ + 0x10, 1});
  Call(CallNumber::kVcpuCreate, {vm, 0, ram_ + 0x20, ram_ + 0x10, 0, 0});
  Call(CallNumber::kVcpuCreate, {vm, 1, ram_ + 0x21, ram_ + 0x10, 0, 0});
  EXPECT_EQ(Did(CallNumber::kVcpuLoad, {vm, 0}), "store |") << "nothing of this VM ran here yet";
  Call(CallNumber::kVcpuPut, {});
  EXPECT_EQ(Did(CallNumber::kVcpuLoad, {vm, 0}), "store |");
  Call(CallNumber::kVcpuPut, {});
  EXPECT_EQ(Did(CallNumber::kVcpuLoad, {vm, 1}),
            "store vm isb vmalle1 iallu dsb.nsh host isb store |");
}

TEST_F(DutiesTest, EnteringAGuestChangesSizeAndRootBeforeTheIsb) {
  Boot(kSmall);
  RunGuest();
  EXPECT_EQ(Did(CallNumber::kVcpuRun, {}), "vtcr vm isb |");
  Registers host{};
  ASSERT_FALSE(
      machine_->RunOp(0, [&] { core_->HandleInterrupt(machine_->platform(), guest_, host); })
          .has_value());
  EXPECT_EQ(Words(machine_->events(0)).text(), "store vtcr host isb |");
}

TEST_F(DutiesTest, AGuestsPageIsCleanedBeforeTheHostReachesIt) {
  Boot(kSmall);
  const std::uint64_t vm = RunGuest();
  Call(CallNumber::kDonateGuest, {vm, ram_ + 1, 7, 2});
  Call(CallNumber::kVcpuRun, {});
  EXPECT_EQ(GuestDid(abi::GuestCallId::kShareHost, 7 << 12, 0),
            Join({"store", kClean, "icache dsb.ish store dsb.ishst |"}));
  // The host loses it, with its own VMID, and what it left in the cache goes before the guest has
  // the page alone again.
  EXPECT_EQ(GuestDid(abi::GuestCallId::kUnshareHost, 7 << 12, 0),
            Join({"store dsb.ishst host isb ipas2e1is/3 dsb.ish vmalle1is dsb.ish vm isb store",
                  kClean, "store |"}));
}

TEST_F(DutiesTest, ARelinquishedPageIsRevokedThenScrubbedOrCleaned) {
  Boot(kSmall);
  const std::uint64_t vm = RunGuest();
  Call(CallNumber::kDonateGuest, {vm, ram_ + 1, 7, 3});
  Call(CallNumber::kVcpuRun, {});
  constexpr char kRevoked[] = "store dsb.ishst ipas2e1is/3 dsb.ish vmalle1is dsb.ish isb store";
  EXPECT_EQ(GuestDid(abi::GuestCallId::kRelinquish, 7 << 12, 1),
            Join({kRevoked, kClean, "icache dsb.ish store dsb.ishst |"}));
  EXPECT_EQ(GuestDid(abi::GuestCallId::kRelinquish, 8 << 12, 0),
            Join({kRevoked, "|", kScrub, "store dsb.ishst |"}));
}

}  // namespace
}  // namespace cadastre
