// SPDX-License-Identifier: Apache-2.0
#include "harness/oracle/may_hold.h"

#include <algorithm>

#include "harness/oracle/report.h"

namespace cadastre::oracle {
namespace {

bool IsStageTwo(const StaleTranslation& stale) { return stale.root.stage() == Stage::kTwo; }

// Whether a TLBI of EL1&0 works on the translation's VMID; says why not.
bool ReachesVmid(StaleTranslation& stale, const TlbiContext& context) {
  if (!context.is_synchronised) {
    stale.miss = Miss::kNotSynchronised;
    return false;
  }
  if (context.vmid != VmidOf(stale.root)) {
    stale.miss = Miss::kOtherVmid;
    return false;
  }
  return true;
}

// The part [first, last] of a run that an address range meets; `pages` of 4 KiB.
struct Part {
  std::uint64_t first = 1;
  std::uint64_t last = 0;
  bool is_empty() const { return first > last; }
};
Part MeetingPart(const StaleTranslation& stale, std::uint64_t address, std::uint64_t pages) {
  const unsigned shift = LevelShift(stale.level);
  const std::uint64_t last_byte = address + (pages << kPageShift) - 1;
  return {std::max(address >> shift, stale.first),
          std::min(last_byte >> shift, stale.first + stale.count - 1)};
}

bool IsSameButFor(const StaleTranslation& a, const StaleTranslation& b) {
  return a.root == b.root && a.kind == b.kind && a.level == b.level;
}

}  // namespace

void MayHold::Add(const Root& root, HeldKind kind, unsigned level, std::uint64_t input,
                  Removal removal) {
  const StaleTranslation one{.root = root,
                             .kind = kind,
                             .level = level,
                             .first = input >> LevelShift(level),
                             .count = 1,
                             .removal = removal};
  if (!stale_.empty()) {
    StaleTranslation& last = stale_.back();
    if (IsSameButFor(last, one) && last.removal == removal && last.miss == Miss::kNone &&
        last.first + last.count == one.first) {
      ++last.count;
      return;
    }
  }
  stale_.push_back(one);
}

void MayHold::Advance(const Event& event, const TlbiContext& context) {
  switch (event.kind) {
    case EventKind::kDsbIshst:
      return OrderStores();
    case EventKind::kDsbIsh:
      return CompleteTlbi();
    case EventKind::kIsb:
      return Synchronise();
    case EventKind::kTlbiIpas2e1is:
      return InvalidateRange(event.address, 1, event.value, context);
    case EventKind::kTlbiRipas2e1is:
      return InvalidateRange(event.address, event.value, event.old_value, context);
    case EventKind::kTlbiVmalle1is:
      return InvalidateCombined(context);
    case EventKind::kTlbiVmalls12e1is:
      return InvalidateAll(context);
    case EventKind::kTlbiVale2is:
    case EventKind::kTlbiVae2is:
      return InvalidateEl2(event.address, event.kind);
    case EventKind::kTlbiVmalle1:
      return MissLocally(context);
    default:
      return;
  }
}

void MayHold::OrderStores() {
  for (StaleTranslation& stale : stale_) {
    if (stale.removal == Removal::kStored) stale.removal = Removal::kOrdered;
  }
}

// A DSB ISH waits for the stores before it and for this CPU's TLBIs, on every CPU.
void MayHold::CompleteTlbi() {
  for (StaleTranslation& stale : stale_) {
    if (stale.removal == Removal::kStored) {
      stale.removal = Removal::kOrdered;
    } else if (stale.removal == Removal::kInvalidated) {
      stale.removal = IsStageTwo(stale) ? Removal::kCombined : Removal::kAwaitsIsb;
      stale.miss = Miss::kNone;
    }
  }
  std::erase_if(stale_, [](const StaleTranslation& stale) {
    return stale.removal == Removal::kCombinedInvalidated;
  });
}

void MayHold::Synchronise() {
  std::erase_if(stale_,
                [](const StaleTranslation& stale) { return stale.removal == Removal::kAwaitsIsb; });
}

// Takes the part that the range meets out of an ordered run. A run is mostly invalidated page by
// page upwards, so that the part goes to the run before it.
void MayHold::InvalidatePart(std::size_t index, std::uint64_t address, std::uint64_t pages) {
  const StaleTranslation whole = stale_[index];
  const Part part = MeetingPart(whole, address, pages);
  const std::uint64_t end = whole.first + whole.count;
  StaleTranslation rest = whole;
  rest.first = part.last + 1;
  rest.count = end - rest.first;
  StaleTranslation hit = whole;
  hit.first = part.first;
  hit.count = part.last + 1 - part.first;
  hit.removal = Removal::kInvalidated;
  const bool joins = part.first == whole.first && index > 0 &&
                     IsSameButFor(stale_[index - 1], whole) &&
                     stale_[index - 1].removal == Removal::kInvalidated &&
                     stale_[index - 1].first + stale_[index - 1].count == whole.first;
  if (joins && rest.count > 0) {
    stale_[index - 1].count += hit.count;
    stale_[index] = rest;
    return;
  }
  stale_[index] = hit;
  if (rest.count > 0) stale_.insert(stale_.begin() + static_cast<std::ptrdiff_t>(index) + 1, rest);
  if (part.first == whole.first) return;
  StaleTranslation before = whole;
  before.count = part.first - whole.first;
  stale_.insert(stale_.begin() + static_cast<std::ptrdiff_t>(index), before);
}

// By IPA, of one page or a range: what translates an address of it, at any level. A level hint
// names the leaf's level, and then neither other leaves nor table pointers need go.
void MayHold::InvalidateRange(std::uint64_t address, std::uint64_t pages, std::uint64_t hint,
                              const TlbiContext& context) {
  for (std::size_t i = 0; i < stale_.size(); ++i) {
    StaleTranslation& stale = stale_[i];
    if (!IsStageTwo(stale) || stale.kind == HeldKind::kRoot) continue;
    if (stale.removal > Removal::kOrdered || MeetingPart(stale, address, pages).is_empty())
      continue;
    if (!ReachesVmid(stale, context)) continue;
    if (stale.removal == Removal::kStored) {
      stale.miss = Miss::kNotOrdered;
    } else if (hint != 0 && stale.kind == HeldKind::kPartialWalk) {
      stale.miss = Miss::kLeavesOnly;
    } else if (hint != 0 && hint != stale.level) {
      stale.miss = Miss::kOtherLevel;
      stale.hint = hint;
    } else {
      InvalidatePart(i, address, pages);
    }
  }
}

void MayHold::InvalidateEl2(std::uint64_t address, EventKind form) {
  for (std::size_t i = 0; i < stale_.size(); ++i) {
    StaleTranslation& stale = stale_[i];
    if (IsStageTwo(stale) || stale.removal > Removal::kOrdered) continue;
    if (MeetingPart(stale, address, 1).is_empty()) continue;
    if (stale.removal == Removal::kStored) {
      stale.miss = Miss::kNotOrdered;
    } else if (form == EventKind::kTlbiVale2is && stale.kind == HeldKind::kPartialWalk) {
      stale.miss = Miss::kLeavesOnly;
    } else {
      InvalidatePart(i, address, 1);
    }
  }
}

// Of a stage 2 entry that is still in a TLB a walk would make the combined one again.
void MayHold::InvalidateCombined(const TlbiContext& context) {
  for (StaleTranslation& stale : stale_) {
    if (!IsStageTwo(stale) || stale.removal != Removal::kCombined) continue;
    if (ReachesVmid(stale, context)) stale.removal = Removal::kCombinedInvalidated;
  }
}

void MayHold::InvalidateAll(const TlbiContext& context) {
  for (StaleTranslation& stale : stale_) {
    if (!IsStageTwo(stale) || stale.removal == Removal::kCombinedInvalidated) continue;
    if (!ReachesVmid(stale, context)) continue;
    if (stale.removal == Removal::kStored) {
      stale.miss = Miss::kNotOrdered;
    } else {
      stale.removal = Removal::kCombinedInvalidated;
    }
  }
}

void MayHold::MissLocally(const TlbiContext& context) {
  for (StaleTranslation& stale : stale_) {
    const bool reached = IsStageTwo(stale) && context.vmid == VmidOf(stale.root);
    if (reached && stale.removal == Removal::kCombined) stale.miss = Miss::kLocal;
  }
}

const StaleTranslation* MayHold::Overlap(const Root& root, std::uint64_t input,
                                         std::uint64_t size) const {
  for (const StaleTranslation& stale : stale_) {
    if (stale.root != root || stale.removal == Removal::kAwaitsIsb) continue;
    if (!MeetingPart(stale, input, size >> kPageShift).is_empty()) return &stale;
  }
  return nullptr;
}

const StaleTranslation* MayHold::FirstBut(std::uint64_t window) const {
  for (const StaleTranslation& stale : stale_) {
    const bool is_window = !IsStageTwo(stale) && stale.level == kPageLevel && stale.count == 1 &&
                           stale.first == window >> kPageShift;
    if (!is_window) return &stale;
  }
  return nullptr;
}

namespace {

std::string MissingTlbi(const StaleTranslation& stale) {
  switch (stale.miss) {
    case Miss::kNotSynchronised:
      return "no ISB between the write of VTTBR_EL2 and the TLBI";
    case Miss::kOtherLevel:
      return Format("level hint %u on a level %u entry", static_cast<unsigned>(stale.hint),
                    stale.level);
    case Miss::kLeavesOnly:
      return "a table pointer, and a TLBI of leaves only";
    case Miss::kNotOrdered:
      return "store not ordered before the TLBI";
    default:
      break;
  }
  if (!IsStageTwo(stale)) return "no TLBI by its VA";
  return Format("no TLBI under VMID %u", static_cast<unsigned>(VmidOf(stale.root)));
}

std::string MissingStep(const StaleTranslation& stale) {
  switch (stale.removal) {
    case Removal::kStored:
      return stale.miss == Miss::kNotOrdered ? "store not ordered before the TLBI"
                                             : "no DSB after the store";
    case Removal::kOrdered:
      return MissingTlbi(stale);
    case Removal::kInvalidated:
      return "no DSB ISH after the TLBI";
    case Removal::kCombined:
      return stale.miss == Miss::kLocal ? "combined entries: VMALLE1 of this CPU alone"
                                        : "combined entries: no VMALLE1IS under its VMID";
    case Removal::kCombinedInvalidated:
      return "combined entries: no DSB ISH after VMALLE1IS";
    case Removal::kAwaitsIsb:
      return "no ISB after the DSB";
  }
  return {};
}

const char* NameOfKind(HeldKind kind) {
  if (kind == HeldKind::kRoot) return "root";
  return kind == HeldKind::kLeaf ? "leaf" : "table pointer";
}

}  // namespace

std::string Describe(const StaleTranslation& stale) {
  return Format("%s, level %u, input 0x%llx (%llu), %s: %s", NameOf(stale.root).c_str(),
                stale.level,
                static_cast<unsigned long long>(stale.first << LevelShift(stale.level)),
                static_cast<unsigned long long>(stale.count), NameOfKind(stale.kind),
                MissingStep(stale).c_str());
}

}  // namespace cadastre::oracle
