// SPDX-License-Identifier: Apache-2.0
// The one machine that the replay image runs: the core as the product has it, booted on the machine
// that the scripts are for, and what carries out the parts of scripts that EL1 can't do itself.
#ifndef CADASTRE_HARNESS_ON_TARGET_IMAGE_REPLAY_EL2_H_
#define CADASTRE_HARNESS_ON_TARGET_IMAGE_REPLAY_EL2_H_

#include <cstdint>

#include "harness/on_target/image/replay_platform.h"
#include "harness/on_target/protocol.h"
#include "harness/on_target/state_digest.h"
#include "service/el2/psci_relay.h"
#include "service/hypervisor.h"

namespace cadastre::on_target {

// A CPU that runs a guest does so in name: its registers rest here, while the host's stage 2 is in
// place and EL1 goes on as the payload.
struct GuestOfCpu {
  bool runs = false;
  GuestRegisters guest;
  Registers host;  // at vcpu_run
  std::uint64_t vttbr = 0;
  std::uint64_t vtcr = 0;
};

struct ReplayEl2 {
  ReplayPlatform platform;
  Hypervisor<ReplayPlatform> hypervisor;
  CreationOrder order;
  GuestOfCpu guests[kMaxCpus];
  std::uint64_t injected[kMaxCpus] = {};  // aborts since the CPU's last operation ended
};

// Precondition of all but Reset: a Reset has run.
ReplayEl2& TheReplay();
const TargetMachine& Machine();
el2::PsciRelay& Psci();

// replay_main.cc. Precondition: every other CPU waits in ParkCpu.
void ResetMachine();
void ParkCpu();

// guest_steps.cc. An operation that the payload can't carry out: the guest's, a fetch, CPU_OFF, an
// interrupt.
void CarryOut(const TargetOp& op, TargetAnswer* answer);
// An HVC of the payload: answers in place, unless a guest runs from here on.
void CallCore(std::uint16_t immediate, Registers& x);

// finish_op.cc. The rest of the answer: whether an abort was EL2's, the guest's registers, the
// events; and, while nothing is under way, digest and audit.
void BeginOp(const TargetOp& op, TargetAnswer* answer);
void FinishOp(const TargetOp& op, TargetAnswer* answer);
void FillState(TargetAnswer* answer);

}  // namespace cadastre::on_target

#endif  // CADASTRE_HARNESS_ON_TARGET_IMAGE_REPLAY_EL2_H_
