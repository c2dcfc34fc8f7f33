// SPDX-License-Identifier: Apache-2.0
// Group B: pages of a protected guest, and the way they go back.
#include "harness/oracle/testing/corruption.h"

namespace cadastre::oracle::testing {
namespace {

constexpr std::uint64_t kPoisonWord = 5U << 1;

std::uint64_t SecretEntry(HandCore& core, std::uint64_t gfn) {
  return core.machine.EntryAddress(core.VmTree(kSecretSlot), gfn << kPageShift);
}

// GIVEN or LENT.
constexpr std::uint64_t HandedOver(unsigned kind, unsigned slot, std::uint64_t gfn) {
  return kind << 1 | std::uint64_t{slot + 1} << 8 | gfn << 16;
}

// Replaces the host's entry of a guest's page.
std::optional<Violation> HostSees(HandCore& core, std::uint64_t pfn, std::uint64_t word,
                                  int count_change) {
  PrepareGuest(core);
  PokeEntry(core, core.machine.HostEntry(pfn), word, count_change);
  return core.oracle->FullSweep();
}

// Replaces the guest's entry.
std::optional<Violation> GuestSees(HandCore& core, std::uint64_t gfn, std::uint64_t word,
                                   int count_change) {
  PrepareGuest(core);
  PokeEntry(core, SecretEntry(core, gfn), word, count_change);
  return core.oracle->FullSweep();
}

std::optional<Violation> HostKeepsGivenPage(HandCore& core) {
  return HostSees(core, kGivenPages, HostPage(kGivenPages, 0), -1);
}
std::optional<Violation> GivenToAnotherVm(HandCore& core) {
  return HostSees(core, kGivenPages, HandedOver(2, 1, 0x10), 0);
}
std::optional<Violation> GivenAtAnotherGfn(HandCore& core) {
  return HostSees(core, kGivenPages, HandedOver(2, kSecretSlot, 0x11), 0);
}
std::optional<Violation> LoanAnnotatedAsGift(HandCore& core) {
  return HostSees(core, kLentPage, HandedOver(2, kSecretSlot, 0x12), 0);
}
std::optional<Violation> GiftAnnotatedAsLoan(HandCore& core) {
  return HostSees(core, kGivenPages, HandedOver(3, kSecretSlot, 0x10), 0);
}
std::optional<Violation> HostLosesOpenPage(HandCore& core) {
  return HostSees(core, kOpenPage, HandedOver(2, kSecretSlot, 0x13), 0);
}
std::optional<Violation> HostOwnsOpenPage(HandCore& core) {
  return HostSees(core, kOpenPage, HostPage(kOpenPage, 1), 0);
}
std::optional<Violation> GuestOwnsItsLoan(HandCore& core) {
  return GuestSees(core, 0x12, GuestPage(kLentPage, 3, 0, 1), 0);
}
std::optional<Violation> LoanIsExecutable(HandCore& core) {
  return GuestSees(core, 0x12, GuestPage(kLentPage, 7, 3, 1), 0);
}
std::optional<Violation> GuestLosesGivenPage(HandCore& core) {
  return GuestSees(core, 0x10, 0, -1);
}
std::optional<Violation> PoisonForgotten(HandCore& core) {
  return GuestSees(core, kPoisonedGfn, 0, -1);
}
std::optional<Violation> PoisonWithAField(HandCore& core) {
  return GuestSees(core, kPoisonedGfn, kPoisonWord | 1U << 16, 0);
}
std::optional<Violation> PageAtPoison(HandCore& core) {
  return GuestSees(core, kPoisonedGfn, GuestPage(kPrivatePage, 3, 0, 1), 0);
}
std::optional<Violation> PoisonOverAPage(HandCore& core) {
  return GuestSees(core, 0x10, kPoisonWord, 0);
}

std::optional<Violation> SecretSharedWithPlainGuest(HandCore& core) {
  PrepareGuest(core);
  PokeEntry(core, core.machine.EntryAddress(core.VmTree(0), 0x20 << kPageShift),
            GuestPage(kGivenPages, 1, 2, 1), 1);
  PokeRecord(core, kGivenPages, 0, 1);
  return core.oracle->FullSweep();
}

std::optional<Violation> VcpuPageOfAnotherClass(HandCore& core) {
  return HostSees(core, kVcpuPage, HypAnnotation(4, kSecretSlot + 1), 0);
}

// force_reclaim of a given page, with `early` between the page's revocation and the release.
std::optional<Violation> ReclaimBadly(HandCore& core, const std::function<void(Answer&)>& early) {
  PrepareGuest(core);
  return core.Run(HandCore::Hypercall(1, 0x62, {kSecretVm, kGivenPages, 1}), {.early = early})
      .violation;
}

std::optional<Violation> NotInTransit(HandCore& core) {
  return ReclaimBadly(
      core, [&](Answer&) { core.machine.SetHost(kGivenPages, HostPage(kGivenPages, 0)); });
}

std::optional<Violation> TransitNotRecorded(HandCore& core) {
  return ReclaimBadly(core, [&](Answer&) { core.machine.SetUse(kGivenPages, 0); });
}

std::optional<Violation> GuestKeepsReclaimedPage(HandCore& core) {
  return ReclaimBadly(core, [&](Answer&) {
    core.machine.SetEntry(core.VmTree(kSecretSlot), 0x10 << kPageShift,
                          GuestPage(kGivenPages, 7, 0, 1));
  });
}

std::optional<Violation> NotScrubbed(HandCore& core) {
  PrepareGuest(core);
  return core
      .Run(HandCore::Hypercall(1, 0x62, {kSecretVm, kGivenPages, 2}),
           {.scrubbing = [&](Answer&) { core.machine.Poke((kGivenPages + 1) << kPageShift, 1); }})
      .violation;
}

}  // namespace

std::span<const Corruption> CorruptedGuests() {
  using enum Invariant;
  static const std::vector<Corruption> corruptions = {
      {"HostKeepsGivenPage", kExclusiveOwner, {}, HostKeepsGivenPage},
      {"GivenToAnotherVm", kLegalRow, {}, GivenToAnotherVm},
      {"GivenAtAnotherGfn", kLegalRow, {}, GivenAtAnotherGfn},
      {"LoanAnnotatedAsGift", kExclusiveOwner, {}, LoanAnnotatedAsGift},
      {"GiftAnnotatedAsLoan", kExclusiveOwner, {}, GiftAnnotatedAsLoan},
      {"HostLosesOpenPage", kLegalRow, {}, HostLosesOpenPage},
      {"HostOwnsOpenPage", kExclusiveOwner, {}, HostOwnsOpenPage},
      {"GuestOwnsItsLoan", kExclusiveOwner, {kGfnAgrees}, GuestOwnsItsLoan},
      {"LoanIsExecutable", kPermissionBound, {kGfnAgrees}, LoanIsExecutable},
      {"GuestLosesGivenPage", kExclusiveOwner, {kGfnAgrees}, GuestLosesGivenPage},
      {"PoisonForgotten", kGfnAgrees, {}, PoisonForgotten},
      {"PoisonWithAField", kAnnotationLegal, {}, PoisonWithAField},
      {"PageAtPoison", kExclusiveOwner, {kPermissionBound, kGfnAgrees}, PageAtPoison},
      {"PoisonOverAPage", kExclusiveOwner, {kGfnAgrees}, PoisonOverAPage},
      {"SecretSharedWithPlainGuest", kLegalRow, {kGfnAgrees}, SecretSharedWithPlainGuest},
      {"VcpuPageOfAnotherClass", kPageAgrees, {}, VcpuPageOfAnotherClass},
      {"NotInTransit", kPageAgrees, {}, NotInTransit},
      {"TransitNotRecorded", kRecordAgrees, {}, TransitNotRecorded},
      {"GuestKeepsReclaimedPage", kLegalRow, {kGfnAgrees}, GuestKeepsReclaimedPage},
      {"NotScrubbed", kScrubbedClean, {}, NotScrubbed},
  };
  return corruptions;
}

}  // namespace cadastre::oracle::testing
