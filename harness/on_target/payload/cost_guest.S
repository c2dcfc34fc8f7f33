// SPDX-License-Identifier: Apache-2.0
// A guest, one page, that makes each of its calls behind the marker HINT #126, waits, and then
// touches what it does not have. One of its calls that fails is an HVC exit instead of the wait.

#define SHARED_IPA 0x2000       // cost_vm.cc: kSharedGfn
#define LENT_IPA   0x3000       // kLentGfn
#define NO_IPA     0x4000

    .macro  GUEST_CALL id, ipa
    mov     x0, #(\id & 0xffff)
    movk    x0, #(\id >> 16), lsl #16
    mov     x1, #\ipa
    mov     x2, #0
    mov     x3, #0
    hint    #126
    hvc     #0
    .endm

    .section .text
    .balign 4096
    .global cost_guest
cost_guest:
    GUEST_CALL 0xc6000002, 0            // meminfo
    cmp     x0, #4096
    b.ne    refused
    GUEST_CALL 0xc6000003, SHARED_IPA   // share_host
    cbnz    x0, refused
    GUEST_CALL 0xc6000004, SHARED_IPA   // unshare_host
    cbnz    x0, refused
    GUEST_CALL 0xc6000009, LENT_IPA     // relinquish
    cbnz    x0, refused
    GUEST_CALL 0xc6000070, 0            // wait
    mov     x1, #NO_IPA
    hint    #126
    ldr     x0, [x1]
refused:
    mov     x0, #0xc3000000
    hvc     #0
    b       .
    .balign 4096
