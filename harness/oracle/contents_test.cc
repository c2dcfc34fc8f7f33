// SPDX-License-Identifier: Apache-2.0
// Colours of pages through every way that contents take: what is silent, and what is told of a
// page. What must fire is in testing/corruption_contents.cc.
#include <gtest/gtest.h>

#include "harness/oracle/testing/corruption.h"

namespace cadastre::oracle {
namespace {

using testing::HandCore;
using testing::kGivenPages;
using testing::kLentPage;
using testing::kOpenPage;
using testing::kParkedPage;
using testing::kPrivatePage;
using testing::kRunningPage;
using testing::kSecretVm;
using testing::kSecretWord;
using testing::StoreAs;

std::string Told(const std::optional<Violation>& violation) {
  return violation ? std::string(violation->id) + ": " + violation->detail : "silent";
}

class Contents : public ::testing::Test {
 protected:
  Contents() {
    testing::PrepareWorld(core_);
    testing::PrepareSecret(core_);
  }
  std::string ColourOf(std::uint64_t pfn) const { return core_.oracle->DescribeContents(pfn); }
  std::string Call(unsigned number, std::initializer_list<std::uint64_t> arguments) {
    return Told(core_.CallOn(1, number, arguments).violation);
  }
  std::string Hvc(std::initializer_list<std::uint64_t> registers) {
    return Told(core_.GuestHvc(registers).violation);
  }
  std::string Read(unsigned cpu, std::uint64_t pfn) {
    return Told(core_.oracle->NoteAccess(cpu, pfn, Access::kRead));
  }
  HandCore core_;
};

TEST_F(Contents, AtBootEl2sPagesAreItsSecretAndOthersZero) {
  EXPECT_EQ(ColourOf(testing::kHostRoot), "secret of EL2");
  EXPECT_EQ(ColourOf(testing::kPool + 1), "secret of EL2");
  EXPECT_EQ(ColourOf(kPrivatePage), "zero");
  EXPECT_EQ(ColourOf(testing::kNoMap), "not RAM");
}

TEST_F(Contents, StoresOfTheHostArePublicAndStayWhereTheyWere) {
  StoreAs(core_, 1, kPrivatePage, 1);
  EXPECT_EQ(ColourOf(kPrivatePage), "public");
  EXPECT_EQ(Call(0x48, {kSecretVm, kPrivatePage, 0x20, 1, 3}), "silent");
  StoreAs(core_, 0, kPrivatePage, 2);
  EXPECT_EQ(ColourOf(kPrivatePage), "secret of VM 0x102, public");
}

TEST_F(Contents, AGuestReadsItsOwnAndWhatIsPublic) {
  EXPECT_EQ(Read(0, kGivenPages), "silent");
  StoreAs(core_, 1, kPrivatePage, 1);
  EXPECT_EQ(Read(0, kPrivatePage), "silent");
}

TEST_F(Contents, AScrubbedPageIsZero) {
  EXPECT_EQ(ColourOf(kGivenPages), "secret of VM 0x102");
  EXPECT_EQ(Call(0x62, {kSecretVm, kGivenPages, 1}), "silent");
  EXPECT_EQ(ColourOf(kGivenPages), "zero");
  EXPECT_EQ(Read(1, kGivenPages), "silent");
}

TEST_F(Contents, RelinquishScrubsOrGivesAway) {
  EXPECT_EQ(Hvc({0xC6000009, 0x10000, 0, 0}), "silent");
  EXPECT_EQ(ColourOf(kGivenPages), "zero");
  StoreAs(core_, 0, kLentPage, kSecretWord);
  EXPECT_EQ(Hvc({0xC6000009, 0x12000, 0, 1}), "silent");
  EXPECT_EQ(ColourOf(kLentPage), "public");
  EXPECT_EQ(Read(1, kLentPage), "silent");
}

TEST_F(Contents, WhatAGuestSharesIsPublicUntilItTakesThePageBack) {
  EXPECT_EQ(Hvc({0xC6000003, 0x10000, 0, 0}), "silent");
  EXPECT_EQ(ColourOf(kGivenPages), "public");
  StoreAs(core_, 0, kGivenPages, 2);
  EXPECT_EQ(ColourOf(kGivenPages), "public");
  EXPECT_EQ(Hvc({0xC6000004, 0x10000, 0, 0}), "silent");
  StoreAs(core_, 0, kGivenPages, 3);
  EXPECT_EQ(ColourOf(kGivenPages), "secret of VM 0x102, public");
}

TEST_F(Contents, AnExitShowsWhatItShows) {
  EXPECT_EQ(Hvc({0x82000001, 1, 2, 3}), "silent");
  EXPECT_EQ(ColourOf(kRunningPage), "public");
  EXPECT_EQ(Read(1, kRunningPage), "silent");
}

// An operation under way has zeroed the page, and was not followed there yet.
TEST_F(Contents, ColoursOfBytesThatAreGoneDoNotCount) {
  core_.machine.Poke(kGivenPages << kPageShift, 0);
  EXPECT_EQ(Read(1, kGivenPages), "silent");
}

TEST_F(Contents, WhatEl2StoresIsItsSecretAtOnceWhenAsked) {
  core_.Start(HandCore::Hypercall(1, 0x46, {kPrivatePage, 1}));
  const Event store{.kind = EventKind::kStore, .cpu = 1, .address = kPrivatePage << 12, .value = 1};
  core_.machine.Poke(kPrivatePage << 12, 1);
  core_.oracle->NoteProgress(1, std::span(&store, 1));
  EXPECT_EQ(ColourOf(kPrivatePage), "secret of EL2");
}

TEST_F(Contents, SecretsOfSeveralAreForNobody) {
  const Event store{.kind = EventKind::kStore, .cpu = 1, .address = kGivenPages << 12, .value = 1};
  core_.Start(HandCore::Hypercall(1, 0x40, {}));
  core_.oracle->NoteProgress(1, std::span(&store, 1));
  EXPECT_EQ(ColourOf(kGivenPages), "secrets of several");
  EXPECT_NE(Read(0, kGivenPages), "silent");
}

TEST_F(Contents, StoresAreGrantedByRowAndByLeaf) {
  const auto grants = [&](unsigned cpu, std::uint64_t input, std::uint64_t pfn) {
    return core_.oracle->GrantsStore(cpu, input, pfn);
  };
  EXPECT_TRUE(grants(1, kPrivatePage, kPrivatePage));
  EXPECT_TRUE(grants(1, kOpenPage, kOpenPage));
  EXPECT_FALSE(grants(1, kGivenPages, kGivenPages));
  EXPECT_FALSE(grants(1, kParkedPage, kParkedPage));
  EXPECT_TRUE(grants(0, 0x10, kGivenPages));
  EXPECT_FALSE(grants(0, 0x11, kGivenPages));
  EXPECT_FALSE(grants(0, testing::kPoisonedGfn, kOpenPage + 5));
  EXPECT_FALSE(grants(0, 0x30, kPrivatePage));
}

TEST_F(Contents, ResetForgetsColours) {
  core_.Reset();
  EXPECT_EQ(ColourOf(kGivenPages), "zero");
  EXPECT_EQ(ColourOf(testing::kHostRoot), "secret of EL2");
}

TEST_F(Contents, ATearDownGivesNothingAway) {
  EXPECT_EQ(Told(core_.GuestTrap({.trap = Trap::kInterrupt}).violation), "silent");
  EXPECT_EQ(Told(core_.Call(0x5B, {}).violation), "silent");
  EXPECT_EQ(Call(0x5E, {kSecretVm}), "silent");
  EXPECT_EQ(Call(0x5F, {kSecretVm, 0x10, 5}), "silent");
  EXPECT_EQ(ColourOf(kGivenPages), "zero");
  EXPECT_EQ(Read(1, kOpenPage), "silent");
}

}  // namespace
}  // namespace cadastre::oracle
