// SPDX-License-Identifier: Apache-2.0
#include "harness/oracle/predicates.h"

namespace cadastre::oracle {
namespace {

// Width of an argument in bits (section 1); of vm_create's flags only bit 0 is defined.
unsigned WidthOf(Argument argument) {
  switch (argument) {
    case Argument::kVm:
    case Argument::kId:
    case Argument::kIpaBits:
    case Argument::kVcpuIndex:
      return 32;
    case Argument::kFlag:
    case Argument::kVmFlags:
      return 1;
    case Argument::kZero:
      return 0;
    default:
      return 64;
  }
}

}  // namespace

Detail ReservedBits(const Step& step) {
  for (std::size_t i = 0; i < kArguments; ++i) {
    const unsigned width = WidthOf(static_cast<Argument>(i));
    if (width < 64 && step.values[i] >> width != 0) return 0;
  }
  return std::nullopt;
}

Detail BadProt(const Step& step) {
  const std::uint64_t prot = step[Argument::kProt];
  return When((prot & ~kProtAll) != 0 || (prot & kProtRead) == 0);
}

std::uint64_t PfnSpace(const Step& step) {
  return std::uint64_t{1} << (step.state.facts().pa_bits - kPageShift);
}

// On unbounded integers: no sum is formed that could wrap.
bool EndsAbove(std::uint64_t first, std::uint64_t count, std::uint64_t space) {
  return first > space || count > space - first;
}

Detail MisalignedIpa(const Step& step) {
  return When(Bits(step[Argument::kIpa], kPageShift - 1, 0) != 0);
}

Detail PagesOutOfSpace(const Step& step) {
  return When(EndsAbove(step.ranges[0].pfn, step.ranges[0].count, PfnSpace(step)));
}

Detail GfnsOutOfSpace(const Step& step) {
  return When(EndsAbove(step.ranges[0].gfn, step.ranges[0].count, kGfnSpace));
}

Detail PagesOrGfnsOutOfSpace(const Step& step) {
  return When(PagesOutOfSpace(step).has_value() || GfnsOutOfSpace(step).has_value());
}

Detail NoSuchVm(const Step& step) { return When(step.vm == nullptr); }

Detail GfnBeyondVm(const Step& step) {
  const std::uint64_t end = std::uint64_t{1} << (step.vm->ipa_bits - kPageShift);
  return FirstEntry(step, [&](const Range& range) -> Detail {
    if (!EndsAbove(range.gfn, range.count, end)) return std::nullopt;
    return range.gfn >= end ? 0 : end - range.gfn;
  });
}

// The slice holds the live gfns of the range in order: the first gap is where gfn and position
// part.
Detail GfnAbsent(const Step& step) {
  return FirstEntry(step, [&](const Range& range) -> Detail {
    const auto live = std::as_const(step.vm->map).Slice(range.gfn, range.count);
    if (live.size() == range.count) return std::nullopt;
    std::uint64_t index = 0;
    while (index < live.size() && live[index].gfn == range.gfn + index) ++index;
    return index;
  });
}

Detail VmNotLive(const Step& step) { return When(step.vm->phase != VmPhase::kLive); }
Detail VmNotDying(const Step& step) { return When(step.vm->phase != VmPhase::kDying); }

Detail VmNotEmpty(const Step& step) {
  const std::uint64_t used = step.vm->Used();
  return used > 0 ? Detail(used) : std::nullopt;
}

Detail NotRam(const Step& step) {
  return FirstPage(
      step, [&](std::uint64_t pfn) { return !step.state.ram().OwnableIndexOf(pfn).has_value(); });
}

Detail VmProtected(const Step& step) { return When(step.vm->kind == VmKind::kProtected); }
Detail VmPlain(const Step& step) { return When(step.vm->kind == VmKind::kPlain); }

Detail NotPrivate(const Step& step) {
  return FirstRamPage(step, [](const AbstractPage& page) { return page.row != Row::kPrivate; });
}

namespace {

// The first live gfn of the call that is POISON, or that is not.
Detail FirstLive(const Step& step, bool is_poison) {
  return FirstEntry(step, [&](const Range& range) -> Detail {
    for (const GuestLeaf& leaf : std::as_const(step.vm->map).Slice(range.gfn, range.count)) {
      if (leaf.is_poison == is_poison) return leaf.gfn - range.gfn;
    }
    return std::nullopt;
  });
}

}  // namespace

Detail GfnInUse(const Step& step) { return FirstLive(step, false); }
Detail GfnPoison(const Step& step) { return FirstLive(step, true); }

Detail TablesMissing(const Step& step) {
  const std::uint64_t need = step.vm->map.Need(step.vm->StartLevel(), step.ranges);
  const std::uint64_t free = step.vm->donated - step.vm->Used();
  return need > free ? Detail(need - free) : Detail();
}

void SetPages(Step& step, Effect& effect, const AbstractPage& next) {
  effect.stores_tables = true;
  for (const Range& range : step.ranges) {
    for (std::uint64_t i = 0; i < range.count; ++i)
      step.state.SetPage(*step.state.ram().IndexOf(range.pfn + i), next);
  }
}

void SetTransit(Step& step, Effect& effect, PageIndex page) {
  step.state.SetPage(page, {.row = Row::kTransit, .use = Use::kTransit});
  effect.transit.push_back(page);
  effect.stores_tables = true;
}

void NameGfns(const Step& step, Effect& effect) {
  effect.stores_tables = true;
  effect.vm_slot = step.slot;
  for (const Range& range : step.ranges) effect.gfns.push_back({range.gfn, range.count});
}

void NameGfn(const Step& step, Effect& effect, std::uint64_t gfn) {
  effect.stores_tables = true;
  effect.vm_slot = step.slot;
  if (!effect.gfns.empty() && effect.gfns.back().first + effect.gfns.back().count == gfn) {
    ++effect.gfns.back().count;
  } else {
    effect.gfns.push_back({gfn, 1});
  }
}

void AddPins(State& state, PageIndex index, int change) {
  AbstractPage page = state.page(index);
  page.pins = static_cast<std::uint16_t>(page.pins + change);
  state.SetPage(index, page);
}

}  // namespace cadastre::oracle
