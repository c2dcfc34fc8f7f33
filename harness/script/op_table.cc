// SPDX-License-Identifier: Apache-2.0
#include "harness/script/op_table.h"

namespace cadastre::script {
namespace {

constexpr OperandKind KindOf(abi::ArgKind kind) {
  switch (kind) {
    case abi::ArgKind::kVm:
      return OperandKind::kVm;
    case abi::ArgKind::kPfn:
      return OperandKind::kPfn;
    case abi::ArgKind::kGfn:
      return OperandKind::kGfn;
    case abi::ArgKind::kCount:
      return OperandKind::kCount;
    case abi::ArgKind::kProt:
    case abi::ArgKind::kAddedProt:
      return OperandKind::kProt;
    case abi::ArgKind::kFlag:
      return OperandKind::kFlag;
    case abi::ArgKind::kFeatureId:
      return OperandKind::kFeatureId;
    case abi::ArgKind::kVmFlags:
      return OperandKind::kVmFlags;
    case abi::ArgKind::kIpaBits:
      return OperandKind::kIpaBits;
  }
  return OperandKind::kRegister;
}

// Precondition: the number is in abi::kCalls.
constexpr OpInfo Hypercall(OpCode code, abi::CallNumber number) {
  const abi::Call* call = abi::FindCall(static_cast<std::uint64_t>(number));
  OpInfo info{code, call->name, call, {}, call->args.size};
  for (std::size_t i = 0; i < call->args.size; ++i) {
    info.operand_array[i] = {KindOf(call->args.items[i].kind), call->args.items[i].name};
  }
  return info;
}

constexpr OperandInfo Register(std::string_view name) { return {OperandKind::kRegister, name}; }

using abi::CallNumber;

constexpr OpInfo kOps[] = {
    Hypercall(OpCode::kShareHyp, CallNumber::kShareHyp),
    Hypercall(OpCode::kUnshareHyp, CallNumber::kUnshareHyp),
    Hypercall(OpCode::kDonateHyp, CallNumber::kDonateHyp),
    Hypercall(OpCode::kReclaimHyp, CallNumber::kReclaimHyp),
    Hypercall(OpCode::kShareGuest, CallNumber::kShareGuest),
    Hypercall(OpCode::kUnshareGuest, CallNumber::kUnshareGuest),
    Hypercall(OpCode::kRelaxGuestPerms, CallNumber::kRelaxGuestPerms),
    Hypercall(OpCode::kWrprotectGuest, CallNumber::kWrprotectGuest),
    Hypercall(OpCode::kTestClearYoungGuest, CallNumber::kTestClearYoungGuest),
    Hypercall(OpCode::kMkyoungGuest, CallNumber::kMkyoungGuest),
    Hypercall(OpCode::kFlushGuestTlb, CallNumber::kFlushGuestTlb),
    Hypercall(OpCode::kCompactHost, CallNumber::kCompactHost),
    Hypercall(OpCode::kListPageSet, CallNumber::kListPageSet),
    Hypercall(OpCode::kVmCreate, CallNumber::kVmCreate),
    Hypercall(OpCode::kVmDonateTables, CallNumber::kVmDonateTables),
    Hypercall(OpCode::kVmStartTeardown, CallNumber::kVmStartTeardown),
    Hypercall(OpCode::kReclaimTables, CallNumber::kReclaimTables),
    Hypercall(OpCode::kVmFinishTeardown, CallNumber::kVmFinishTeardown),
    Hypercall(OpCode::kVersion, CallNumber::kVersion),
    Hypercall(OpCode::kFeatures, CallNumber::kFeatures),
    {OpCode::kHvc,
     "hvc",
     nullptr,
     {Register("x0"), Register("x1"), Register("x2"), Register("x3"), Register("x4"),
      Register("x5")},
     6},
    {OpCode::kHvcImmediate,
     "hvc_imm",
     nullptr,
     {OperandInfo{OperandKind::kImmediate, "imm"}, Register("x0"), Register("x1"), Register("x2"),
      Register("x3"), Register("x4")},
     6},
    {OpCode::kHostAccess,
     "host_access",
     nullptr,
     {OperandInfo{OperandKind::kPfn, "pfn"}, OperandInfo{OperandKind::kOffset, "offset"},
      OperandInfo{OperandKind::kAccess, "access"}},
     3},
};

constexpr bool CodesAreIndices() {
  std::size_t index = 0;
  for (const OpInfo& op : kOps) {
    if (static_cast<std::size_t>(op.code) != index++) return false;
  }
  return true;
}
static_assert(CodesAreIndices(), "the op byte is the index");

// Every call of the ABI is an operation, and exactly one.
constexpr bool CallsAreOpsOnce() {
  for (const abi::Call& call : abi::kCalls) {
    int found = 0;
    for (const OpInfo& op : kOps) found += op.call == &call ? 1 : 0;
    if (found != 1) return false;
  }
  return true;
}
static_assert(CallsAreOpsOnce(), "append an operation for each new call");

}  // namespace

std::span<const OpInfo> OpTable() { return kOps; }

const OpInfo& InfoOf(OpCode code) { return kOps[static_cast<std::size_t>(code)]; }

const OpInfo* FindOp(std::string_view name) {
  for (const OpInfo& op : kOps) {
    if (op.name == name) return &op;
  }
  return nullptr;
}

}  // namespace cadastre::script
