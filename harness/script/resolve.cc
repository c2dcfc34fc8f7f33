// SPDX-License-Identifier: Apache-2.0
#include "harness/script/resolve.h"

#include <algorithm>
#include <initializer_list>

#include "harness/script/operand_value.h"

namespace cadastre::script {
namespace {

constexpr std::uint64_t kJunk =
    0x6a756e6b'00000000;  // plus the register's number: what an unnamed register holds
constexpr std::uint64_t kLargestIpa = (std::uint64_t{1} << 48) - 1;
constexpr std::uint64_t kAccesses = 3;  // by the tables, and by a TLB
constexpr std::size_t kUsedKept = 64;   // as many as a kUsed index can name

// Guests name their pages by address.
constexpr std::uint64_t AddressOf(std::uint64_t page) { return page << 12; }
constexpr std::uint64_t WordIn(std::uint64_t offset) { return offset & ~std::uint64_t{7}; }

// x0.. as given from operand `first` on. The rest is junk, or the guest's own.
void SetRegisters(std::size_t first, std::size_t operand_count, ResolvedOp& out) {
  out.register_count = operand_count - first;
  for (std::size_t i = 0; i < out.register_count; ++i) out.registers[i] = out.values[first + i];
}

void SetGuestCall(std::uint64_t number, std::initializer_list<std::uint64_t> arguments,
                  ResolvedOp& out) {
  out.what = ResolvedOp::What::kGuestHvc;
  out.registers[0] = abi::kFunctionBase + number;
  std::copy(arguments.begin(), arguments.end(), out.registers.begin() + 1);
  out.register_count = 1 + arguments.size();
}

void SetHostStore(std::uint64_t address, std::initializer_list<std::uint64_t> words,
                  ResolvedOp& out) {
  out.what = ResolvedOp::What::kHostStore;
  out.access = oracle::Access::kWrite;
  out.address = address & kLargestIpa;
  std::copy(words.begin(), words.end(), out.words.begin());
  out.word_count = words.size();
}

void SetAccess(ResolvedOp::What what, std::uint64_t offset, ResolvedOp& out) {
  out.what = what;
  out.address = (AddressOf(out.values[0]) & kLargestIpa) + offset;
  out.access = static_cast<oracle::Access>(out.values[2] % kAccesses);
  if (out.values[2] >= kAccesses) out.through = ResolvedOp::Through::kTlb;
}

// Entries of a list page are three words each.
void SetListEntry(const std::optional<std::uint64_t>& list_page, ResolvedOp& out) {
  const std::array<std::uint64_t, kMaxOperands>& v = out.values;
  const std::uint64_t offset = v[1] * 3 * sizeof(std::uint64_t);
  SetHostStore(AddressOf(list_page.value_or(0)) + offset, {v[2], v[3], v[4]}, out);
  if (!list_page) out.word_count = 0;
}

// Numbers of guests' calls: service/ABI.md section 9.
constexpr std::uint64_t kMeminfo = 0x02;
constexpr std::uint64_t kShareHost = 0x03;
constexpr std::uint64_t kUnshareHost = 0x04;
constexpr std::uint64_t kRelinquish = 0x09;
constexpr std::uint64_t kWait = 0x70;

void SetGuestOp(OpCode code, std::size_t operand_count, ResolvedOp& out) {
  const std::array<std::uint64_t, kMaxOperands>& v = out.values;
  switch (code) {
    case OpCode::kGuestMeminfo:
      return SetGuestCall(kMeminfo, {0, 0, 0}, out);
    case OpCode::kGuestShareHost:
      return SetGuestCall(kShareHost, {AddressOf(v[0]), 0, 0}, out);
    case OpCode::kGuestUnshareHost:
      return SetGuestCall(kUnshareHost, {AddressOf(v[0]), 0, 0}, out);
    case OpCode::kGuestRelinquish:
      return SetGuestCall(kRelinquish, {AddressOf(v[0]), 0, v[1]}, out);
    case OpCode::kGuestWait:
      return SetGuestCall(kWait, {}, out);
    case OpCode::kGuestHvcImmediate:
      out.immediate = static_cast<std::uint16_t>(v[0]);
      out.what = ResolvedOp::What::kGuestHvc;
      return SetRegisters(1, operand_count, out);
    case OpCode::kGuestSmc:
      out.what = ResolvedOp::What::kGuestSmc;
      return SetRegisters(0, operand_count, out);
    case OpCode::kGuestWfi:
      out.what = ResolvedOp::What::kGuestWait;
      return;
    case OpCode::kGuestAccess:
      out.guest_register = static_cast<unsigned>(v[3]);
      return SetAccess(ResolvedOp::What::kGuestAccess, WordIn(v[1]), out);
    case OpCode::kInterrupt:
      out.what = ResolvedOp::What::kInterrupt;
      return;
    default:  // kGuestHvc
      out.what = ResolvedOp::What::kGuestHvc;
      return SetRegisters(0, operand_count, out);
  }
}

void SetHvc(const OpInfo& info, ResolvedOp& out) {
  const std::size_t given = info.operand_count;
  for (std::size_t i = 0; i < out.registers.size(); ++i) out.registers[i] = kJunk + i;
  if (info.code == OpCode::kHvc) {
    SetRegisters(0, given, out);
  } else if (info.code == OpCode::kHvcImmediate) {
    out.immediate = static_cast<std::uint16_t>(out.values[0]);
    SetRegisters(1, given, out);
  } else {
    out.registers[0] = abi::kFunctionBase + static_cast<std::uint64_t>(info.call->number);
    std::copy_n(out.values.begin(), given, out.registers.begin() + 1);
  }
  out.register_count = out.registers.size();
}

void SetHostOp(const OpInfo& info, const ResolveContext& context, ResolvedOp& out) {
  const std::array<std::uint64_t, kMaxOperands>& v = out.values;
  switch (info.code) {
    case OpCode::kHostAccess:
      return SetAccess(ResolvedOp::What::kHostAccess, v[1], out);
    case OpCode::kHostWrite:
      return SetHostStore(AddressOf(v[0]) + WordIn(v[1]), {v[2]}, out);
    case OpCode::kListEntry:
      return SetListEntry(context.picker().ListPage(out.cpu), out);
    case OpCode::kCpuOff:
      out.what = ResolvedOp::What::kCpuOff;
      return;
    case OpCode::kStep:
      out.what = ResolvedOp::What::kStep;
      out.steps = static_cast<unsigned>(v[0]);
      return;
    default:
      return SetHvc(info, out);
  }
}

// The operands' values, and which page and gfn the operation names first.
void FindValues(const Op& op, const ResolveContext& context, ResolvedOp& out) {
  const OpInfo& info = InfoOf(op.code);
  std::uint64_t vm =
      info.actor == Actor::kGuest ? context.picker().RunningVm(out.cpu).value_or(0) : 0;
  for (std::size_t i = 0; i < info.operand_count; ++i) {
    const OperandKind kind = info.operands()[i].kind;
    const std::uint64_t value = OperandValue(kind, op.operands[i], context, vm);
    out.values[i] = value;
    if (kind == OperandKind::kVm) vm = value;
    if (kind == OperandKind::kPfn && !out.pfn) out.pfn = value;
    if (kind == OperandKind::kGfn && !out.gfn) out.gfn = value;
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

unsigned ResolveContext::IpaBitsOf(std::uint64_t handle) const {
  for (const CreatedVm& vm : created_) {
    if (vm.handle == handle) return vm.ipa_bits;
  }
  return facts_->largest_ipa_bits;
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
  out.schedule = op.schedule;
  FindValues(op, context, out);
  if (info.actor == Actor::kGuest) {
    SetGuestOp(op.code, info.operand_count, out);
  } else {
    SetHostOp(info, context, out);
  }
  return out;
}

Op Concretise(const Op& op, const ResolvedOp& resolved, const ResolveContext& context) {
  Op out = op;
  out.cpu = static_cast<std::uint8_t>(resolved.cpu);
  const std::span<const OperandInfo> operands = InfoOf(op.code).operands();
  for (std::size_t i = 0; i < operands.size(); ++i) {
    const std::uint64_t value = resolved.values[i];
    out.operands[i] = operands[i].kind == OperandKind::kPfn
                          ? ConcretePfn(op.operands[i], value, context.facts())
                          : Concrete(op.operands[i], value, context);
  }
  return out;
}

}  // namespace cadastre::script
