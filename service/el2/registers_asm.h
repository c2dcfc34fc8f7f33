// SPDX-License-Identifier: Apache-2.0
// Registers to and from memory, for assembly.
#ifndef CADASTRE_SERVICE_EL2_REGISTERS_ASM_H_
#define CADASTRE_SERVICE_EL2_REGISTERS_ASM_H_

// x2 to x17 in pairs: `instruction` is STP or LDP, `base` points to where x0 has its place.
.macro EACH_X2_TO_X17 instruction, base
    \instruction x2, x3, [\base, #16]
    \instruction x4, x5, [\base, #32]
    \instruction x6, x7, [\base, #48]
    \instruction x8, x9, [\base, #64]
    \instruction x10, x11, [\base, #80]
    \instruction x12, x13, [\base, #96]
    \instruction x14, x15, [\base, #112]
    \instruction x16, x17, [\base, #128]
.endm

// The same of x18 to x29.
.macro EACH_X18_TO_X29 instruction, base
    \instruction x18, x19, [\base, #144]
    \instruction x20, x21, [\base, #160]
    \instruction x22, x23, [\base, #176]
    \instruction x24, x25, [\base, #192]
    \instruction x26, x27, [\base, #208]
    \instruction x28, x29, [\base, #224]
.endm

// A frame of `bytes`, 96 at least, with what a function keeps for its caller (AAPCS64).
.macro KEEP_CALLERS bytes
    stp     x29, x30, [sp, #-\bytes]!
    stp     x19, x20, [sp, #16]
    stp     x21, x22, [sp, #32]
    stp     x23, x24, [sp, #48]
    stp     x25, x26, [sp, #64]
    stp     x27, x28, [sp, #80]
.endm
.macro RESTORE_CALLERS bytes
    ldp     x19, x20, [sp, #16]
    ldp     x21, x22, [sp, #32]
    ldp     x23, x24, [sp, #48]
    ldp     x25, x26, [sp, #64]
    ldp     x27, x28, [sp, #80]
    ldp     x29, x30, [sp], #\bytes
.endm

// q0 to q31 in pairs, from x0 on.
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

#endif  // CADASTRE_SERVICE_EL2_REGISTERS_ASM_H_
