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
    case abi::ArgKind::kVcpuIndex:
      return OperandKind::kVcpuIndex;
    case abi::ArgKind::kListCount:
      return OperandKind::kListCount;
    case abi::ArgKind::kEntry:
      return OperandKind::kEntry;
    case abi::ArgKind::kContext:
      return OperandKind::kWord;
  }
  return OperandKind::kRegister;
}

// Precondition: the number is in abi::kCalls.
constexpr OpInfo Hypercall(OpCode code, abi::CallNumber number) {
  const abi::Call* call = abi::FindCall(static_cast<std::uint64_t>(number));
  OpInfo info{code, call->name, call, {}, call->args.size, Actor::kHost};
  for (std::size_t i = 0; i < call->args.size; ++i) {
    info.operand_array[i] = {KindOf(call->args.items[i].kind), call->args.items[i].name};
  }
  return info;
}

// An operation that is no call of the ABI table.
template <class... Operands>
constexpr OpInfo Other(OpCode code, std::string_view name, Actor actor, Operands... operands) {
  return {code, name, nullptr, {operands...}, sizeof...(operands), actor};
}

constexpr OperandInfo Register(std::string_view name) { return {OperandKind::kRegister, name}; }
constexpr OperandInfo kX0 = Register("x0");
constexpr OperandInfo kX1 = Register("x1");
constexpr OperandInfo kX2 = Register("x2");
constexpr OperandInfo kX3 = Register("x3");
constexpr OperandInfo kX4 = Register("x4");
constexpr OperandInfo kX5 = Register("x5");
constexpr OperandInfo kImmediate{OperandKind::kImmediate, "imm"};
constexpr OperandInfo kVm{OperandKind::kVm, "vm"};
constexpr OperandInfo kPfn{OperandKind::kPfn, "pfn"};
constexpr OperandInfo kGfn{OperandKind::kGfn, "gfn"};
constexpr OperandInfo kCount{OperandKind::kCount, "count"};
constexpr OperandInfo kOffset{OperandKind::kOffset, "offset"};
constexpr OperandInfo kAccess{OperandKind::kAccess, "access"};

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
    Other(OpCode::kHvc, "hvc", Actor::kHost, kX0, kX1, kX2, kX3, kX4, kX5),
    Other(OpCode::kHvcImmediate, "hvc_imm", Actor::kHost, kImmediate, kX0, kX1, kX2, kX3, kX4),
    Other(OpCode::kHostAccess, "host_access", Actor::kHost, kPfn, kOffset, kAccess),
    Hypercall(OpCode::kLendGuest, CallNumber::kLendGuest),
    Hypercall(OpCode::kReclaimLoan, CallNumber::kReclaimLoan),
    Hypercall(OpCode::kDonateGuest, CallNumber::kDonateGuest),
    Hypercall(OpCode::kCompactGuest, CallNumber::kCompactGuest),
    Hypercall(OpCode::kShareGuestList, CallNumber::kShareGuestList),
    Hypercall(OpCode::kUnshareGuestList, CallNumber::kUnshareGuestList),
    Hypercall(OpCode::kLendGuestList, CallNumber::kLendGuestList),
    Hypercall(OpCode::kDonateGuestList, CallNumber::kDonateGuestList),
    Hypercall(OpCode::kVmDonateTablesList, CallNumber::kVmDonateTablesList),
    Hypercall(OpCode::kVcpuCreate, CallNumber::kVcpuCreate),
    Hypercall(OpCode::kVcpuLoad, CallNumber::kVcpuLoad),
    Hypercall(OpCode::kVcpuPut, CallNumber::kVcpuPut),
    Hypercall(OpCode::kVcpuRun, CallNumber::kVcpuRun),
    Hypercall(OpCode::kNextMapped, CallNumber::kNextMapped),
    Hypercall(OpCode::kReclaimGuestPage, CallNumber::kReclaimGuestPage),
    Hypercall(OpCode::kForceReclaim, CallNumber::kForceReclaim),
    Hypercall(OpCode::kQueryPage, CallNumber::kQueryPage),
    Other(OpCode::kHostWrite, "host_write", Actor::kHost, kPfn, kOffset,
          OperandInfo{OperandKind::kWord, "value"}),
    Other(OpCode::kListEntry, "list_entry", Actor::kHost, kVm,
          OperandInfo{OperandKind::kListIndex, "index"}, kPfn, kGfn, kCount),
    Other(OpCode::kCpuOff, "cpu_off", Actor::kHost),
    Other(OpCode::kStep, "step", Actor::kScheduler, OperandInfo{OperandKind::kSteps, "steps"}),
    Other(OpCode::kGuestMeminfo, "guest_meminfo", Actor::kGuest),
    Other(OpCode::kGuestShareHost, "guest_share_host", Actor::kGuest, kGfn),
    Other(OpCode::kGuestUnshareHost, "guest_unshare_host", Actor::kGuest, kGfn),
    Other(OpCode::kGuestRelinquish, "guest_relinquish", Actor::kGuest, kGfn,
          OperandInfo{OperandKind::kFlag, "keep"}),
    Other(OpCode::kGuestWait, "guest_wait", Actor::kGuest),
    Other(OpCode::kGuestHvc, "guest_hvc", Actor::kGuest, kX0, kX1, kX2, kX3, kX4, kX5),
    Other(OpCode::kGuestHvcImmediate, "guest_hvc_imm", Actor::kGuest, kImmediate, kX0, kX1, kX2,
          kX3, kX4),
    Other(OpCode::kGuestSmc, "guest_smc", Actor::kGuest, kX0, kX1, kX2, kX3, kX4, kX5),
    Other(OpCode::kGuestWfi, "guest_wfi", Actor::kGuest),
    Other(OpCode::kGuestAccess, "guest_access", Actor::kGuest, kGfn, kOffset, kAccess,
          OperandInfo{OperandKind::kGuestRegister, "reg"}),
    Other(OpCode::kInterrupt, "interrupt", Actor::kGuest),
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
