// SPDX-License-Identifier: Apache-2.0
#include "harness/run/raw_call_run.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "harness/script/text.h"

namespace cadastre::run {
namespace {

// Handles are 0x100 (plain), 0x101 (protected) and 0x102 (dying).
constexpr char kPrefix[] =
    "cadastre-ops 1 profile=small\n"
    "cpu0 vm_create flags=plain ipa_bits=32 meta_pfn=ram+441 root_pfn=ram+445 -> 0\n"
    "cpu0 vm_create flags=protected ipa_bits=40 meta_pfn=ram+449 root_pfn=ram+451 -> 0\n"
    "cpu0 vm_create flags=plain ipa_bits=36 meta_pfn=ram+453 root_pfn=ram+455 -> 0\n"
    "cpu0 vm_donate_tables vm=a pfn=ram+460 count=4 -> 0\n"
    "cpu0 vm_donate_tables vm=b pfn=ram+464 count=1 -> 0\n"
    "cpu0 share_guest vm=a pfn=ram+600 gfn=0 count=4 prot=rw -> 0\n"
    "cpu0 share_hyp pfn=ram+610 count=4 -> 0\n"
    "cpu1 list_page_set set=1 pfn=ram+610 -> 0\n"
    "cpu0 donate_hyp pfn=ram+620 count=4 -> 0\n"
    "cpu0 vm_start_teardown vm=c -> 0\n";

script::Script ParsePrefix() {
  absl::StatusOr<script::Script> script = script::Parse(kPrefix);
  if (script.ok()) return *std::move(script);
  std::fprintf(stderr, "raw calls: %s\n", std::string(script.status().message()).c_str());
  std::abort();
}

script::Operand RawOperand(std::uint64_t value) { return {script::OperandClass::kRaw, 0, value}; }

// x6, and with an immediate x5, are junk in a script. No call of this version reads them.
script::Op ScriptOpOf(const RawCall& call) {
  script::Op op;
  op.cpu = static_cast<std::uint8_t>(call.cpu);
  std::size_t next = 0;
  op.code = call.immediate == 0 ? script::OpCode::kHvc : script::OpCode::kHvcImmediate;
  if (call.immediate != 0) op.operands[next++] = RawOperand(call.immediate);
  for (std::size_t i = 0; next < op.operands.size(); ++i)
    op.operands[next++] = RawOperand(call.registers[i]);
  return op;
}

script::ResolvedOp Resolved(const script::Op& op, const RawCall& call, const Runner& runner) {
  script::ResolvedOp resolved = script::Resolve(op, runner.context());
  resolved.immediate = call.immediate;
  std::copy(call.registers.begin(), call.registers.end(), resolved.registers.begin());
  return resolved;
}

}  // namespace

const script::Script& RawCallPrefix() {
  static const script::Script prefix = ParsePrefix();
  return prefix;
}

std::optional<Failure> RunRawCalls(Runner& runner, const script::Script& prefix,
                                   std::span<const RawCall> calls, Observer* observer) {
  std::optional<Failure> failure = runner.Run(prefix, Expectations::kChecked, observer).failure;
  Outcome outcome;
  for (std::size_t i = 0; i < calls.size() && !failure; ++i) {
    const script::Op op = ScriptOpOf(calls[i]);
    const script::ResolvedOp resolved = Resolved(op, calls[i], runner);
    const std::size_t index = prefix.ops.size() + i;
    if (observer != nullptr) observer->BeforeOp(index, op, resolved);
    failure = runner.Step(resolved, "hvc", outcome);
    if (observer != nullptr) observer->AfterOp(index, op, resolved, outcome);
    if (!failure && (i + 1) % Runner::kOpsPerSweep == 0) failure = runner.Sweep();
  }
  return failure ? failure : runner.Sweep();
}

}  // namespace cadastre::run
