// SPDX-License-Identifier: Apache-2.0
#include "harness/oracle/invariants.h"

#include <array>

namespace cadastre::oracle {
namespace {

constexpr InvariantEntry kRegistry[] = {
    {Invariant::kSingleParent, "SINGLE_PARENT", 'A',
     "Every reachable table page is reached by one entry, of one root, at one level."},
    {Invariant::kDecodableEntry, "DECODABLE_ENTRY", 'A',
     "Every reachable entry is of a kind that its level knows, with every bit it does not define "
     "zero."},
    {Invariant::kTablePrivate, "TABLE_PRIVATE", 'A',
     "Every reachable table page is EL2's and of its root's class, and no host or guest leaf "
     "outputs it."},
    {Invariant::kImageProtected, "IMAGE_PROTECTED", 'B',
     "No leaf of the host or of a guest outputs a page of EL2's image."},
    {Invariant::kExclusiveOwner, "EXCLUSIVE_OWNER", 'B',
     "For every RAM page the tables together name exactly one owner, or none while it is in "
     "TRANSIT."},
    {Invariant::kNonRamUnowned, "NON_RAM_UNOWNED", 'B',
     "What is not ownable RAM has no annotation and no mapping but the host's own of a listed "
     "device."},
    {Invariant::kPermissionBound, "PERMISSION_BOUND", 'B',
     "No leaf allows more than its entity may have; the host has all of RWX, EL2 never X."},
    {Invariant::kMemoryType, "MEMORY_TYPE", 'B',
     "RAM is Normal memory in every table, and everything else Device."},
    {Invariant::kIdentityMap, "IDENTITY_MAP", 'B',
     "The host sees each page at its own address, EL2 at its own address plus the linear offset "
     "and nowhere else."},
    {Invariant::kScrubbedClean, "SCRUBBED_CLEAN", 'C',
     "A page that EL2 gave back to the host, and a new root page, reads zero."},
    {Invariant::kSecretVisible, "SECRET_VISIBLE", 'E',
     "When a page comes within reach of the host or a guest, it holds no secret of another, nor "
     "does "
     "memory behind the caches."},
    {Invariant::kForbiddenRead, "FORBIDDEN_READ", 'E',
     "The host and guests read no byte that is a secret of another."},
    {Invariant::kNoWriteOutsideHyp, "NO_WRITE_OUTSIDE_HYP", 'C',
     "EL2 stores only to pages that are its own before or after the operation."},
    {Invariant::kStaleTranslation, "STALE_TRANSLATION", 'D',
     "At a release of locks and at exit nobody may hold a translation that the tables no longer "
     "give."},
    {Invariant::kBreakBeforeMake, "BREAK_BEFORE_MAKE", 'D',
     "A live entry changes output, kind or memory type only through an invalid entry that nobody "
     "holds any more."},
    {Invariant::kPublishedUnordered, "PUBLISHED_UNORDERED", 'D',
     "A table is whole before the pointer to it is seen, and is not written as a whole after."},
    {Invariant::kLegalRow, "LEGAL_ROW", 'B',
     "The views of every RAM page form a legal row of the manual."},
    {Invariant::kVttbrAgrees, "VTTBR_AGREES", 'C',
     "VTTBR_EL2 only ever names the host's root or that of the call's VM, and at exit that of who "
     "runs next; "
     "TTBR0_EL2 stays as at boot."},
    {Invariant::kReadOnce, "READ_ONCE", 'C',
     "Of the host's memory each word that the call names is read once, in order, and no other."},
    {Invariant::kResult, "RESULT", 'C',
     "x0 to x3 are what the specification says, and so is who runs next."},
    {Invariant::kRegistersPreserved, "REGISTERS_PRESERVED", 'C',
     "x4 to x17 are unchanged, and after an unknown call x1 to x3 too."},
    {Invariant::kGuestRegisters, "GUEST_REGISTERS", 'C',
     "A vCPU runs with the registers that the specification says."},
    {Invariant::kRunPage, "RUN_PAGE", 'C',
     "An exit stores the words of the run page in ascending order, and shows what its table says."},
    {Invariant::kRefusalUnchanged, "REFUSAL_UNCHANGED", 'C',
     "A refused or unknown call stores nothing to memory or to a cell."},
    {Invariant::kTwoPhase, "TWO_PHASE", 'C',
     "After it released a lock an operation stores nothing but what a scrub does."},
    {Invariant::kAbortOutcome, "ABORT_OUTCOME", 'C',
     "A host abort is retried, and then the access is mapped, or injected, as the manual says."},
    {Invariant::kGfnAgrees, "GFN_AGREES", 'B',
     "The leaves of every guest are those of S: output, state, permissions, age."},
    {Invariant::kPageAgrees, "PAGE_AGREES", 'B',
     "The views of every RAM page are those of its row in S."},
    {Invariant::kBlockLegal, "BLOCK_LEGAL", 'A',
     "A block is aligned, lies in one kind of memory, and covers in the host only what has the "
     "default owner."},
    {Invariant::kAnnotationLegal, "ANNOTATION_LEGAL", 'A',
     "An annotation stands at level three, in a table that knows its kind, with every other field "
     "zero."},
    {Invariant::kGranuleComplete, "GRANULE_COMPLETE", 'A',
     "In a level three table of the host no RAM page is absent."},
    {Invariant::kBorrowersCounted, "BORROWERS_COUNTED", 'B',
     "The borrowers in a page's record are the guest leaves that borrow it."},
    {Invariant::kRecordAgrees, "RECORD_AGREES", 'C',
     "Pins and use in a page's record are those of S."},
    {Invariant::kTableCount, "TABLE_COUNT", 'A',
     "The count in a table page's record is its number of special or non-zero entries; of other "
     "pages zero."},
    {Invariant::kPoolAccounted, "POOL_ACCOUNTED", 'A',
     "A pool page is TABLE exactly when it is reached; the tables and blocks of a VM number its "
     "used pages."},
    {Invariant::kFootprint, "FOOTPRINT", 'C',
     "A successful call stores only to the entries, records and pages that its arguments name."},
    {Invariant::kTouchBound, "TOUCH_BOUND", 'C',
     "A call stores to no more entries than the manual says it touches."},
    {Invariant::kUnpublishedEntry, "UNPUBLISHED_ENTRY", 'D',
     "What became valid is followed by a DSB, and in EL2's table by an ISB, before it is used and "
     "before locks are released."},
    {Invariant::kLockCovers, "LOCK_COVERS", 'D',
     "A table word, a record field or a page of EL2's is stored with the lock held that covers "
     "it."},
    {Invariant::kMaintenanceCount, "MAINTENANCE_COUNT", 'D',
     "A page whose contents change hands is cleaned once, between its revoke and its grant; "
     "instruction caches once, where execution is granted."},
    {Invariant::kLocksReleased, "LOCKS_RELEASED", 'C',
     "No lock is held at exit, and none is released unheld."},
    {Invariant::kLockOrder, "LOCK_ORDER", 'C',
     "Locks are taken in the order VM table, VM, host, EL2, pool."},
    {Invariant::kIncrementalDisagrees, "INCREMENTAL_DISAGREES", 'A',
     "What the events told is what a walk from scratch finds, when that walk finds nothing else "
     "wrong."},
};
static_assert(std::size(kRegistry) == kInvariants);
static_assert([] {
  for (std::size_t i = 0; i < kInvariants; ++i) {
    if (kRegistry[i].invariant != static_cast<Invariant>(i)) return false;
  }
  return true;
}());

}  // namespace

std::span<const InvariantEntry> InvariantRegistry() { return kRegistry; }

const char* IdOf(Invariant invariant) { return kRegistry[static_cast<std::size_t>(invariant)].id; }

}  // namespace cadastre::oracle
