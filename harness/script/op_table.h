// SPDX-License-Identifier: Apache-2.0
// The operations that scripts are made of: every hypercall of service/abi, raw HVCs, what the host
// does to memory and to its CPUs, and what the guest does that runs on a CPU.
#ifndef CADASTRE_HARNESS_SCRIPT_OP_TABLE_H_
#define CADASTRE_HARNESS_SCRIPT_OP_TABLE_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "harness/script/operand.h"
#include "service/abi/calls.h"

namespace cadastre::script {

// The op byte of binary scripts: append only, and not the order of call numbers.
enum class OpCode : std::uint8_t {
  kShareHyp,
  kUnshareHyp,
  kDonateHyp,
  kReclaimHyp,
  kShareGuest,
  kUnshareGuest,
  kRelaxGuestPerms,
  kWrprotectGuest,
  kTestClearYoungGuest,
  kMkyoungGuest,
  kFlushGuestTlb,
  kCompactHost,
  kListPageSet,
  kVmCreate,
  kVmDonateTables,
  kVmStartTeardown,
  kReclaimTables,
  kVmFinishTeardown,
  kVersion,
  kFeatures,
  kHvc,           // HVC #0 with x0..x5 as given
  kHvcImmediate,  // HVC with an immediate, and x0..x4
  kHostAccess,    // a load, store or fetch by the host at a physical address, perhaps a stale one
  kLendGuest,
  kReclaimLoan,
  kDonateGuest,
  kCompactGuest,
  kShareGuestList,
  kUnshareGuestList,
  kLendGuestList,
  kDonateGuestList,
  kVmDonateTablesList,
  kVcpuCreate,
  kVcpuLoad,
  kVcpuPut,
  kVcpuRun,
  kNextMapped,
  kReclaimGuestPage,
  kForceReclaim,
  kQueryPage,
  kHostWrite,       // the host stores a word; the offset is rounded down to 8
  kListEntry,       // the host stores an entry of the list page of the CPU, if it has one
  kCpuOff,          // the host's PSCI CPU_OFF
  kStep,            // lets what is under way on the CPU pass more yield points
  kGuestMeminfo,    // the guest's calls of service/ABI.md section 9
  kGuestShareHost,  // `gfn` is a page of the guest: the call is made with its address
  kGuestUnshareHost,
  kGuestRelinquish,
  kGuestWait,
  kGuestHvc,           // HVC #0 with x0..x5 as given; other registers as the guest has them
  kGuestHvcImmediate,  // HVC with an immediate, and x0..x4
  kGuestSmc,           // SMC with x0..x5
  kGuestWfi,
  kGuestAccess,  // a load, store or fetch of 8 bytes; the offset is rounded down to 8
  kInterrupt,    // an interrupt arrives while a guest runs
};

// Who does it.
enum class Actor : std::uint8_t {
  kHost,   // a guest on the CPU is interrupted first
  kGuest,  // the vCPU that runs on the CPU; nothing happens if none does
  kScheduler,
};

inline constexpr std::size_t kMaxOperands = 6;
static_assert(kMaxOperands == abi::kMaxArgs);

struct OperandInfo {
  OperandKind kind{};
  std::string_view name;
};

struct OpInfo {
  OpCode code{};
  std::string_view name;            // as in text
  const abi::Call* call = nullptr;  // of a hypercall, else null
  std::array<OperandInfo, kMaxOperands> operand_array{};
  std::size_t operand_count = 0;
  Actor actor = Actor::kHost;

  std::span<const OperandInfo> operands() const { return {operand_array.data(), operand_count}; }
};

// Every operation, by op byte.
std::span<const OpInfo> OpTable();
const OpInfo& InfoOf(OpCode code);
// nullptr if no operation has this name.
const OpInfo* FindOp(std::string_view name);

}  // namespace cadastre::script

#endif  // CADASTRE_HARNESS_SCRIPT_OP_TABLE_H_
