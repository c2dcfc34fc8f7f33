/* SPDX-License-Identifier: Apache-2.0 */
#include "service/abi/cadastre.h"

        .section .rodata
        .balign 8
        .globl cadastre_probe_asm
cadastre_probe_asm:
#define P(name) .quad name
#include "service/abi/cadastre_names.inc"
#undef P

        .section .note.GNU-stack, "", %progbits
