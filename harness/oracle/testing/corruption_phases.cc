// SPDX-License-Identifier: Apache-2.0
// Group C: what is read and stored when, and running guests.
#include <algorithm>

#include "harness/oracle/testing/corruption.h"

namespace cadastre::oracle::testing {
namespace {

using Hook = std::function<void(Answer&)>;

auto FindKind(HandCore& core, EventKind kind) {
  return std::find_if(core.machine.events.begin(), core.machine.events.end(),
                      [kind](const Event& event) { return event.kind == kind; });
}

// The store of a word of the run page.
Event& RunPageStore(HandCore& core, unsigned word) {
  return *std::find_if(core.machine.events.begin(), core.machine.events.end(),
                       [word](const Event& event) {
                         return event.kind == EventKind::kStore &&
                                event.address == (kRunningPage << kPageShift) + word * 8;
                       });
}

// unshare_guest_list of two gfns, with `early` before the locks are released.
std::optional<Violation> UnshareList(HandCore& core, const Hook& early) {
  core.WriteList(kPinnedPage, {{0, kGfn, 1}, {0, kGfn + 1, 1}});
  return core.Run(HandCore::Hypercall(0, 0x53, {kPlainVm, 2}), {.early = early}).violation;
}

std::optional<Violation> WordReadTwice(HandCore& core) {
  return UnshareList(
      core, [&](Answer&) { core.machine.Log(EventKind::kReadHost, kPinnedPage << kPageShift, 0); });
}

std::optional<Violation> WordNotRead(HandCore& core) {
  return UnshareList(
      core, [&](Answer&) { core.machine.events.erase(FindKind(core, EventKind::kReadHost)); });
}

std::optional<Violation> WordsReadOutOfOrder(HandCore& core) {
  return UnshareList(core, [&](Answer&) {
    const auto first = FindKind(core, EventKind::kReadHost);
    std::swap(first[0], first[1]);
  });
}

std::optional<Violation> ListReadUnderLock(HandCore& core) {
  return UnshareList(core, [&](Answer&) {
    const auto lock = FindKind(core, EventKind::kLock);
    std::rotate(core.machine.events.begin(), lock, lock + 1);
  });
}

std::optional<Violation> RunPageReadAtFirstEntry(HandCore& core) {
  PrepareGuest(core);
  return core
      .Run(HandCore::Hypercall(0, 0x5C, {}),
           {.early =
                [&](Answer&) {
                  core.machine.Log(EventKind::kReadHost, (kRunningPage << kPageShift) + 4 * 8, 0);
                }})
      .violation;
}

// The guest of PrepareGuest runs, and then `operation` traps.
std::optional<Violation> Trapped(HandCore& core, const Operation& operation,
                                 const CoreHooks& hooks) {
  PrepareGuest(core);
  core.Call(0x5C, {});
  return core.GuestTrap(operation, hooks).violation;
}
constexpr Operation kInterrupted = {.trap = Trap::kInterrupt};

std::optional<Violation> EnteredWithAnotherRegister(HandCore& core) {
  PrepareGuest(core);
  return core
      .Run(HandCore::Hypercall(0, 0x5C, {}), {.late = [](Answer& answer) { ++answer.guest.x[30]; }})
      .violation;
}

std::optional<Violation> GuestCallWritesX4(HandCore& core) {
  PrepareGuest(core);
  core.Call(0x5C, {});
  return core
      .GuestHvc({0xC6000004, 0x13000, 0, 0},
                {.late = [](Answer& answer) { answer.guest.x[4] = 1; }})
      .violation;
}

std::optional<Violation> RefusedGuestCallCounts(HandCore& core) {
  PrepareGuest(core);
  core.Call(0x5C, {});
  return core
      .GuestHvc({0xC6000003, 0x12000, 0, 0},
                {.early = [&](Answer&) { core.machine.Log(EventKind::kCellStore, 8, 1); }})
      .violation;
}

std::optional<Violation> GuestRunsOnAfterExit(HandCore& core) {
  return Trapped(core, kInterrupted, {.late = [](Answer& answer) { answer.next = Next::kGuest; }});
}

std::optional<Violation> ExitTellsAnotherReason(HandCore& core) {
  return Trapped(core, kInterrupted, {.late = [](Answer& answer) { answer.registers[2] = 1; }});
}

std::optional<Violation> GuestRegisterLeaksToHost(HandCore& core) {
  return Trapped(core, kInterrupted, {.late = [](Answer& answer) { answer.registers[9] = 1; }});
}

std::optional<Violation> RunPageShowsX5(HandCore& core) {
  return Trapped(core, kInterrupted,
                 {.early = [&](Answer&) { RunPageStore(core, 9).value = 0xBAD; }});
}

std::optional<Violation> RunPageWordLeftOut(HandCore& core) {
  return Trapped(
      core, kInterrupted, {.early = [&](Answer&) {
        core.machine.events.erase(core.machine.events.begin() +
                                  (&RunPageStore(core, 37) - core.machine.events.data()));
      }});
}

std::optional<Violation> RunPageStoredBackwards(HandCore& core) {
  return Trapped(core, kInterrupted, {.early = [&](Answer&) {
                   std::swap(RunPageStore(core, 1), RunPageStore(core, 2));
                 }});
}

std::optional<Violation> ExitStoresToAnotherHostPage(HandCore& core) {
  return Trapped(core, kInterrupted,
                 {.early = [&](Answer&) { core.machine.Store(kPrivatePage << kPageShift, 1); }});
}

// A guest's trap that changes nothing but registers comes near no table of its VM.
std::optional<Violation> InterruptStoresToATablePage(HandCore& core) {
  return Trapped(core, kInterrupted,
                 {.early = [&](Answer&) { core.machine.Store((kFreeA + 0x4B) << kPageShift, 1); }});
}

std::optional<Violation> InterruptStoresToAnotherVcpu(HandCore& core) {
  PrepareGuest(core);
  core.Call(0x59, {kSecretVm, 1, kVcpuPage + 1, kRunningPage, 0, 0});
  core.Call(0x5C, {});
  return core
      .GuestTrap(kInterrupted,
                 {.early = [&](Answer&) { core.machine.Store((kVcpuPage + 1) << kPageShift, 1); }})
      .violation;
}

std::optional<Violation> PsciRefusalStores(HandCore& core) {
  PrepareGuest(core);
  core.Call(0x5C, {});
  return core
      .GuestHvc({0xC4000003, 7, 0, 0},
                {.early = [&](Answer&) { core.machine.Log(EventKind::kCellStore, 8, 1); }})
      .violation;
}

std::optional<Violation> RetriedAbortStores(HandCore& core) {
  return Trapped(core, {.trap = Trap::kGuestAbort, .address = 0x10000, .syndrome = 0x92000004},
                 {.early = [&](Answer&) { core.machine.Log(EventKind::kCellStore, 8, 1); }});
}

std::optional<Violation> VttbrOfAVmThatTheCallIsNotOn(HandCore& core) {
  return core
      .Run(HandCore::Hypercall(0, 0x4C, {kPlainVm, kGfn, 1}),
           {.early =
                [&](Answer&) {
                  const std::uint64_t own = core.machine.vttbr[0];
                  core.machine.Log(EventKind::kWriteVttbr, 0, core.machine.VttbrOf(core.VmTree(1)));
                  core.machine.Log(EventKind::kWriteVttbr, 0, own);
                  core.machine.Log(EventKind::kIsb);
                }})
      .violation;
}

std::optional<Violation> GuestEnteredOnHostRoot(HandCore& core) {
  PrepareGuest(core);
  return core
      .Run(
          HandCore::Hypercall(0, 0x5C, {}),
          {.early =
               [&](Answer&) { core.machine.events.erase(FindKind(core, EventKind::kWriteVttbr)); }})
      .violation;
}

// share_hyp, with `late` after its locks were released.
std::optional<Violation> ShareLate(HandCore& core, const Hook& late) {
  return core.Run(HandCore::Hypercall(0, 0x42, {kPrivatePage, 1}), {.late = late}).violation;
}

std::optional<Violation> EntryStoredLate(HandCore& core) {
  return ShareLate(core, [&](Answer&) {
    const std::uint64_t entry = core.machine.HostEntry(kPrivatePage);
    core.machine.Store(entry, core.machine.Read(entry));
  });
}

std::optional<Violation> RecordStoredLate(HandCore& core) {
  return ShareLate(core, [&](Answer&) {
    const std::uint64_t record = core.machine.RecordAddress(kPrivatePage);
    core.machine.Store(record, core.machine.Read(record));
  });
}

std::optional<Violation> CellStoredLate(HandCore& core) {
  return ShareLate(core, [&](Answer&) { core.machine.Log(EventKind::kCellStore, 8, 1); });
}

// reclaim_hyp, with `scrubbing` between its two events.
std::optional<Violation> Reclaim(HandCore& core, const Hook& scrubbing) {
  return core.Run(HandCore::Hypercall(0, 0x47, {kParkedPage, 2}), {.scrubbing = scrubbing})
      .violation;
}

std::optional<Violation> EntryStoredWhileScrubbing(HandCore& core) {
  return Reclaim(core, [&](Answer&) {
    core.machine.Store(core.machine.HostEntry(kParkedPage), HostPage(kParkedPage, 0));
  });
}

std::optional<Violation> RecordStoredWhileScrubbing(HandCore& core) {
  return Reclaim(core, [&](Answer&) { core.machine.SetUse(kParkedPage, 0); });
}

std::optional<Violation> ForeignScrubWindow(HandCore& core) {
  return Reclaim(core, [&](Answer&) { core.machine.Store(core.machine.ScrubWindowEntry(1), 0); });
}

}  // namespace

std::span<const Corruption> CorruptedPhases() {
  using enum Invariant;
  static const std::vector<Corruption> corruptions = {
      {"WordReadTwice", kReadOnce, {}, WordReadTwice},
      {"WordNotRead", kReadOnce, {}, WordNotRead},
      {"WordsReadOutOfOrder", kReadOnce, {}, WordsReadOutOfOrder},
      {"ListReadUnderLock", kReadOnce, {}, ListReadUnderLock},
      {"RunPageReadAtFirstEntry", kReadOnce, {}, RunPageReadAtFirstEntry},
      {"EnteredWithAnotherRegister", kGuestRegisters, {}, EnteredWithAnotherRegister},
      {"GuestCallWritesX4", kGuestRegisters, {}, GuestCallWritesX4},
      {"RefusedGuestCallCounts", kRefusalUnchanged, {}, RefusedGuestCallCounts},
      {"GuestRunsOnAfterExit", kResult, {}, GuestRunsOnAfterExit},
      {"ExitTellsAnotherReason", kResult, {}, ExitTellsAnotherReason},
      {"GuestRegisterLeaksToHost", kRegistersPreserved, {}, GuestRegisterLeaksToHost},
      {"RunPageShowsX5", kRunPage, {}, RunPageShowsX5},
      {"RunPageWordLeftOut", kRunPage, {}, RunPageWordLeftOut},
      {"RunPageStoredBackwards", kRunPage, {}, RunPageStoredBackwards},
      {"ExitStoresToAnotherHostPage",
       kNoWriteOutsideHyp,
       {kFootprint},
       ExitStoresToAnotherHostPage},
      {"InterruptStoresToATablePage", kFootprint, {}, InterruptStoresToATablePage},
      {"InterruptStoresToAnotherVcpu", kFootprint, {}, InterruptStoresToAnotherVcpu},
      {"PsciRefusalStores", kRefusalUnchanged, {}, PsciRefusalStores},
      {"RetriedAbortStores", kRefusalUnchanged, {}, RetriedAbortStores},
      {"VttbrOfAVmThatTheCallIsNotOn", kVttbrAgrees, {}, VttbrOfAVmThatTheCallIsNotOn},
      {"GuestEnteredOnHostRoot", kVttbrAgrees, {}, GuestEnteredOnHostRoot},
      {"EntryStoredLate", kTwoPhase, {kLockCovers}, EntryStoredLate},
      {"RecordStoredLate", kTwoPhase, {}, RecordStoredLate},
      {"CellStoredLate", kTwoPhase, {}, CellStoredLate},
      {"EntryStoredWhileScrubbing", kTwoPhase, {kLockCovers}, EntryStoredWhileScrubbing},
      {"RecordStoredWhileScrubbing", kTwoPhase, {kLockCovers}, RecordStoredWhileScrubbing},
      {"ForeignScrubWindow", kTwoPhase, {kFootprint, kLockCovers}, ForeignScrubWindow},
  };
  return corruptions;
}

}  // namespace cadastre::oracle::testing
