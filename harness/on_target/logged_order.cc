// SPDX-License-Identifier: Apache-2.0
#include "harness/on_target/logged_order.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "harness/on_target/target_run.h"

namespace cadastre::on_target {
namespace {

using What = script::ResolvedOp::What;

script::ResolvedOp InterruptOn(unsigned cpu) {
  script::ResolvedOp op;
  op.what = What::kInterrupt;
  op.cpu = cpu;
  return op;
}

bool IsAccess(const TracedOp& traced) {
  return traced.resolved.what == What::kHostAccess || traced.resolved.what == What::kHostStore ||
         traced.resolved.what == What::kGuestAccess;
}

// An event of an operation, or the beginning of one without events: that comes before the event
// whose number it has.
struct Moment {
  std::uint64_t number = 0;
  bool is_event = false;
  std::size_t op = 0;
  unsigned part = 0;  // which of its operation's events
};

class LoggedOrder {
 public:
  LoggedOrder(run::Runner& runner, const Trace& trace, std::span<const TargetAnswer> answers)
      : runner_(runner), trace_(trace), answers_(answers), left_(trace.ops.size(), 0) {}

  absl::StatusOr<Trace> Run() {
    if (absl::Status status = Collect(); !status.ok()) return status;
    runner_.Reset();
    for (const Moment& moment : moments_) {
      if (const auto failure = Make(moment)) return Failed(moment.op, *failure);
      if (--left_[moment.op] == 0) {
        if (const auto failure = End(moment.op)) return Failed(moment.op, *failure);
      }
      NoteQuiet();
    }
    if (const auto failure = runner_.Sweep()) return Failed(trace_.ops.size() - 1, *failure);
    return std::move(trace_);
  }

 private:
  absl::Status Collect() {
    for (std::size_t i = 0; i < trace_.ops.size(); ++i) {
      const TargetAnswer& answer = answers_[i];
      if (answer.event_count > TargetAnswer::kEvents) {
        return absl::FailedPreconditionError(absl::StrCat("operation ", trace_.ops[i].index + 1,
                                                          " has more than ", TargetAnswer::kEvents,
                                                          " events on the target"));
      }
      TracedOp& traced = trace_.ops[i];
      const bool has_event = answer.event_count > answer.interrupts_guest;
      const bool is_alone = answer.began_beside == 0 && answer.first_event == answer.end_event;
      traced.is_compared = has_event || !IsAccess(traced) || is_alone;
      for (unsigned part = 0; part < answer.event_count; ++part)
        moments_.push_back({answer.events[part], true, i, part});
      left_[i] = answer.event_count;
      if (has_event || !traced.is_compared) continue;
      moments_.push_back({answer.first_event, false, i, answer.event_count});
      ++left_[i];
    }
    std::sort(moments_.begin(), moments_.end(), [](const Moment& a, const Moment& b) {
      return std::tuple(a.number, a.is_event, a.op) < std::tuple(b.number, b.is_event, b.op);
    });
    return absl::OkStatus();
  }

  // An access is made whole for each time that it came to EL2: where EL2 had made it good, and it
  // came again, it was undone in between.
  std::optional<run::Failure> Make(const Moment& moment) {
    const TracedOp& traced = trace_.ops[moment.op];
    const unsigned cpu = traced.resolved.cpu;
    const unsigned first = answers_[moment.op].interrupts_guest;
    if (moment.part < first) return runner_.Step(InterruptOn(cpu), "interrupt");
    if (IsAccess(traced) || !moment.is_event) return runner_.Step(traced.resolved, traced.text);
    if (moment.part == first) return runner_.StepToSecondEvent(traced.resolved, traced.text);
    if (runner_.Busy(cpu)) return runner_.Finish(cpu);
    return std::nullopt;  // locks that S knows no event behind
  }

  // Where the target came to its end with fewer events the answers will differ.
  std::optional<run::Failure> End(std::size_t op) {
    TracedOp& traced = trace_.ops[op];
    if (runner_.Busy(traced.resolved.cpu)) {
      if (auto failure = runner_.Finish(traced.resolved.cpu)) return failure;
    }
    traced.expected = runner_.outcome(traced.resolved.cpu).got.value_or(script::Expectation{});
    return std::nullopt;
  }

  // What waits for a quiet operation has later events than all up to it.
  void NoteQuiet() {
    while (over_ < left_.size() && left_[over_] == 0) {
      TracedOp& traced = trace_.ops[over_++];
      if (traced.op.is_quiet != 0) traced.state = runner_.oracle().StateDigest();
    }
  }

  absl::Status Failed(std::size_t op, const run::Failure& failure) const {
    return absl::FailedPreconditionError(absl::StrCat(
        "operation ", trace_.ops[op].index + 1,
        " in the target's order: ", failure.violation.id, " ", failure.violation.detail));
  }

  run::Runner& runner_;
  Trace trace_;
  std::span<const TargetAnswer> answers_;
  std::vector<unsigned> left_;  // of each operation: moments to come
  std::vector<Moment> moments_;
  std::size_t over_ = 0;  // all operations below have ended
};

}  // namespace

absl::StatusOr<Trace> InLoggedOrder(run::Runner& runner, const Trace& trace,
                                    std::span<const TargetAnswer> answers) {
  return LoggedOrder(runner, trace, answers).Run();
}

Verdict Judge(run::Runner& runner, const Trace& trace, std::span<const TargetAnswer> answers) {
  if (!trace.overlaps) return {DifferenceOf(trace, answers), 0};
  const absl::StatusOr<Trace> ordered = InLoggedOrder(runner, trace, answers);
  if (!ordered.ok()) return {absl::StrCat("  ", std::string(ordered.status().message())), 0};
  const auto skipped = std::count_if(ordered->ops.begin(), ordered->ops.end(),
                                     [](const TracedOp& op) { return !op.is_compared; });
  return {DifferenceOf(*ordered, answers), static_cast<std::size_t>(skipped)};
}

}  // namespace cadastre::on_target
