// SPDX-License-Identifier: Apache-2.0
// vcpu_run with every register full of a pattern, so that anything of the guest's would be seen.
#include "service/el2/registers_asm.h"

    .section .text, "ax"
    .arch_extension fp
    .arch_extension simd
// void payload_vcpu_run(Seen*): what the registers hold after the call.
    .global payload_vcpu_run
payload_vcpu_run:
    KEEP_CALLERS 112
    str     x0, [sp, #96]
    ldr     x4, =0x7a77e4217a77e421     // kPattern
    .irp n, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30
    mov     x\n, x4
    .endr
    .irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
    dup     v\n\().2d, x4
    .endr
    msr     tpidr_el0, x4
    msr     tpidrro_el0, x4
    msr     far_el1, x4
    ldr     x0, =0xc600005c             // CADASTRE_CALL_VCPU_RUN
    mov     x1, xzr
    mov     x2, xzr
    mov     x3, xzr
    hvc     #0
    stp     x0, x1, [sp, #-16]!
    ldr     x0, [sp, #112]
    EACH_X2_TO_X17 stp, x0
    EACH_X18_TO_X29 stp, x0
    str     x30, [x0, #240]
    ldp     x2, x3, [sp], #16
    stp     x2, x3, [x0]
    mrs     x2, tpidr_el0
    mrs     x3, tpidrro_el0
    mrs     x4, far_el1
    str     x2, [x0, #248]
    stp     x3, x4, [x0, #256]
    add     x0, x0, #272
    EACH_Q stp
    RESTORE_CALLERS 112
    ret
