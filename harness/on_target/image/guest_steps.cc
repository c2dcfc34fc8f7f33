// SPDX-License-Identifier: Apache-2.0
// The operations of scripts that EL1 can't carry out: what a guest does, and fetches, which would
// run what they find. EL2's handlers are called as the vectors would; whether an access faults the
// hardware says (AT), but for the right to execute, which it does not tell.
#include "harness/on_target/image/replay_el2.h"
#include "service/el2/exceptions.h"
#include "service/el2/sysreg.h"

namespace cadastre::on_target {
namespace {

enum class Access : std::uint8_t { kRead, kWrite, kExecute };

constexpr std::uint64_t kInstruction = 4;  // bytes
constexpr unsigned kZeroRegister = 31;
constexpr std::uint64_t kOutput = 0x0000'ffff'ffff'f000;
constexpr std::uint64_t kPermissionFault = 0b0011'00;

struct Regime {
  std::uint64_t vttbr;
  std::uint64_t vtcr;
};
Regime CurrentRegime() { return {CADASTRE_READ_SYSREG(vttbr_el2), CADASTRE_READ_SYSREG(vtcr_el2)}; }
void Use(const Regime& regime) {
  CADASTRE_WRITE_SYSREG(vtcr_el2, regime.vtcr);
  CADASTRE_WRITE_SYSREG(vttbr_el2, regime.vttbr);
  asm volatile("isb" ::: "memory");
}

GuestOfCpu& Here() {
  ReplayEl2& replay = TheReplay();
  return replay.guests[replay.platform.CpuIndex()];
}

// Under the guest's stage 2, and then the host's again. The core itself goes back to the host's
// when the guest exits.
template <class Handler>
Next UnderGuest(Handler handler) {
  GuestOfCpu& here = Here();
  const Regime host = CurrentRegime();
  Use({here.vttbr, here.vtcr});
  const Next next = handler();
  here.runs = next == Next::kGuest;
  if (here.runs) Use(host);
  return next;
}

// Where a stage 2 translation ends: 0 if there is no leaf.
struct LeafEntry {
  std::uint64_t descriptor = 0;
  unsigned level = 0;
};
LeafEntry LeafOf(const Regime& regime, std::uint64_t ipa) {
  unsigned level = 2 - (regime.vtcr >> 6 & 3);  // SL0 of the 4 KiB granule
  std::uint64_t entry = (regime.vttbr & 0x0000'ffff'ffff'fffe) + ((ipa >> (39 - 9 * level)) << 3);
  for (;; ++level) {
    const std::uint64_t word = *reinterpret_cast<const volatile std::uint64_t*>(entry);
    if ((word & 1) == 0) return {};
    if (level == 3 || (word & 2) == 0) return {word, level};
    entry = (word & kOutput) + ((ipa >> (30 - 9 * level) & 511) << 3);
  }
}

bool MayExecute(const LeafEntry& leaf) {
  const bool read = (leaf.descriptor >> 6 & 1) != 0;
  const bool device = (leaf.descriptor >> 4 & 3) == 0;
  return read && (leaf.descriptor >> 53 & 3) == 0 && !device;
}

// What the access comes to in the regime that is in place.
struct Translated {
  bool fault = false;
  std::uint64_t status = 0;  // of a fault: as in ESR_EL2
  std::uint64_t address = 0;
};
Translated Translate(std::uint64_t ipa, Access access) {
  if (access == Access::kWrite) {
    asm volatile("at s12e1w, %0\n isb" : : "r"(ipa) : "memory");
  } else {
    asm volatile("at s12e1r, %0\n isb" : : "r"(ipa) : "memory");
  }
  const std::uint64_t par = CADASTRE_READ_SYSREG(par_el1);
  if ((par & 1) != 0) return {.fault = true, .status = par >> 1 & 0x3f};
  if (access == Access::kExecute) {
    const LeafEntry leaf = LeafOf(CurrentRegime(), ipa);
    if (!MayExecute(leaf)) return {.fault = true, .status = kPermissionFault | leaf.level};
  }
  return {.address = (par & kOutput) | (ipa & (kPageSize - 1))};
}

// ESR_EL2 of an access of eight bytes.
std::uint64_t SyndromeOf(std::uint64_t status, Access access, unsigned general_register) {
  if (access == Access::kExecute) return el2::kEcFetchAbort << 26 | el2::kEsrIl | status;
  constexpr std::uint64_t kDoubleword = 1 << 24 | 3 << 22 | 1 << 15;  // ISV, SAS, SF
  const std::uint64_t write = access == Access::kWrite ? 1 << 6 : 0;
  return el2::kEcDataAbort << 26 | el2::kEsrIl | kDoubleword | general_register << 16 | write |
         status;
}

bool IsRam(std::uint64_t address) {
  const std::uint64_t pfn = address >> kPageShift;
  const auto is_in = [pfn](const TargetSpan(&spans)[TargetMachine::kSpans]) {
    for (const TargetSpan& span : spans) {
      if (pfn >= span.first && pfn - span.first < span.count) return true;
    }
    return false;
  };
  return is_in(Machine().ram) && !is_in(Machine().no_map);
}

void AnswerGuest(Next next, TargetAnswer* answer) {
  if (next == Next::kGuest) {
    answer->kind = TargetAnswer::kGuest;
    return;
  }
  answer->kind = TargetAnswer::kHost;
  for (unsigned i = 0; i < 4; ++i) answer->x[i] = Here().host[i];
}

void Complete(const TargetOp& op, Access access, std::uint64_t address, GuestRegisters& guest) {
  const unsigned number = op.guest_register;
  auto* word = reinterpret_cast<volatile std::uint64_t*>(address);
  if (access == Access::kRead && number != kZeroRegister) guest.x[number] = *word;
  if (access == Access::kWrite && IsRam(address))
    *word = number == kZeroRegister ? 0 : guest.x[number];
  guest.pc += kInstruction;
}

void MakeGuestAccess(const TargetOp& op, Access access, TargetAnswer* answer) {
  if (op.address >> Machine().pa_bits != 0) {  // stage 1 faults by itself
    answer->kind = TargetAnswer::kInjected;
    return;
  }
  ReplayEl2& replay = TheReplay();
  GuestOfCpu& here = Here();
  bool stuck = false;
  const Next next = UnderGuest([&] {
    Translated found = Translate(op.address, access);
    // Again only if another CPU took away meanwhile what EL2 had made good.
    for (unsigned tries = 0; found.fault; ++tries) {
      stuck = tries == TargetAnswer::kEvents;
      if (stuck) break;
      const AbortSyndrome syndrome{SyndromeOf(found.status, access, op.guest_register)};
      const Next after = replay.hypervisor.HandleGuestAbort(replay.platform, Ipa(op.address),
                                                            syndrome, here.guest, here.host);
      if (after == Next::kHost) return after;
      found = Translate(op.address, access);
    }
    if (!stuck) Complete(op, access, found.address, here.guest);
    return Next::kGuest;
  });
  AnswerGuest(next, answer);
  if (stuck) answer->kind = TargetAnswer::kStuck;
}

void MakeHostFetch(const TargetOp& op, TargetAnswer* answer) {
  answer->kind = TargetAnswer::kInjected;
  if (op.address >> Machine().pa_bits != 0) return;
  ReplayEl2& replay = TheReplay();
  if (MayExecute(LeafOf(CurrentRegime(), op.address))) {
    answer->kind = TargetAnswer::kAllowed;
    return;
  }
  const AbortAction action = replay.hypervisor.HandleHostAbort(
      replay.platform, PhysAddr(op.address), HostAccess::kExecute);
  if (action == AbortAction::kInject) {
    ++replay.injected[replay.platform.CpuIndex()];
    return;
  }
  const bool allowed = MayExecute(LeafOf(CurrentRegime(), op.address));
  answer->kind = allowed ? TargetAnswer::kAllowed : TargetAnswer::kStuck;
}

Next TrapGuest(const TargetOp& op) {
  ReplayEl2& replay = TheReplay();
  GuestOfCpu& here = Here();
  for (unsigned i = 0; i < op.register_count; ++i) here.guest.x[i] = op.x[i];
  switch (op.kind) {
    case TargetOp::kGuestHvc:
      here.guest.pc += kInstruction;
      return replay.hypervisor.HandleGuestHvc(
          replay.platform, static_cast<std::uint16_t>(op.immediate), here.guest, here.host);
    case TargetOp::kGuestSmc:
      return replay.hypervisor.HandleGuestSmc(replay.platform, here.guest, here.host);
    case TargetOp::kGuestWait:
      return replay.hypervisor.HandleGuestWait(replay.platform, here.guest, here.host);
    default:
      return replay.hypervisor.HandleInterrupt(replay.platform, here.guest, here.host);
  }
}

void MakeGuestStep(const TargetOp& op, TargetAnswer* answer) {
  answer->kind = TargetAnswer::kIdle;
  if (!Here().runs) return;
  switch (op.kind) {
    case TargetOp::kGuestLoad:
      return MakeGuestAccess(op, Access::kRead, answer);
    case TargetOp::kGuestStore:
      return MakeGuestAccess(op, Access::kWrite, answer);
    case TargetOp::kGuestFetch:
      return MakeGuestAccess(op, Access::kExecute, answer);
    default:
      return AnswerGuest(UnderGuest([&] { return TrapGuest(op); }), answer);
  }
}

}  // namespace

void CallCore(std::uint16_t immediate, Registers& x) {
  ReplayEl2& replay = TheReplay();
  GuestOfCpu& here = Here();
  const Regime host = CurrentRegime();
  here.host = x;
  here.runs =
      replay.hypervisor.HandleHvc(replay.platform, immediate, x, here.guest) == Next::kGuest;
  if (!here.runs) return;
  const Regime guest = CurrentRegime();
  here.vttbr = guest.vttbr;
  here.vtcr = guest.vtcr;
  Use(host);
}

void CarryOut(const TargetOp& op, TargetAnswer* answer) {
  ReplayEl2& replay = TheReplay();
  switch (op.kind) {
    case TargetOp::kHostFetch:
      return MakeHostFetch(op, answer);
    case TargetOp::kCpuOff:
      replay.hypervisor.HandleCpuOff(replay.platform);
      answer->kind = TargetAnswer::kDone;
      return;
    default:
      return MakeGuestStep(op, answer);
  }
}

}  // namespace cadastre::on_target
