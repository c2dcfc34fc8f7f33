// SPDX-License-Identifier: Apache-2.0
#include "harness/script/resolve.h"

#include <algorithm>

#include "harness/script/operand_value.h"

namespace cadastre::script {
namespace {

constexpr std::uint64_t kJunk =
    0x6a756e6b'00000000;  // plus the register's number: what an unnamed register holds
constexpr std::uint64_t kLargestIpa = (std::uint64_t{1} << 48) - 1;
constexpr std::size_t kUsedKept = 64;  // as many as a kUsed index can name

// Where the operand of an operation goes; operands of host accesses go to no register.
std::size_t RegisterOf(OpCode code, std::size_t operand) {
  switch (code) {
    case OpCode::kHvc:
      return operand;
    case OpCode::kHvcImmediate:
      return operand - 1;
    default:
      return operand + 1;
  }
}

// Immediate, offset and access are what they say, whatever the state.
bool IsPlacedInRegister(OperandKind kind) {
  return kind != OperandKind::kImmediate && kind != OperandKind::kOffset &&
         kind != OperandKind::kAccess;
}

// The value that Place put where. Precondition: a page of a host access, or IsPlacedInRegister.
std::uint64_t PlacedValue(const Op& op, std::size_t operand, const ResolvedOp& resolved) {
  if (resolved.what == ResolvedOp::What::kHostAccess) return resolved.pfn.value_or(0);
  return resolved.registers[RegisterOf(op.code, operand)];
}

void Place(const Op& op, std::size_t operand, std::uint64_t value, ResolvedOp& out) {
  switch (InfoOf(op.code).operands()[operand].kind) {
    case OperandKind::kImmediate:
      out.immediate = static_cast<std::uint16_t>(value);
      return;
    case OperandKind::kOffset:
      out.address += value;
      return;
    case OperandKind::kAccess:
      out.access = static_cast<oracle::Access>(value);
      return;
    case OperandKind::kPfn:
      if (!out.pfn) out.pfn = value;
      break;
    case OperandKind::kGfn:
      if (!out.gfn) out.gfn = value;
      break;
    default:
      break;
  }
  if (out.what == ResolvedOp::What::kHostAccess) {
    out.address = (value << 12) & kLargestIpa;
  } else {
    out.registers[RegisterOf(op.code, operand)] = value;
  }
}

void Keep(std::vector<std::uint64_t>& used, const std::optional<std::uint64_t>& value) {
  if (!value) return;
  if (used.size() == kUsedKept) used.erase(used.begin());
  used.push_back(*value);
}

std::optional<std::uint64_t> ArenaIndex(const oracle::MachineFacts& facts, std::uint64_t pfn) {
  std::uint64_t base = 0;
  for (const oracle::PageSpan& region : facts.ram) {
    if (pfn - region.first < region.count) return base + (pfn - region.first);
    base += region.count;
  }
  return std::nullopt;
}

Operand NumberOrRaw(std::uint64_t value) {
  if (value < kIndexLimit) return {OperandClass::kNumber, static_cast<std::uint16_t>(value), 0};
  return {OperandClass::kRaw, 0, value};
}

Operand ConcretePage(const oracle::MachineFacts& facts, std::uint64_t pfn) {
  const std::optional<std::uint64_t> index = ArenaIndex(facts, pfn);
  if (index && *index < kIndexLimit) {
    return {OperandClass::kArena, static_cast<std::uint16_t>(*index), 0};
  }
  return NumberOrRaw(pfn);
}

Operand ConcreteVm(const ResolveContext& context, std::uint64_t handle) {
  const std::vector<ResolveContext::CreatedVm>& created = context.created();
  const auto vm = std::find_if(created.begin(), created.end(),
                               [&](const auto& c) { return c.handle == handle; });
  const auto index = static_cast<std::size_t>(vm - created.begin());
  if (vm == created.end() || index >= kIndexLimit) return NumberOrRaw(handle);
  return {OperandClass::kCreated, static_cast<std::uint16_t>(index), 0};
}

Operand ConcreteWrongVm(const Operand& operand, const ResolveContext& context,
                        std::uint64_t handle) {
  const std::size_t vms = context.created().size();
  if (vms == 0) return NumberOrRaw(handle);
  const auto which = static_cast<std::uint16_t>((operand.index & 0xffu) % vms);
  return {OperandClass::kWrongVm, static_cast<std::uint16_t>((operand.index & 0xf00u) | which), 0};
}

Operand ConcretePfn(const Operand& operand, std::uint64_t value,
                    const oracle::MachineFacts& facts) {
  switch (operand.operand_class) {
    case OperandClass::kArena:
    case OperandClass::kAnyPage:
    case OperandClass::kUsed:
      return ConcretePage(facts, value);
    default:
      return operand;
  }
}

Operand Concrete(const Operand& operand, std::uint64_t value, const ResolveContext& context) {
  switch (operand.operand_class) {
    case OperandClass::kArena:
    case OperandClass::kAnyPage:
      return ConcretePage(context.facts(), value);
    case OperandClass::kUsed:
    case OperandClass::kLiveGfn:
    case OperandClass::kGfnEnd:
      return NumberOrRaw(value);
    case OperandClass::kCreated:
    case OperandClass::kAnyVm:
      return ConcreteVm(context, value);
    case OperandClass::kWrongVm:
      return ConcreteWrongVm(operand, context, value);
    case OperandClass::kNumber:
    case OperandClass::kRaw:
    case OperandClass::kEdge:
    case OperandClass::kSpan:
    case OperandClass::kProt:
    case OperandClass::kFunction:
      return operand;
  }
  return operand;
}

}  // namespace

ResolveContext::ResolveContext(const oracle::MachineFacts& facts, const Picker& picker)
    : facts_(&facts), picker_(&picker) {}

void ResolveContext::Clear() {
  created_.clear();
  used_pfns_.clear();
  used_gfns_.clear();
}

void ResolveContext::NoteStart(const ResolvedOp& op) {
  Keep(used_pfns_, op.pfn);
  Keep(used_gfns_, op.gfn);
}

void ResolveContext::NoteEnd(const ResolvedOp& op, const oracle::Registers& after) {
  constexpr std::uint64_t kVmCreate =
      abi::kFunctionBase + static_cast<std::uint64_t>(abi::CallNumber::kVmCreate);
  if (op.what != ResolvedOp::What::kHvc || op.immediate != 0) return;
  if ((op.registers[0] & ~abi::kSveHint) != kVmCreate || after[0] != 0 || after[1] != 0) return;
  created_.push_back({after[2], static_cast<unsigned>(op.registers[2])});
}

ResolvedOp Resolve(const Op& op, const ResolveContext& context) {
  const OpInfo& info = InfoOf(op.code);
  ResolvedOp out;
  out.cpu = op.cpu % context.facts().cpus;
  if (op.code == OpCode::kHostAccess) {
    out.what = ResolvedOp::What::kHostAccess;
  } else {
    for (std::size_t i = 0; i < out.registers.size(); ++i) out.registers[i] = kJunk + i;
  }
  if (info.call != nullptr) {
    out.registers[0] = abi::kFunctionBase + static_cast<std::uint64_t>(info.call->number);
  }
  std::uint64_t vm = 0;
  for (std::size_t i = 0; i < info.operand_count; ++i) {
    const OperandKind kind = info.operands()[i].kind;
    const std::uint64_t value = OperandValue(kind, op.operands[i], context, vm);
    if (kind == OperandKind::kVm) vm = value;
    Place(op, i, value, out);
  }
  return out;
}

Op Concretise(const Op& op, const ResolvedOp& resolved, const ResolveContext& context) {
  Op out = op;
  out.cpu = static_cast<std::uint8_t>(resolved.cpu);
  const std::span<const OperandInfo> operands = InfoOf(op.code).operands();
  for (std::size_t i = 0; i < operands.size(); ++i) {
    if (operands[i].kind == OperandKind::kPfn) {
      out.operands[i] = ConcretePfn(op.operands[i], PlacedValue(op, i, resolved), context.facts());
    } else if (IsPlacedInRegister(operands[i].kind)) {
      out.operands[i] = Concrete(op.operands[i], PlacedValue(op, i, resolved), context);
    }
  }
  return out;
}

}  // namespace cadastre::script
