// SPDX-License-Identifier: Apache-2.0
// The payload's first instructions on each CPU, and its exceptions: an abort is noted, and the access
// that met it is passed over.
    .section .head, "ax"
    .global payload_head
payload_head:
    b       start
    .long   0
    .quad   0
    .quad   payload_size
    .quad   0xa
    .quad   0, 0, 0
    .ascii  "ARM\x64"
    .long   0

    .section .text, "ax"
start:
    adrp    x1, bss_start
    add     x1, x1, :lo12:bss_start
    adrp    x2, bss_end
    add     x2, x2, :lo12:bss_end
1:  cmp     x1, x2
    b.hs    2f
    str     xzr, [x1], #8
    b       1b
2:  mov     x0, xzr
    .global payload_secondary
payload_secondary:              // x0: the CPU's number
    adrp    x1, payload_stacks
    add     x1, x1, :lo12:payload_stacks
    add     x2, x0, #1
    add     x1, x1, x2, lsl #14
    mov     sp, x1
    adrp    x1, payload_vectors
    add     x1, x1, :lo12:payload_vectors
    msr     vbar_el1, x1
    msr     tpidr_el1, x0
    mov     x1, #(3 << 20)      // CPACR_EL1.FPEN
    msr     cpacr_el1, x1
    isb
    bl      payload_main
3:  wfi
    b       3b

.macro STUCK
    .balign 0x80
    b       .
.endm
    .balign 0x800
payload_vectors:
    STUCK
    STUCK
    STUCK
    STUCK
    .balign 0x80                // of EL1h, synchronous
    stp     x0, x1, [sp, #-16]!
    mrs     x1, tpidr_el1
    adrp    x0, payload_aborts
    add     x0, x0, :lo12:payload_aborts
    add     x0, x0, x1, lsl #5
    mrs     x1, esr_el1
    str     x1, [x0]
    mrs     x1, far_el1
    str     x1, [x0, #8]
    ldr     x1, [x0, #16]
    add     x1, x1, #1
    str     x1, [x0, #16]
    mrs     x1, elr_el1
    add     x1, x1, #4
    msr     elr_el1, x1
    ldp     x0, x1, [sp], #16
    eret
    STUCK
    STUCK
    STUCK
    STUCK
    STUCK
    STUCK
    STUCK
    .balign 0x80                // of EL0 in AArch32, synchronous: an SVC, or an abort
    mrs     x1, esr_el1
    lsr     x1, x1, #26
    cmp     x1, #0x11
    csinv   x0, x0, xzr, eq
    ldp     x19, x20, [sp], #16
    ldp     x21, x22, [sp], #16
    ldp     x23, x24, [sp], #16
    ldp     x25, x26, [sp], #16
    ldp     x27, x28, [sp], #16
    ldp     x29, x30, [sp], #16
    ret
    STUCK
    STUCK
    STUCK

// uint64_t payload_try_load(address, instead): a load of one word; an abort leaves `instead`.
    .global payload_try_load
payload_try_load:
    mov     x2, x0
    mov     x0, x1
    ldr     x0, [x2]
    ret

// uint64_t payload_load_at_el0_a32(address): a 32-bit load of a program in AArch32 at EL0, ~0 if it
// met an abort.
    .global payload_load_at_el0_a32
payload_load_at_el0_a32:
    stp     x29, x30, [sp, #-16]!
    stp     x27, x28, [sp, #-16]!
    stp     x25, x26, [sp, #-16]!
    stp     x23, x24, [sp, #-16]!
    stp     x21, x22, [sp, #-16]!
    stp     x19, x20, [sp, #-16]!
    mov     x1, x0
    adrp    x2, a32_program
    add     x2, x2, :lo12:a32_program
    msr     elr_el1, x2
    mov     x2, #0x1d0          // User mode, A32, interrupts masked
    msr     spsr_el1, x2
    eret
    .balign 4
a32_program:
    .word   0xe5910000          // ldr r0, [r1]
    .word   0xef000000          // svc #0
