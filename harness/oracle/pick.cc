// SPDX-License-Identifier: Apache-2.0
#include "harness/oracle/pick.h"

#include <algorithm>

namespace cadastre::oracle {
namespace {

// The complement of RAM and devices below the end of the pfn space.
std::vector<PageSpan> OutsideOf(const MachineFacts& facts) {
  std::vector<PageSpan> inside = facts.ram;
  inside.insert(inside.end(), facts.devices.begin(), facts.devices.end());
  std::sort(inside.begin(), inside.end(),
            [](const PageSpan& a, const PageSpan& b) { return a.first < b.first; });
  std::vector<PageSpan> outside;
  std::uint64_t next = 0;
  for (const PageSpan& span : inside) {
    if (span.first > next) outside.push_back({next, span.first - next});
    next = std::max(next, span.first + span.count);
  }
  const std::uint64_t end = std::uint64_t{1} << (facts.pa_bits - kPageShift);
  if (next < end) outside.push_back({next, end - next});
  return outside;
}

std::optional<std::uint64_t> SelectFrom(const std::vector<PageSpan>& spans, std::uint64_t index) {
  std::uint64_t total = 0;
  for (const PageSpan& span : spans) total += span.count;
  if (total == 0) return std::nullopt;
  index %= total;
  for (const PageSpan& span : spans) {
    if (index < span.count) return span.first + index;
    index -= span.count;
  }
  return std::nullopt;
}

bool IsIn(const Vm& vm, VmClass vm_class) {
  switch (vm_class) {
    case VmClass::kLive:
      return vm.phase == VmPhase::kLive;
    case VmClass::kPlainLive:
      return vm.phase == VmPhase::kLive && vm.kind == VmKind::kPlain;
    case VmClass::kProtectedLive:
      return vm.phase == VmPhase::kLive && vm.kind == VmKind::kProtected;
    case VmClass::kDying:
      return vm.phase == VmPhase::kDying;
    case VmClass::kStale:
      return vm.phase == VmPhase::kFree && vm.generation > 0;
  }
  return false;
}

}  // namespace

Picker::Picker(const State& state) : state_(state), outside_(OutsideOf(state.facts())) {}

std::optional<std::uint64_t> Picker::Page(PageClass page_class, std::uint64_t index) const {
  if (page_class == PageClass::kDevice) return SelectFrom(state_.facts().devices, index);
  if (page_class == PageClass::kOutside) return SelectFrom(outside_, index);
  const PageSelector& selector = state_.selector(static_cast<unsigned>(page_class));
  if (selector.size() == 0) return std::nullopt;
  return state_.ram().PfnOf(selector.Select(static_cast<PageIndex>(index % selector.size())));
}

// Slots in ascending order; vm_create takes the lowest free one, so the slots touched are 0..n-1.
std::optional<std::uint64_t> Picker::Vm(VmClass vm_class, std::uint64_t index) const {
  const std::size_t slots = state_.touched_slots().size();
  std::uint64_t members = 0;
  for (unsigned slot = 0; slot < slots; ++slot) members += IsIn(state_.vm(slot), vm_class) ? 1 : 0;
  if (members == 0) return std::nullopt;
  index %= members;
  for (unsigned slot = 0; slot < slots; ++slot) {
    if (IsIn(state_.vm(slot), vm_class) && index-- == 0) return state_.HandleOf(slot);
  }
  return std::nullopt;
}

std::optional<std::uint64_t> Picker::Gfn(std::uint64_t handle, std::uint64_t index) const {
  const auto* vm = state_.FindVm(handle);
  if (vm == nullptr || vm->map.All().empty()) return std::nullopt;
  return vm->map.All()[index % vm->map.All().size()].gfn;
}

}  // namespace cadastre::oracle
