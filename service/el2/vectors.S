// SPDX-License-Identifier: Apache-2.0
// Exceptions taken to EL2 (Arm ARM D1.10). What comes from below by a synchronous exception is a call
// or an abort; everything else is a panic, since no interrupt is routed here while the host runs.
//
// Saved are the registers that a C++ call may change: x0..x18 and x30 (AAPCS64).
#include "service/el2/layout_asm.h"
#include "service/el2/registers_asm.h"

.macro FATAL kind
    .balign 0x80
    mov     x1, #\kind
    b       el2_fatal
.endm

.macro SYNCHRONOUS
    .balign 0x80
    sub     sp, sp, #EL2_FRAME_BYTES
    stp     x0, x1, [sp]
    EACH_X2_TO_X17 stp, sp
    stp     x18, x30, [sp, #144]
    mov     x0, sp
    bl      el2_handle_synchronous
    ldp     x18, x30, [sp, #144]
    EACH_X2_TO_X17 ldp, sp
    ldp     x0, x1, [sp]
    add     sp, sp, #EL2_FRAME_BYTES
    eret
.endm

    .section .text, "ax"
    .balign 0x800
    .global el2_vectors
el2_vectors:
    FATAL 0
    FATAL 1
    FATAL 2
    FATAL 3
    FATAL 4
    FATAL 5
    FATAL 6
    FATAL 7
    SYNCHRONOUS                 // from EL1, or from EL0 in AArch64
    FATAL 9
    FATAL 10
    FATAL 11
    SYNCHRONOUS                 // from EL0 in AArch32: its aborts at stage 2 come here
    FATAL 13
    FATAL 14
    FATAL 15

// The stack may be what is broken: start it anew.
    .global el2_fatal
el2_fatal:                      // x1: the vector
    mrs     x0, tpidr_el2
    STACK_OF(x0, x2, x3)
    mov     x0, x1
    bl      el2_fatal_exception
1:  wfe
    b       1b
