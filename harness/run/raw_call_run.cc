// SPDX-License-Identifier: Apache-2.0
#include "harness/run/raw_call_run.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "harness/script/text.h"

namespace cadastre::run {
namespace {

// Handles are 0x100 (plain), 0x101 (protected), 0x102 (dying) and 0x103 (protected, without vCPUs).
// CPU 0 runs vCPU 0 of 0x101, whose page 0 is lent, 1 and 2 are its own, and 3 is shared with the
// host; vCPU 1 is OFF.
constexpr char kPrefix[] =
    "cadastre-ops 1 profile=small\n"
    "cpu0 vm_create flags=plain ipa_bits=32 meta_pfn=ram+441 root_pfn=ram+445 -> 0\n"
    "cpu0 vm_create flags=protected ipa_bits=40 meta_pfn=ram+449 root_pfn=ram+451 -> 0\n"
    "cpu0 vm_create flags=plain ipa_bits=36 meta_pfn=ram+453 root_pfn=ram+455 -> 0\n"
    "cpu0 vm_create flags=protected ipa_bits=36 meta_pfn=ram+456 root_pfn=ram+458 -> 0\n"
    "cpu0 vm_donate_tables vm=a pfn=ram+460 count=4 -> 0\n"
    "cpu0 vm_donate_tables vm=b pfn=ram+464 count=6 -> 0\n"
    "cpu0 share_guest vm=a pfn=ram+600 gfn=0 count=4 prot=rw -> 0\n"
    "cpu0 share_hyp pfn=ram+610 count=4 -> 0\n"
    "cpu1 list_page_set set=1 pfn=ram+610 -> 0\n"
    "cpu0 donate_hyp pfn=ram+620 count=4 -> 0\n"
    "cpu0 lend_guest vm=b pfn=ram+630 gfn=0 count=1 prot=rw -> 0\n"
    "cpu0 donate_guest vm=b pfn=ram+631 gfn=1 count=3 -> 0\n"
    "cpu0 vcpu_create vm=b index=0 meta_pfn=ram+640 run_pfn=ram+611 entry=0 context=0 -> 0\n"
    "cpu0 vcpu_create vm=b index=1 meta_pfn=ram+641 run_pfn=ram+611 entry=0 context=0 -> 0\n"
    "cpu0 vm_start_teardown vm=c -> 0\n"
    "cpu0 vcpu_load vm=b index=0 -> 0\n"
    "cpu0 vcpu_run -> guest\n"
    "cpu0 guest_share_host gfn=3 -> guest x0=0\n";

script::Script ParsePrefix() {
  absl::StatusOr<script::Script> script = script::Parse(kPrefix);
  if (script.ok()) return *std::move(script);
  std::fprintf(stderr, "raw calls: %s\n", std::string(script.status().message()).c_str());
  std::abort();
}

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

}  // namespace

const script::Script& RawCallPrefix() {
  static const script::Script prefix = ParsePrefix();
  return prefix;
}

std::optional<Failure> RunRawCalls(Runner& runner, const script::Script& prefix,
                                   std::span<const RawCall> calls, Observer* observer) {
  std::optional<Failure> failure = runner.Run(prefix, Expectations::kChecked, observer).failure;
  for (std::size_t i = 0; i < calls.size() && !failure; ++i) {
    const script::Op op = ScriptOpOf(calls[i]);
    failure = runner.Step(Resolved(op, calls[i], runner), op, observer);
    if (!failure && (i + 1) % Runner::kOpsPerSweep == 0) failure = runner.Sweep();
  }
  return failure ? failure : runner.Sweep();
}

}  // namespace cadastre::run
