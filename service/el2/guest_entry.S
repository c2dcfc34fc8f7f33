// SPDX-License-Identifier: Apache-2.0
// Into a guest and back: el2_run_guest looks to C++ like a call that returns when the guest traps.
#include "service/el2/layout_asm.h"

    .section .text, "ax"
// uint64_t el2_run_guest(GuestRegisters*): the guest goes on with these; returns the number of the
// vector by which it came back, with what it held then.
    .global el2_run_guest
el2_run_guest:
    stp     x29, x30, [sp, #-112]!
    stp     x19, x20, [sp, #16]
    stp     x21, x22, [sp, #32]
    stp     x23, x24, [sp, #48]
    stp     x25, x26, [sp, #64]
    stp     x27, x28, [sp, #80]
    str     x0, [sp, #96]
    adrp    x1, guest_vectors
    add     x1, x1, :lo12:guest_vectors
    msr     vbar_el2, x1
    ldp     x1, x2, [x0, #EL2_GUEST_PC]
    msr     elr_el2, x1
    msr     spsr_el2, x2
    ldp     x2, x3, [x0, #16]
    ldp     x4, x5, [x0, #32]
    ldp     x6, x7, [x0, #48]
    ldp     x8, x9, [x0, #64]
    ldp     x10, x11, [x0, #80]
    ldp     x12, x13, [x0, #96]
    ldp     x14, x15, [x0, #112]
    ldp     x16, x17, [x0, #128]
    ldp     x18, x19, [x0, #144]
    ldp     x20, x21, [x0, #160]
    ldp     x22, x23, [x0, #176]
    ldp     x24, x25, [x0, #192]
    ldp     x26, x27, [x0, #208]
    ldp     x28, x29, [x0, #224]
    ldr     x30, [x0, #240]
    ldp     x0, x1, [x0]
    isb                         // what C++ wrote to system registers holds from here on
    eret

// sp is as after el2_run_guest's first instructions, less 16 for x0 and x1; x1: the vector.
guest_came_back:
    ldr     x0, [sp, #112]
    stp     x2, x3, [x0, #16]
    stp     x4, x5, [x0, #32]
    stp     x6, x7, [x0, #48]
    stp     x8, x9, [x0, #64]
    stp     x10, x11, [x0, #80]
    stp     x12, x13, [x0, #96]
    stp     x14, x15, [x0, #112]
    stp     x16, x17, [x0, #128]
    stp     x18, x19, [x0, #144]
    stp     x20, x21, [x0, #160]
    stp     x22, x23, [x0, #176]
    stp     x24, x25, [x0, #192]
    stp     x26, x27, [x0, #208]
    stp     x28, x29, [x0, #224]
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
    ldp     x19, x20, [sp, #16]
    ldp     x21, x22, [sp, #32]
    ldp     x23, x24, [sp, #48]
    ldp     x25, x26, [sp, #64]
    ldp     x27, x28, [sp, #80]
    ldp     x29, x30, [sp], #112
    ret

.macro FROM_GUEST number
    .balign 0x80
    stp     x0, x1, [sp, #-16]!
    mov     x1, #\number
    b       guest_came_back
.endm
.macro OF_EL2 number
    .balign 0x80
    mov     x1, #\number
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

.macro EACH_Q instruction
    \instruction q0, q1, [x0]
    \instruction q2, q3, [x0, #32]
    \instruction q4, q5, [x0, #64]
    \instruction q6, q7, [x0, #96]
    \instruction q8, q9, [x0, #128]
    \instruction q10, q11, [x0, #160]
    \instruction q12, q13, [x0, #192]
    \instruction q14, q15, [x0, #224]
    \instruction q16, q17, [x0, #256]
    \instruction q18, q19, [x0, #288]
    \instruction q20, q21, [x0, #320]
    \instruction q22, q23, [x0, #352]
    \instruction q24, q25, [x0, #384]
    \instruction q26, q27, [x0, #416]
    \instruction q28, q29, [x0, #448]
    \instruction q30, q31, [x0, #480]
.endm

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
