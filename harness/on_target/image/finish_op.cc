// SPDX-License-Identifier: Apache-2.0
// What an answer says beside the registers: the state of the machine, and whether its tables are
// sound, by the part of the oracle that runs at EL2.
#include <new>

#include "harness/on_target/image/replay_el2.h"
#include "service/el2/panic.h"

namespace cadastre::on_target {
namespace {

constexpr std::uint64_t kMaxRamPages = 4096;

struct Auditor {
  oracle::PageSpan ram[TargetMachine::kSpans];
  oracle::PageSpan no_map[TargetMachine::kSpans];
  oracle::PageSpan devices[TargetMachine::kSpans];
  oracle::AuditMachine machine;
  StateDigest<ReplayPlatform> digest;

  Auditor(std::span<oracle::AuditNote> notes) : digest(machine, notes) {}
};
alignas(Auditor) std::byte place[sizeof(Auditor)];
oracle::AuditNote notes[kMaxRamPages];
Auditor* auditor = nullptr;

// Inputs that are none of the core's (service/ABI.md section 13), and the payload's gigabyte.
constexpr oracle::AuditMachine::Own kOwnInputs[] = {
    {.regime = oracle::Regime::kEl2, .inputs = {.first = 0, .count = 1ULL << 27}},
    {.regime = oracle::Regime::kHost, .inputs = {.first = kGigabyte >> 12, .count = 1 << 18}},
};

std::span<const oracle::PageSpan> Convert(const TargetSpan (&told)[TargetMachine::kSpans],
                                          oracle::PageSpan (&out)[TargetMachine::kSpans]) {
  std::size_t count = 0;
  for (const TargetSpan& span : told) {
    if (span.count != 0) out[count++] = {.first = span.first, .count = span.count};
  }
  return {out, count};
}

Auditor& TheAuditor() {
  if (auditor != nullptr) return *auditor;
  const TargetMachine& told = Machine();
  std::uint64_t pages = 0;
  for (const TargetSpan& span : told.ram) pages += span.count;
  if (pages > kMaxRamPages) el2::Panic("the machine has more RAM than this image can audit");
  Auditor& made = *new (place) Auditor({notes, pages});
  made.machine.pa_bits = static_cast<unsigned>(told.pa_bits);
  made.machine.ram.ram = Convert(told.ram, made.ram);
  made.machine.ram.no_map = Convert(told.no_map, made.no_map);
  made.machine.ram.devices = Convert(told.devices, made.devices);
  made.machine.image = {.first = told.image.first, .count = told.image.count};
  made.machine.pool = {.first = told.pool.first, .count = told.pool.count};
  made.machine.record_base = told.records;
  made.machine.own_inputs = kOwnInputs;
  auditor = &made;
  return made;
}

const std::uint64_t* PageWords(const void*, std::uint64_t pfn) {
  return reinterpret_cast<const std::uint64_t*>(pfn << kPageShift);
}

bool IsDevice(std::uint64_t address) {
  const std::uint64_t pfn = address >> kPageShift;
  for (const TargetSpan& span : Machine().devices) {
    if (pfn >= span.first && pfn - span.first < span.count) return true;
  }
  return false;
}

// An abort at EL1 that EL2 did not inject came from a bus without a device: stage 2 let it through.
void JudgeAbort(const TargetOp& op, std::uint64_t injected, TargetAnswer* answer) {
  if (answer->kind == TargetAnswer::kInjected && injected == 0 && IsDevice(op.address))
    answer->kind = TargetAnswer::kAllowed;
  if (op.kind == TargetOp::kHostList && answer->kind != TargetAnswer::kIdle) {
    answer->kind =
        answer->kind == TargetAnswer::kInjected ? TargetAnswer::kIdle : TargetAnswer::kDone;
  }
}

}  // namespace

// A guest may run still that the host had left by the same operation.
void BeginOp(const TargetOp& op, TargetAnswer* answer) {
  ReplayEl2& replay = TheReplay();
  const unsigned cpu = replay.platform.CpuIndex();
  replay.platform.log().Begin(cpu);
  if (op.kind <= TargetOp::kCpuOff && replay.guests[cpu].runs) {
    TargetAnswer ignored;
    CarryOut({.kind = TargetOp::kInterrupt, .cpu = cpu}, &ignored);
    answer->interrupts_guest = 1;
  }
  replay.platform.log().NoteBegin(answer);
}

void FillState(TargetAnswer* answer) {
  ReplayEl2& replay = TheReplay();
  bool runs_guest[kMaxCpus] = {};
  for (unsigned cpu = 0; cpu < Machine().cpus; ++cpu) runs_guest[cpu] = replay.guests[cpu].runs;
  const auto result = TheAuditor().digest.Run(
      replay.platform, replay.hypervisor, {.page_words = &PageWords, .context = nullptr},
      Machine().host_root >> kPageShift, Machine().el2_root >> kPageShift, replay.order,
      {runs_guest, static_cast<std::size_t>(Machine().cpus)});
  answer->state = result.state;
  if (!result.finding) return;
  answer->finding = static_cast<std::uint32_t>(result.finding->invariant) + 1;
  answer->where = result.finding->where;
}

void FinishOp(const TargetOp& op, TargetAnswer* answer) {
  ReplayEl2& replay = TheReplay();
  const unsigned cpu = replay.platform.CpuIndex();
  replay.platform.log().End(cpu, answer);
  const GuestOfCpu& here = replay.guests[cpu];
  if (op.kind == TargetOp::kHvc) {
    if (here.runs) answer->kind = TargetAnswer::kGuest;
    const bool done = answer->x[0] == 0 && answer->x[1] == 0;
    if (!here.runs && done && IsVmCreate(op.x[0]))
      replay.order.NoteCreated(answer->x[2], answer->events[0]);
  }
  JudgeAbort(op, replay.injected[cpu], answer);
  replay.injected[cpu] = 0;
  if (answer->kind == TargetAnswer::kGuest) {
    for (unsigned i = 0; i < 4; ++i) answer->x[i] = here.guest.x[i];
  }
}

}  // namespace cadastre::on_target
