// SPDX-License-Identifier: Apache-2.0
#include "harness/oracle/lock_cover.h"

#include "harness/oracle/address_space.h"
#include "harness/oracle/report.h"

namespace cadastre::oracle {
namespace {

constexpr std::uint64_t kFirstVmLock = 0x100;
constexpr std::uint64_t kHostLock = 1;
constexpr std::uint64_t kPoolLock = 3;

bool HoldsScrubWindows(const TableRole& role) {
  return role.root.regime == Regime::kEl2 && role.level == kPageLevel &&
         role.input_base == kScrubWindow;
}

}  // namespace

std::string NameOfCover(Cover cover) {
  switch (cover) {
    case kHostCover:
      return "the host";
    case kEl2Cover:
      return "EL2";
    case kPoolCover:
      return "the pool";
    default:
      return Format("VM %u", cover - 1U);
  }
}

void HeldLocks::Follow(const Event& event) {
  const bool takes = event.kind == EventKind::kLock;
  if (event.address >= kFirstVmLock) {
    const auto slot = static_cast<unsigned>(event.address - kFirstVmLock);
    if (takes) vm_slot_ = slot;
    if (!takes && vm_slot_ == slot) vm_slot_.reset();
    return;
  }
  if (event.address < kHostLock || event.address > kPoolLock) return;
  const unsigned bit = 1U << (event.address - kHostLock);
  classes_ = takes ? classes_ | bit : classes_ & ~bit;
}

bool HeldLocks::Holds(Cover cover) const {
  if (cover == kNoCover) return true;
  if (cover < kHostCover) return vm_slot_ && VmCover(*vm_slot_) == cover;
  return (classes_ >> (cover - kHostCover) & 1) != 0;
}

Cover CoverOf(const Root& root) {
  switch (root.regime) {
    case Regime::kHost:
      return kHostCover;
    case Regime::kEl2:
      return kEl2Cover;
    case Regime::kGuest:
      return VmCover(root.slot);
  }
  return kNoCover;
}

Cover CoverOf(const State& state, PageIndex page, const std::optional<TableRole>& role) {
  if (role) return CoverOf(role->root);
  const AbstractPage& now = state.page(page);
  if (now.row != Row::kHyp) return kNoCover;
  if (now.vm_tag != 0) return VmCover(now.vm_tag - 1U);
  return now.use == Use::kPoolFree ? kPoolCover : kNoCover;
}

LoadCovers::LoadCovers(const State& state, const Walker& walker)
    : state_(state), walker_(walker), covers_(state.ram().size()), changed_(state.ram().size()) {}

Cover LoadCovers::CoverOfLoads(PageIndex page) const {
  const Table* table = walker_.TableAt(page);
  if (table == nullptr)
    return state_.page(page).use == Use::kVmVcpu ? kNoCover : CoverOf(state_, page, std::nullopt);
  return HoldsScrubWindows(table->role) ? kNoCover : CoverOf(table->role.root);
}

void LoadCovers::Update(PageIndex page) {
  const Cover now = CoverOfLoads(page);
  if (now == covers_[page]) return;
  covers_[page] = now;
  changed_.Add(page);
}

void LoadCovers::Attach() {
  for (PageIndex page = 0; page < covers_.size(); ++page) Update(page);
  attached_ = covers_;
  changed_.Clear();
}

void LoadCovers::Reset() {
  for (const PageIndex page : changed_.members()) covers_[page] = attached_[page];
  changed_.Clear();
}

}  // namespace cadastre::oracle
