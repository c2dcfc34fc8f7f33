// SPDX-License-Identifier: Apache-2.0
// ABI.md sections 9 and 10: what EL2 makes of a guest's trap. Each ends in the guest, or in an
// exit.
#include "harness/oracle/guest_step.h"
#include "harness/oracle/predicates.h"

namespace cadastre::oracle {
namespace {

constexpr std::uint64_t kUidCall = 0x8600FF01;
constexpr std::uint64_t kFeaturesCall = 0x86000000;
constexpr std::uint64_t kKvmUid[] = {0xB66FB428, 0xE911C52E, 0x564BCAA9, 0x743A004D};
constexpr std::uint64_t kKvmFeatures[] = {1 << 0 | 1 << 2 | 1 << 3 | 1 << 4 | 1 << 9, 0, 0, 0};
constexpr std::uint64_t kRefusedCall = std::uint64_t{0} - 3;
constexpr unsigned kShareHost = 0x03;
constexpr unsigned kWait = 0x70;
constexpr unsigned kGfnAbsentRow = 206;

// The syndrome of share_host at an absent gfn: data abort of a lower EL, translation, no ISV.
constexpr std::uint64_t kTranslationAbort = 0x92000004;

constexpr bool IsVendorId(std::uint64_t id) { return id >> 16 == 0x8600 || id >> 16 == 0xC600; }

const CallSpecification* FindGuestCall(std::uint64_t id) {
  for (const auto group : {AnyCallerCalls(), GuestCalls()}) {
    for (const CallSpecification& call : group) {
      if (kFunctionBase + call.number == id) return &call;
    }
  }
  return nullptr;
}

void RefuseUnknown(GuestStep& guest) {
  guest.judgement.outcome = Outcome::kUnknown;
  guest.judgement.expected.known = false;
  guest.registers.x[0] = kUnknownCall;
  Resume(guest);
}

void AnswerFour(GuestStep& guest, std::span<const std::uint64_t> values) {
  std::copy(values.begin(), values.end(), guest.registers.x.begin());
  Resume(guest);
}

// One of the guest's own calls: x0 alone tells, x1 to x3 are zero.
void AnswerGuestCall(GuestStep& guest, const std::optional<Refusal>& refusal) {
  const std::uint64_t answers[] = {refusal ? kRefusedCall : guest.judgement.effect.x2, 0, 0, 0};
  AnswerFour(guest, answers);
}

void StepGuestCall(GuestStep& guest, HostWords& host) {
  Judgement& judgement = guest.judgement;
  Step step{.state = guest.state, .cpu = guest.cpu, .ranges = {}};
  DecodeArguments(guest.registers.x, step, judgement);
  step.vm = &guest.vm;
  step.slot = guest.slot;
  const auto refusal = JudgeRows(step, host, judgement);
  if (refusal) judgement.expected.row = refusal->row;
  if (refusal && judgement.call->number == kShareHost && refusal->row == kGfnAbsentRow) {
    guest.registers.pc -= kInstructionBytes;  // the call is made again
    return LeaveByAbort(guest, step[Argument::kIpa], kTranslationAbort);
  }
  if (refusal) {
    judgement.outcome = Outcome::kRefused;
  } else {
    judgement.call->update(step, judgement.effect);
  }
  if (judgement.call->number >= AnyCallerCalls().front().number &&
      judgement.call->number <= AnyCallerCalls().back().number) {
    AnswerCall(refusal, judgement.effect, guest.registers.x);
    return Resume(guest);
  }
  AnswerGuestCall(guest, refusal);
  if (judgement.call->number == kWait) Leave(guest, Exit::kWait, 0);
}

// An HVC of a protected guest, by what x0 names.
void StepProtectedHvc(GuestStep& guest, std::uint16_t immediate, HostWords& host) {
  const std::uint64_t x0 = guest.registers.x[0];
  if (immediate != 0 || x0 >> 32 != 0) return RefuseUnknown(guest);
  const std::uint64_t id = x0 & ~kIgnoredHint;
  guest.judgement.call = FindGuestCall(id);
  if (guest.judgement.call != nullptr) return StepGuestCall(guest, host);
  if (id == kUidCall) return AnswerFour(guest, kKvmUid);
  if (id == kFeaturesCall) return AnswerFour(guest, kKvmFeatures);
  if (IsVendorId(id)) return RefuseUnknown(guest);
  if (!AnswerPsci(guest, id)) LeaveByHvc(guest);
}

bool Allows(const GuestLeaf& leaf, std::uint64_t syndrome) {
  const bool fetches = IsFetchSyndrome(syndrome);
  const std::uint64_t data = IsWriteSyndrome(syndrome) ? kProtWrite : kProtRead;
  return leaf.young && (leaf.prot & (fetches ? kProtExecute : data)) != 0;
}

// Section 10, guest abort. Changes nothing.
void StepGuestAbort(GuestStep& guest, std::uint64_t ipa, std::uint64_t syndrome) {
  const std::uint64_t gfn = ipa >> kPageShift;
  const bool inside = gfn >> (guest.vm.ipa_bits - kPageShift) == 0;
  const auto slice = std::as_const(guest.vm.map).Slice(gfn, inside ? 1 : 0);
  if (slice.empty()) return LeaveByAbort(guest, ipa, syndrome);
  if (slice.front().is_poison) return Leave(guest, Exit::kPoison, gfn);
  if (Allows(slice.front(), syndrome)) {
    guest.judgement.outcome = Outcome::kRefused;  // the guest tries again, and nothing changes
    return Resume(guest);
  }
  LeaveByAbort(guest, ipa, syndrome);
}

}  // namespace

void StepGuestTrap(State& state, const Operation& operation, HostWords& host,
                   Judgement& judgement) {
  const VcpuName name = *state.cpu(operation.cpu).loaded;
  Vm& vm = state.EditVm(name.slot);
  GuestStep guest{.state = state,
                  .cpu = operation.cpu,
                  .slot = name.slot,
                  .vm = vm,
                  .vcpu = vm.vcpus[name.index],
                  .judgement = judgement,
                  .registers = operation.guest};
  judgement.vcpu_page = guest.vcpu.own_page;
  judgement.effect.vm_slot = name.slot;
  const bool plain = vm.kind == VmKind::kPlain;
  switch (operation.trap) {
    case Trap::kGuestHvc:
      if (plain) return LeaveByHvc(guest);
      return StepProtectedHvc(guest, operation.immediate, host);
    case Trap::kGuestSmc:
      guest.registers.pc += kInstructionBytes;
      return plain ? LeaveByHvc(guest) : RefuseUnknown(guest);
    case Trap::kGuestWait:
      guest.registers.pc += kInstructionBytes;
      return Leave(guest, Exit::kWait, 0);
    case Trap::kGuestAbort:
      return StepGuestAbort(guest, operation.address, operation.syndrome);
    default:
      return Leave(guest, Exit::kIrq, 0);
  }
}

}  // namespace cadastre::oracle
