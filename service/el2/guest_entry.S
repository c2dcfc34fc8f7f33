// SPDX-License-Identifier: Apache-2.0
// Into a guest and back: el2_run_guest looks to C++ like a call that returns when the guest traps.
#include "service/el2/layout_asm.h"
#include "service/el2/registers_asm.h"

    .section .text, "ax"
// uint64_t el2_run_guest(GuestRegisters*): the guest goes on with these; returns the number of the
// vector by which it came back, with what it held then.
    .global el2_run_guest
el2_run_guest:
    KEEP_CALLERS 112
    str     x0, [sp, #96]
    adrp    x1, guest_vectors
    add     x1, x1, :lo12:guest_vectors
    msr     vbar_el2, x1
    ldp     x1, x2, [x0, #EL2_GUEST_PC]
    msr     elr_el2, x1
    msr     spsr_el2, x2
    EACH_X2_TO_X17 ldp, x0
    EACH_X18_TO_X29 ldp, x0
    ldr     x30, [x0, #240]
    ldp     x0, x1, [x0]
    isb                         // what C++ wrote to system registers holds from here on
    eret

// sp is as after el2_run_guest's first instructions, less 16 for x0 and x1; x1: the vector.
guest_came_back:
    ldr     x0, [sp, #112]
    EACH_X2_TO_X17 stp, x0
    EACH_X18_TO_X29 stp, x0
    str     x30, [x0, #240]
    ldp     x2, x3, [sp], #16
    stp     x2, x3, [x0]
    mrs     x2, elr_el2
    mrs     x3, spsr_el2
    stp     x2, x3, [x0, #EL2_GUEST_PC]
    adrp    x2, el2_vectors
    add     x2, x2, :lo12:el2_vectors
    msr     vbar_el2, x2
    isb
    mov     x0, x1
    RESTORE_CALLERS 112
    ret

.macro FROM_GUEST number
    .balign 0x80
    stp     x0, x1, [sp, #-16]!
    mov     x1, #\number
    b       guest_came_back
.endm
.macro OF_EL2 number
    .balign 0x80
    msr     tpidr_el0, x0       // as el2_fatal wants it
    mov     x0, #\number
    b       el2_fatal
.endm

    .balign 0x800
guest_vectors:
    OF_EL2 0
    OF_EL2 1
    OF_EL2 2
    OF_EL2 3
    OF_EL2 4
    OF_EL2 5
    OF_EL2 6
    OF_EL2 7
    FROM_GUEST 8
    FROM_GUEST 9
    FROM_GUEST 10
    FROM_GUEST 11
    FROM_GUEST 12
    FROM_GUEST 13
    FROM_GUEST 14
    FROM_GUEST 15

// void el2_save_fp(FloatingPoint*), void el2_restore_fp(const FloatingPoint*)
    .arch_extension fp
    .arch_extension simd
    .global el2_save_fp
el2_save_fp:
    EACH_Q stp
    mrs     x1, fpcr
    mrs     x2, fpsr
    add     x0, x0, #512
    stp     x1, x2, [x0]
    ret
    .global el2_restore_fp
el2_restore_fp:
    EACH_Q ldp
    add     x0, x0, #512
    ldp     x1, x2, [x0]
    msr     fpcr, x1
    msr     fpsr, x2
    ret

// void el2_save_sve(Sve*), void el2_restore_sve(const Sve*): where the processor has SVE. A register
// takes as many bytes as this CPU's vectors have.
    .arch_extension sve
.macro EACH_Z instruction
    .irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
    \instruction z\n, [x0, #\n, mul vl]
    .endr
.endm
.macro EACH_P instruction
    .irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
    \instruction p\n, [x1, #\n, mul vl]
    .endr
.endm
    .global el2_save_sve
el2_save_sve:
    add     x1, x0, #8192
    add     x2, x1, #512
    EACH_Z str
    EACH_P str
    rdffr   p0.b
    str     p0, [x2]
    mrs     x3, fpcr
    mrs     x4, fpsr
    stp     x3, x4, [x2, #32]
    ret
    .global el2_restore_sve
el2_restore_sve:
    add     x1, x0, #8192
    add     x2, x1, #512
    ldr     p0, [x2]
    wrffr   p0.b
    EACH_Z ldr
    EACH_P ldr
    ldp     x3, x4, [x2, #32]
    msr     fpcr, x3
    msr     fpsr, x4
    ret
