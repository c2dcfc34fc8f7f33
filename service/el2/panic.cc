// SPDX-License-Identifier: Apache-2.0
// The end: what happened, and the registers that say where. Nothing that a host or guest does leads
// here.
#include "service/el2/panic.h"

#include "service/boot_info.h"
#include "service/el2/console.h"
#include "service/el2/sysreg.h"

namespace cadastre::el2 {
namespace {

bool panicked[kMaxCpus];

[[noreturn]] void Halt() {
  for (;;) asm volatile("wfe");
}

void PrintRegisters() {
  Print("  esr ", CADASTRE_READ_SYSREG(esr_el2), " elr ", CADASTRE_READ_SYSREG(elr_el2), " far ",
        CADASTRE_READ_SYSREG(far_el2), " hpfar ", CADASTRE_READ_SYSREG(hpfar_el2));
  Print("  spsr ", CADASTRE_READ_SYSREG(spsr_el2), " vttbr ", CADASTRE_READ_SYSREG(vttbr_el2),
        " sctlr ", CADASTRE_READ_SYSREG(sctlr_el2), " hcr ", CADASTRE_READ_SYSREG(hcr_el2));
}

}  // namespace

void Panic(const char* reason) {
  const std::uint64_t cpu = CADASTRE_READ_SYSREG(tpidr_el2);
  if (cpu >= kMaxCpus || panicked[cpu]) Halt();  // while it printed
  panicked[cpu] = true;
  Print("PANIC on CPU ", cpu, ": ", reason);
  PrintRegisters();
  Halt();
}

}  // namespace cadastre::el2

// From vectors.S: an exception that nothing should cause; `vector` its number from VBAR_EL2 on.
extern "C" void el2_fatal_exception(std::uint64_t vector) {
  cadastre::el2::Print("exception at vector ", vector);
  cadastre::el2::Panic("an exception that EL2 does not expect");
}
