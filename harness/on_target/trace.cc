// SPDX-License-Identifier: Apache-2.0
#include "harness/on_target/trace.h"

#include <algorithm>
#include <map>
#include <utility>

#include "harness/run/expectation.h"
#include "harness/script/text.h"

namespace cadastre::on_target {
namespace {

using Answer = script::Expectation::Answer;
using What = script::ResolvedOp::What;

TargetOp::Kind KindOfAccess(oracle::Access access, TargetOp::Kind load, TargetOp::Kind store,
                            TargetOp::Kind fetch) {
  switch (access) {
    case oracle::Access::kWrite:
      return store;
    case oracle::Access::kExecute:
      return fetch;
    case oracle::Access::kRead:
      break;
  }
  return load;
}

TargetOp::Kind KindOf(const script::ResolvedOp& op, script::OpCode code) {
  switch (op.what) {
    case What::kHvc:
    case What::kStep:  // which no trace has
      break;
    case What::kHostAccess:
      return KindOfAccess(op.access, TargetOp::kHostLoad, TargetOp::kHostStore,
                          TargetOp::kHostFetch);
    case What::kHostStore:
      return code == script::OpCode::kListEntry ? TargetOp::kHostList : TargetOp::kHostWords;
    case What::kCpuOff:
      return TargetOp::kCpuOff;
    case What::kGuestHvc:
      return TargetOp::kGuestHvc;
    case What::kGuestSmc:
      return TargetOp::kGuestSmc;
    case What::kGuestWait:
      return TargetOp::kGuestWait;
    case What::kGuestAccess:
      return KindOfAccess(op.access, TargetOp::kGuestLoad, TargetOp::kGuestStore,
                          TargetOp::kGuestFetch);
    case What::kInterrupt:
      return TargetOp::kInterrupt;
  }
  return TargetOp::kHvc;
}

TargetOp Concrete(const script::ResolvedOp& op, script::OpCode code) {
  TargetOp out;
  out.kind = KindOf(op, code);
  out.cpu = op.cpu;
  out.immediate = op.immediate;
  out.register_count = static_cast<std::uint32_t>(op.register_count);
  out.guest_register = op.guest_register;
  out.word_count = static_cast<std::uint32_t>(op.word_count);
  out.address = op.address;
  std::copy(op.registers.begin(), op.registers.end(), std::begin(out.x));
  std::copy(op.words.begin(), op.words.end(), std::begin(out.words));
  return out;
}

class Tracer final : public run::Observer {
 public:
  explicit Tracer(const run::Runner& runner) : runner_(runner) {}

  void BeforeOp(const run::Occurrence& occurrence) override {
    if (occurrence.resolved.what == What::kStep) return;  // the target has its own order
    open_[occurrence.resolved.cpu] = ops_.size();
    TracedOp traced;
    traced.resolved = occurrence.resolved;
    traced.resolved.schedule = 0;
    traced.resolved.through = script::ResolvedOp::Through::kTables;
    traced.op = Concrete(occurrence.resolved, occurrence.op.code);
    traced.index = occurrence.index;
    script::Op shown = script::Concretise(occurrence.op, occurrence.resolved, runner_.context());
    shown.expectation.reset();
    traced.text = script::PrintOp(shown);
    ops_.push_back(std::move(traced));
  }
  void AfterOp(const run::Occurrence& occurrence, const run::Outcome& outcome) override {
    if (occurrence.resolved.what == What::kStep) return;
    TracedOp& traced = ops_[open_[occurrence.resolved.cpu]];
    traced.expected = outcome.got.value_or(script::Expectation{});
    traced.state = runner_.oracle().StateDigest();
    traced.op.ends_before = static_cast<std::uint32_t>(ops_.size());
  }

  Trace Take() {
    Trace out{.ops = std::move(ops_), .overlaps = false, .reason = ""};
    std::uint32_t latest = 0;
    for (std::uint32_t i = 0; i < out.ops.size(); ++i) {
      TargetOp& op = out.ops[i].op;
      latest = std::max(latest, op.ends_before);
      op.is_quiet = latest == i + 1 ? 1 : 0;
      out.overlaps |= op.is_quiet == 0;
    }
    return out;
  }

 private:
  const run::Runner& runner_;
  std::map<unsigned, std::size_t> open_;  // by CPU: its operation that is under way
  std::vector<TracedOp> ops_;
};

// Words that a call beside it may or may not read: the order of locks does not tell.
bool WritesBesideOthers(const Trace& trace) {
  std::uint32_t latest = 0;
  for (std::uint32_t i = 0; i < trace.ops.size(); ++i) {
    const TargetOp& op = trace.ops[i].op;
    const bool is_beside = latest > i || op.ends_before > i + 1;
    latest = std::max(latest, op.ends_before);
    if (is_beside && (op.kind == TargetOp::kHostWords || op.kind == TargetOp::kHostList))
      return true;
  }
  return false;
}

void CopySpans(const std::vector<PageSpan>& spans, TargetSpan (&out)[TargetMachine::kSpans]) {
  for (std::size_t i = 0; i < spans.size(); ++i) out[i] = {spans[i].first.value, spans[i].count};
}

}  // namespace

Trace TraceOf(run::Runner& runner, const script::Script& script) {
  const auto stays = [](const char* why) {
    return Trace{.ops = {}, .overlaps = false, .reason = why};
  };
  Tracer tracer(runner);
  const run::RunResult result = runner.Run(script, run::Expectations::kIgnored, &tracer);
  if (result.failure) return stays("it ends with a violation on the host");
  Trace trace = tracer.Take();
  if (WritesBesideOthers(trace)) return stays("the host writes words while a call may read them");
  return trace;
}

TargetMachine MachineFor(const Profile& profile) {
  const BootInfo info = profile.Boot();
  TargetMachine out;
  out.pa_bits = info.pa_bits;
  out.cpus = info.cpus;
  out.max_borrowers = info.max_borrowers;
  out.checking_build = info.build == Build::kChecking ? 1 : 0;
  CopySpans(profile.ram(), out.ram);
  CopySpans(profile.no_map(), out.no_map);
  CopySpans(profile.devices(), out.devices);
  out.image = {info.image.first.value, info.image.count};
  out.pool = {info.pool.first.value, info.pool.count};
  out.records = info.records.value;
  out.host_root = info.host_root.value;
  out.el2_root = info.el2_root.value;
  return out;
}

std::optional<script::Expectation> ExpectationOf(const TargetOp& op, const TargetAnswer& answer) {
  oracle::Answer got;
  switch (answer.kind) {
    case TargetAnswer::kHost:
      std::copy(std::begin(answer.x), std::end(answer.x), got.registers.begin());
      return run::ExpectationOf(
          op.kind == TargetOp::kHvc ? oracle::Trap::kHostHvc : oracle::Trap::kGuestHvc, got);
    case TargetAnswer::kGuest:
      std::copy(std::begin(answer.x), std::end(answer.x), got.guest.x.begin());
      return run::ExpectationOf(got.guest);
    case TargetAnswer::kAllowed:
      return script::Expectation{.answer = Answer::kAllowed};
    case TargetAnswer::kInjected:
      return script::Expectation{.answer = Answer::kInjected};
    case TargetAnswer::kDone:
      return script::Expectation{.answer = Answer::kDone};
    case TargetAnswer::kIdle:
      return script::Expectation{.answer = Answer::kIdle};
    default:
      return std::nullopt;
  }
}

}  // namespace cadastre::on_target
