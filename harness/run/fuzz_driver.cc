// SPDX-License-Identifier: Apache-2.0
#include "harness/run/fuzz_driver.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "harness/oracle/invariants.h"
#include "harness/run/report.h"
#include "harness/run/transcript.h"

namespace cadastre::run {
namespace {

script::Operand RawOperand(std::uint64_t value) { return {script::OperandClass::kRaw, 0, value}; }

script::OpCode CodeOf(const RawCall& call) {
  const bool is_guest = call.caller == RawCall::Caller::kGuest;
  if (call.immediate == 0) return is_guest ? script::OpCode::kGuestHvc : script::OpCode::kHvc;
  return is_guest ? script::OpCode::kGuestHvcImmediate : script::OpCode::kHvcImmediate;
}

// The operation of the call that x0 names, nullptr if it names none, or not plainly.
const script::OpInfo* NamedCall(const RawCall& call) {
  if (call.immediate != 0 || call.caller == RawCall::Caller::kGuest) return nullptr;
  for (const script::OpInfo& info : script::OpTable()) {
    if (info.call == nullptr) continue;
    const auto number = static_cast<std::uint64_t>(info.call->number);
    if (call.registers[0] == abi::kFunctionBase + number) return &info;
  }
  return nullptr;
}

// As a script says it. What it can't say, no call reads: registers beyond a call's window; x6, and
// with an immediate x5, of what is no call.
script::Op ScriptOpOf(const RawCall& call) {
  script::Op op;
  op.cpu = static_cast<std::uint8_t>(call.cpu);
  if (const script::OpInfo* info = NamedCall(call)) {
    op.code = info->code;
    for (std::size_t i = 0; i < info->operand_count; ++i) {
      op.operands[i] = RawOperand(call.registers[i + 1]);
    }
    return op;
  }
  std::size_t next = 0;
  op.code = CodeOf(call);
  if (call.immediate != 0) op.operands[next++] = RawOperand(call.immediate);
  for (std::size_t i = 0; next < op.operands.size(); ++i)
    op.operands[next++] = RawOperand(call.registers[i]);
  return op;
}

script::ResolvedOp Resolved(const script::Op& op, const RawCall& call, const Runner& runner) {
  script::ResolvedOp resolved = script::Resolve(op, runner.context());
  resolved.immediate = call.immediate;
  std::copy(call.registers.begin(), call.registers.end(), resolved.registers.begin());
  if (call.caller == RawCall::Caller::kGuest) resolved.register_count = call.registers.size();
  return resolved;
}

bool IsInvariant(std::string_view id) {
  const auto registry = oracle::InvariantRegistry();
  return std::ranges::any_of(registry, [id](const oracle::InvariantEntry& entry) {
    return id == oracle::IdOf(entry.invariant);
  });
}

}  // namespace

FuzzDriver::FuzzDriver() {
  const char* only = std::getenv("CADASTRE_ONLY");
  if (only == nullptr) return;
  only_ = only;
  if (IsInvariant(only_)) return;
  std::fprintf(stderr, "CADASTRE_ONLY: '%.40s' is no invariant\n", only);
  std::exit(2);
}

bool FuzzDriver::IsHunted(const Violation& violation) const {
  return only_.empty() || only_ == violation.id ||
         std::ranges::any_of(violation.also, [this](const char* id) { return only_ == id; });
}

void FuzzDriver::RunScript(const script::Script& script) {
  Runner& runner = runners_.For(script.profile);
  const RunResult result = runner.Run(script, Expectations::kIgnored);
  stats_.NoteRun(runner, script.profile, result.ops);
  if (result.failure && IsHunted(result.failure->violation))
    assert_script_holds(script, *result.failure);
}

void FuzzDriver::RunCalls(const script::Script& prefix, std::span<const RawCall> calls) {
  Runner& runner = runners_.For(prefix.profile);
  std::optional<Failure> failure = runner.Run(prefix, Expectations::kChecked).failure;
  for (std::size_t i = 0; i < calls.size() && !failure; ++i) {
    const script::Op op = ScriptOpOf(calls[i]);
    failure = runner.Step(Resolved(op, calls[i], runner), script::InfoOf(op.code).name);
    if (!failure && (i + 1) % Runner::kOpsPerSweep == 0) failure = runner.Sweep();
  }
  if (!failure) failure = runner.Sweep();
  const std::size_t ops = runner.steps();
  stats_.NoteRun(runner, prefix.profile, ops);
  if (!failure || !IsHunted(failure->violation)) return;
  script::Script script = prefix;
  for (const RawCall& call : calls) script.ops.push_back(ScriptOpOf(call));
  script.ops.resize(ops);
  assert_script_holds(script, *failure);
}

void FuzzDriver::assert_script_holds(const script::Script& script, const Failure& failure) {
  stats_.NoteViolation();
  Runner& runner = runners_.For(script.profile);
  Transcript transcript(runner);
  runner.Run(script, Expectations::kIgnored, &transcript);
  assert_report(FormatReport(failure, transcript.lines(), script.profile));
}

}  // namespace cadastre::run
