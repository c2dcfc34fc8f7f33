// SPDX-License-Identifier: Apache-2.0
// ABI.md section 9: the rows and effects of a protected guest's own calls.
#include "harness/oracle/predicates.h"

namespace cadastre::oracle {
namespace {

constexpr Argument kNothing[] = {Argument::kZero, Argument::kZero, Argument::kZero};
constexpr Argument kIpaArguments[] = {Argument::kIpa, Argument::kZero, Argument::kZero};
constexpr Argument kRelinquishArguments[] = {Argument::kIpa, Argument::kZero, Argument::kFlag};

constexpr std::uint64_t kPageBytes = 4096;

// What the guest has at the gfn of its call; nullptr if that is absent.
GuestLeaf* LeafAt(const Step& step) {
  const auto slice = step.vm->map.Slice(step.ranges[0].gfn, 1);
  return slice.empty() ? nullptr : &slice.front();
}

// Rows 510 to 512: the gfn has a leaf, and whether its state is `state` is `refused`.
template <LeafState state, bool refused>
Detail StateRefuses(const Step& step) {
  const GuestLeaf* leaf = LeafAt(step);
  return When(leaf != nullptr && !leaf->is_poison && (leaf->state == state) == refused);
}
constexpr Predicate kGuestNotOwned = StateRefuses<LeafState::kOwned, false>;
constexpr Predicate kGuestNotShared = StateRefuses<LeafState::kSharedOwned, false>;
constexpr Predicate kGuestShared = StateRefuses<LeafState::kSharedOwned, true>;

void SetShared(Step& step, Effect& effect, LeafState state, Row row) {
  GuestLeaf& leaf = *LeafAt(step);
  leaf.state = state;
  const PageIndex index = *step.state.ram().IndexOf(leaf.pfn);
  AbstractPage page = step.state.page(index);
  page.row = row;
  step.state.SetPage(index, page);
  NameGfns(step, effect);
}

// 0x02 meminfo(x1, x2, x3 zero): x0 = 4096.
constexpr RowRule kMeminfoRows[] = {{101, ReservedBits}};
void Meminfo(Step&, Effect& effect) { effect.x2 = kPageBytes; }

// 0x03 share_host(x1 ipa): OWNED -> SHARED_OWNED; GIVEN -> GUEST_SHARED. Row 206 is no refusal: the
// vCPU leaves with ABORT.
constexpr RowRule kShareHostRows[] = {
    {101, ReservedBits}, {105, MisalignedIpa},  {205, GfnBeyondVm},
    {206, GfnAbsent},    {510, kGuestNotOwned}, {531, GfnPoison},
};
void ShareHost(Step& step, Effect& effect) {
  SetShared(step, effect, LeafState::kSharedOwned, Row::kGuestShared);
}

// 0x04 unshare_host(x1 ipa): SHARED_OWNED -> OWNED; GUEST_SHARED -> GIVEN.
constexpr RowRule kUnshareHostRows[] = {
    {101, ReservedBits}, {105, MisalignedIpa},   {205, GfnBeyondVm},
    {206, GfnAbsent},    {511, kGuestNotShared}, {531, GfnPoison},
};
void UnshareHost(Step& step, Effect& effect) {
  SetShared(step, effect, LeafState::kOwned, Row::kGiven);
}

// 0x09 relinquish(x1 ipa, x2 zero, x3 flag KEEP), scrubs without KEEP. Absent: done, no change.
constexpr RowRule kRelinquishRows[] = {
    {101, ReservedBits}, {105, MisalignedIpa}, {205, GfnBeyondVm},
    {512, kGuestShared}, {531, GfnPoison},
};
void Relinquish(Step& step, Effect& effect) {
  const GuestLeaf* leaf = LeafAt(step);
  if (leaf == nullptr) return;
  const PageIndex page = *step.state.ram().IndexOf(leaf->pfn);
  step.vm->map.Erase(step.ranges[0].gfn, 1);
  NameGfns(step, effect);
  if (step[Argument::kFlag] == 1) {
    step.state.SetPage(page, kPrivatePageState);
  } else {
    SetTransit(step, effect, page);
  }
}

// 0x70 wait(): the vCPU leaves with WAIT.
void Wait(Step&, Effect&) {}

constexpr CallSpecification kCalls[] = {
    {.number = 0x02,
     .name = "meminfo",
     .arguments = kNothing,
     .rows = kMeminfoRows,
     .update = Meminfo},
    {.number = 0x03,
     .name = "share_host",
     .arguments = kIpaArguments,
     .rows = kShareHostRows,
     .update = ShareHost},
    {.number = 0x04,
     .name = "unshare_host",
     .arguments = kIpaArguments,
     .rows = kUnshareHostRows,
     .update = UnshareHost},
    {.number = 0x09,
     .name = "relinquish",
     .arguments = kRelinquishArguments,
     .rows = kRelinquishRows,
     .update = Relinquish},
    {.number = 0x70, .name = "wait", .arguments = {}, .rows = {}, .update = Wait},
};

}  // namespace

std::span<const CallSpecification> GuestCalls() { return kCalls; }

}  // namespace cadastre::oracle
