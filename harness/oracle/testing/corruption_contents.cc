// SPDX-License-Identifier: Apache-2.0
// Group E: who sees whose bytes.
#include <algorithm>

#include "harness/oracle/testing/corruption.h"

namespace cadastre::oracle::testing {
namespace {

using Hook = std::function<void(Answer&)>;

auto FindKind(HandCore& core, EventKind kind) {
  return std::find_if(core.machine.events.begin(), core.machine.events.end(),
                      [kind](const Event& event) { return event.kind == kind; });
}

// The first event of a kind, left out.
Hook Drop(HandCore& core, EventKind kind) {
  return [&core, kind](Answer&) { core.machine.events.erase(FindKind(core, kind)); };
}

// force_reclaim on the other CPU of a page that the guest stored to.
std::optional<Violation> ReclaimSecret(HandCore& core, const CoreHooks& hooks) {
  PrepareSecret(core);
  return core.Run(HandCore::Hypercall(1, 0x62, {kSecretVm, kGivenPages, 1}), hooks).violation;
}

// The page is zeroed in time for whoever looks afterwards, but the host could look before.
std::optional<Violation> MappedBeforeItsScrub(HandCore& core) {
  return ReclaimSecret(core, {.before_release = [&](Answer&) {
                         const auto zero = FindKind(core, EventKind::kZeroPage);
                         std::rotate(zero, zero + 1, core.machine.events.end());
                       }});
}

std::optional<Violation> ScrubNotCleaned(HandCore& core) {
  return ReclaimSecret(core, {.scrubbing = Drop(core, EventKind::kCleanInvalidate)});
}

std::optional<Violation> CleanedBeforeItWasZeroed(HandCore& core) {
  return ReclaimSecret(core, {.scrubbing = [&](Answer&) {
                         const auto zero = FindKind(core, EventKind::kZeroPage);
                         std::iter_swap(zero, FindKind(core, EventKind::kCleanInvalidate));
                       }});
}

std::optional<Violation> ScrubLeftOut(HandCore& core) {
  return ReclaimSecret(core, {.scrubbing = [&](Answer&) {
                         core.machine.events.erase(FindKind(core, EventKind::kZeroPage));
                         core.machine.Poke(kGivenPages << kPageShift, kSecretWord);
                       }});
}

// Through a translation that was not invalidated.
std::optional<Violation> GuestStoresAfterTheScrub(HandCore& core) {
  return ReclaimSecret(core,
                       {.scrubbing = [&](Answer&) { StoreAs(core, 0, kGivenPages, kSecretWord); }});
}

std::optional<Violation> SharedWithoutClean(HandCore& core) {
  PrepareSecret(core);
  return core
      .GuestHvc({0xC6000003, 0x10000, 0, 0}, {.early = Drop(core, EventKind::kCleanInvalidate)})
      .violation;
}

std::optional<Violation> KeptWithoutClean(HandCore& core) {
  PrepareSecret(core);
  return core
      .GuestHvc({0xC6000009, 0x10000, 0, 1}, {.early = Drop(core, EventKind::kCleanInvalidate)})
      .violation;
}

// A guest's store reached a page of the host, which then shares it.
std::optional<Violation> StrangersBytesShared(HandCore& core) {
  PrepareSecret(core);
  StoreAs(core, 0, kPrivatePage, kSecretWord);
  return core.Run(HandCore::Hypercall(1, 0x44, {kPlainVm, kPrivatePage, 0x600, 1, 3})).violation;
}

std::optional<Violation> Reads(HandCore& core, unsigned cpu, std::uint64_t pfn) {
  return core.oracle->NoteAccess(cpu, pfn, Access::kRead);
}

std::optional<Violation> HostReadsGuestsPage(HandCore& core) {
  PrepareSecret(core);
  return Reads(core, 1, kGivenPages);
}

std::optional<Violation> HostFetchesFromGuestsPage(HandCore& core) {
  PrepareSecret(core);
  return core.oracle->NoteAccess(1, kGivenPages, Access::kExecute);
}

std::optional<Violation> HostReadsEl2(HandCore& core) { return Reads(core, 1, kHostRoot); }

std::optional<Violation> GuestReadsEl2(HandCore& core) {
  PrepareSecret(core);
  return Reads(core, 0, kHostRoot);
}

}  // namespace

std::span<const Corruption> CorruptedContents() {
  using enum Invariant;
  static const std::vector<Corruption> corruptions = {
      {"StrangersBytesShared", kSecretVisible, {}, StrangersBytesShared},
      {"MappedBeforeItsScrub", kSecretVisible, {kMaintenanceCount}, MappedBeforeItsScrub},
      {"SecretNotCleaned", kSecretVisible, {kMaintenanceCount}, ScrubNotCleaned},
      {"CleanedBeforeItWasZeroed", kSecretVisible, {kMaintenanceCount}, CleanedBeforeItWasZeroed},
      {"ScrubLeftOut", kScrubbedClean, {kSecretVisible, kMaintenanceCount}, ScrubLeftOut},
      {"GuestStoresAfterTheScrub", kScrubbedClean, {kSecretVisible}, GuestStoresAfterTheScrub},
      {"SharedWithoutClean", kSecretVisible, {kMaintenanceCount}, SharedWithoutClean},
      {"KeptWithoutClean", kSecretVisible, {kMaintenanceCount}, KeptWithoutClean},
      {"HostReadsGuestsPage", kForbiddenRead, {}, HostReadsGuestsPage},
      {"HostFetchesFromGuestsPage", kForbiddenRead, {}, HostFetchesFromGuestsPage},
      {"HostReadsEl2", kForbiddenRead, {}, HostReadsEl2},
      {"GuestReadsEl2", kForbiddenRead, {}, GuestReadsEl2},
  };
  return corruptions;
}

}  // namespace cadastre::oracle::testing
