// SPDX-License-Identifier: Apache-2.0
// A host that carries out scripts: each operation on the CPU that it names, one after another, and
// at the end writes what came of them to a file by semihosting.
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
enum Job : std::uint32_t { kNoJob, kOperationJob, kParkJob };
struct alignas(64) Mailbox {
  std::uint32_t job;
  const TargetOp* op;
  TargetAnswer* answer;
};
Mailbox mailboxes[kMaxCpus];
std::uint32_t hvc_code[kMaxCpus][2];
std::uint64_t stores = 0;  // of the script so far: makes each host_access word its own

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

void CarryOut(unsigned cpu, const TargetOp& op, TargetAnswer& answer) {
  const std::uint64_t word = op.address & ~std::uint64_t{7};
  switch (op.kind) {
    case TargetOp::kHvc:
      MakeHvc(cpu, op, answer);
      break;
    case TargetOp::kHostLoad:
      TryAccess(cpu, answer, [&] { payload::TryLoad(word, 0); });
      break;
    case TargetOp::kHostStore:
      TryAccess(cpu, answer, [&] { payload::TryStore(word, 0xd000'0000'0000'0001 + stores + 1); });
      break;
    case TargetOp::kHostWords:
    case TargetOp::kHostList:
      StoreWords(cpu, op, answer);
      break;
    default:
      Smc(kCarryOut, reinterpret_cast<std::uint64_t>(&op),
          reinterpret_cast<std::uint64_t>(&answer));
      break;
  }
  Smc(kFinishOp, reinterpret_cast<std::uint64_t>(&op), reinterpret_cast<std::uint64_t>(&answer));
  if (op.kind == TargetOp::kHostStore && answer.kind == TargetAnswer::kAllowed) ++stores;
}

void Post(unsigned cpu, Job job, const TargetOp* op, TargetAnswer* answer) {
  mailboxes[cpu].op = op;
  mailboxes[cpu].answer = answer;
  __atomic_store_n(&mailboxes[cpu].job, job, __ATOMIC_RELEASE);
}

void AwaitJob(unsigned cpu) {
  while (__atomic_load_n(&mailboxes[cpu].job, __ATOMIC_ACQUIRE) != kNoJob) asm volatile("yield");
}

[[noreturn]] void ServeMailbox(unsigned cpu) {
  Mailbox& mailbox = mailboxes[cpu];
  for (;;) {
    const std::uint32_t job = __atomic_load_n(&mailbox.job, __ATOMIC_ACQUIRE);
    if (job == kNoJob) {
      asm volatile("yield");
      continue;
    }
    if (job == kOperationJob) CarryOut(cpu, *mailbox.op, *mailbox.answer);
    if (job == kParkJob) Smc(kPark);
    __atomic_store_n(&mailbox.job, kNoJob, __ATOMIC_RELEASE);
  }
}

void Reset(unsigned cpus) {
  for (unsigned cpu = 1; cpu < cpus; ++cpu) Post(cpu, kParkJob, nullptr, nullptr);
  Smc(kReset);
  for (unsigned cpu = 1; cpu < cpus; ++cpu) AwaitJob(cpu);
  stores = 0;
}

void RunScript(const TargetScript& script, const TargetOp* ops, TargetAnswer* answers) {
  for (std::uint32_t i = script.first_op; i < script.first_op + script.op_count; ++i) {
    const unsigned cpu = ops[i].cpu;
    if (cpu == 0) {
      CarryOut(0, ops[i], answers[i]);
    } else {
      Post(cpu, kOperationJob, &ops[i], &answers[i]);
      AwaitJob(cpu);
    }
  }
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
  const auto* ops = reinterpret_cast<const TargetOp*>(scripts + header.script_count);
  auto& out = *reinterpret_cast<AnswerHeader*>(kAnswerBlob);
  auto* answers = reinterpret_cast<TargetAnswer*>(&out + 1);
  out.magic = kMagic;
  out.op_count = header.op_count;
  const unsigned cpus = static_cast<unsigned>(header.machine.cpus);
  for (std::uint64_t cpu = 1; cpu < cpus; ++cpu)
    Smc(payload::kPsciCpuOn, cpu, reinterpret_cast<std::uint64_t>(&payload_secondary), cpu);
  for (std::uint32_t i = 0; i < header.script_count; ++i) {
    Reset(cpus);
    RunScript(scripts[i], ops, answers);
  }
  WriteAnswers(sizeof(AnswerHeader) + header.op_count * sizeof(TargetAnswer));
}

}  // namespace
}  // namespace cadastre::on_target

extern "C" void payload_main(std::uint64_t cpu) {
  if (cpu == 0) cadastre::on_target::ReplayAll();
  cadastre::on_target::ServeMailbox(static_cast<unsigned>(cpu));
}
