// SPDX-License-Identifier: Apache-2.0
// How the hand-made core writes what its specification says into raw memory.
#include <algorithm>
#include <span>

#include "harness/oracle/testing/hand_core.h"

namespace cadastre::oracle::testing {
namespace {

constexpr std::uint64_t kPoison = 5U << 1;
constexpr unsigned kSharedOwned = 1;
constexpr unsigned kSharedBorrowed = 2;
constexpr unsigned kFlushGuestTlb = 0x4F;
constexpr unsigned kVcpuLoad = 0x5A;
// Calls by which contents change hands without a scrub.
constexpr unsigned kRelax = 0x4B;
constexpr unsigned kToGuest[] = {0x04, kRelax, 0x44, 0x48, 0x4A, 0x52, 0x54, 0x55};
constexpr unsigned kToHost[] = {0x03, 0x09};

bool IsOneOf(const Judgement& judgement, std::span<const unsigned> numbers) {
  return judgement.call != nullptr && judgement.outcome == Outcome::kDone &&
         std::find(numbers.begin(), numbers.end(), judgement.call->number) != numbers.end();
}

constexpr std::uint64_t Annotation(unsigned kind, const AbstractPage& page) {
  return kind << 1 | static_cast<unsigned>(page.use) << 4 | std::uint64_t{page.vm_tag} << 8 |
         page.gfn << 16;
}

std::uint64_t HostWord(std::uint64_t pfn, const AbstractPage& page) {
  switch (page.row) {
    case Row::kSharedHyp:
    case Row::kSharedGuests:
      return HostPage(pfn, kSharedOwned);
    case Row::kGuestShared:
      return HostPage(pfn, kSharedBorrowed);
    case Row::kHyp:
      return Annotation(1, page);
    case Row::kGiven:
      return Annotation(2, page);
    case Row::kLent:
      return Annotation(3, page);
    case Row::kTransit:
      return 4U << 1;
    default:
      return HostPage(pfn, 0);
  }
}

std::uint64_t El2Word(std::uint64_t pfn, Row row) {
  if (row == Row::kHyp) return El2Page(pfn, 0);
  return row == Row::kSharedHyp ? El2Page(pfn, kSharedBorrowed) : 0;
}

std::uint64_t GuestWord(const GuestLeaf& leaf) {
  if (leaf.is_poison) return kPoison;
  return GuestPage(leaf.pfn, leaf.prot, static_cast<unsigned>(leaf.state), leaf.young ? 1 : 0);
}

// Whether the span is one 2 MiB leaf when it is first mapped.
bool IsBlock(const GfnSpan& span, std::span<const GuestLeaf> leaves) {
  return span.count == kEntries && leaves.size() == kEntries && span.first % kEntries == 0 &&
         leaves.front().pfn % kEntries == 0 && leaves.front().young;
}

}  // namespace

void HandCore::RenderRecord(PageIndex index) {
  const AbstractPage& page = state_.page(index);
  const std::uint64_t pfn = ram_.PfnOf(index);
  machine.SetUse(pfn, static_cast<unsigned>(page.use));
  machine.SetPins(pfn, page.pins);
  machine.SetBorrowers(pfn, page.borrowers);
}

void HandCore::RenderPage(PageIndex index) {
  const AbstractPage& page = state_.page(index);
  const std::uint64_t pfn = ram_.PfnOf(index);
  const std::uint64_t el2 = El2Word(pfn, page.row);
  if (machine.Read(machine.El2Entry(pfn)) != el2) machine.SetEl2(pfn, el2);
  if (machine.Read(machine.HostEntry(pfn)) != HostWord(pfn, page))
    machine.SetHost(pfn, HostWord(pfn, page));
  RenderRecord(index);
  for (auto& [slot, free] : machine.vm_free) {
    const bool mine = page.use == Use::kTable && page.vm_tag == slot + 1;
    if (!mine) free.erase(pfn);
  }
}

void HandCore::RenderGfns(unsigned slot, const GfnSpan& span) {
  const auto leaves = state_.vm(slot).map.Slice(span.first, span.count);
  const Tree tree = vm_trees_.at(slot);
  const std::uint64_t first = machine.Read(machine.EntryAddress(tree, span.first << kPageShift));
  if (first == 0 && IsBlock(span, leaves))
    return machine.SetBlock(tree, span.first << kPageShift, GuestWord(leaves.front()));
  std::size_t next = 0;
  for (std::uint64_t gfn = span.first; gfn < span.first + span.count; ++gfn) {
    const bool live = next < leaves.size() && leaves[next].gfn == gfn;
    const std::uint64_t word = live ? GuestWord(leaves[next++]) : 0;
    if (machine.Read(machine.EntryAddress(tree, gfn << kPageShift)) != word)
      machine.SetEntry(tree, gfn << kPageShift, word);
  }
}

void HandCore::RenderAbort(const Operation& operation, const Judgement& judgement) {
  if (judgement.expected.answer.abort == AbortOutcome::kInject) return;
  const std::uint64_t pfn = operation.address >> kPageShift;
  if (machine.Read(machine.HostEntry(pfn)) != 0) return;
  if (ram_.IndexOf(pfn)) return machine.MapGranule(pfn);
  machine.SetHost(pfn, 0x4C7 | std::uint64_t{1} << 54 | pfn << kPageShift);
}

// Roots in VTTBR_EL2 by who runs next, and the words of an exit.
void HandCore::RenderRun(const Operation& operation, const Judgement& judgement) {
  if (judgement.effect.enters_guest) {
    const unsigned slot = *judgement.effect.vm_slot;
    machine.Log(EventKind::kWriteVttbr, 0,
                std::uint64_t{slot + 1} << 48 | vm_trees_.at(slot).root_pfn << kPageShift);
  }
  if (!judgement.run_page || state_.cpu(operation.cpu).runs_guest) return;
  for (unsigned i = 0; i < kRunPageWords; ++i)
    machine.Store((judgement.run_page->pfn << kPageShift) + i * 8, judgement.run_page->words[i]);
  machine.Log(EventKind::kWriteVttbr, 0, kHostRoot << kPageShift);
}

void HandCore::RenderGfns(const Effect& effect) {
  for (const GfnSpan& span : effect.gfns) RenderGfns(*effect.vm_slot, span);
}

void HandCore::RenderPages(const Effect& effect) {
  for (const PageChange& change : state_.changes()) {
    if (!effect.stores_tables) {
      RenderRecord(change.index);
      continue;
    }
    const AbstractPage& page = state_.page(change.index);
    RenderPage(change.index);
    if (page.use == Use::kTable && change.before.row == Row::kPrivate)
      machine.vm_free[page.vm_tag - 1U].insert(ram_.PfnOf(change.index));
  }
}

// CC, and IC where what is granted may be executed.
void HandCore::CleanPages(const Operation& operation, const Judgement& judgement) {
  bool cleans = false;
  for (const PageChange& change : state_.changes()) {
    if (judgement.effect.is_scrubbed || state_.page(change.index).row == Row::kTransit) continue;
    machine.Clean(ram_.PfnOf(change.index));
    cleans = true;
  }
  const auto arguments = judgement.call->arguments;
  const auto prot = std::find(arguments.begin(), arguments.end(), Argument::kProt);
  const bool executes =
      prot == arguments.end() ||
      (operation.registers[static_cast<std::size_t>(prot - arguments.begin()) + 1] & 4) != 0;
  const bool unshares = judgement.call->number == 0x04;
  const bool relaxes = judgement.call->number == kRelax;
  if ((cleans || relaxes) && executes && !unshares) machine.InvalidateIcache();
}

void HandCore::Render(const Operation& operation, const Judgement& judgement) {
  const Effect& effect = judgement.effect;
  if (operation.trap == Trap::kHostAbort) return RenderAbort(operation, judgement);
  if (effect.created) {
    const Vm& vm = state_.vm(*effect.created);
    vm_trees_[*effect.created] = {vm.root_pfn, vm.StartLevel(), Tree::Owner::kVm, *effect.created};
    machine.vm_free[*effect.created].clear();
  }
  // Revoke, clean, grant: to a guest what the host loses, to the host what a guest loses.
  if (IsOneOf(judgement, kToGuest)) {
    RenderPages(effect);
    CleanPages(operation, judgement);
    RenderGfns(effect);
  } else {
    RenderGfns(effect);
    if (IsOneOf(judgement, kToHost)) CleanPages(operation, judgement);
    RenderPages(effect);
  }
  if (effect.created) {
    const Vm& vm = state_.vm(*effect.created);
    for (unsigned i = 0; i < vm.RootPages(); ++i) machine.Clear(vm.root_pfn + i);
    machine.Log(EventKind::kDsbIshst);
  }
  if (judgement.call != nullptr && judgement.call->number == kFlushGuestTlb && effect.vm_slot)
    machine.FlushVmid(vm_trees_.at(*effect.vm_slot));
  if (judgement.call != nullptr && judgement.call->number == kVcpuLoad && effect.vm_slot)
    machine.ForgetOtherVcpus(vm_trees_.at(*effect.vm_slot));
  if (effect.finished) {
    machine.FlushVmid(vm_trees_.at(*effect.finished));
    vm_trees_.erase(*effect.finished);
  }
  RenderRun(operation, judgement);
}

}  // namespace cadastre::oracle::testing
