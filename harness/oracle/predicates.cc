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
      return 32;
    case Argument::kFlag:
    case Argument::kVmFlags:
      return 1;
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

Detail PagesOutOfSpace(const Step& step) {
  return When(EndsAbove(step[Argument::kPfn], step[Argument::kCount], PfnSpace(step)));
}

Detail GfnsOutOfSpace(const Step& step) {
  return When(EndsAbove(step[Argument::kGfn], step[Argument::kCount], kGfnSpace));
}

Detail PagesOrGfnsOutOfSpace(const Step& step) {
  return When(PagesOutOfSpace(step).has_value() || GfnsOutOfSpace(step).has_value());
}

Detail NoSuchVm(const Step& step) { return When(step.vm == nullptr); }

Detail GfnBeyondVm(const Step& step) {
  const std::uint64_t end = std::uint64_t{1} << (step.vm->ipa_bits - kPageShift);
  const std::uint64_t first = step[Argument::kGfn];
  if (!EndsAbove(first, step[Argument::kCount], end)) return std::nullopt;
  return first >= end ? 0 : end - first;
}

// The slice holds the live gfns of the range in order: the first gap is where gfn and position
// part.
Detail GfnAbsent(const Step& step) {
  const std::uint64_t first = step[Argument::kGfn];
  const auto live = std::as_const(step.vm->map).Slice(first, step[Argument::kCount]);
  if (live.size() == step[Argument::kCount]) return std::nullopt;
  std::uint64_t index = 0;
  while (index < live.size() && live[index].gfn == first + index) ++index;
  return index;
}

Detail VmNotLive(const Step& step) { return When(step.vm->phase != VmPhase::kLive); }
Detail VmNotDying(const Step& step) { return When(step.vm->phase != VmPhase::kDying); }

Detail VmNotEmpty(const Step& step) {
  const std::uint64_t used = step.vm->Used();
  return used > 0 ? Detail(used) : std::nullopt;
}

Detail NotRam(const Step& step) {
  return FirstPage(step, Argument::kPfn, step[Argument::kCount], [&](std::uint64_t pfn) {
    return !step.state.ram().OwnableIndexOf(pfn).has_value();
  });
}

Detail VmProtected(const Step& step) { return When(step.vm->kind == VmKind::kProtected); }

Detail NotPrivate(const Step& step) {
  return FirstRamPage(step, Argument::kPfn, step[Argument::kCount],
                      [](const AbstractPage& page) { return page.row != Row::kPrivate; });
}

}  // namespace cadastre::oracle
