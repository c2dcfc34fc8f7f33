// SPDX-License-Identifier: Apache-2.0
// What a compiler may call for a copy or a comparison of its own making (bazel/freestanding_test.sh).
// Objects are mostly of whole words: words at a time where both sides are aligned, for stage 1 may
// hold Device memory, which faults otherwise; bytes for the rest.
    .section .text, "ax"

// void* memcpy(to, from, bytes)
    .global memcpy
memcpy:
    mov     x3, x0
    orr     x4, x0, x1
    tst     x4, #7
    b.ne    3f
1:  subs    x2, x2, #16
    b.lo    2f
    ldp     x4, x5, [x1], #16
    stp     x4, x5, [x3], #16
    b       1b
2:  tbz     x2, #3, 6f
    ldr     x4, [x1], #8
    str     x4, [x3], #8
6:  and     x2, x2, #7
3:  cbz     x2, 5f
4:  ldrb    w4, [x1], #1
    strb    w4, [x3], #1
    subs    x2, x2, #1
    b.ne    4b
5:  ret

// void* memmove(to, from, bytes)
    .global memmove
memmove:
    cmp     x0, x1
    b.ls    memcpy
    cbz     x2, 2f
    add     x1, x1, x2
    add     x3, x0, x2
1:  ldrb    w4, [x1, #-1]!
    strb    w4, [x3, #-1]!
    subs    x2, x2, #1
    b.ne    1b
2:  ret

// void* memset(to, value, bytes)
    .global memset
memset:
    mov     x3, x0
    and     x1, x1, #0xff
    tst     x0, #7
    b.ne    3f
    orr     x1, x1, x1, lsl #8
    orr     x1, x1, x1, lsl #16
    orr     x1, x1, x1, lsl #32
1:  subs    x2, x2, #16
    b.lo    2f
    stp     x1, x1, [x3], #16
    b       1b
2:  tbz     x2, #3, 6f
    str     x1, [x3], #8
6:  and     x2, x2, #7
3:  cbz     x2, 5f
4:  strb    w1, [x3], #1
    subs    x2, x2, #1
    b.ne    4b
5:  ret

// int memcmp(a, b, bytes)
    .global memcmp
memcmp:
    cbz     x2, 2f
1:  ldrb    w3, [x0], #1
    ldrb    w4, [x1], #1
    cmp     w3, w4
    b.ne    3f
    subs    x2, x2, #1
    b.ne    1b
2:  mov     w0, wzr
    ret
3:  sub     w0, w3, w4
    ret
