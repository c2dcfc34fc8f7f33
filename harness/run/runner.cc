// SPDX-License-Identifier: Apache-2.0
#include "harness/run/runner.h"

#include <cinttypes>
#include <cstdio>
#include <new>
#include <span>
#include <type_traits>
#include <utility>

#include "harness/machine/hardware_walk.h"
#include "harness/run/expectation.h"

namespace cadastre::run {
namespace {

constexpr std::size_t kObjectWords = (sizeof(SimHypervisor) + 7) / 8;
static_assert(alignof(SimHypervisor) <= alignof(std::max_align_t));
// Its storage is given back without a destructor.
static_assert(std::is_trivially_destructible_v<SimHypervisor>);

std::string Hex(std::uint64_t value) {
  char text[24];
  std::snprintf(text, sizeof(text), "0x%" PRIx64, value);
  return text;
}

HostAccess ForCore(oracle::Access access) {
  switch (access) {
    case oracle::Access::kWrite:
      return HostAccess::kWrite;
    case oracle::Access::kExecute:
      return HostAccess::kExecute;
    case oracle::Access::kRead:
      break;
  }
  return HostAccess::kRead;
}

AccessResult ResultOf(oracle::AbortOutcome outcome) {
  return outcome == oracle::AbortOutcome::kRetry ? AccessResult::kAllowed : AccessResult::kInjected;
}

}  // namespace

Runner::Runner(Profile profile)
    : machine_(std::move(profile)),
      facts_(machine_.profile().Facts()),
      storage_(std::make_unique<std::uint64_t[]>(kObjectWords)),
      core_(new(storage_.get()) SimHypervisor),
      oracle_(facts_, machine_.memory()),
      picker_(oracle_),
      context_(facts_, picker_) {
  machine_.RegisterObject(std::as_writable_bytes(std::span(storage_.get(), kObjectWords)));
  boot_violation_ = Boot();
  machine_.Snapshot();
}

std::optional<Violation> Runner::Boot() {
  Status status = Errno::kInval;
  const BootInfo info = machine_.profile().Boot();
  auto violation = machine_.RunOp(0, [&] { status = core_->Boot(machine_.platform(), info); });
  if (violation) return violation;
  if (!status.ok()) {
    return Violation{
        .id = kBootRefused,
        .detail = "Boot answers errno " + std::to_string(static_cast<int>(status.error())),
        .also = {}};
  }
  return oracle_.AttachAfterBoot(machine_.platform().events());
}

void Runner::Reset() {
  machine_.Rollback();
  oracle_.Reset();
  context_.Clear();
  steps_ = 0;
}

Failure Runner::Failed(Violation violation, std::string_view call) const {
  return {std::move(violation), steps_ == 0 ? 0 : steps_ - 1, std::string(call)};
}

std::optional<Failure> Runner::Step(const script::ResolvedOp& op, std::string_view call,
                                    Outcome& outcome) {
  if (boot_violation_) return Failed(*boot_violation_, "boot");
  ++steps_;
  outcome = {};
  context_.NoteStart(op);
  auto violation = op.what == script::ResolvedOp::What::kHvc ? StepHvc(op, outcome)
                                                             : StepHostAccess(op, outcome);
  if (violation) return Failed(std::move(*violation), call);
  return std::nullopt;
}

std::optional<Violation> Runner::StepHvc(const script::ResolvedOp& op, Outcome& outcome) {
  outcome.expected = oracle_.BeginHypercall({op.cpu, op.immediate, op.registers});
  outcome.after = op.registers;
  auto violation = machine_.RunOp(
      op.cpu, [&] { core_->HandleHvc(machine_.platform(), op.immediate, outcome.after); });
  if (violation) {
    outcome.completion = Completion::kStopped;
    return violation;
  }
  violation = oracle_.EndHypercall(outcome.after, machine_.platform().events());
  context_.NoteEnd(op, outcome.after);
  return violation;
}

bool Runner::HardwareAllows(const script::ResolvedOp& op) const {
  const auto found = WalkStageTwo(machine_.memory(), machine_.platform().registers().vttbr,
                                  facts_.pa_bits, op.address);
  if (!found) return false;
  switch (op.access) {
    case oracle::Access::kWrite:
      return found->write;
    case oracle::Access::kExecute:
      return found->execute;
    case oracle::Access::kRead:
      break;
  }
  return found->read;
}

std::optional<Violation> Runner::StepHostAccess(const script::ResolvedOp& op, Outcome& outcome) {
  // Beyond the machine's address size stage 1 faults, and EL2 never hears of it (Arm ARM D8.2,
  // address size fault).
  if ((op.address >> facts_.pa_bits) != 0) {
    outcome.expected_access = outcome.access = AccessResult::kInjected;
    return std::nullopt;
  }
  const oracle::HostAbortInput input{op.cpu, op.address, op.access};
  const bool at_once = HardwareAllows(op);
  const oracle::AbortOutcome expected = oracle_.BeginHostAbort(input);
  outcome.expected_access = ResultOf(expected);
  if (at_once) {
    if (expected == oracle::AbortOutcome::kInject) {
      return Violation{.id = kHostAccessForbidden,
                       .detail = "the host reaches " + Hex(op.address) + ": " +
                                 oracle_.DescribePage(op.address >> 12),
                       .also = {}};
    }
    if (auto violation = oracle_.EndHostAbort(expected, {})) return violation;
  } else {
    if (auto violation = Abort(input, outcome)) return violation;
    if (outcome.access == AccessResult::kInjected) return std::nullopt;
    if (!HardwareAllows(op)) {
      return Violation{
          .id = kHostAccessStuck,
          .detail = "the access to " + Hex(op.address) + " aborts again after its retry",
          .also = {}};
    }
  }
  if (op.access == oracle::Access::kWrite) HostStore(op.address);
  return std::nullopt;
}

std::optional<Violation> Runner::Abort(const oracle::HostAbortInput& input, Outcome& outcome) {
  AbortAction action = AbortAction::kInject;
  auto violation = machine_.RunOp(input.cpu, [&] {
    action =
        core_->HandleHostAbort(machine_.platform(), PhysAddr(input.address), ForCore(input.access));
  });
  if (violation) {
    outcome.completion = Completion::kStopped;
    return violation;
  }
  const auto got =
      action == AbortAction::kRetry ? oracle::AbortOutcome::kRetry : oracle::AbortOutcome::kInject;
  outcome.access = ResultOf(got);
  return oracle_.EndHostAbort(got, machine_.platform().events());
}

void Runner::HostStore(std::uint64_t address) {
  const std::uint64_t word = address & ~std::uint64_t{7};
  if (!machine_.memory().IsOrdinaryRam(word >> 12)) return;  // a device keeps nothing
  machine_.memory().Write(
      word,
      0xd000'0000'0000'0001 + steps_);  // looks like a valid entry to whoever forgets to clear
}

std::optional<Failure> Runner::Sweep() {
  if (boot_violation_) return Failed(*boot_violation_, "boot");
  auto violation = oracle_.FullSweep();
  if (!violation) violation = machine_.CheckSeam();
  if (violation) return Failed(std::move(*violation), "sweep");
  return std::nullopt;
}

RunResult Runner::Run(const script::Script& script, Expectations expectations, Observer* observer) {
  Reset();
  RunResult result;
  Outcome outcome;
  std::size_t swept = 0;
  for (std::size_t i = 0; i < script.ops.size() && !result.failure; ++i) {
    const script::Op& op = script.ops[i];
    const std::string_view name = script::InfoOf(op.code).name;
    const script::ResolvedOp resolved = script::Resolve(op, context_);
    if (observer != nullptr) observer->BeforeOp(i, op, resolved);
    result.failure = Step(resolved, name, outcome);
    if (observer != nullptr) observer->AfterOp(i, op, resolved, outcome);
    if (!result.failure && expectations == Expectations::kChecked) {
      if (auto violation = JudgeExpectation(op, resolved, outcome))
        result.failure = Failed(std::move(*violation), name);
    }
    if (!result.failure && steps_ - swept == kOpsPerSweep) {
      result.failure = Sweep();
      swept = steps_;
    }
  }
  if (!result.failure && steps_ != swept) result.failure = Sweep();
  result.ops = steps_;
  result.raw = machine_.Digest();
  if (!result.failure) result.state = oracle_.StateDigest();
  return result;
}

Runner& Runners::For(script::Profile profile) {
  const auto number = static_cast<unsigned>(profile);
  std::unique_ptr<Runner>& runner = runners_[number];
  if (runner == nullptr) runner = std::make_unique<Runner>(*Profile::Make(number));
  return *runner;
}

}  // namespace cadastre::run
