// SPDX-License-Identifier: Apache-2.0
// The operations that scripts are made of: every hypercall of service/abi, raw HVCs, and host
// accesses.
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
  kHostAccess,    // a load, store or fetch by the host at a physical address
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

  std::span<const OperandInfo> operands() const { return {operand_array.data(), operand_count}; }
};

// Every operation, by op byte.
std::span<const OpInfo> OpTable();
const OpInfo& InfoOf(OpCode code);
// nullptr if no operation has this name.
const OpInfo* FindOp(std::string_view name);

}  // namespace cadastre::script

#endif  // CADASTRE_HARNESS_SCRIPT_OP_TABLE_H_
