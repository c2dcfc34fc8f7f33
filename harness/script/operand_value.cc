// SPDX-License-Identifier: Apache-2.0
#include "harness/script/operand_value.h"

#include <vector>

#include "harness/script/names.h"

namespace cadastre::script {
namespace {

// Indices hold these enums: a new class needs a name and its place.
static_assert(kPageClassNames.size() == static_cast<std::size_t>(oracle::PageClass::kVmVcpu) + 1);
static_assert(kVmClassNames.size() == static_cast<std::size_t>(oracle::VmClass::kStale) + 1);
static_assert(kAccessNames.size() == 2 * (static_cast<std::size_t>(oracle::Access::kExecute) + 1));

constexpr std::uint64_t kTop = ~std::uint64_t{0};
constexpr std::uint64_t kMostPages = 512;
constexpr std::uint64_t kGfnSpace = std::uint64_t{1} << 36;

std::uint64_t RamPages(const oracle::MachineFacts& facts) {
  std::uint64_t pages = 0;
  for (const oracle::PageSpan& region : facts.ram) pages += region.count;
  return pages;
}

std::uint64_t ArenaPage(const oracle::MachineFacts& facts, std::uint64_t index) {
  index %= RamPages(facts);
  for (const oracle::PageSpan& region : facts.ram) {
    if (index < region.count) return region.first + index;
    index -= region.count;
  }
  return facts.ram[0].first;
}

oracle::PageSpan SpanOf(const oracle::MachineFacts& facts, const SpanEdge& edge) {
  const auto pick = [&](const std::vector<oracle::PageSpan>& spans) {
    const std::vector<oracle::PageSpan>& list = spans.empty() ? facts.ram : spans;
    return list[edge.number % list.size()];
  };
  switch (edge.list) {
    case SpanList::kRam:
      return pick(facts.ram);
    case SpanList::kNoMap:
      return pick(facts.no_map);
    case SpanList::kDevice:
      return pick(facts.devices);
    case SpanList::kImage:
      return facts.image;
    case SpanList::kPool:
      return facts.pool;
  }
  return facts.image;
}

std::uint64_t PfnEdgeValue(const oracle::MachineFacts& facts, std::uint16_t index) {
  if (index < kSpanEdges) {
    const SpanEdge edge = SpanEdgeOf(index);
    const oracle::PageSpan span = SpanOf(facts, edge);
    switch (edge.end) {
      case SpanEnd::kBefore:
        return span.first - 1;
      case SpanEnd::kFirst:
        return span.first;
      case SpanEnd::kLast:
        return span.first + span.count - 1;
      case SpanEnd::kAfter:
        return span.first + span.count;
    }
  }
  const std::uint64_t space = std::uint64_t{1} << (facts.pa_bits - 12);
  switch (static_cast<PfnEdge>(index - kSpanEdges)) {
    case PfnEdge::kSpaceLast:
      return space - 1;
    case PfnEdge::kSpaceEnd:
      return space;
    case PfnEdge::kSpace512:
      return space - kMostPages;
    case PfnEdge::kAlias52:
      return facts.ram[0].first + (std::uint64_t{1} << 52);
    case PfnEdge::kTop:
      return kTop;
    case PfnEdge::kTop512:
      return kTop - kMostPages + 1;
    case PfnEdge::kHalf:
      return std::uint64_t{1} << 63;
  }
  return kTop;
}

std::uint64_t GfnEdgeValue(std::uint16_t index) {
  switch (static_cast<GfnEdge>(index)) {
    case GfnEdge::kSpaceLast:
      return kGfnSpace - 1;
    case GfnEdge::kSpaceEnd:
      return kGfnSpace;
    case GfnEdge::kSpace512:
      return kGfnSpace - kMostPages;
    case GfnEdge::kBit52:
      return std::uint64_t{1} << 52;
    case GfnEdge::kTop:
      return kTop;
    case GfnEdge::kTop512:
      return kTop - kMostPages + 1;
  }
  return kTop;
}

std::uint64_t WrongHandle(std::uint64_t handle, HandleFault fault) {
  switch (fault) {
    case HandleFault::kNewer:
      return (handle + 0x100) & 0xffff'ffff;
    case HandleFault::kOlder:
      return (handle - 0x100) & 0xffff'ffff;
    case HandleFault::kNoGeneration:
      return handle & 0xff;
    case HandleFault::kBit32:
      return handle | std::uint64_t{1} << 32;
    case HandleFault::kBit63:
      return handle | std::uint64_t{1} << 63;
    case HandleFault::kNextSlot:
      return (handle & ~std::uint64_t{0xff}) | ((handle + 1) & 0xff);
  }
  return 0;
}

std::uint64_t FunctionId(std::uint16_t index) {
  const std::uint64_t number = index & 0xff;
  const std::uint64_t plain = abi::kFunctionBase + number;
  switch (static_cast<FunctionForm>(index >> 8)) {
    case FunctionForm::kPlain:
      return plain;
    case FunctionForm::kSveHint:
      return plain | abi::kSveHint;
    case FunctionForm::kBit32:
      return plain | std::uint64_t{1} << 32;
    case FunctionForm::kBit63:
      return plain | std::uint64_t{1} << 63;
    case FunctionForm::kHvc32:
      return 0x8600'0000 + number;
    case FunctionForm::kYielding:
      return 0x4600'0000 + number;
    case FunctionForm::kStandard:
      return 0x8400'0000 + number;
    case FunctionForm::kStandard64:
      return 0xc400'0000 + number;
    case FunctionForm::kArchitecture:
      return 0x8000'0000 + number;
    case FunctionForm::kQuery:
      return 0x8600'ff00 + number;
  }
  return plain;
}

std::uint64_t ProtValue(std::uint16_t index) {
  const unsigned further = index >> 3;
  const std::uint64_t bit = further == 0 ? 0 : std::uint64_t{1} << (further + 2);
  return (index & 7u) | bit;
}

// The created VM that an index names, counted round; nullptr while there is none.
const ResolveContext::CreatedVm* CreatedAt(const ResolveContext& context, std::uint64_t index) {
  const std::vector<ResolveContext::CreatedVm>& created = context.created();
  return created.empty() ? nullptr : &created[index % created.size()];
}

std::uint64_t CreatedHandle(const ResolveContext& context, std::uint64_t index) {
  const ResolveContext::CreatedVm* vm = CreatedAt(context, index);
  return vm == nullptr ? 0 : vm->handle;
}

std::uint64_t UsedValue(const std::vector<std::uint64_t>& used, std::uint16_t index,
                        std::uint64_t otherwise) {
  if (used.empty()) return otherwise;
  const std::size_t back = (index >> 6) % used.size();
  return used[used.size() - 1 - back] + (index & 63u) - 32;
}

}  // namespace

std::uint64_t OperandValue(OperandKind kind, const Operand& operand, const ResolveContext& context,
                           std::uint64_t vm) {
  const std::uint16_t index = operand.index;
  const std::uint64_t first_page = context.facts().ram[0].first;
  switch (operand.operand_class) {
    case OperandClass::kNumber:
      return index;
    case OperandClass::kRaw:
      return operand.raw;
    case OperandClass::kArena:
      return ArenaPage(context.facts(), index);
    case OperandClass::kEdge:
      return kind == OperandKind::kGfn ? GfnEdgeValue(index) : PfnEdgeValue(context.facts(), index);
    case OperandClass::kUsed:
      return kind == OperandKind::kGfn ? UsedValue(context.used_gfns(), index, 0)
                                       : UsedValue(context.used_pfns(), index, first_page);
    case OperandClass::kAnyPage:
      return context.picker()
          .PickPage(static_cast<oracle::PageClass>(index >> 8), index & 0xff)
          .value_or(first_page);
    case OperandClass::kSpan:
      return index * kMostPages;
    case OperandClass::kLiveGfn:
      return context.picker().PickGfn(vm, index >> 4).value_or(0) + (index & 15u) - 8;
    case OperandClass::kGfnEnd:
      return (std::uint64_t{1} << (context.IpaBitsOf(vm) - 12)) + index - 2048;
    case OperandClass::kCreated:
      return CreatedHandle(context, index);
    case OperandClass::kAnyVm:
      return context.picker()
          .PickVm(static_cast<oracle::VmClass>(index >> 9), index & 0x1ff)
          .value_or(0);
    case OperandClass::kWrongVm:
      return WrongHandle(CreatedHandle(context, index & 0xff),
                         static_cast<HandleFault>(index >> 8));
    case OperandClass::kProt:
      return ProtValue(index);
    case OperandClass::kFunction:
      return FunctionId(index);
  }
  return 0;
}

}  // namespace cadastre::script
