// SPDX-License-Identifier: Apache-2.0
// Firmware that hands the image the device tree that the test put at 0x4f000000.
    .section .head, "ax"
    .global payload_head
payload_head:
    ldr     x0, =0x4f000000
    ldr     x1, =0x40200000
    br      x1
    .ltorg
