// SPDX-License-Identifier: Apache-2.0
// The registry of invariants. The order is the priority in which a violation is named: what breaks
// isolation first, then answers, then agreement with S, then book-keeping.
#ifndef CADASTRE_HARNESS_ORACLE_INVARIANTS_H_
#define CADASTRE_HARNESS_ORACLE_INVARIANTS_H_

#include <cstddef>
#include <cstdint>
#include <span>

namespace cadastre::oracle {

enum class Invariant : std::uint8_t {
  kSingleParent,
  kDecodableEntry,
  kTablePrivate,
  kImageProtected,
  kExclusiveOwner,
  kNonRamUnowned,
  kPermissionBound,
  kMemoryType,
  kIdentityMap,
  kScrubbedClean,
  kSecretVisible,
  kForbiddenRead,
  kNoWriteOutsideHyp,
  kStaleTranslation,
  kBreakBeforeMake,
  kPublishedUnordered,
  kLegalRow,
  kVttbrAgrees,
  kReadOnce,
  kResult,
  kRegistersPreserved,
  kGuestRegisters,
  kRunPage,
  kRefusalUnchanged,
  kTwoPhase,
  kAbortOutcome,
  kGfnAgrees,
  kPageAgrees,
  kBlockLegal,
  kAnnotationLegal,
  kGranuleComplete,
  kBorrowersCounted,
  kRecordAgrees,
  kTableCount,
  kPoolAccounted,
  kFootprint,
  kTouchBound,
  kUnpublishedEntry,
  kLockCovers,
  kMaintenanceCount,
  kLocksReleased,
  kLockOrder,
  kIncrementalDisagrees,
};
inline constexpr std::size_t kInvariants =
    static_cast<std::size_t>(Invariant::kIncrementalDisagrees) + 1;

struct InvariantEntry {
  Invariant invariant;
  const char* id;  // in words, without digits, at most 33 characters: the bucket of a crash
  char group;      // A bytes, B ownership, C results, D time, E contents
  const char* sentence;
};

// All invariants in priority order.
std::span<const InvariantEntry> InvariantRegistry();

const char* IdOf(Invariant invariant);

}  // namespace cadastre::oracle

#endif  // CADASTRE_HARNESS_ORACLE_INVARIANTS_H_
