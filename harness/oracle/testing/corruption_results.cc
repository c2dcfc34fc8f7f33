// SPDX-License-Identifier: Apache-2.0
// Group C: answers, stores, locks and roots.
#include "harness/oracle/testing/corruption.h"

namespace cadastre::oracle::testing {
namespace {

// share_hyp of one free page, with `meddle` before the oracle looks.
std::optional<Violation> Share(HandCore& core, const HandCore::Meddle& meddle) {
  return core.Call(0x42, {kPrivatePage, 1}, meddle).violation;
}

// share_hyp of a parked page, which is refused.
std::optional<Violation> RefusedShare(HandCore& core, const HandCore::Meddle& meddle) {
  return core.Call(0x42, {kParkedPage, 1}, meddle).violation;
}

std::optional<Violation> WrongDetail(HandCore& core) {
  return RefusedShare(core, [](Registers& after) { ++after[2]; });
}

std::optional<Violation> WrongSuccess(HandCore& core) {
  return RefusedShare(core, [](Registers& after) { after[1] = after[2] = after[3] = 0; });
}

std::optional<Violation> LeakInX17(HandCore& core) {
  return Share(core, [](Registers& after) { after[17] ^= 1; });
}

std::optional<Violation> UnknownCallWritesX1(HandCore& core) {
  return core.Call(0x7F, {5}, [](Registers& after) { after[1] = 0; }).violation;
}

std::optional<Violation> RefusalCountsSomething(HandCore& core) {
  return RefusedShare(core, [&](Registers&) { core.machine.Log(EventKind::kCellStore, 8, 1); });
}

std::optional<Violation> RefusalStoresAnEntry(HandCore& core) {
  return RefusedShare(core, [&](Registers&) {
    const std::uint64_t entry = core.machine.HostEntry(kPrivatePage);
    core.machine.Store(entry, core.machine.Read(entry));
  });
}

std::optional<Violation> NeighbourStored(HandCore& core) {
  return Share(core, [&](Registers&) {
    const std::uint64_t entry = core.machine.HostEntry(kPrivatePage + 1);
    core.machine.Store(entry, core.machine.Read(entry));
  });
}

std::optional<Violation> NeighbourRecordStored(HandCore& core) {
  return Share(core, [&](Registers&) {
    core.machine.Store(core.machine.RecordAddress(kPrivatePage + 1), 0);
  });
}

// mkyoung_guest of one gfn has no use for so many stores, all of them right.
std::optional<Violation> EntryStoredOverAndOver(HandCore& core) {
  return core
      .Call(0x4E, {kPlainVm, kGfn, 1},
            [&](Registers&) {
              const std::uint64_t entry =
                  core.machine.EntryAddress(core.VmTree(0), kGfn << kPageShift);
              for (unsigned i = 0; i < 5000; ++i)
                core.machine.Store(entry, core.machine.Read(entry));
            })
      .violation;
}

std::optional<Violation> OtherGfnStored(HandCore& core) {
  return core
      .Call(0x4E, {kPlainVm, kGfn, 1},
            [&](Registers&) {
              const std::uint64_t entry =
                  core.machine.EntryAddress(core.VmTree(0), (kGfn + 1) << kPageShift);
              core.machine.Store(entry, core.machine.Read(entry));
            })
      .violation;
}

std::optional<Violation> WholeTableFilled(HandCore& core) {
  return Share(core, [&](Registers&) {
    core.machine.Log(EventKind::kFill,
                     core.machine.HostEntry(kPrivatePage) & ~std::uint64_t{0xFFF});
    core.machine.Flush(core.machine.HostTree(), kPrivatePage << kPageShift);
  });
}

std::optional<Violation> HostPageStored(HandCore& core) {
  return Share(core, [&](Registers&) { core.machine.Store(kPrivatePage << kPageShift, 1); });
}

std::optional<Violation> UnscrubbedReclaim(HandCore& core) {
  return core
      .Call(0x47, {kParkedPage, 2},
            [&](Registers&) { core.machine.Poke(((kParkedPage + 1) << kPageShift) + 8, 1); })
      .violation;
}

std::optional<Violation> UnclearedMetadata(HandCore& core) {
  core.Call(0x5E, {kProtectedVm});
  core.Call(0x60, {kProtectedVm, kFreeA + 0x30, 2});
  return core
      .Call(0x61, {kProtectedVm},
            [&](Registers&) { core.machine.Poke((kFreeA + 2) << kPageShift, 1); })
      .violation;
}

std::optional<Violation> VttbrWithForeignVmid(HandCore& core) {
  return Share(core, [&](Registers&) {
    core.machine.Log(EventKind::kWriteVttbr, 0,
                     std::uint64_t{2} << 48 | core.VmTree(0).root_pfn << kPageShift);
    core.machine.Log(EventKind::kWriteVttbr, 0, kHostRoot << kPageShift);
  });
}

std::optional<Violation> VttbrLeftWithGuest(HandCore& core) {
  return Share(core, [&](Registers&) {
    core.machine.Log(EventKind::kWriteVttbr, 0,
                     std::uint64_t{1} << 48 | core.VmTree(0).root_pfn << kPageShift);
  });
}

std::optional<Violation> El2RootMoved(HandCore& core) {
  return Share(core, [&](Registers&) {
    core.machine.Log(EventKind::kWriteTtbr0El2, 0, kPool << kPageShift);
  });
}

std::optional<Violation> PinLost(HandCore& core) {
  PokeRecord(core, kPinnedPage, 16, ~std::uint64_t{0});
  return core.oracle->FullSweep();
}

std::optional<Violation> UseForgotten(HandCore& core) {
  return core
      .Call(0x46, {kPrivatePage, 1}, [&](Registers&) { core.machine.SetUse(kPrivatePage, 0); })
      .violation;
}

std::optional<Violation> LockKept(HandCore& core) {
  return core
      .Run(HandCore::Hypercall(0, 0x42, {kPrivatePage, 1}),
           {.late = [&](Answer&) { core.machine.Log(EventKind::kLock, 3); }})
      .violation;
}

std::optional<Violation> UnheldLockReleased(HandCore& core) {
  return Share(core, [&](Registers&) { core.machine.Log(EventKind::kUnlock, 2); });
}

std::optional<Violation> LocksInverted(HandCore& core) {
  // share_hyp holds the host lock.
  return Share(core, [&](Registers&) {
    core.machine.Log(EventKind::kLock, 0x100);
    core.machine.Log(EventKind::kUnlock, 0x100);
  });
}

std::optional<Violation> AbortNotInjected(HandCore& core) {
  return core.Abort(kParkedPage << kPageShift, Access::kRead,
                    {.late = [](Answer& answer) { answer.abort = AbortOutcome::kRetry; }});
}

std::optional<Violation> AbortRetriedUnmapped(HandCore& core) {
  core.oracle->Begin({.trap = Trap::kHostAbort, .address = kRamC << kPageShift});
  return core.oracle->End(0, {.abort = AbortOutcome::kRetry}, {});
}

}  // namespace

std::span<const Corruption> CorruptedResults() {
  using enum Invariant;
  static const std::vector<Corruption> corruptions = {
      {"WrongDetail", kResult, {}, WrongDetail},
      {"WrongSuccess", kResult, {}, WrongSuccess},
      {"LeakInX17", kRegistersPreserved, {}, LeakInX17},
      {"UnknownCallWritesX1", kRegistersPreserved, {}, UnknownCallWritesX1},
      {"RefusalCountsSomething", kRefusalUnchanged, {}, RefusalCountsSomething},
      {"RefusalStoresAnEntry", kRefusalUnchanged, {kFootprint}, RefusalStoresAnEntry},
      {"NeighbourStored", kFootprint, {}, NeighbourStored},
      {"NeighbourRecordStored", kFootprint, {}, NeighbourRecordStored},
      {"OtherGfnStored", kFootprint, {}, OtherGfnStored},
      {"WholeTableFilled", kPublishedUnordered, {kFootprint}, WholeTableFilled},
      {"EntryStoredOverAndOver", kTouchBound, {}, EntryStoredOverAndOver},
      {"HostPageStored", kNoWriteOutsideHyp, {}, HostPageStored},
      {"UnscrubbedReclaim", kScrubbedClean, {}, UnscrubbedReclaim},
      {"UnclearedMetadata", kScrubbedClean, {}, UnclearedMetadata},
      {"VttbrWithForeignVmid", kVttbrAgrees, {}, VttbrWithForeignVmid},
      {"VttbrLeftWithGuest", kVttbrAgrees, {}, VttbrLeftWithGuest},
      {"El2RootMoved", kVttbrAgrees, {}, El2RootMoved},
      {"PinLost", kRecordAgrees, {}, PinLost},
      {"UseForgotten", kRecordAgrees, {}, UseForgotten},
      {"LockKept", kLocksReleased, {}, LockKept},
      {"UnheldLockReleased", kLocksReleased, {}, UnheldLockReleased},
      {"LocksInverted", kLockOrder, {}, LocksInverted},
      {"AbortNotInjected", kAbortOutcome, {}, AbortNotInjected},
      {"AbortRetriedUnmapped", kAbortOutcome, {}, AbortRetriedUnmapped},
  };
  return corruptions;
}

}  // namespace cadastre::oracle::testing
