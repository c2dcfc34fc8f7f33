// SPDX-License-Identifier: Apache-2.0
// What a C11 compiler and an assembler (c_header_probe_asm.S) make of the generated header: each
// constant's name and value, in the header's order. cadastre_names.inc says P(NAME) for each.
#include "service/abi/c_header_probe.h"

#include <stddef.h>

#include "service/abi/cadastre.h"

const struct CadastreProbe cadastre_probe_c[] = {
#define P(name) {#name, name},
#include "service/abi/cadastre_names.inc"
#undef P
    {NULL, 0},
};

_Static_assert(sizeof(struct cadastre_list_entry) == CADASTRE_LIST_ENTRY_BYTES, "three words");
_Static_assert(offsetof(struct cadastre_list_entry, pfn) == 0, "word 0");
_Static_assert(offsetof(struct cadastre_list_entry, gfn) == 8, "word 1");
_Static_assert(offsetof(struct cadastre_list_entry, count) == 16, "word 2");
