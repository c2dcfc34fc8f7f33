// SPDX-License-Identifier: Apache-2.0
// A host that carries out scripts: each operation on the CPU that it names, after those that had
// ended on the host when it began there, and at the end writes what came of them to a file by
// semihosting.
#include <cstdint>

#include "harness/on_target/protocol.h"
#include "service/el2/payload/payload.h"

// hvc.S: an HVC by the instruction at `code`, with x0..x17, which come back.
extern "C" void payload_hvc(std::uint64_t* x, const std::uint32_t* code);

namespace cadastre::on_target {
namespace {

using payload::AbortsOf;
using payload::kMaxCpus;
using payload::Semihost;
using payload::Smc;

// What a CPU is to do. Written by CPU 0 before `job` of the mailbox.
enum Job : std::uint32_t { kNoJob, kScriptJob, kParkJob };
struct alignas(64) Mailbox {
  std::uint32_t job;
  const TargetScript* script;
};
Mailbox mailboxes[kMaxCpus];
std::uint32_t hvc_code[kMaxCpus][2];
std::uint64_t stores = 0;  // of the script so far: makes each host_access word its own
const TargetOp* all_ops;
TargetAnswer* all_answers;

// Loads and stores are the instructions themselves; an abort passes over them. Whether EL2 meant it
// the image says: a bus may answer so as well.
template <class Access>
void TryAccess(unsigned cpu, TargetAnswer& answer, Access access) {
  const std::uint64_t before = AbortsOf(cpu).count;
  access();
  answer.kind = AbortsOf(cpu).count == before ? TargetAnswer::kAllowed : TargetAnswer::kInjected;
}

void MakeHvc(unsigned cpu, const TargetOp& op, TargetAnswer& answer) {
  constexpr std::uint32_t kHvcInstruction = 0xd400'0002;
  constexpr std::uint32_t kRet = 0xd65f'03c0;
  std::uint32_t* code = hvc_code[cpu];
  code[0] = kHvcInstruction | op.immediate << 5;
  code[1] = kRet;
  asm volatile("dc cvau, %0\n dsb ish\n ic ivau, %0\n dsb ish\n isb" : : "r"(code) : "memory");
  std::uint64_t x[18];
  for (unsigned i = 0; i < 18; ++i) x[i] = op.x[i];
  payload_hvc(x, code);
  answer.kind = TargetAnswer::kHost;
  for (unsigned i = 0; i < 4; ++i) answer.x[i] = x[i];
}

void StoreWords(unsigned cpu, const TargetOp& op, TargetAnswer& answer) {
  answer.kind = TargetAnswer::kIdle;
  for (unsigned i = 0; i < op.word_count; ++i) {
    TryAccess(cpu, answer, [&] { payload::TryStore(op.address + 8 * i, op.words[i]); });
  }
}

void Ask(Service service, const TargetOp& op, TargetAnswer& answer) {
  Smc(service, reinterpret_cast<std::uint64_t>(&op), reinterpret_cast<std::uint64_t>(&answer));
}

void CarryOut(unsigned cpu, const TargetOp& op, TargetAnswer& answer) {
  Ask(kBeginOp, op, answer);
  const std::uint64_t word = op.address & ~std::uint64_t{7};
  switch (op.kind) {
    case TargetOp::kHvc:
      MakeHvc(cpu, op, answer);
      break;
    case TargetOp::kHostLoad:
      TryAccess(cpu, answer, [&] { payload::TryLoad(word, 0); });
      break;
    case TargetOp::kHostStore:
      TryAccess(cpu, answer, [&] {
        const std::uint64_t before = __atomic_load_n(&stores, __ATOMIC_RELAXED);
        payload::TryStore(word, 0xd000'0000'0000'0001 + before + 1);
      });
      break;
    case TargetOp::kHostWords:
    case TargetOp::kHostList:
      StoreWords(cpu, op, answer);
      break;
    default:
      Ask(kCarryOut, op, answer);
      break;
  }
  Ask(kFinishOp, op, answer);
  if (op.kind == TargetOp::kHostStore && answer.kind == TargetAnswer::kAllowed)
    __atomic_fetch_add(&stores, 1, __ATOMIC_RELAXED);
}

void Post(unsigned cpu, Job job, const TargetScript* script) {
  mailboxes[cpu].script = script;
  __atomic_store_n(&mailboxes[cpu].job, job, __ATOMIC_RELEASE);
}

void AwaitJob(unsigned cpu) {
  while (__atomic_load_n(&mailboxes[cpu].job, __ATOMIC_ACQUIRE) != kNoJob) asm volatile("yield");
}

void AwaitFinished(const TargetAnswer& answer) {
  while (__atomic_load_n(&answer.finished, __ATOMIC_ACQUIRE) == 0) asm volatile("yield");
}

// The operations of a script that are this CPU's.
void RunShare(unsigned cpu, const TargetScript& script) {
  const TargetOp* ops = all_ops + script.first_op;
  TargetAnswer* answers = all_answers + script.first_op;
  std::uint32_t over = 0;  // all below have finished
  for (std::uint32_t i = 0; i < script.op_count; ++i) {
    if (ops[i].cpu != cpu) continue;
    for (std::uint32_t earlier = over; earlier < i; ++earlier) {
      if (ops[earlier].ends_before > i) continue;
      AwaitFinished(answers[earlier]);
      if (earlier == over) ++over;
    }
    CarryOut(cpu, ops[i], answers[i]);
    if (ops[i].is_quiet != 0) {
      while (over < i) AwaitFinished(answers[over++]);
      Ask(kFillState, ops[i], answers[i]);
    }
    __atomic_store_n(&answers[i].finished, 1, __ATOMIC_RELEASE);
  }
}

[[noreturn]] void ServeMailbox(unsigned cpu) {
  Mailbox& mailbox = mailboxes[cpu];
  for (;;) {
    const std::uint32_t job = __atomic_load_n(&mailbox.job, __ATOMIC_ACQUIRE);
    if (job == kNoJob) {
      asm volatile("yield");
      continue;
    }
    if (job == kScriptJob) RunShare(cpu, *mailbox.script);
    if (job == kParkJob) Smc(kPark);
    __atomic_store_n(&mailbox.job, kNoJob, __ATOMIC_RELEASE);
  }
}

void Reset(unsigned cpus) {
  for (unsigned cpu = 1; cpu < cpus; ++cpu) Post(cpu, kParkJob, nullptr);
  Smc(kReset);
  for (unsigned cpu = 1; cpu < cpus; ++cpu) AwaitJob(cpu);
  stores = 0;
}

void RunScript(unsigned cpus, const TargetScript& script) {
  for (unsigned cpu = 1; cpu < cpus; ++cpu) Post(cpu, kScriptJob, &script);
  RunShare(0, script);
  for (unsigned cpu = 1; cpu < cpus; ++cpu) AwaitJob(cpu);
}

// In the directory in which QEMU runs.
[[noreturn]] void WriteAnswers(std::uint64_t bytes) {
  static constexpr char kName[] = "answers";
  const std::uint64_t open[] = {reinterpret_cast<std::uint64_t>(kName), 5,
                                sizeof(kName) - 1};  // "wb"
  const std::uint64_t file = Semihost(0x01, open);
  const std::uint64_t write[] = {file, kAnswerBlob, bytes};
  const std::uint64_t left = Semihost(0x05, write);
  const std::uint64_t close[] = {file};
  Semihost(0x02, close);
  payload::EndQemu(left == 0 ? 0 : 1);
}

[[noreturn]] void ReplayAll() {
  const auto& header = *reinterpret_cast<const ScriptHeader*>(kScriptBlob);
  const auto* scripts = reinterpret_cast<const TargetScript*>(&header + 1);
  all_ops = reinterpret_cast<const TargetOp*>(scripts + header.script_count);
  auto& out = *reinterpret_cast<AnswerHeader*>(kAnswerBlob);
  all_answers = reinterpret_cast<TargetAnswer*>(&out + 1);
  out.magic = kMagic;
  out.op_count = header.op_count;
  const unsigned cpus = static_cast<unsigned>(header.machine.cpus);
  for (std::uint64_t cpu = 1; cpu < cpus; ++cpu)
    Smc(payload::kPsciCpuOn, cpu, reinterpret_cast<std::uint64_t>(&payload_secondary), cpu);
  for (std::uint32_t i = 0; i < header.script_count; ++i) {
    Reset(cpus);
    RunScript(cpus, scripts[i]);
  }
  WriteAnswers(sizeof(AnswerHeader) + header.op_count * sizeof(TargetAnswer));
}

}  // namespace
}  // namespace cadastre::on_target

extern "C" void payload_main(std::uint64_t cpu) {
  if (cpu == 0) cadastre::on_target::ReplayAll();
  cadastre::on_target::ServeMailbox(static_cast<unsigned>(cpu));
}
