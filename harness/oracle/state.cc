// SPDX-License-Identifier: Apache-2.0
#include "harness/oracle/state.h"

#include "harness/oracle/oracle.h"

namespace cadastre::oracle {
namespace {

constexpr std::size_t kPageClasses = static_cast<std::size_t>(PageClass::kVmVcpu) + 1;
constexpr std::uint32_t kLastGeneration = (1U << 24) - 1;

// The class of a page by its use and VM, for HYP pages.
std::optional<PageClass> HypClass(const AbstractPage& page) {
  switch (page.use) {
    case Use::kImage:
      return PageClass::kImage;
    case Use::kPoolFree:
      return PageClass::kPool;
    case Use::kTable:
      return PageClass::kVmTable;
    case Use::kVmMeta:
      return PageClass::kVmMeta;
    case Use::kVmVcpu:
      return PageClass::kVmVcpu;
    case Use::kParked:
      return PageClass::kParked;
    default:
      return std::nullopt;
  }
}

std::optional<PageClass> ClassOf(const AbstractPage& page) {
  switch (page.row) {
    case Row::kNone:
      return PageClass::kNoMap;
    case Row::kPrivate:
      return PageClass::kPrivate;
    case Row::kSharedHyp:
      return PageClass::kSharedHyp;
    case Row::kSharedGuests:
      return PageClass::kSharedGuests;
    case Row::kHyp:
      return HypClass(page);
    case Row::kGiven:
      return PageClass::kGiven;
    case Row::kGuestShared:
      return PageClass::kGuestShared;
    case Row::kLent:
      return PageClass::kLent;
    case Row::kTransit:
      return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace

State::State(const MachineFacts& facts, const Ram& ram)
    : facts_(facts),
      ram_(ram),
      pages_(ram.size()),
      is_touched_(ram.size(), 0),
      vms_(facts.vm_slots),
      cpus_(facts.cpus),
      selectors_(kPageClasses, PageSelector(ram.size())) {
  for (PageIndex i = 0; i < ram.size(); ++i) {
    if (!ram.IsOwnable(i)) pages_[i].row = Row::kNone;
  }
  const auto take = [&](const PageSpan& span, Use use) {
    for (std::uint64_t i = 0; i < span.count; ++i) {
      if (const auto index = ram.IndexOf(span.first + i))
        pages_[*index] = {.row = Row::kHyp, .use = use};
    }
  };
  take(facts.image, Use::kImage);
  take(facts.pool, Use::kPoolFree);
  boot_ = pages_;
  for (const AbstractPage& page : pages_) marked_.push_back(page == AbstractPage{} ? 0 : 1);
  for (PageIndex i = 0; i < ram.size(); ++i) Classify(i, pages_[i], &PageSelector::Insert);
}

void State::Classify(PageIndex index, const AbstractPage& page,
                     void (PageSelector::*edit)(PageIndex)) {
  if (const auto page_class = ClassOf(page))
    (selectors_[static_cast<std::size_t>(*page_class)].*edit)(index);
  if (page.pins > 0) (selectors_[static_cast<std::size_t>(PageClass::kPinned)].*edit)(index);
}

void State::SetPage(PageIndex index, const AbstractPage& next) {
  AbstractPage& page = pages_[index];
  changes_.push_back({index, page});
  if (is_touched_[index] == 0) {
    is_touched_[index] = 1;
    touched_.push_back(index);
  }
  Classify(index, page, &PageSelector::Erase);
  page = next;
  marked_[index] = next == AbstractPage{} ? 0 : 1;
  Classify(index, page, &PageSelector::Insert);
}

const Vm* State::FindVm(std::uint64_t handle) const {
  const std::uint64_t slot = handle & 0xFF;
  if (slot >= vms_.size()) return nullptr;
  const Vm& vm = vms_[slot];
  return vm.phase != VmPhase::kFree && vm.generation == handle >> 8 ? &vm : nullptr;
}

Vm* State::FindVm(std::uint64_t handle) {
  return const_cast<Vm*>(std::as_const(*this).FindVm(handle));
}

Vcpu* State::LoadedVcpu(unsigned cpu) {
  const auto& loaded = cpus_[cpu].loaded;
  return loaded ? &vms_[loaded->slot].vcpus[loaded->index] : nullptr;
}

Vm& State::EditVm(unsigned slot) {
  if (vms_[slot].generation == 0) touched_slots_.push_back(slot);
  return vms_[slot];
}

std::optional<unsigned> State::LowestFreeSlot() const {
  for (unsigned slot = 0; slot < vms_.size(); ++slot) {
    if (vms_[slot].phase == VmPhase::kFree && vms_[slot].generation < kLastGeneration) return slot;
  }
  return std::nullopt;
}

void State::Reset() {
  for (const PageIndex index : touched_) {
    Classify(index, pages_[index], &PageSelector::Erase);
    pages_[index] = boot_[index];
    marked_[index] = boot_[index] == AbstractPage{} ? 0 : 1;
    Classify(index, pages_[index], &PageSelector::Insert);
    is_touched_[index] = 0;
  }
  touched_.clear();
  changes_.clear();
  for (const unsigned slot : touched_slots_) {
    Vm& vm = vms_[slot];
    vm.map.Clear();
    GuestMap kept = std::move(vm.map);  // keeps its capacity
    vm = Vm{};
    vm.map = std::move(kept);
  }
  touched_slots_.clear();
  for (CpuState& cpu : cpus_) cpu = CpuState{};
  last_order_ = 0;
}

}  // namespace cadastre::oracle
