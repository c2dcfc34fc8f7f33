// SPDX-License-Identifier: Apache-2.0
// PSCI (ARM DEN 0022) between the host and firmware: a CPU comes up through EL2, which wraps the
// host in stage 2 before its first instruction there, and leaves through EL2, which takes back what
// the CPU held. Every other SMC is denied unless it is known to be harmless.
#ifndef CADASTRE_SERVICE_EL2_PSCI_RELAY_H_
#define CADASTRE_SERVICE_EL2_PSCI_RELAY_H_

#include <cstdint>

#include "service/boot_info.h"
#include "service/el2/device_tree.h"
#include "service/el2/ticket_lock.h"

namespace cadastre::el2 {

// x0..x3 of an SMC.
struct SmcRegisters {
  std::uint64_t x[4];
};

// To firmware, by the SMC instruction.
SmcRegisters CallFirmware(const SmcRegisters& arguments);

class PsciRelay {
 public:
  // CPU 0 is the one that boots; `boot_mpidr` its affinity. No more CPUs than the tree has.
  void Init(const MachineDescription& machine, std::uint64_t boot_mpidr);

  // An SMC of the host on CPU `cpu`; answers in place. `before_off` runs when the CPU is about to
  // be switched off.
  void Handle(unsigned cpu, SmcRegisters* smc, void (*before_off)());

  // Where CPU `cpu` begins at EL1, and with what in x0. It is there: ON.
  struct Entry {
    std::uint64_t pc = 0;
    std::uint64_t context = 0;
  };
  Entry Arrive(unsigned cpu);

 private:
  // PENDING: firmware was asked, and the CPU has not arrived.
  enum class Power : std::uint8_t { kOff, kPending, kOn };

  unsigned FindCpu(std::uint64_t target) const;
  std::uint64_t Arrivals(unsigned cpu);
  void AwaitArrival(unsigned cpu, std::uint64_t arrivals_before);
  std::uint64_t CpuOn(const SmcRegisters& smc);
  std::uint64_t AffinityInfo(const SmcRegisters& smc);

  TicketLock lock_;  // of all below that changes
  std::uint64_t mpidr_[kMaxCpus]{};
  unsigned cpus_ = 0;
  Power power_[kMaxCpus]{};
  Entry entry_[kMaxCpus]{};
  std::uint64_t arrivals_[kMaxCpus]{};
};

}  // namespace cadastre::el2

#endif  // CADASTRE_SERVICE_EL2_PSCI_RELAY_H_
