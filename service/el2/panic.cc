// SPDX-License-Identifier: Apache-2.0
// The end: what happened, and the registers that say where. Nothing that a host or guest does leads
// here.
#include "service/el2/panic.h"

#include "service/boot_info.h"
#include "service/el2/console.h"
#include "service/el2/layout_asm.h"
#include "service/el2/sysreg.h"

namespace cadastre::el2 {
namespace {

// As vectors.S stores them.
struct Interrupted {
  std::uint64_t x[31];  // x0..x30
  std::uint64_t sp;
};
static_assert(sizeof(Interrupted) == EL2_FATAL_FRAME_BYTES);

bool panicked[kMaxCpus];
void (*page_report)(std::uint64_t address) = nullptr;

[[noreturn]] void Halt() {
  for (;;) asm volatile("wfe");
}

// A CPU panics once: one that does so again met an exception while it printed.
std::uint64_t EnterPanic() {
  const std::uint64_t cpu = CADASTRE_READ_SYSREG(tpidr_el2);
  if (cpu >= kMaxCpus || panicked[cpu]) Halt();
  panicked[cpu] = true;
  return cpu;
}

void PrintSystemRegisters() {
  Print("  esr ", CADASTRE_READ_SYSREG(esr_el2), " elr ", CADASTRE_READ_SYSREG(elr_el2), " far ",
        CADASTRE_READ_SYSREG(far_el2), " hpfar ", CADASTRE_READ_SYSREG(hpfar_el2));
  Print("  spsr ", CADASTRE_READ_SYSREG(spsr_el2), " vttbr ", CADASTRE_READ_SYSREG(vttbr_el2),
        " sctlr ", CADASTRE_READ_SYSREG(sctlr_el2), " hcr ", CADASTRE_READ_SYSREG(hcr_el2));
}

void PrintRegisters(const Interrupted& at) {
  const std::uint64_t* x = at.x;
  Print("  x0 ", x[0], " x1 ", x[1], " x2 ", x[2], " x3 ", x[3]);
  Print("  x4 ", x[4], " x5 ", x[5], " x6 ", x[6], " x7 ", x[7]);
  Print("  x8 ", x[8], " x9 ", x[9], " x10 ", x[10], " x11 ", x[11]);
  Print("  x12 ", x[12], " x13 ", x[13], " x14 ", x[14], " x15 ", x[15]);
  Print("  x16 ", x[16], " x17 ", x[17], " x18 ", x[18], " x19 ", x[19]);
  Print("  x20 ", x[20], " x21 ", x[21], " x22 ", x[22], " x23 ", x[23]);
  Print("  x24 ", x[24], " x25 ", x[25], " x26 ", x[26], " x27 ", x[27]);
  Print("  x28 ", x[28], " x29 ", x[29], " x30 ", x[30], " sp ", at.sp);
}

// An abort taken from EL2 itself: what FAR_EL2 says is its address.
bool IsAbortAtEl2(std::uint64_t esr) {
  const std::uint64_t ec = esr >> 26;
  return ec == 0b100001 || ec == 0b100101;
}

}  // namespace

void SetPageReport(void (*report)(std::uint64_t address)) { page_report = report; }

void Panic(const char* reason) {
  const std::uint64_t cpu = EnterPanic();
  Print("PANIC on CPU ", cpu, ": ", reason);
  PrintSystemRegisters();
  Halt();
}

}  // namespace cadastre::el2

// From vectors.S: an exception that nothing should cause; `vector` its number from VBAR_EL2 on.
extern "C" void el2_fatal_exception(std::uint64_t vector, const void* interrupted) {
  using namespace cadastre::el2;
  const std::uint64_t cpu = EnterPanic();
  Print("PANIC on CPU ", cpu, ": an exception that EL2 does not expect, at vector ", vector);
  PrintSystemRegisters();
  PrintRegisters(*static_cast<const Interrupted*>(interrupted));
  if (page_report != nullptr && IsAbortAtEl2(CADASTRE_READ_SYSREG(esr_el2)))
    page_report(CADASTRE_READ_SYSREG(far_el2));
  Halt();
}
