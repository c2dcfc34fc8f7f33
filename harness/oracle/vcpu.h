// SPDX-License-Identifier: Apache-2.0
// Virtual CPUs in the abstract state (ABI.md section 3), and what each CPU has of its own.
#ifndef CADASTRE_HARNESS_ORACLE_VCPU_H_
#define CADASTRE_HARNESS_ORACLE_VCPU_H_

#include <cstdint>
#include <optional>

#include "harness/oracle/oracle.h"
#include "harness/oracle/ram.h"

namespace cadastre::oracle {

inline constexpr unsigned kVcpusOfVm = 64;

enum class Power : std::uint8_t { kOff, kOn };

// Why a vCPU came back to the host, in the encoding of vcpu_run's x2.
enum class Exit : std::uint8_t {
  kIrq = 0,
  kWait = 1,
  kHvc = 2,
  kAbort = 3,
  kPoison = 5,
  kShutdown = 6,
};

// What the next vcpu_run reads of the run page, by the last exit.
enum class ReadBack : std::uint8_t {
  kNothing,
  kCallRegisters,  // words 4..7, into x0..x3
  kAccess,         // word 37, and of a load word 3
  kAllRegisters,   // words 4..36: every exit of a plain VM
};

struct Vcpu {
  bool exists = false;
  Power power = Power::kOff;
  std::optional<unsigned> loaded_on;  // CPU
  GuestRegisters registers;           // while it does not run
  PageIndex own_page = 0;             // given by vcpu_create
  PageIndex run_page = 0;
  ReadBack read_back = ReadBack::kNothing;
  std::uint64_t syndrome = 0;  // of the last exit, where it was an ABORT
};

struct VcpuName {
  unsigned slot = 0;
  unsigned index = 0;
  friend bool operator==(const VcpuName&, const VcpuName&) = default;
};

// What one CPU has.
struct CpuState {
  std::optional<VcpuName> loaded;
  bool runs_guest = false;     // the loaded vCPU is RUNNING
  Registers host_registers{};  // x0..x17 of the vcpu_run that entered it
  std::optional<PageIndex> list_page;
};

}  // namespace cadastre::oracle

#endif  // CADASTRE_HARNESS_ORACLE_VCPU_H_
