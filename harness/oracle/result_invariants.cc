// SPDX-License-Identifier: Apache-2.0
// What an operation answers: RESULT, REGISTERS_PRESERVED, GUEST_REGISTERS, RUN_PAGE.
#include "harness/oracle/operation.h"

namespace cadastre::oracle {
namespace {

constexpr unsigned kResultRegisters = 4;
constexpr unsigned kGeneralRegisters = 31;

using Hex = unsigned long long;

const char* NameOf(const AnswerView& view) {
  if (view.judgement.call != nullptr) return view.judgement.call->name;
  return view.operation.trap == Trap::kHostHvc ? "unknown call" : "guest trap";
}

// First register that answers: all of x0 to x3 after a known call, x0 alone after an unknown one.
unsigned AnswerRegisters(const AnswerView& view) {
  const bool unknown =
      view.operation.trap == Trap::kHostHvc && view.judgement.outcome == Outcome::kUnknown;
  return unknown ? 1 : kResultRegisters;
}

// Whether the host runs next with registers that something was answered in.
bool AnswersHost(const AnswerView& view) {
  if (view.operation.trap == Trap::kHostAbort || view.operation.trap == Trap::kCpuOff) return false;
  return view.answer.next == Next::kHost && view.judgement.expected.answer.next == Next::kHost;
}

const char* NameOf(Next next) { return next == Next::kHost ? "the host" : "the guest"; }

std::uint64_t RegisterOf(const GuestRegisters& registers, unsigned index) {
  if (index < kGeneralRegisters) return registers.x[index];
  return index == kGeneralRegisters ? registers.pc : registers.pstate;
}

}  // namespace

// RESULT: x0 to x3 are what the specification says, and so is who runs next.
void AssertResult(const AnswerView& view, Report& report) {
  const Next next = view.judgement.expected.answer.next;
  if (view.answer.next != next) {
    report.Fire(Invariant::kResult,
                Format("%s: %s runs next, not %s (row %u)", NameOf(view), NameOf(view.answer.next),
                       NameOf(next), view.judgement.expected.row));
  }
  if (!AnswersHost(view)) return;
  const Registers& expected = view.judgement.expected.answer.registers;
  const Registers& x = view.answer.registers;
  for (unsigned i = 0; i < AnswerRegisters(view); ++i) {
    if (x[i] == expected[i]) continue;
    report.Fire(
        Invariant::kResult,
        Format("%s: x%u is 0x%llx, expected 0x%llx (row %u); x1..x3 are 0x%llx 0x%llx 0x%llx",
               NameOf(view), i, Hex{x[i]}, Hex{expected[i]}, view.judgement.expected.row, Hex{x[1]},
               Hex{x[2]}, Hex{x[3]}));
    return;
  }
}

// REGISTERS_PRESERVED: what is no answer is what the host passed.
void AssertRegistersPreserved(const AnswerView& view, Report& report) {
  if (!AnswersHost(view)) return;
  const Registers& before = view.judgement.expected.answer.registers;
  const Registers& x = view.answer.registers;
  for (unsigned i = AnswerRegisters(view); i < x.size(); ++i) {
    if (x[i] == before[i]) continue;
    report.Fire(Invariant::kRegistersPreserved, Format("%s: x%u was 0x%llx and is 0x%llx",
                                                       NameOf(view), i, Hex{before[i]}, Hex{x[i]}));
    return;
  }
}

// GUEST_REGISTERS: a vCPU runs on with the registers that S says.
void AssertGuestRegisters(const AnswerView& view, Report& report) {
  const Answer& expected = view.judgement.expected.answer;
  if (view.answer.next != Next::kGuest || expected.next != Next::kGuest) return;
  for (unsigned i = 0; i < kGeneralRegisters + 2; ++i) {
    const std::uint64_t got = RegisterOf(view.answer.guest, i);
    const std::uint64_t wanted = RegisterOf(expected.guest, i);
    if (got == wanted) continue;
    report.Fire(Invariant::kGuestRegisters,
                Format("%s: %s%u is 0x%llx, expected 0x%llx (row %u)", NameOf(view),
                       i < kGeneralRegisters ? "x" : "PC, PSTATE from x", i, Hex{got}, Hex{wanted},
                       view.judgement.expected.row));
    return;
  }
}

// RUN_PAGE: an exit stores all words of the run page, in ascending order and as S says.
void AssertRunPage(const AnswerView& view, Report& report) {
  if (!view.judgement.run_page) return;
  const RunPage& page = *view.judgement.run_page;
  unsigned next = 0;
  for (const Event& event : view.events) {
    if (!IsMemoryStore(event.kind) || event.address >> kPageShift != page.pfn) continue;
    const bool fits = event.kind == EventKind::kStore && next < kRunPageWords &&
                      event.address == (page.pfn << kPageShift) + next * 8;
    if (!fits || event.value != page.words[next]) {
      report.Fire(Invariant::kRunPage,
                  Format("store of 0x%llx at 0x%llx, expected 0x%llx in word %u", Hex{event.value},
                         Hex{event.address}, Hex{fits ? page.words[next] : 0}, next));
      return;
    }
    ++next;
  }
  if (next != kRunPageWords)
    report.Fire(Invariant::kRunPage, Format("only %u words of the run page were stored", next));
}

}  // namespace cadastre::oracle
