// SPDX-License-Identifier: Apache-2.0
#include "service/el2/registers_asm.h"

    .section .text, "ax"
// void payload_hvc(uint64_t* x, const uint32_t* code): calls `code`, an HVC and a RET, with x0..x17
// from `x`, and stores there what they hold then.
    .global payload_hvc
payload_hvc:
    stp     x29, x30, [sp, #-32]!
    stp     x19, x20, [sp, #16]
    mov     x19, x0
    mov     x20, x1
    EACH_X2_TO_X17 ldp, x19
    ldp     x0, x1, [x19]
    blr     x20
    stp     x0, x1, [x19]
    EACH_X2_TO_X17 stp, x19
    ldp     x19, x20, [sp, #16]
    ldp     x29, x30, [sp], #32
    ret
