// SPDX-License-Identifier: Apache-2.0
#include "harness/script/operand.h"

#include <algorithm>
#include <limits>

#include "harness/script/names.h"

namespace cadastre::script {
namespace {

using enum OperandClass;

constexpr OperandClass kVmClasses[] = {kCreated, kAnyVm, kWrongVm, kNumber, kRaw};
constexpr OperandClass kPfnClasses[] = {kArena, kAnyPage, kUsed, kEdge, kNumber, kRaw};
constexpr OperandClass kGfnClasses[] = {kNumber, kLiveGfn, kSpan, kUsed, kGfnEnd, kEdge, kRaw};
constexpr OperandClass kProtClasses[] = {kProt, kRaw};
constexpr OperandClass kPlainClasses[] = {kNumber, kRaw};
constexpr OperandClass kNumberOnly[] = {kNumber};
constexpr OperandClass kRegisterClasses[] = {kNumber, kFunction, kArena, kCreated,
                                             kRaw,    kEdge,     kProt};

constexpr std::uint16_t kPageClasses = kPageClassNames.size();
constexpr std::uint16_t kVmClassCount = kVmClassNames.size();
constexpr std::uint16_t kAccesses = kAccessNames.size();
constexpr std::uint16_t kFurtherBits = 62;  // none, and bits 3..63
constexpr std::uint16_t kListEntries = 64;
constexpr std::uint16_t kGuestRegisters = 32;

// The index with its high part, of `bits` bits from `shift`, brought below `limit`.
constexpr std::uint16_t BoundHigh(std::uint16_t index, unsigned shift, std::uint16_t limit) {
  const auto low = static_cast<std::uint16_t>(index & ((1u << shift) - 1));
  const auto high = static_cast<std::uint16_t>((index >> shift) % limit);
  return static_cast<std::uint16_t>(high << shift | low);
}

// What a number of this kind is taken modulo.
constexpr std::uint16_t NumberLimit(OperandKind kind) {
  switch (kind) {
    case OperandKind::kAccess:
      return kAccesses;
    case OperandKind::kListIndex:
      return kListEntries;
    case OperandKind::kGuestRegister:
      return kGuestRegisters;
    default:
      return kIndexLimit;
  }
}

std::uint16_t BoundIndex(OperandKind kind, OperandClass operand_class, std::uint16_t index) {
  index %= kIndexLimit;
  switch (operand_class) {
    case kRaw:
      return 0;
    case kNumber:
      return index % NumberLimit(kind);
    case kEdge:
      return index % (kind == OperandKind::kGfn ? kGfnEdges : kPfnEdges);
    case kAnyPage:
      return BoundHigh(index, 8, kPageClasses);
    case kAnyVm:
      return BoundHigh(index, 9, kVmClassCount);
    case kWrongVm:
      return BoundHigh(index, 8, kHandleFaultNames.size());
    case kFunction:
      return BoundHigh(index, 8, kFunctionFormNames.size());
    case kProt:
      return BoundHigh(index % 512, 3, kFurtherBits);
    case kArena:
    case kUsed:
    case kSpan:
    case kLiveGfn:
    case kGfnEnd:
    case kCreated:
      return index;
  }
  return 0;
}

}  // namespace

std::span<const OperandClass> ClassesOf(OperandKind kind) {
  switch (kind) {
    case OperandKind::kVm:
      return kVmClasses;
    case OperandKind::kPfn:
      return kPfnClasses;
    case OperandKind::kGfn:
      return kGfnClasses;
    case OperandKind::kProt:
      return kProtClasses;
    case OperandKind::kRegister:
      return kRegisterClasses;
    case OperandKind::kOffset:
    case OperandKind::kAccess:
    case OperandKind::kListIndex:
    case OperandKind::kGuestRegister:
    case OperandKind::kSteps:
      return kNumberOnly;
    case OperandKind::kCount:
    case OperandKind::kFlag:
    case OperandKind::kFeatureId:
    case OperandKind::kVmFlags:
    case OperandKind::kIpaBits:
    case OperandKind::kImmediate:
    case OperandKind::kVcpuIndex:
    case OperandKind::kListCount:
    case OperandKind::kEntry:
    case OperandKind::kWord:
      return kPlainClasses;
  }
  return kNumberOnly;
}

std::uint64_t LargestRaw(OperandKind kind) {
  return kind == OperandKind::kImmediate ? 0xffff : std::numeric_limits<std::uint64_t>::max();
}

Operand Legalise(OperandKind kind, Operand operand) {
  const std::span<const OperandClass> classes = ClassesOf(kind);
  if (std::find(classes.begin(), classes.end(), operand.operand_class) == classes.end()) {
    operand.operand_class = classes[0];
  }
  operand.index = BoundIndex(kind, operand.operand_class, operand.index);
  operand.raw = operand.operand_class == kRaw ? operand.raw & LargestRaw(kind) : 0;
  return operand;
}

bool IsLegal(OperandKind kind, const Operand& operand) {
  return Legalise(kind, operand) == operand;
}

}  // namespace cadastre::script
