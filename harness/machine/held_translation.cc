// SPDX-License-Identifier: Apache-2.0
#include "harness/machine/held_translation.h"

#include <algorithm>

namespace cadastre {
namespace {

using oracle::Event;
using oracle::EventKind;

constexpr std::uint64_t kSoftwareBits = std::uint64_t{0xf} << 55;

constexpr std::uint64_t VmidOf(std::uint64_t vttbr) { return vttbr >> 48; }
constexpr std::uint64_t SizeOf(unsigned level) {
  return std::uint64_t{1} << (12 + 9 * (3 - level));
}

// How far the invalidation of one entry has come.
enum class Stage : std::uint8_t {
  kStored,
  kOrdered,       // a DSB after the store: a walk no longer finds the entry
  kEntryPending,  // a TLBI by address has been issued
  kEntryGone,     // and is complete; combined entries may be left
  kAllPending,
  kGone,
};

class Invalidation {
 public:
  Invalidation(std::uint64_t vmid, std::uint64_t ipa, unsigned level)
      : vmid_(vmid), level_(level), first_(ipa & ~(SizeOf(level) - 1)) {}

  bool IsGone() const { return stage_ == Stage::kGone; }

  // `vmid` is the one that the operation's VTTBR holds.
  void Follow(const Event& event, std::uint64_t vmid) {
    switch (event.kind) {
      case EventKind::kDsbIshst:
        if (stage_ == Stage::kStored) stage_ = Stage::kOrdered;
        return;
      case EventKind::kDsbIsh:
        return Complete();
      case EventKind::kTlbiIpas2e1is:
        if (Meets(event.address, 1, event.value, vmid)) Issue(Stage::kEntryPending);
        return;
      case EventKind::kTlbiRipas2e1is:
        if (Meets(event.address, event.value, event.old_value, vmid)) Issue(Stage::kEntryPending);
        return;
      case EventKind::kTlbiVmalle1is:
        if (vmid == vmid_ && stage_ == Stage::kEntryGone) stage_ = Stage::kAllPending;
        return;
      case EventKind::kTlbiVmalls12e1is:
        if (vmid == vmid_) Issue(Stage::kAllPending);
        return;
      default:
        return;
    }
  }

 private:
  // A TLBI counts only for what a DSB has put before it.
  void Issue(Stage pending) {
    if (stage_ != Stage::kStored) stage_ = std::max(stage_, pending);
  }
  void Complete() {
    if (stage_ == Stage::kStored) stage_ = Stage::kOrdered;
    if (stage_ == Stage::kEntryPending) stage_ = Stage::kEntryGone;
    if (stage_ == Stage::kAllPending) stage_ = Stage::kGone;
  }
  bool Meets(std::uint64_t ipa, std::uint64_t pages, std::uint64_t hint, std::uint64_t vmid) const {
    if (vmid != vmid_ || (hint != 0 && hint != level_)) return false;
    return ipa < first_ + SizeOf(level_) && first_ < ipa + (pages << 12);
  }

  std::uint64_t vmid_;
  unsigned level_;
  std::uint64_t first_;
  Stage stage_ = Stage::kStored;
};

bool IsOnPath(const WalkPath& path, const Event& event) {
  const auto end = path.descriptors.begin() + path.count;
  return std::find(path.descriptors.begin(), end, event.address) != end;
}

// Whether the walk along the path can't be told any more, for a page of it was filled anew.
bool IsOverwritten(const WalkPath& path, std::span<const Event> events) {
  return std::any_of(events.begin(), events.end(), [&](const Event& event) {
    if (event.kind != EventKind::kFill && event.kind != EventKind::kZeroPage) return false;
    return std::any_of(path.descriptors.begin(), path.descriptors.begin() + path.count,
                       [&](std::uint64_t at) { return at >> 12 == event.address >> 12; });
  });
}

bool Changes(const WalkPath& path, const Event& event) {
  return event.kind == EventKind::kStore && IsOnPath(path, event) &&
         ((event.value ^ event.old_value) & ~kSoftwareBits) != 0;
}

}  // namespace

std::optional<Translation> HeldTranslation(const SimMemory& memory,
                                           const OperationUnderWay& operation, std::uint64_t vttbr,
                                           unsigned ipa_bits, std::uint64_t ipa) {
  WalkPath path;
  const WalkResult before =
      WalkStageTwoBefore(memory, operation.events, vttbr, ipa_bits, ipa, path);
  if (!before || IsOverwritten(path, operation.events)) return std::nullopt;
  std::optional<Invalidation> invalidation;
  std::uint64_t vmid = VmidOf(operation.vttbr_at_start);
  for (const Event& event : operation.events) {
    if (event.kind == EventKind::kWriteVttbr) vmid = VmidOf(event.value);
    if (invalidation) {
      invalidation->Follow(event, vmid);
    } else if (Changes(path, event)) {
      invalidation.emplace(VmidOf(vttbr), ipa, before->level);
    }
  }
  if (!invalidation || invalidation->IsGone()) return std::nullopt;
  return *before;
}

}  // namespace cadastre
