// SPDX-License-Identifier: Apache-2.0
#include "harness/run/runner.h"

#include <string>
#include <utility>

#include "harness/run/expectation.h"

namespace cadastre::run {
namespace {

using Answer = script::Expectation::Answer;
using What = script::ResolvedOp::What;

script::Actor ActorOf(What what) {
  switch (what) {
    case What::kHvc:
    case What::kHostAccess:
    case What::kHostStore:
    case What::kCpuOff:
      return script::Actor::kHost;
    case What::kStep:
      return script::Actor::kScheduler;
    default:
      return script::Actor::kGuest;
  }
}

script::Op InterruptOn(unsigned cpu) {
  script::Op op;
  op.code = script::OpCode::kInterrupt;
  op.cpu = static_cast<std::uint8_t>(cpu);
  return op;
}

}  // namespace

Runner::Runner(Profile profile)
    : system_(std::move(profile)), executor_(system_), places_(system_.facts().cpus) {
  for (unsigned cpu = 0; cpu < places_.size(); ++cpu) interrupts_.push_back(InterruptOn(cpu));
}

void Runner::Reset() {
  system_.Reset();
  executor_.Reset();
  steps_ = 0;
}

Failure Runner::Failed(Violation violation, std::string_view call) const {
  return {std::move(violation), steps_ == 0 ? 0 : steps_ - 1, std::string(call)};
}

RunResult Runner::Run(const script::Script& script, Expectations expectations, Observer* observer) {
  Reset();
  observer_ = observer;
  expectations_ = expectations;
  RunResult result;
  std::size_t swept = 0;
  for (std::size_t i = 0; i < script.ops.size() && !result.failure; ++i) {
    result.failure = Take(i, script.ops[i]);
    if (!result.failure && steps_ - swept >= kOpsPerSweep && NothingUnderWay()) {
      result.failure = Sweep();
      swept = steps_;
    }
  }
  if (!result.failure) result.failure = Drain();
  if (!result.failure && steps_ != swept) result.failure = Sweep();
  observer_ = nullptr;
  expectations_ = Expectations::kIgnored;
  result.ops = steps_;
  result.raw = machine().Digest();
  if (!result.failure) result.state = oracle().StateDigest();
  return result;
}

std::optional<Failure> Runner::Take(std::size_t index, const script::Op& op) {
  if (system_.boot_violation()) return Failed(*system_.boot_violation(), "boot");
  ++steps_;
  const script::OpInfo& info = script::InfoOf(op.code);
  if (info.actor == script::Actor::kScheduler) return TakeSchedulers(index, op);
  const auto cpu = static_cast<unsigned>(op.cpu % places_.size());
  if (auto failure = MakeWay(index, cpu, info.actor)) return failure;
  return Begin({index, Origin::kScript, &op, info.name}, script::Resolve(op, context()));
}

std::optional<Failure> Runner::Step(const script::ResolvedOp& op, std::string_view call) {
  if (system_.boot_violation()) return Failed(*system_.boot_violation(), "boot");
  const std::size_t index = steps_++;
  if (auto failure = MakeWay(index, op.cpu, ActorOf(op.what))) return failure;
  return Begin({index, Origin::kScript, nullptr, call}, op);
}

std::optional<Failure> Runner::Step(const script::ResolvedOp& op, const script::Op& shown,
                                    Observer* observer) {
  if (system_.boot_violation()) return Failed(*system_.boot_violation(), "boot");
  const std::size_t index = steps_++;
  observer_ = observer;
  std::optional<Failure> failure = MakeWay(index, op.cpu, ActorOf(op.what));
  if (!failure) {
    failure = Begin({index, Origin::kScript, &shown, script::InfoOf(shown.code).name}, op);
  }
  observer_ = nullptr;
  return failure;
}

std::optional<Failure> Runner::StepToSecondEvent(const script::ResolvedOp& op,
                                                 std::string_view call) {
  if (system_.boot_violation()) return Failed(*system_.boot_violation(), "boot");
  const std::size_t index = steps_++;
  places_[op.cpu] = {index, Origin::kScript, nullptr, call};
  return After(op.cpu, executor_.Start(op, Executor::Rest::kBetweenEvents));
}

std::optional<Failure> Runner::Finish(unsigned cpu) {
  return After(cpu, executor_.Resume(cpu, kToTheEnd));
}

std::optional<Failure> Runner::TakeSchedulers(std::size_t index, const script::Op& op) {
  const Place place{index, Origin::kScript, &op, script::InfoOf(op.code).name};
  const script::ResolvedOp resolved = script::Resolve(op, context());
  if (observer_ != nullptr) observer_->BeforeOp({index, place.origin, op, resolved});
  const bool busy = executor_.Busy(resolved.cpu);
  if (busy && resolved.steps != 0) {
    auto failure = After(resolved.cpu, executor_.Resume(resolved.cpu, resolved.steps));
    if (failure) return failure;
  }
  const script::Expectation answer{.answer = busy ? Answer::kDone : Answer::kIdle};
  return Ended(place, resolved, {answer, answer});
}

std::optional<Failure> Runner::MakeWay(std::size_t index, unsigned cpu, script::Actor actor) {
  if (executor_.Busy(cpu)) {
    if (auto failure = After(cpu, executor_.Resume(cpu, kToTheEnd))) return failure;
  }
  if (actor != script::Actor::kHost || !executor_.RunsGuest(cpu)) return std::nullopt;
  const script::Op& op = interrupts_[cpu];
  return Begin({index, Origin::kImplied, &op, script::InfoOf(op.code).name},
               script::Resolve(op, context()));
}

std::optional<Failure> Runner::Begin(const Place& place, const script::ResolvedOp& op) {
  places_[op.cpu] = place;
  if (observer_ != nullptr && place.op != nullptr) {
    observer_->BeforeOp({place.index, place.origin, *place.op, op});
  }
  return After(op.cpu, executor_.Start(op));
}

std::optional<Failure> Runner::Drain() {
  for (unsigned cpu = 0; cpu < places_.size(); ++cpu) {
    if (!executor_.Busy(cpu)) continue;
    if (auto failure = After(cpu, executor_.Resume(cpu, kToTheEnd))) return failure;
  }
  return std::nullopt;
}

std::optional<Failure> Runner::After(unsigned cpu, Executor::Result result) {
  if (result.violation) {
    const unsigned blamed = executor_.blamed_cpu();
    const Place& place = places_[blamed];
    const script::ResolvedOp& op = executor_.op(blamed);
    if (observer_ != nullptr && place.op != nullptr) {
      observer_->AfterOp({place.index, place.origin, *place.op, op}, executor_.outcome(blamed));
    }
    return Failure{*std::move(result.violation), place.index, std::string(place.call)};
  }
  if (result.progress == Progress::kPaused) return std::nullopt;
  return Ended(places_[cpu], executor_.op(cpu), executor_.outcome(cpu));
}

std::optional<Failure> Runner::Ended(const Place& place, const script::ResolvedOp& op,
                                     const Outcome& outcome) {
  if (place.op == nullptr) return std::nullopt;
  if (observer_ != nullptr) {
    observer_->AfterOp({place.index, place.origin, *place.op, op}, outcome);
  }
  if (expectations_ == Expectations::kIgnored) return std::nullopt;
  auto violation = JudgeExpectation(*place.op, *outcome.got);
  if (!violation) return std::nullopt;
  return Failure{*std::move(violation), place.index, std::string(place.call)};
}

std::optional<Failure> Runner::Finish() {
  std::optional<Failure> failure = Drain();
  return failure ? std::move(failure) : Sweep();
}

bool Runner::NothingUnderWay() const {
  for (unsigned cpu = 0; cpu < places_.size(); ++cpu) {
    if (executor_.Busy(cpu)) return false;
  }
  return true;
}

std::optional<Failure> Runner::Sweep() {
  if (system_.boot_violation()) return Failed(*system_.boot_violation(), "boot");
  auto violation = system_.Sweep();
  if (violation) return Failed(*std::move(violation), "sweep");
  return std::nullopt;
}

Runner& Runners::For(script::Profile profile) {
  const auto number = static_cast<unsigned>(profile);
  std::unique_ptr<Runner>& runner = runners_[number];
  if (runner == nullptr) runner = std::make_unique<Runner>(*Profile::Make(number));
  return *runner;
}

}  // namespace cadastre::run
