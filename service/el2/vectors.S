// SPDX-License-Identifier: Apache-2.0
// Exceptions taken to EL2 (Arm ARM D1.10). What comes from below by a synchronous exception is the
// host's; everything else is a panic, since no interrupt is routed here while the host runs.
//
// Saved are the registers that a C++ call may change: x0..x18 and x30 (AAPCS64). An access that EL2 carries out for the
// host may name any register: then the others are there again when C++ returns, and are handed over too.
#include "service/el2/layout_asm.h"
#include "service/el2/registers_asm.h"

.macro FATAL kind
    .balign 0x80
    msr     tpidr_el0, x0       // EL1 and EL0 never run again
    mov     x0, #\kind
    b       el2_fatal
.endm

.macro RETURN_TO_HOST
    ldp     x18, x30, [sp, #144]
    EACH_X2_TO_X17 ldp, sp
    ldp     x0, x1, [sp]
    add     sp, sp, #EL2_FRAME_BYTES
    eret
.endm

.macro SYNCHRONOUS
    .balign 0x80
    sub     sp, sp, #EL2_FRAME_BYTES
    stp     x0, x1, [sp]
    EACH_X2_TO_X17 stp, sp
    stp     x18, x30, [sp, #144]
    mov     x0, sp
    bl      el2_handle_synchronous
    cbnz    x0, device_access
    RETURN_TO_HOST
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

device_access:
    KEEP_CALLERS EL2_CALLERS_FRAME_BYTES
    add     x0, sp, #EL2_CALLERS_FRAME_BYTES
    mov     x1, sp
    bl      el2_handle_device_access
    RESTORE_CALLERS EL2_CALLERS_FRAME_BYTES
    RETURN_TO_HOST

// The stack may be what is broken: start it anew. Registers that are needed rest in those of EL1 meanwhile.
    .global el2_fatal
el2_fatal:                      // x0: the vector, TPIDR_EL0: x0 of who was interrupted
    msr     tpidrro_el0, x1
    msr     far_el1, x2
    msr     elr_el1, x3
    msr     tpidr_el1, x0
    mov     x0, sp
    mrs     x1, tpidr_el2
    STACK_OF(x1, x2, x3)
    sub     sp, sp, #EL2_FATAL_FRAME_BYTES
    mrs     x2, far_el1
    mrs     x3, elr_el1
    EACH_X2_TO_X17 stp, sp
    EACH_X18_TO_X29 stp, sp
    mrs     x2, tpidr_el0
    mrs     x3, tpidrro_el0
    stp     x2, x3, [sp]
    stp     x30, x0, [sp, #240]
    mrs     x0, tpidr_el1
    mov     x1, sp
    bl      el2_fatal_exception
1:  wfe
    b       1b
