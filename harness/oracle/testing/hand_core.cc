// SPDX-License-Identifier: Apache-2.0
#include "harness/oracle/testing/hand_core.h"

#include <algorithm>

namespace cadastre::oracle::testing {
namespace {

constexpr unsigned kUseTable = 3;
constexpr unsigned kUseVmMeta = 4;
constexpr unsigned kUseParked = 6;

unsigned SlotOf(std::uint64_t handle) { return static_cast<unsigned>(handle & 0xFF); }

unsigned StartLevel(std::uint64_t ipa_bits) { return ipa_bits <= 34 ? 2 : ipa_bits <= 43 ? 1 : 0; }

unsigned RootPages(std::uint64_t ipa_bits) {
  const std::uint64_t covered = 48 - 9 * StartLevel(ipa_bits);
  return ipa_bits <= covered ? 1U : 1U << (ipa_bits - covered);
}

}  // namespace

HandCore::HandCore() {
  machine.Boot();
  oracle.emplace(machine.facts, machine.memory);
  attached = oracle->AttachAfterBoot(machine.events);
  machine.events.clear();
  after_boot_ = machine;
}

void HandCore::Reset() {
  machine = *after_boot_;
  vm_trees_.clear();
  vm_own_pages_.clear();
  leaves_.clear();
  borrowers_.clear();
  list_pages_.clear();
  oracle->Reset();
}

CallResult HandCore::Call(unsigned number, std::initializer_list<std::uint64_t> arguments,
                          const Meddle& meddle) {
  return CallOn(0, number, arguments, meddle);
}

CallResult HandCore::CallOn(unsigned cpu, unsigned number,
                            std::initializer_list<std::uint64_t> arguments, const Meddle& meddle) {
  HypercallInput input{.cpu = cpu};
  for (unsigned i = 0; i < input.registers.size(); ++i) input.registers[i] = 0xA5A5'0000 + i;
  input.registers[0] = 0xC6000000 + number;
  std::copy(arguments.begin(), arguments.end(), input.registers.begin() + 1);
  return Raw(input, meddle);
}

CallResult HandCore::Raw(const HypercallInput& input, const Meddle& meddle) {
  CallResult result;
  result.expected = oracle->BeginHypercall(input);
  machine.events.clear();
  if (result.expected.known && result.row() == 0) Perform(input, result.expected);
  Registers after = result.expected.registers;
  if (meddle) meddle(after);
  result.violation = oracle->EndHypercall(after, machine.events);
  return result;
}

std::optional<Violation> HandCore::Abort(std::uint64_t address, Access access,
                                         const std::function<void(AbortOutcome&)>& meddle) {
  AbortOutcome outcome = oracle->BeginHostAbort({.cpu = 0, .address = address, .access = access});
  machine.events.clear();
  const std::uint64_t pfn = address >> kPageShift;
  const bool device = pfn < kRamA;
  if (outcome == AbortOutcome::kRetry && machine.Read(machine.HostEntry(pfn)) == 0) {
    if (device) {
      machine.SetHost(pfn, 0x4C7 | std::uint64_t{1} << 54 | pfn << kPageShift);
    } else {
      machine.MapGranule(pfn);
    }
  }
  if (meddle) meddle(outcome);
  return oracle->EndHostAbort(outcome, machine.events);
}

std::uint64_t HandCore::MakeVm(std::uint64_t flags, std::uint64_t ipa_bits, std::uint64_t meta_pfn,
                               std::uint64_t root_pfn, std::uint64_t tables_pfn,
                               std::uint64_t tables) {
  const std::uint64_t handle = Call(0x56, {flags, ipa_bits, meta_pfn, root_pfn}).x(2);
  if (tables > 0) Call(0x57, {handle, tables_pfn, tables});
  return handle;
}

void HandCore::Perform(const HypercallInput& input, const Expectation& expected) {
  const auto number = static_cast<unsigned>(input.registers[0] & 0xFF);
  const Registers& x = input.registers;
  switch (number) {
    case 0x42:
    case 0x43:
    case 0x46:
    case 0x47:
      return PerformHostCall(number, x);
    case 0x44:
      return ShareGuest(x);
    case 0x45:
    case 0x4B:
    case 0x4C:
    case 0x4D:
    case 0x4E:
      return PerformGuestCall(number, x);
    case 0x51:
      return PerformListPage(input.cpu, x);
    case 0x56:
    case 0x57:
    case 0x60:
    case 0x61:
      return PerformVmCall(number, x, expected);
    default:
      return;
  }
}

void HandCore::Give(std::uint64_t pfn, unsigned use, unsigned vm_tag) {
  machine.SetHost(pfn, HypAnnotation(use, vm_tag));
  machine.SetEl2(pfn, El2Page(pfn, 0));
  machine.SetUse(pfn, use);
}

void HandCore::TakeBack(std::uint64_t pfn) {
  machine.SetEl2(pfn, 0);
  machine.Scrub(pfn);
  machine.SetUse(pfn, 0);
  machine.SetHost(pfn, HostPage(pfn, 0));
}

void HandCore::PerformHostCall(unsigned number, const Registers& x) {
  for (std::uint64_t pfn = x[1]; pfn < x[1] + x[2]; ++pfn) {
    switch (number) {
      case 0x42:
        machine.SetHost(pfn, HostPage(pfn, 1));
        machine.SetEl2(pfn, El2Page(pfn, 2));
        break;
      case 0x43:
        machine.SetEl2(pfn, 0);
        machine.SetHost(pfn, HostPage(pfn, 0));
        break;
      case 0x46:
        Give(pfn, kUseParked, 0);
        break;
      default:
        TakeBack(pfn);
        break;
    }
  }
}

void HandCore::PerformListPage(unsigned cpu, const Registers& x) {
  const auto pins = [&](std::uint64_t pfn) {
    unsigned count = 0;
    for (const auto& [other, page] : list_pages_) count += page == pfn ? 1 : 0;
    machine.SetPins(pfn, count);
  };
  const auto former = list_pages_.find(cpu);
  if (x[1] == 1 && former != list_pages_.end() && former->second == x[2]) return;
  if (former != list_pages_.end()) {
    const std::uint64_t pfn = former->second;
    list_pages_.erase(former);
    pins(pfn);
  }
  if (x[1] == 0) return;
  list_pages_[cpu] = x[2];
  pins(x[2]);
}

void HandCore::WriteLeaf(unsigned slot, std::uint64_t gfn) {
  const Mapping& leaf = leaves_.at({slot, gfn});
  machine.SetEntry(VmTree(slot), gfn << kPageShift, GuestPage(leaf.pfn, leaf.prot, 2, leaf.young));
}

void HandCore::ShareGuest(const Registers& x) {
  const unsigned slot = SlotOf(x[1]);
  const bool aligned = x[4] == kEntries && x[2] % kEntries == 0 && x[3] % kEntries == 0;
  if (aligned) machine.SetBlock(VmTree(slot), x[3] << kPageShift, GuestPage(x[2], x[5], 2, 1));
  for (std::uint64_t i = 0; i < x[4]; ++i) {
    const std::uint64_t pfn = x[2] + i;
    leaves_[{slot, x[3] + i}] = {pfn, x[5], 1};
    if (!aligned) WriteLeaf(slot, x[3] + i);
    machine.SetHost(pfn, HostPage(pfn, 1));
    machine.SetBorrowers(pfn, ++borrowers_[pfn]);
  }
}

void HandCore::PerformGuestCall(unsigned number, const Registers& x) {
  const unsigned slot = SlotOf(x[1]);
  for (std::uint64_t gfn = x[2]; gfn < x[2] + x[3]; ++gfn) {
    Mapping& leaf = leaves_.at({slot, gfn});
    switch (number) {
      case 0x4B:
        leaf.prot |= x[4];
        break;
      case 0x4C:
        leaf.prot &= ~std::uint64_t{2};
        break;
      case 0x4D:
        leaf.young &= x[4] == 1 ? 0U : 1U;
        break;
      case 0x4E:
        leaf.young = 1;
        break;
      default: {
        const std::uint64_t pfn = leaf.pfn;
        machine.SetEntry(VmTree(slot), gfn << kPageShift, 0);
        leaves_.erase({slot, gfn});
        machine.SetBorrowers(pfn, --borrowers_[pfn]);
        if (borrowers_[pfn] == 0) machine.SetHost(pfn, HostPage(pfn, 0));
        continue;
      }
    }
    if (number != 0x4D || x[4] == 1) WriteLeaf(slot, gfn);
  }
}

void HandCore::FinishVm(unsigned slot) {
  const auto [meta, roots] = vm_own_pages_.at(slot);
  for (std::uint64_t i = 0; i < 2; ++i) TakeBack(meta + i);
  for (std::uint64_t i = 0; i < roots; ++i) TakeBack(VmTree(slot).root_pfn + i);
  vm_trees_.erase(slot);
}

void HandCore::PerformVmCall(unsigned number, const Registers& x, const Expectation& expected) {
  const unsigned slot = SlotOf(number == 0x56 ? expected.registers[2] : x[1]);
  if (number == 0x56) {
    vm_trees_[slot] = {x[4], StartLevel(x[2]), Tree::Owner::kVm, slot};
    vm_own_pages_[slot] = {x[3], RootPages(x[2])};
    machine.vm_free[slot].clear();
    for (std::uint64_t i = 0; i < 2; ++i) Give(x[3] + i, kUseVmMeta, slot + 1);
    for (std::uint64_t i = 0; i < RootPages(x[2]); ++i) {
      Give(x[4] + i, kUseVmMeta, slot + 1);
      machine.Scrub(x[4] + i);
    }
    return;
  }
  if (number == 0x61) return FinishVm(slot);
  for (std::uint64_t pfn = x[2]; pfn < x[2] + x[3]; ++pfn) {
    if (number == 0x57) {
      Give(pfn, kUseTable, slot + 1);
      machine.vm_free[slot].insert(pfn);
    } else {
      TakeBack(pfn);
      machine.vm_free[slot].erase(pfn);
    }
  }
}

}  // namespace cadastre::oracle::testing
