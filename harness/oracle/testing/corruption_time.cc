// SPDX-License-Identifier: Apache-2.0
// Group D: the order of stores, barriers and TLBIs. Each edit takes one step out of what the
// hand-made core did, or adds one store.
#include <algorithm>

#include "harness/oracle/testing/corruption.h"

namespace cadastre::oracle::testing {
namespace {

using Hook = std::function<void(Answer&)>;

std::vector<Event>& EventsOf(HandCore& core) { return core.machine.events; }

void EraseAll(HandCore& core, EventKind kind) {
  std::erase_if(EventsOf(core), [kind](const Event& event) { return event.kind == kind; });
}

// The first event of the kind at or after `from`.
std::vector<Event>::iterator Find(HandCore& core, EventKind kind, std::size_t from = 0) {
  return std::find_if(EventsOf(core).begin() + static_cast<std::ptrdiff_t>(from),
                      EventsOf(core).end(),
                      [kind](const Event& event) { return event.kind == kind; });
}

// Operations that take something away: from the host, from EL2, from a guest, and a permission.
std::optional<Violation> Donate(HandCore& core, const Hook& early) {
  return core.Run(HandCore::Hypercall(0, 0x46, {kPrivatePage, 1}), {.early = early}).violation;
}
std::optional<Violation> UnshareHyp(HandCore& core, const Hook& early) {
  return core.Run(HandCore::Hypercall(0, 0x43, {kSharedHypPage, 1}), {.early = early}).violation;
}
std::optional<Violation> UnshareGuest(HandCore& core, const Hook& early) {
  return core.Run(HandCore::Hypercall(0, 0x45, {kPlainVm, kGfn, 1}), {.early = early}).violation;
}
std::optional<Violation> WrProtect(HandCore& core, const Hook& early) {
  return core.Run(HandCore::Hypercall(0, 0x4C, {kPlainVm, kGfn, 1}), {.early = early}).violation;
}
// And one that makes a table of the guest.
std::optional<Violation> ShareAtNewGranule(HandCore& core, const Hook& early) {
  return core
      .Run(HandCore::Hypercall(0, 0x44, {kPlainVm, kPrivatePage, 0x600, 1, 3}), {.early = early})
      .violation;
}
std::optional<Violation> Share(HandCore& core, const Hook& early) {
  return core.Run(HandCore::Hypercall(0, 0x42, {kPrivatePage, 1}), {.early = early}).violation;
}

std::optional<Violation> HostMayHoldDonatedPage(HandCore& core) {
  return Donate(core, [&](Answer&) { EraseAll(core, EventKind::kTlbiVmalls12e1is); });
}

std::optional<Violation> HostsTlbiNotCompleted(HandCore& core) {
  return Donate(core, [&](Answer&) { EraseAll(core, EventKind::kDsbIsh); });
}

std::optional<Violation> HostFlushedUnderGuestsVmid(HandCore& core) {
  return Donate(core, [&](Answer&) {
    const auto at = Find(core, EventKind::kTlbiVmalls12e1is);
    const std::uint64_t guest = core.machine.VttbrOf(core.VmTree(0));
    EventsOf(core).insert(at, {.kind = EventKind::kWriteVttbr, .cpu = 0, .value = guest});
  });
}

std::optional<Violation> El2KeepsUnsharedPage(HandCore& core) {
  return UnshareHyp(core, [&](Answer&) { EraseAll(core, EventKind::kTlbiVae2is); });
}

std::optional<Violation> GuestKeepsUnsharedPage(HandCore& core) {
  return UnshareGuest(core, [&](Answer&) { EraseAll(core, EventKind::kTlbiVmalls12e1is); });
}

// The VMALLS12E1IS becomes the manual's TLBI by IPA, without the VMALLE1IS.
std::optional<Violation> CombinedEntriesLeft(HandCore& core) {
  return UnshareGuest(core, [&](Answer&) {
    for (Event& event : EventsOf(core)) {
      if (event.kind != EventKind::kTlbiVmalls12e1is) continue;
      event.kind = EventKind::kTlbiIpas2e1is;
      event.address = kGfn << kPageShift;
    }
  });
}

std::optional<Violation> GuestKeepsPermission(HandCore& core) {
  return WrProtect(core, [&](Answer&) {
    const std::uint64_t entry = core.machine.EntryAddress(core.VmTree(0), kGfn << kPageShift);
    for (Event& event : EventsOf(core)) {
      if (event.kind != EventKind::kStore || event.address != entry) continue;
      event.kind = EventKind::kDsbIshst;  // leaves the last store alone: one in place
      event.address = event.value = event.old_value = 0;
    }
    std::erase_if(EventsOf(core),
                  [](const Event& event) { return event.kind == EventKind::kTlbiVmalls12e1is; });
    EventsOf(core).push_back({.kind = EventKind::kStore,
                              .cpu = 0,
                              .address = entry,
                              .value = core.machine.Read(entry),
                              .old_value = core.machine.Read(entry) | 0x80});
  });
}

std::optional<Violation> FinishedVmidNotFlushed(HandCore& core) {
  core.Call(0x5E, {kProtectedVm});
  core.Call(0x60, {kProtectedVm, kFreeA + 0x30, 2});
  return core
      .Run(HandCore::Hypercall(0, 0x61, {kProtectedVm}),
           {.early =
                [&](Answer&) {
                  const auto last = std::find_if(
                      EventsOf(core).rbegin(), EventsOf(core).rend(), [](const Event& event) {
                        return event.kind == EventKind::kTlbiVmalls12e1is;
                      });
                  EventsOf(core).erase(std::next(last).base());
                }})
      .violation;
}

std::optional<Violation> FlushLeavesOutAPage(HandCore& core) {
  return core
      .Run(HandCore::Hypercall(0, 0x4F, {kPlainVm, kGfn, 2}),
           {.early = [&](Answer&) { EraseAll(core, EventKind::kTlbiVmalls12e1is); }})
      .violation;
}

std::optional<Violation> ScrubWindowNotFlushed(HandCore& core) {
  return core
      .Run(HandCore::Hypercall(0, 0x47, {kParkedPage, 1}),
           {.scrubbing =
                [&](Answer&) {
                  const auto last = std::find_if(
                      EventsOf(core).rbegin(), EventsOf(core).rend(),
                      [](const Event& event) { return event.kind == EventKind::kTlbiVae2is; });
                  EventsOf(core).erase(std::next(last).base());
                }})
      .violation;
}

// The gfns' table goes with the last of them: a level hint leaves the pointer to it.
std::optional<Violation> TableRemovedByALevelHint(HandCore& core) {
  return core
      .Run(HandCore::Hypercall(0, 0x45, {kPlainVm, kGfn, 2}),
           {.early =
                [&](Answer&) {
                  const auto last = std::find_if(
                      EventsOf(core).rbegin(), EventsOf(core).rend(), [](const Event& event) {
                        return event.kind == EventKind::kTlbiVmalls12e1is;
                      });
                  *last = {.kind = EventKind::kTlbiIpas2e1is,
                           .cpu = 0,
                           .address = kGfn << kPageShift,
                           .value = kPageLevel};
                }})
      .violation;
}

// A table leaves the tree and comes back. Its pointer and one of its leaves are invalidated; the
// leaves beside that are not.
std::optional<Violation> LeavesOfARemovedTableLeft(HandCore& core) {
  return Share(core, [&](Answer&) {
    const std::uint64_t input = kPrivatePage << kPageShift;
    const std::uint64_t entry =
        core.machine.EntryAddress(core.machine.HostTree(), input, kBlockLevel);
    const std::uint64_t pointer = core.machine.Read(entry);
    core.machine.Store(entry, 0);
    core.machine.Log(EventKind::kDsbIshst);
    core.machine.Log(EventKind::kTlbiIpas2e1is, input);
    core.machine.Log(EventKind::kDsbIsh);
    core.machine.Log(EventKind::kTlbiVmalle1is);
    core.machine.Log(EventKind::kDsbIsh);
    core.machine.Store(entry, pointer);
    core.machine.Log(EventKind::kDsbIshst);
  });
}

// A live entry becomes another page's for a while, and everything is flushed in the end.
std::optional<Violation> ChangedInPlace(HandCore& core, std::uint64_t flip) {
  return Share(core, [&](Answer&) {
    const std::uint64_t entry = core.machine.HostEntry(kPrivatePage);
    const std::uint64_t word = core.machine.Read(entry);
    for (const std::uint64_t next : {word ^ flip, word}) {
      core.machine.Store(entry, next);
      core.machine.Flush(core.machine.HostTree(), kPrivatePage << kPageShift);
    }
  });
}
std::optional<Violation> OutputChangedInPlace(HandCore& core) {
  return ChangedInPlace(core, 0x1000);
}
std::optional<Violation> MemoryTypeChangedInPlace(HandCore& core) {
  return ChangedInPlace(core, 0x4);
}
std::optional<Violation> ShareabilityChangedInPlace(HandCore& core) {
  return ChangedInPlace(core, 0x100);
}

std::optional<Violation> MadeBeforeTheFlush(HandCore& core) {
  return Share(core, [&](Answer&) {
    const std::uint64_t entry = core.machine.HostEntry(kPrivatePage);
    const std::uint64_t word = core.machine.Read(entry);
    core.machine.Store(entry, 0);
    core.machine.Log(EventKind::kDsbIshst);
    core.machine.Store(entry, word);
    core.machine.Flush(core.machine.HostTree(), kPrivatePage << kPageShift);
  });
}

std::optional<Violation> TableLinkedBeforeItsWords(HandCore& core) {
  return ShareAtNewGranule(core, [&](Answer&) {
    // The fill comes right after the pointer.
    const auto fill = Find(core, EventKind::kFill);
    const std::uint64_t page = fill->address;
    const auto link = std::find_if(fill, EventsOf(core).end(), [page](const Event& event) {
      return event.kind == EventKind::kStore && event.value == (page | 0b11);
    });
    std::rotate(fill, fill + 1, link + 1);
  });
}

std::optional<Violation> SharedWithoutBarrier(HandCore& core) {
  return Share(core, [&](Answer&) { EraseAll(core, EventKind::kDsbIshst); });
}

std::optional<Violation> SharedWithoutIsb(HandCore& core) {
  return Share(core, [&](Answer&) { EraseAll(core, EventKind::kIsb); });
}

// The locks from `first_lock` on are taken only after all stores.
void TakeLate(HandCore& core, std::uint64_t first_lock) {
  auto& events = EventsOf(core);
  std::vector<Event> late;
  for (const Event& event : events) {
    if (event.kind == EventKind::kLock && event.address >= first_lock) late.push_back(event);
  }
  std::erase_if(events, [&](const Event& event) {
    return event.kind == EventKind::kLock && event.address >= first_lock;
  });
  events.insert(events.end(), late.begin(), late.end());
}

std::optional<Violation> HostStoredBeforeItsLock(HandCore& core) {
  return Share(core, [&](Answer&) { TakeLate(core, 1); });
}

std::optional<Violation> El2StoredBeforeItsLock(HandCore& core) {
  return Share(core, [&](Answer&) { TakeLate(core, 2); });
}

std::optional<Violation> GuestStoredBeforeItsLock(HandCore& core) {
  return WrProtect(core, [&](Answer&) { TakeLate(core, 0x100); });
}

std::optional<Violation> RecordStoredBeforeItsLock(HandCore& core) {
  return core
      .Run(HandCore::Hypercall(0, 0x51, {1, kSharedHypPage}),
           {.early = [&](Answer&) { TakeLate(core, 1); }})
      .violation;
}

// The first page of a granule that is still a block: a table is made.
std::optional<Violation> PoolPageStoredBeforeItsLock(HandCore& core) {
  return core
      .Run(HandCore::Hypercall(0, 0x42, {kRamB + 0x20, 1}),
           {.early = [&](Answer&) { TakeLate(core, 3); }})
      .violation;
}

// Maintenance of a page that is lent with X: revoke, clean, I-cache, grant.
std::optional<Violation> Lend(HandCore& core, const Hook& early) {
  return core
      .Run(HandCore::Hypercall(0, 0x48, {kProtectedVm, kPrivatePage, 0x20, 1, 7}), {.early = early})
      .violation;
}
void MoveToEnd(HandCore& core, EventKind kind) {
  const auto at = Find(core, kind);
  std::rotate(at, at + 1, EventsOf(core).end());
}
void MoveToFront(HandCore& core, EventKind kind) {
  const auto at = Find(core, kind);
  std::rotate(EventsOf(core).begin(), at, at + 1);
}

std::optional<Violation> LentUncleaned(HandCore& core) {
  return Lend(core, [&](Answer&) { EraseAll(core, EventKind::kCleanInvalidate); });
}

std::optional<Violation> LentCleanedTwice(HandCore& core) {
  return Lend(core, [&](Answer&) {
    const auto at = Find(core, EventKind::kCleanInvalidate);
    const Event again = *at;
    EventsOf(core).insert(at, again);
  });
}

std::optional<Violation> CleanedBeforeTheRevoke(HandCore& core) {
  return Lend(core, [&](Answer&) {
    // Between the store and its flush.
    const auto store =
        std::find_if(EventsOf(core).begin(), EventsOf(core).end(), [&](const Event& event) {
          return event.kind == EventKind::kStore &&
                 event.address == core.machine.HostEntry(kPrivatePage);
        });
    const auto clean = Find(core, EventKind::kCleanInvalidate);
    std::rotate(store + 1, clean, clean + 1);
  });
}

std::optional<Violation> CleanedAfterTheGrant(HandCore& core) {
  return Lend(core, [&](Answer&) {
    MoveToEnd(core, EventKind::kCleanInvalidate);
    core.machine.InvalidateIcache();
    EventsOf(core).erase(Find(core, EventKind::kInvalidateIcache));
  });
}

std::optional<Violation> ExecutionGrantedWithStaleIcache(HandCore& core) {
  return Lend(core, [&](Answer&) { EraseAll(core, EventKind::kInvalidateIcache); });
}

std::optional<Violation> IcacheInvalidatedBeforeTheClean(HandCore& core) {
  return Lend(core, [&](Answer&) { MoveToFront(core, EventKind::kInvalidateIcache); });
}

std::optional<Violation> IcacheInvalidatedAfterTheGrant(HandCore& core) {
  return Lend(core, [&](Answer&) {
    MoveToEnd(core, EventKind::kInvalidateIcache);
    core.machine.Log(EventKind::kDsbIsh);
  });
}

std::optional<Violation> UnownedPageCleaned(HandCore& core) {
  return Share(core, [&](Answer&) { core.machine.Clean(kPrivatePage); });
}

// reclaim_hyp, whose scrub is between its two events.
std::optional<Violation> ReclaimScrubbing(HandCore& core, const Hook& scrubbing) {
  return core.Run(HandCore::Hypercall(0, 0x47, {kParkedPage, 2}), {.scrubbing = scrubbing})
      .violation;
}

std::optional<Violation> ScrubNotCleaned(HandCore& core) {
  return ReclaimScrubbing(
      core, [&](Answer&) { EventsOf(core).erase(Find(core, EventKind::kCleanInvalidate)); });
}

std::optional<Violation> ScrubCleanedBeforeItsZeroing(HandCore& core) {
  return ReclaimScrubbing(core, [&](Answer&) {
    std::iter_swap(Find(core, EventKind::kZeroPage), Find(core, EventKind::kCleanInvalidate));
  });
}

std::optional<Violation> ScrubWithoutIcache(HandCore& core) {
  return ReclaimScrubbing(core, [&](Answer&) { EraseAll(core, EventKind::kInvalidateIcache); });
}

// vCPU 1 is loaded where vCPU 0 ran.
std::optional<Violation> LoadBesideOther(HandCore& core, EventKind left_out) {
  PrepareGuest(core);
  core.Call(0x59, {kSecretVm, 1, kVcpuPage + 1, kRunningPage, 0, 0});
  core.Call(0x5B, {});
  return core
      .Run(HandCore::Hypercall(0, 0x5A, {kSecretVm, 1}),
           {.early = [&](Answer&) { EraseAll(core, left_out); }})
      .violation;
}
std::optional<Violation> OtherVcpusTlbKept(HandCore& core) {
  return LoadBesideOther(core, EventKind::kTlbiVmalle1);
}
std::optional<Violation> OtherVcpusIcacheKept(HandCore& core) {
  return LoadBesideOther(core, EventKind::kIcIallu);
}
std::optional<Violation> OtherVcpusTlbiNotCompleted(HandCore& core) {
  return LoadBesideOther(core, EventKind::kDsbNsh);
}
std::optional<Violation> OtherVcpusTlbUnderHostsVmid(HandCore& core) {
  return LoadBesideOther(core, EventKind::kWriteVttbr);
}

std::optional<Violation> RootClearedWithoutBarrier(HandCore& core) {
  return core
      .Run(
          HandCore::Hypercall(0, 0x56, {0, 40, kFreeA + 0x40, kFreeA + 0x44}),
          {.early =
               [&](Answer&) { core.machine.Log(EventKind::kFill, (kFreeA + 0x45) << kPageShift); }})
      .violation;
}

std::optional<Violation> PageScrubbedBeforeItsWindowIsThere(HandCore& core) {
  return core
      .Run(HandCore::Hypercall(0, 0x47, {kParkedPage, 1}),
           {.scrubbing =
                [&](Answer&) {
                  const auto zero = Find(core, EventKind::kZeroPage);
                  EventsOf(core).erase(zero - 1);  // the ISB
                }})
      .violation;
}

}  // namespace

std::span<const Corruption> CorruptedTime() {
  using enum Invariant;
  static const std::vector<Corruption> corruptions = {
      {"HostMayHoldDonatedPage", kStaleTranslation, {}, HostMayHoldDonatedPage},
      {"HostsTlbiNotCompleted", kStaleTranslation, {}, HostsTlbiNotCompleted},
      {"HostFlushedUnderGuestsVmid", kStaleTranslation, {kVttbrAgrees}, HostFlushedUnderGuestsVmid},
      {"El2KeepsUnsharedPage", kStaleTranslation, {}, El2KeepsUnsharedPage},
      {"GuestKeepsUnsharedPage", kStaleTranslation, {}, GuestKeepsUnsharedPage},
      {"CombinedEntriesLeft", kStaleTranslation, {}, CombinedEntriesLeft},
      {"GuestKeepsPermission", kStaleTranslation, {}, GuestKeepsPermission},
      {"FinishedVmidNotFlushed", kStaleTranslation, {}, FinishedVmidNotFlushed},
      {"FlushLeavesOutAPage", kStaleTranslation, {}, FlushLeavesOutAPage},
      {"TableRemovedByALevelHint", kStaleTranslation, {}, TableRemovedByALevelHint},
      {"LeavesOfARemovedTableLeft",
       kStaleTranslation,
       {kBreakBeforeMake},
       LeavesOfARemovedTableLeft},
      {"ScrubWindowNotFlushed", kStaleTranslation, {}, ScrubWindowNotFlushed},
      {"OutputChangedInPlace", kBreakBeforeMake, {}, OutputChangedInPlace},
      {"MemoryTypeChangedInPlace", kBreakBeforeMake, {}, MemoryTypeChangedInPlace},
      {"ShareabilityChangedInPlace", kBreakBeforeMake, {}, ShareabilityChangedInPlace},
      {"MadeBeforeTheFlush", kBreakBeforeMake, {}, MadeBeforeTheFlush},
      {"TableLinkedBeforeItsWords", kPublishedUnordered, {}, TableLinkedBeforeItsWords},
      {"SharedWithoutBarrier", kUnpublishedEntry, {}, SharedWithoutBarrier},
      {"SharedWithoutIsb", kUnpublishedEntry, {}, SharedWithoutIsb},
      {"RootClearedWithoutBarrier", kUnpublishedEntry, {}, RootClearedWithoutBarrier},
      {"HostStoredBeforeItsLock", kLockCovers, {}, HostStoredBeforeItsLock},
      {"El2StoredBeforeItsLock", kLockCovers, {}, El2StoredBeforeItsLock},
      {"GuestStoredBeforeItsLock", kLockCovers, {}, GuestStoredBeforeItsLock},
      {"RecordStoredBeforeItsLock", kLockCovers, {}, RecordStoredBeforeItsLock},
      {"PoolPageStoredBeforeItsLock", kLockCovers, {}, PoolPageStoredBeforeItsLock},
      {"LentUncleaned", kMaintenanceCount, {}, LentUncleaned},
      {"LentCleanedTwice", kMaintenanceCount, {}, LentCleanedTwice},
      {"CleanedBeforeTheRevoke", kMaintenanceCount, {}, CleanedBeforeTheRevoke},
      {"CleanedAfterTheGrant", kMaintenanceCount, {}, CleanedAfterTheGrant},
      {"ExecutionGrantedWithStaleIcache", kMaintenanceCount, {}, ExecutionGrantedWithStaleIcache},
      {"IcacheInvalidatedBeforeTheClean", kMaintenanceCount, {}, IcacheInvalidatedBeforeTheClean},
      {"IcacheInvalidatedAfterTheGrant", kMaintenanceCount, {}, IcacheInvalidatedAfterTheGrant},
      {"UnownedPageCleaned", kMaintenanceCount, {}, UnownedPageCleaned},
      {"ScrubNotCleaned", kMaintenanceCount, {}, ScrubNotCleaned},
      {"ScrubCleanedBeforeItsZeroing", kMaintenanceCount, {}, ScrubCleanedBeforeItsZeroing},
      {"ScrubWithoutIcache", kMaintenanceCount, {}, ScrubWithoutIcache},
      {"OtherVcpusTlbKept", kMaintenanceCount, {}, OtherVcpusTlbKept},
      {"OtherVcpusIcacheKept", kMaintenanceCount, {}, OtherVcpusIcacheKept},
      {"OtherVcpusTlbiNotCompleted", kMaintenanceCount, {}, OtherVcpusTlbiNotCompleted},
      {"OtherVcpusTlbUnderHostsVmid", kMaintenanceCount, {}, OtherVcpusTlbUnderHostsVmid},
      {"PageScrubbedBeforeItsWindowIsThere",
       kUnpublishedEntry,
       {},
       PageScrubbedBeforeItsWindowIsThere},
  };
  return corruptions;
}

}  // namespace cadastre::oracle::testing
