// SPDX-License-Identifier: Apache-2.0
// Group B: who has which page.
#include "harness/oracle/testing/corruption.h"

namespace cadastre::oracle::testing {
namespace {

constexpr std::uint64_t kExecuteNever = std::uint64_t{1} << 54;

std::uint64_t GuestEntry(HandCore& core, std::uint64_t gfn) {
  return core.machine.EntryAddress(core.VmTree(0), gfn << kPageShift);
}

std::optional<Violation> El2MapsHostPage(HandCore& core) {
  PokeEntry(core, core.machine.El2Entry(kPrivatePage), El2Page(kPrivatePage, 0), 1);
  return core.oracle->FullSweep();
}

std::optional<Violation> NobodyOwnsParkedPage(HandCore& core) {
  PokeEntry(core, core.machine.El2Entry(kParkedPage), 0, -1);
  return core.oracle->FullSweep();
}

std::optional<Violation> HostKeepsDonatedPage(HandCore& core) {
  PokeEntry(core, core.machine.HostEntry(kParkedPage), HostPage(kParkedPage, 0), -1);
  return core.oracle->FullSweep();
}

std::optional<Violation> GuestOwnsHostPage(HandCore& core) {
  PokeEntry(core, GuestEntry(core, 0x20), GuestPage(kPrivatePage, 3, 0, 1), 1);
  return core.oracle->FullSweep();
}

std::optional<Violation> SharedWithNobody(HandCore& core) {
  PokeEntry(core, core.machine.El2Entry(kSharedHypPage), 0, -1);
  return core.oracle->FullSweep();
}

std::optional<Violation> HostForgetsSharing(HandCore& core) {
  PokeEntry(core, core.machine.HostEntry(kSharedHypPage), HostPage(kSharedHypPage, 0), -1);
  return core.oracle->FullSweep();
}

std::optional<Violation> SharedBehindTheSpecification(HandCore& core) {
  PokeEntry(core, core.machine.HostEntry(kPrivatePage), HostPage(kPrivatePage, 1), 1);
  PokeEntry(core, core.machine.El2Entry(kPrivatePage), El2Page(kPrivatePage, 2), 1);
  return core.oracle->FullSweep();
}

std::optional<Violation> AnnotatedAsAnotherVms(HandCore& core) {
  core.machine.Poke(core.machine.HostEntry(kTablePages), HypAnnotation(3, 2));
  return core.oracle->FullSweep();
}

std::optional<Violation> LeftInTransit(HandCore& core) {
  PokeEntry(core, core.machine.HostEntry(kPrivatePage), 4 << 1, 1);
  return core.oracle->FullSweep();
}

std::optional<Violation> BorrowersOff(HandCore& core) {
  PokeRecord(core, kGuestPages, 0, 1);
  return core.oracle->FullSweep();
}

std::optional<Violation> HostSeesAnotherPage(HandCore& core) {
  core.machine.Poke(core.machine.HostEntry(kPrivatePage), HostPage(kPrivatePage + 1, 0));
  return core.oracle->FullSweep();
}

std::optional<Violation> ScrubWindowLeftOpen(HandCore& core) {
  core.machine.SetEntry(core.machine.El2Tree(), 0x7000'0000'0000, El2Page(kParkedPage, 0));
  return core.oracle->FullSweep();
}

std::optional<Violation> HostPageWithoutExecute(HandCore& core) {
  core.machine.Poke(core.machine.HostEntry(kPrivatePage),
                    HostPage(kPrivatePage, 0) | kExecuteNever);
  return core.oracle->FullSweep();
}

std::optional<Violation> El2PageExecutable(HandCore& core) {
  core.machine.Poke(core.machine.El2Entry(kSharedHypPage),
                    El2Page(kSharedHypPage, 2) & ~kExecuteNever);
  return core.oracle->FullSweep();
}

std::optional<Violation> GuestMayExecute(HandCore& core) {
  core.machine.Poke(GuestEntry(core, kGfn), GuestPage(kGuestPages, 7, 2, 1));
  return core.oracle->FullSweep();
}

std::optional<Violation> RamAsDevice(HandCore& core) {
  core.machine.Poke(core.machine.HostEntry(kPrivatePage), kPrivatePage << kPageShift | 0x4C7);
  return core.oracle->FullSweep();
}

std::optional<Violation> HostReadsImage(HandCore& core) {
  core.machine.Poke(core.machine.HostEntry(kPrivatePage), HostPage(kImage + 3, 0));
  return core.oracle->FullSweep();
}

std::optional<Violation> AnnotatedNoMapPage(HandCore& core) {
  PokeEntry(core, core.machine.HostEntry(kNoMap), HypAnnotation(6, 0), 1);
  return core.oracle->FullSweep();
}

std::optional<Violation> HostMapsNoMapPage(HandCore& core) {
  core.machine.Poke(core.machine.HostEntry(kNoMap), HostPage(kNoMap, 0));
  return core.oracle->FullSweep();
}

std::optional<Violation> GuestMapsHole(HandCore& core) {
  PokeEntry(core, GuestEntry(core, 0x20), GuestPage(kHole, 3, 2, 1), 1);
  return core.oracle->FullSweep();
}

std::optional<Violation> GuestLeafOld(HandCore& core) {
  core.machine.Poke(GuestEntry(core, kGfn), GuestPage(kGuestPages, 3, 2, 0));
  return core.oracle->FullSweep();
}

std::optional<Violation> GuestLeafReadOnly(HandCore& core) {
  core.machine.Poke(GuestEntry(core, kGfn), GuestPage(kGuestPages, 1, 2, 1));
  return core.oracle->FullSweep();
}

std::optional<Violation> PoisonAtAGfn(HandCore& core) {
  PokeEntry(core, GuestEntry(core, 0x20), 5 << 1, 1);
  return core.oracle->FullSweep();
}

std::optional<Violation> ProtectedGuestBorrows(HandCore& core) {
  RawMachine& machine = core.machine;
  machine.SetEntry(core.VmTree(1), kGfn << kPageShift, GuestPage(kGuestPages, 3, 2, 1));
  machine.SetBorrowers(kGuestPages, 2);
  return core.oracle->FullSweep();
}

}  // namespace

std::span<const Corruption> CorruptedOwnership() {
  using enum Invariant;
  static const std::vector<Corruption> corruptions = {
      {"El2MapsHostPage", kExclusiveOwner, {}, El2MapsHostPage},
      {"NobodyOwnsParkedPage", kExclusiveOwner, {}, NobodyOwnsParkedPage},
      {"HostKeepsDonatedPage", kExclusiveOwner, {}, HostKeepsDonatedPage},
      {"GuestOwnsHostPage", kExclusiveOwner, {kGfnAgrees}, GuestOwnsHostPage},
      {"SharedWithNobody", kLegalRow, {}, SharedWithNobody},
      {"HostForgetsSharing", kLegalRow, {}, HostForgetsSharing},
      {"SharedBehindTheSpecification", kPageAgrees, {}, SharedBehindTheSpecification},
      {"AnnotatedAsAnotherVms", kPageAgrees, {}, AnnotatedAsAnotherVms},
      {"LeftInTransit", kPageAgrees, {}, LeftInTransit},
      {"BorrowersOff", kBorrowersCounted, {}, BorrowersOff},
      {"HostSeesAnotherPage", kIdentityMap, {}, HostSeesAnotherPage},
      {"ScrubWindowLeftOpen", kIdentityMap, {}, ScrubWindowLeftOpen},
      {"HostPageWithoutExecute", kPermissionBound, {}, HostPageWithoutExecute},
      {"El2PageExecutable", kPermissionBound, {}, El2PageExecutable},
      {"GuestMayExecute", kPermissionBound, {kGfnAgrees}, GuestMayExecute},
      {"RamAsDevice", kMemoryType, {}, RamAsDevice},
      {"HostReadsImage", kImageProtected, {}, HostReadsImage},
      {"AnnotatedNoMapPage", kNonRamUnowned, {}, AnnotatedNoMapPage},
      {"HostMapsNoMapPage", kNonRamUnowned, {}, HostMapsNoMapPage},
      {"GuestMapsHole", kNonRamUnowned, {kMemoryType, kGfnAgrees}, GuestMapsHole},
      {"GuestLeafOld", kGfnAgrees, {}, GuestLeafOld},
      {"GuestLeafReadOnly", kGfnAgrees, {}, GuestLeafReadOnly},
      {"PoisonAtAGfn", kGfnAgrees, {}, PoisonAtAGfn},
      {"ProtectedGuestBorrows", kLegalRow, {kGfnAgrees, kPoolAccounted}, ProtectedGuestBorrows},
  };
  return corruptions;
}

}  // namespace cadastre::oracle::testing
