// SPDX-License-Identifier: Apache-2.0
// The may-hold set of one operation: translations that a store took away, and that a CPU may still
// hold. A CPU is deemed to hold whatever it could ever walk, so that only what is no longer granted
// has to be remembered, from the store on until the architecture promises that nobody holds it
// (Arm ARM D8.13, ABI.md section 4, duties RG, RH, RE, RW):
//
//   stage 2   stored -DSB-> ordered -TLBI by IPA-> invalidated -DSB ISH-> combined
//             -VMALLE1IS-> combined invalidated -DSB ISH-> gone
//             a VMALLS12E1IS goes from any state after `stored` to `combined invalidated`
//   stage 1   stored -DSB-> ordered -TLBI by VA-> invalidated -DSB ISH-> awaits ISB -ISB-> gone
//
// `combined`: what was made of stage 1 and stage 2 together is tagged by the guest's own address,
// which a TLBI by IPA does not find.
#ifndef CADASTRE_HARNESS_ORACLE_MAY_HOLD_H_
#define CADASTRE_HARNESS_ORACLE_MAY_HOLD_H_

#include <cstdint>
#include <string>
#include <vector>

#include "harness/oracle/event.h"
#include "harness/oracle/walker.h"

namespace cadastre::oracle {

// VMID of a stage 2 root (ABI.md section 1: slot + 1; section 13: the host's is 0).
constexpr std::uint64_t VmidOf(const Root& root) {
  return root.regime == Regime::kGuest ? root.slot + 1 : 0;
}

// What a CPU's TLBI of EL1&0 works on.
struct TlbiContext {
  std::uint64_t vmid = 0;
  bool is_synchronised = true;  // no write of VTTBR_EL2 waits for an ISB
};

enum class HeldKind : std::uint8_t {
  kLeaf,
  kPartialWalk,  // a table pointer
  kRoot,         // whatever a VMID tags: its slot will be another VM's
};

// How far the removal of a stale translation has come.
enum class Removal : std::uint8_t {
  kStored,
  kOrdered,
  kInvalidated,
  kCombined,
  kCombinedInvalidated,
  kAwaitsIsb,
};

// Why the last TLBI that might have removed it did not.
enum class Miss : std::uint8_t {
  kNone,
  kNotOrdered,  // the walker could still read the old entry, and fill it again
  kOtherVmid,
  kNotSynchronised,  // VTTBR_EL2 was written, but no ISB followed
  kOtherLevel,       // a level hint that is not the entry's
  kLeavesOnly,       // a form or hint that leaves partial walks alone
  kLocal,            // this CPU's alone
};

// `count` adjacent translations of one level, from number `first` on: number n covers inputs from
// n << LevelShift(level).
struct StaleTranslation {
  Root root;
  HeldKind kind = HeldKind::kLeaf;
  unsigned level = 0;
  std::uint64_t first = 0;
  std::uint64_t count = 0;
  Removal removal = Removal::kStored;
  Miss miss = Miss::kNone;
  std::uint64_t hint = 0;  // of a TLBI that missed by its level
};

class MayHold {
 public:
  void Clear() { stale_.clear(); }
  bool IsEmpty() const { return stale_.empty(); }

  // The entry of `root` at `level` for `input` no longer stands for what it did.
  void Add(const Root& root, HeldKind kind, unsigned level, std::uint64_t input,
           Removal removal = Removal::kStored);
  // The CPU's next event, a barrier or TLBI; others change nothing.
  void Follow(const Event& event, const TlbiContext& context) {
    if (!stale_.empty()) Advance(event, context);
  }

  // A translation of [input, input + size) that a walk through a new entry could meet in a TLB
  // beside its successor; nullptr if there is none.
  const StaleTranslation* Overlap(const Root& root, std::uint64_t input, std::uint64_t size) const;
  // The first that anybody may still hold; nullptr if there is none.
  const StaleTranslation* First() const { return stale_.empty() ? nullptr : &stale_.front(); }
  // The first that is not the entry for `window` in EL2's table.
  const StaleTranslation* FirstBut(std::uint64_t window) const;

 private:
  void Advance(const Event& event, const TlbiContext& context);
  void OrderStores();
  void CompleteTlbi();
  void Synchronise();
  void InvalidateRange(std::uint64_t address, std::uint64_t pages, std::uint64_t hint,
                       const TlbiContext& context);
  void InvalidateEl2(std::uint64_t address, EventKind form);
  void InvalidateCombined(const TlbiContext& context);
  void InvalidateAll(const TlbiContext& context);
  void MissLocally(const TlbiContext& context);
  void InvalidatePart(std::size_t index, std::uint64_t address, std::uint64_t pages);

  std::vector<StaleTranslation> stale_;
};

// "guest 3, level 2, input 0x200000, leaf: level hint 3 on a level 2 entry".
std::string Describe(const StaleTranslation& stale);

}  // namespace cadastre::oracle

#endif  // CADASTRE_HARNESS_ORACLE_MAY_HOLD_H_
