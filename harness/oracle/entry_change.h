// SPDX-License-Identifier: Apache-2.0
// What a store to a live entry means to who walks it (Arm ARM D8.14, D8.13): whether a translation
// is taken away, whether one is made, and whether the change may be done in place.
#ifndef CADASTRE_HARNESS_ORACLE_ENTRY_CHANGE_H_
#define CADASTRE_HARNESS_ORACLE_ENTRY_CHANGE_H_

#include <cstdint>

#include "harness/oracle/descriptor.h"

namespace cadastre::oracle {

inline constexpr std::uint64_t kValidBit = 1;
inline constexpr std::uint64_t kAccessFlag = std::uint64_t{1} << 10;
inline constexpr std::uint64_t kSoftwareMask = std::uint64_t{0xF} << 55;
// S2AP or AP[2:1], and XN[1:0] or PXN, XN: the same bits in both stages.
inline constexpr std::uint64_t kPermissionMask = std::uint64_t{3} << 6 | std::uint64_t{3} << 53;

constexpr bool IsValid(std::uint64_t word) { return (word & kValidBit) != 0; }

struct EntryChange {
  bool stales = false;       // what a TLB may hold of the entry is no longer what it says
  bool makes = false;        // invalid became valid
  bool publishes = false;    // a walk may find what it could not use before
  bool needs_break = false;  // valid to valid, and more than may change in place
};

// Of a live entry at `level` that was `was`. An entry without AF counts as held: a leaf is made
// young and grows old with no TLBI (test_clear_young_guest), so that a TLB may have it from before.
// A permission that is only added stales too: relax_guest_perms owes its TLBI as RW does.
constexpr EntryChange ChangeOf(std::uint64_t was, std::uint64_t now, unsigned level) {
  if (was == now || (!IsValid(was) && !IsValid(now))) return {};
  if (!IsValid(was)) return {.makes = true, .publishes = true};
  if (!IsValid(now)) return {.stales = true};
  const bool leaves =
      KindOf(was, level) == EntryKind::kLeaf && KindOf(now, level) == EntryKind::kLeaf;
  const std::uint64_t changed = was ^ now;
  const bool in_place = leaves && (changed & ~(kSoftwareMask | kAccessFlag | kPermissionMask)) == 0;
  if (!in_place) return {.stales = true, .publishes = true, .needs_break = true};
  return {.stales = (changed & kPermissionMask) != 0,
          .publishes = (changed & now & kAccessFlag) != 0};
}

static_assert(!ChangeOf(0, 2, kPageLevel).stales && !ChangeOf(0, 2, kPageLevel).makes);
static_assert(ChangeOf(kHostDefaultBits, 2, kPageLevel).stales);
static_assert(ChangeOf(2, kHostDefaultBits, kPageLevel).makes);
static_assert(!ChangeOf(kHostDefaultBits, kHostDefaultBits | kSoftwareMask, kPageLevel).stales);
static_assert(ChangeOf(kHostDefaultBits, kHostDefaultBits ^ 0x80, kPageLevel).stales);
static_assert(!ChangeOf(kHostDefaultBits, kHostDefaultBits ^ 0x80, kPageLevel).needs_break);
static_assert(ChangeOf(kHostDefaultBits, kHostDefaultBits ^ 0x4, kPageLevel).needs_break);
static_assert(ChangeOf(kHostDefaultBits, kHostDefaultBits ^ 0x100, kPageLevel).needs_break);
static_assert(ChangeOf(kHostDefaultBits, kHostDefaultBits ^ 0x1000, kPageLevel).needs_break);
static_assert(ChangeOf(0x1003, 0x7FD, kBlockLevel).needs_break);

}  // namespace cadastre::oracle

#endif  // CADASTRE_HARNESS_ORACLE_ENTRY_CHANGE_H_
