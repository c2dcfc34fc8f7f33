// SPDX-License-Identifier: Apache-2.0
// Alphabet::Misuse: each call with one argument wrong at a time. Nothing of it can succeed, and
// most of it is refused by shape, so it is tried in one state alone.
#include <array>
#include <optional>
#include <vector>

#include "harness/explore/alphabet.h"

namespace cadastre::explore {

using script::Op;
using script::OpCode;
using script::Operand;
using script::OperandClass;
using script::OperandKind;

namespace {

constexpr std::uint64_t kBit32 = std::uint64_t{1} << 32;
constexpr std::uint64_t kHole = 0x10;                       // pfn below all RAM
constexpr std::uint64_t kPfnsEnd = std::uint64_t{1} << 36;  // of machine "wide"
constexpr std::uint64_t kGfnsEnd = (std::uint64_t{1} << 36) + 1;

Operand Raw(std::uint64_t value) { return {OperandClass::kRaw, 0, value}; }

// An argument that passes wherever any does.
Operand Good(OperandKind kind, const Bounds& bounds, std::uint8_t vm) {
  switch (kind) {
    case OperandKind::kVm:
      return VmOf(vm);
    case OperandKind::kPfn:
      return Page(bounds.pages.front());
    case OperandKind::kGfn:
      return Number(bounds.gfns.empty() ? 0 : bounds.gfns.front());
    case OperandKind::kCount:
    case OperandKind::kListCount:
    case OperandKind::kFeatureId:
      return Number(1);
    case OperandKind::kProt:
      return Prot(kR);
    case OperandKind::kIpaBits:
      return Number(32);
    default:
      return Number(0);
  }
}

// Arguments that no call takes, of those that are no success by luck.
std::vector<Operand> Wrong(OperandKind kind, const Bounds& bounds, std::uint8_t vm) {
  switch (kind) {
    case OperandKind::kVm:
      return {Raw(0xffff'ffff), Raw(kBit32)};
    case OperandKind::kPfn:
      return {Raw(kHole), Raw(kPfnsEnd)};
    case OperandKind::kGfn:
      return {Raw(std::uint64_t{1} << (bounds.vms.empty() ? 20 : bounds.vms[vm].ipa_bits - 12)),
              Raw(kGfnsEnd)};
    case OperandKind::kCount:
      return {Number(0), Number(513)};
    case OperandKind::kListCount:
      return {Number(0), Number(65)};
    case OperandKind::kProt:
      return {Prot(0), Raw(std::uint64_t{1} << 55 | 1)};
    case OperandKind::kFlag:
    case OperandKind::kVmFlags:
      return {Number(2)};
    case OperandKind::kFeatureId:
      return {Number(4095), Raw(kBit32)};
    case OperandKind::kIpaBits:
      return {Number(31), Number(49), Raw(kBit32)};
    case OperandKind::kVcpuIndex:
      return {Number(63), Number(64), Raw(kBit32)};
    case OperandKind::kEntry:
      return {Number(2)};
    default:
      return {};
  }
}

// Calls that would give away pages of the world, where it does not say so itself: with good
// arguments they are tried on a page of EL2's image.
bool GivesPages(OpCode code) {
  return code == OpCode::kVmCreate || code == OpCode::kVmDonateTables ||
         code == OpCode::kVcpuCreate || code == OpCode::kVmDonateTablesList;
}

const Operand kImagePage = {OperandClass::kEdge,
                            static_cast<std::uint16_t>(3 * script::kSpansOfList * 4 + 1), 0};

}  // namespace

void Alphabet::MisuseOf(const script::OpInfo& info, std::uint8_t vm) {
  Op good;
  good.code = info.code;
  const auto operands = info.operands();
  for (std::size_t i = 0; i < operands.size(); ++i) {
    good.operands[i] = GivesPages(info.code) && operands[i].kind == OperandKind::kPfn
                           ? kImagePage
                           : Good(operands[i].kind, bounds_, vm);
  }
  const bool is_shape_alone = operands.empty();
  if (is_shape_alone) return;
  if (GivesPages(info.code)) AddOnCallers({.calls = {{.op = good}}});
  for (std::size_t i = 0; i < operands.size(); ++i) {
    for (const Operand& wrong : Wrong(operands[i].kind, bounds_, vm)) {
      Op op = good;
      op.operands[i] = wrong;
      AddOnCallers({.calls = {{.op = op}}});
    }
  }
}

// A guest's calls with registers that its operations cannot have.
void Alphabet::GuestMisuse(std::uint8_t vm) {
  constexpr std::uint64_t kCalls = 0xC600'0000;
  constexpr std::uint64_t kMeminfo = kCalls + 2;
  const auto hvc = [&](std::uint64_t x0, std::uint64_t x1, std::uint64_t x2, std::uint64_t x3) {
    GuestCall(vm, MakeOp(OpCode::kGuestHvc,
                         {Number(x0), Number(x1), Number(x2), Number(x3), Number(0), Number(0)}));
  };
  const std::uint64_t beyond = std::uint64_t{1} << bounds_.vms[vm].ipa_bits;
  for (const std::uint64_t call : {kCalls + 3, kCalls + 4, kCalls + 9}) {
    hvc(call, 0, 1, 0);
    hvc(call, 8, 0, 0);
    hvc(call, beyond, 0, 0);
  }
  hvc(kMeminfo, 0, 0, 0);
  hvc(kMeminfo, 0, 1, 0);
}

Alphabet& Alphabet::Misuse() {
  constexpr std::uint64_t kNoCall = 0xC600'003F;
  Do(MakeOp(OpCode::kHvc,
            {Number(kNoCall), Number(0), Number(0), Number(0), Number(0), Number(0)}));
  Do(MakeOp(OpCode::kHvcImmediate,
            {Number(1), Number(kNoCall + 1), Number(0), Number(0), Number(0), Number(0)}));
  // A root that is not aligned to its four pages.
  Do(MakeOp(OpCode::kVmCreate, {Number(0), Number(32), kImagePage, Page(1)}));
  for (const script::OpInfo& info : script::OpTable()) {
    if (info.call == nullptr) continue;
    const bool has_vm = info.operand_count != 0 && info.operand_array[0].kind == OperandKind::kVm;
    const std::size_t vms = has_vm ? bounds_.vms.size() : 1;
    for (std::uint8_t vm = 0; vm < vms; ++vm) MisuseOf(info, vm);
  }
  return *this;
}

}  // namespace cadastre::explore
