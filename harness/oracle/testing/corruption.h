// SPDX-License-Identifier: Apache-2.0
// The corruption matrix: for each invariant at least one edit of raw memory, registers or events
// that breaks it, and the exact set of invariants that must fire.
#ifndef CADASTRE_HARNESS_ORACLE_TESTING_CORRUPTION_H_
#define CADASTRE_HARNESS_ORACLE_TESTING_CORRUPTION_H_

#include <optional>
#include <span>
#include <vector>

#include "harness/oracle/invariants.h"
#include "harness/oracle/testing/hand_core.h"

namespace cadastre::oracle::testing {

struct Corruption {
  const char* name;
  Invariant first;              // what must be reported
  std::vector<Invariant> also;  // what fires besides, and nothing else
  std::optional<Violation> (*run)(HandCore& core);
};

std::span<const Corruption> CorruptedBytes();      // group A
std::span<const Corruption> CorruptedOwnership();  // group B
std::span<const Corruption> CorruptedResults();    // group C
std::span<const Corruption> CorruptedGuests();     // group B, pages of a protected guest
std::span<const Corruption> CorruptedPhases();     // group C, running guests and order
std::span<const Corruption> CorruptedTime();       // group D
std::span<const Corruption> CorruptedContents();   // group E

// Pages of the world that every corruption starts from (PrepareWorld).
inline constexpr std::uint64_t kPrivatePage = kFreeA + 0x150;
inline constexpr std::uint64_t kSharedHypPage = kFreeA + 0x100;
inline constexpr std::uint64_t kPinnedPage = kFreeA + 0x101;
inline constexpr std::uint64_t kParkedPage = kFreeA + 0x102;
inline constexpr std::uint64_t kGuestPages =
    kFreeA + 0x110;  // two, at gfns 0x10 and 0x11 of the plain VM, RW
inline constexpr std::uint64_t kGuestBlock =
    kFreeA + 0x200;  // 512 pages, at gfn 0x400 of the plain VM, RWX
inline constexpr std::uint64_t kTablePages = kFreeA + 0x10;  // of the plain VM
inline constexpr std::uint64_t kPlainVm = 0x100;             // handle, slot 0
inline constexpr std::uint64_t kProtectedVm = 0x101;         // handle, slot 1
inline constexpr std::uint64_t kGfn = 0x10;
inline constexpr std::uint64_t kBlockGfn = 0x400;

// Makes pages of every row, without a violation.
void PrepareWorld(HandCore& core);

// Adds the protected VM `kSecretVm` with pages of every row that a protected guest can have. Its
// vCPU 0 is loaded on CPU 0, and has run.
inline constexpr std::uint64_t kSecretVm = 0x102;  // handle, slot 2
inline constexpr unsigned kSecretSlot = 2;
inline constexpr std::uint64_t kGivenPages = kFreeA + 0x160;  // two, at gfns 0x10 and 0x11
inline constexpr std::uint64_t kLentPage = kFreeA + 0x162;    // at gfn 0x12, RW
inline constexpr std::uint64_t kOpenPage = kFreeA + 0x163;    // at gfn 0x13, shared with the host
inline constexpr std::uint64_t kPoisonedGfn = 0x14;
inline constexpr std::uint64_t kVcpuPage = kFreeA + 0x50;
inline constexpr std::uint64_t kRunningPage = kFreeA + 0x164;  // its run page
void PrepareGuest(HandCore& core);

// The same, and that guest runs on CPU 0 and has stored to its page at gfn 0x10.
inline constexpr std::uint64_t kSecretWord = 0x5EC'2E7;
void PrepareSecret(HandCore& core);
// Who runs on the CPU stores a word at the beginning of a page.
void StoreAs(HandCore& core, unsigned cpu, std::uint64_t pfn, std::uint64_t word);

// Edits a word, and the count of its table, behind the oracle's back.
void PokeEntry(HandCore& core, std::uint64_t address, std::uint64_t word, int count_change);
// Adds to a field of a record that begins at bit `low`.
void PokeRecord(HandCore& core, std::uint64_t pfn, unsigned low, std::uint64_t add);

}  // namespace cadastre::oracle::testing

#endif  // CADASTRE_HARNESS_ORACLE_TESTING_CORRUPTION_H_
