// SPDX-License-Identifier: Apache-2.0
// The guest's first instructions, its exceptions, and a wait with every register full.
#include "service/el2/registers_asm.h"

#define STACK_END 0x90001000    // kGuestStack + 4096
#define STACK_END_1 0x90005000  // kGuestStack1 + 4096

    .section .text.guest_head, "ax"
    .balign 4096
    .global guest_start
guest_start:                    // x0: the role
    ldr     x1, =STACK_END
    mov     sp, x1
    bl      guest_vectors_on
    bl      guest_main
    b       .
    .global guest_start_1
guest_start_1:                  // x0: the context that CPU_ON gave
    ldr     x1, =STACK_END_1
    mov     sp, x1
    bl      guest_vectors_on
    bl      guest_main_1
    b       .
    .ltorg

guest_vectors_on:
    adrp    x1, guest_vectors
    add     x1, x1, :lo12:guest_vectors
    msr     vbar_el1, x1
    msr     tpidr_el1, xzr
    mov     x1, #(3 << 20)      // CPACR_EL1.FPEN
    msr     cpacr_el1, x1
    isb
    ret

// Passes over the instruction, and counts.
    .balign 0x800
guest_vectors:
    .skip   0x200
    stp     x0, x1, [sp, #-16]!
    mrs     x0, tpidr_el1
    add     x0, x0, #1
    msr     tpidr_el1, x0
    mrs     x0, elr_el1
    add     x0, x0, #4
    msr     elr_el1, x0
    ldp     x0, x1, [sp], #16
    eret
    .balign 0x80
    .skip   0x580

// uint64_t guest_wait_with_secrets(secret): WFI with the secret in every register; 1 if it is in all
// of them afterwards.
    .arch_extension fp
    .arch_extension simd
    .global guest_wait_with_secrets
guest_wait_with_secrets:
    KEEP_CALLERS 96
    .irp n, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30
    mov     x\n, x0
    .endr
    .irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
    dup     v\n\().2d, x0
    .endr
    msr     tpidr_el0, x0
    msr     tpidrro_el0, x0
    msr     contextidr_el1, x0
    msr     far_el1, x0
    wfi
    eor     x1, x1, x0          // gathers what is not the secret any more
    .irp n, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30
    eor     x\n, x\n, x0
    orr     x1, x1, x\n
    .endr
    .irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
    mov     x2, v\n\().d[0]
    eor     x2, x2, x0
    orr     x1, x1, x2
    mov     x2, v\n\().d[1]
    eor     x2, x2, x0
    orr     x1, x1, x2
    .endr
    .irp name, tpidr_el0, tpidrro_el0, far_el1
    mrs     x2, \name
    eor     x2, x2, x0
    orr     x1, x1, x2
    .endr
    mrs     x2, contextidr_el1
    eor     w2, w2, w0          // 32 bits wide
    orr     x1, x1, x2
    cmp     x1, #0
    cset    x0, eq
    RESTORE_CALLERS 96
    ret
