// SPDX-License-Identifier: Apache-2.0
// Why a guest stops and the host goes on: the closed list of service/ABI.md section 8, and what
// each exit shows.
#ifndef CADASTRE_SERVICE_GUEST_EXIT_H_
#define CADASTRE_SERVICE_GUEST_EXIT_H_

#include <cstdint>

#include "service/run_page.h"
#include "service/vcpu.h"

namespace cadastre {

// x2 of vcpu_run. 4 is reserved.
enum class ExitKind : std::uint8_t {
  kIrq = 0,
  kWait = 1,
  kHvc = 2,
  kAbort = 3,
  kPoison = 5,
  kShutdown = 6,
};

// The part of an exit that a protected guest shows too; everything else of it stays hidden.
struct GuestExit {
  ExitKind kind = ExitKind::kIrq;
  std::uint64_t value = 0;                  // x3 of vcpu_run
  std::uint64_t registers[kCallResults]{};  // of kHvc
  AbortSyndrome syndrome;                   // of kAbort
  std::uint64_t ipa = 0;                    // of kAbort
  std::uint64_t data = 0;                   // of kAbort: what a store would have stored
  ReadBack read_back = ReadBack::kNothing;

  static constexpr GuestExit Plain(ExitKind kind, std::uint64_t value) {
    GuestExit exit;
    exit.kind = kind;
    exit.value = value;
    return exit;
  }
  // A call for the host to answer.
  static constexpr GuestExit Call(const GuestRegisters& guest) {
    GuestExit exit = Plain(ExitKind::kHvc, guest.x[0]);
    for (unsigned i = 0; i < kCallResults; ++i) exit.registers[i] = guest.x[i];
    exit.read_back = ReadBack::kCallResult;
    return exit;
  }
  // A PSCI function that EL2 carried out, shown so that the host knows which vCPUs to run. Entry
  // points and contexts stay hidden.
  static constexpr GuestExit Psci(std::uint64_t id, std::uint64_t target) {
    GuestExit exit = Plain(ExitKind::kHvc, id);
    exit.registers[0] = id;
    exit.registers[1] = target;
    return exit;
  }
  static constexpr GuestExit Abort(std::uint64_t ipa, AbortSyndrome syndrome,
                                   const GuestRegisters& guest) {
    constexpr std::uint64_t kGfnMask = (std::uint64_t{1} << 36) - 1;
    GuestExit exit = Plain(ExitKind::kAbort, ipa >> kPageShift & kGfnMask);
    exit.syndrome = syndrome;
    exit.ipa = ipa;
    if (!syndrome.IsDecoded()) return exit;
    exit.read_back = ReadBack::kAccess;
    if (syndrome.IsWrite() && syndrome.Register() < kGeneralRegisters)
      exit.data = guest.x[syndrome.Register()];
    return exit;
  }
};

}  // namespace cadastre

#endif  // CADASTRE_SERVICE_GUEST_EXIT_H_
