// SPDX-License-Identifier: Apache-2.0
// Numbers that assembly and C++ share.
#ifndef CADASTRE_SERVICE_EL2_LAYOUT_ASM_H_
#define CADASTRE_SERVICE_EL2_LAYOUT_ASM_H_

#define EL2_CPUS 16              // kMaxCpus
#define EL2_STACK_STRIDE 0x5000  // a guard page below four pages of stack
#define EL2_FRAME_BYTES 160      // sizeof(TrapFrame)
#define EL2_CALLERS_FRAME_BYTES 96  // sizeof(CallersFrame), traps.cc
#define EL2_FATAL_FRAME_BYTES 256  // sizeof(Interrupted), panic.cc
#define EL2_GUEST_PC 248         // offset of GuestRegisters::pc; pstate follows

#ifdef __ASSEMBLER__
// sp = the top of CPU `cpu`'s stack; changes `to` and `scratch`. Each is a register.
#define STACK_OF(cpu, to, scratch)   \
  adrp to, el2_stacks;               \
  add to, to, :lo12:el2_stacks;   \
  mov scratch, #EL2_STACK_STRIDE;    \
  madd to, scratch, cpu, to;         \
  add to, to, scratch;               \
  mov sp, to
#endif

#endif  // CADASTRE_SERVICE_EL2_LAYOUT_ASM_H_
