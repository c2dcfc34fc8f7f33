// SPDX-License-Identifier: Apache-2.0
// The live gfns of one VM in the specification, and the table memory they cost (ABI.md section 3).
#ifndef CADASTRE_HARNESS_ORACLE_GUEST_MAP_H_
#define CADASTRE_HARNESS_ORACLE_GUEST_MAP_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "harness/oracle/descriptor.h"
#include "harness/oracle/root_geometry.h"

namespace cadastre::oracle {

// What a guest's stage 2 says of one live gfn.
struct GuestLeaf {
  std::uint64_t gfn = 0;
  std::uint64_t pfn = 0;
  std::uint8_t prot = 0;
  LeafState state = LeafState::kOwned;
  bool young = false;
  bool is_poison = false;  // then there is no leaf, no page and no permission
};

// One entry of a list form, or the range of a single form. What a call does not use is zero.
struct Range {
  std::uint64_t pfn = 0;
  std::uint64_t gfn = 0;
  std::uint64_t count = 0;
};

// Leaves sorted by gfn. A range of a call is a contiguous slice, so each call costs a search and
// its own pages.
class GuestMap {
 public:
  // Leaves whose gfn is in [gfn, gfn + count). gfn + count must not wrap.
  std::span<GuestLeaf> Slice(std::uint64_t gfn, std::uint64_t count);
  std::span<const GuestLeaf> Slice(std::uint64_t gfn, std::uint64_t count) const;
  std::span<const GuestLeaf> All() const { return leaves_; }
  // The lowest leaf at or above gfn; nullptr if there is none.
  const GuestLeaf* FirstFrom(std::uint64_t gfn) const {
    const std::size_t at = LowerBound(gfn);
    return at < leaves_.size() ? &leaves_[at] : nullptr;
  }

  // Maps gfn + i to pfn + i for i < count. No gfn of the range may be live.
  void Insert(const GuestLeaf& first, std::uint64_t count);
  // Forgets the leaves of the range.
  void Erase(std::uint64_t gfn, std::uint64_t count);
  void Clear();

  // used(VM) of section 3.
  std::uint64_t Used(unsigned start_level) const;
  // used(live gfns + [gfn, gfn + count)) - used(live gfns); no gfn of the range is live.
  std::uint64_t Need(unsigned start_level, std::uint64_t gfn, std::uint64_t count) const;
  // The same over the union of several ranges, which are disjoint.
  std::uint64_t Need(unsigned start_level, std::span<const Range> ranges) const;

 private:
  bool IsEmptySpan(unsigned shift, std::uint64_t span) const;
  // How many spans of 2^shift gfns meet the range and hold no live gfn.
  std::uint64_t EmptySpans(unsigned shift, std::uint64_t gfn, std::uint64_t count) const;
  std::size_t LowerBound(std::uint64_t gfn) const;

  std::vector<GuestLeaf> leaves_;
  std::array<std::uint64_t, 3> distinct_{};  // N_9, N_18, N_27
};

}  // namespace cadastre::oracle

#endif  // CADASTRE_HARNESS_ORACLE_GUEST_MAP_H_
