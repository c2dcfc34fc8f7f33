// SPDX-License-Identifier: Apache-2.0
// From firmware to C++: the head of an arm64 Image, the first CPU, and the CPUs that PSCI CPU_ON
// starts. The MMU is off, and so all memory is Device-like: no unaligned access.
#include "service/el2/layout_asm.h"

    .section .head, "ax"
    .global image_head
image_head:
    b       start_first
    .long   0
    .quad   image_text_offset
    .quad   image_size
    .quad   0xa                 // little-endian, 4 KiB pages, anywhere in RAM
    .quad   0, 0, 0
    .ascii  "ARM\x64"
    .long   0

// SP_EL2 is the stack, and the registers of EL2 have the meaning that they have without FEAT_VHE (E2H).
.macro KNOWN_STATE
    msr     spsel, #1
    mov     x1, #(1 << 31)      // HCR_EL2.RW
    msr     hcr_el2, x1
    isb
.endm

    .section .text, "ax"
// x0: physical address of the device tree.
start_first:
    msr     daifset, #0xf
    mrs     x1, CurrentEL
    cmp     x1, #(2 << 2)
    b.ne    halt                // whoever started us at EL1 has taken what the image is for
    KNOWN_STATE
    mov     x19, x0
    adrp    x2, bss_start
    adrp    x3, bss_end
1:  cmp     x2, x3
    b.hs    2f
    stp     xzr, xzr, [x2], #16
    b       1b
2:  mov     x0, xzr
    bl      set_stack
    mov     x0, x19
    bl      el2_main
    b       halt

// x0: the index that CPU_ON gave as context.
    .global start_secondary
start_secondary:
    msr     daifset, #0xf
    KNOWN_STATE
    mov     x19, x0
    bl      set_stack
    mov     x0, x19
    bl      el2_secondary_main
halt:
    wfe
    b       halt

// Stack and vectors of CPU x0. Below each stack lies a page that is never mapped.
set_stack:
    STACK_OF(x0, x1, x2)
    msr     tpidr_el2, x0
    adrp    x1, el2_vectors
    add     x1, x1, :lo12:el2_vectors
    msr     vbar_el2, x1
    isb
    ret

// void el2_enable_mmu(ttbr0, tcr, mair, sctlr)
    .global el2_enable_mmu
el2_enable_mmu:
    msr     mair_el2, x2
    msr     tcr_el2, x1
    msr     ttbr0_el2, x0
    isb
    tlbi    alle2
    dsb     nsh
    ic      iallu
    dsb     nsh
    isb
    msr     sctlr_el2, x3
    isb
    ret

// [[noreturn]] void el2_enter_host(x0, entry, stack): the host's first instruction on this CPU, with x0
// and every other register zero.
    .global el2_enter_host
el2_enter_host:
    msr     elr_el2, x1
    mov     x1, #0x3c5          // EL1h, DAIF set
    msr     spsr_el2, x1
    mov     sp, x2
    mov     x1, xzr
    mov     x2, xzr
    mov     x3, xzr
    mov     x4, xzr
    mov     x5, xzr
    mov     x6, xzr
    mov     x7, xzr
    mov     x8, xzr
    mov     x9, xzr
    mov     x10, xzr
    mov     x11, xzr
    mov     x12, xzr
    mov     x13, xzr
    mov     x14, xzr
    mov     x15, xzr
    mov     x16, xzr
    mov     x17, xzr
    mov     x18, xzr
    mov     x19, xzr
    mov     x20, xzr
    mov     x21, xzr
    mov     x22, xzr
    mov     x23, xzr
    mov     x24, xzr
    mov     x25, xzr
    mov     x26, xzr
    mov     x27, xzr
    mov     x28, xzr
    mov     x29, xzr
    mov     x30, xzr
    eret

    .section .stacks, "aw", @nobits
    .balign 4096
    .global el2_stacks
el2_stacks:
    .skip   EL2_STACK_STRIDE * EL2_CPUS
