// SPDX-License-Identifier: Apache-2.0
// Beginnings of scripts that tests share. Macros, so that they join as literals.
#ifndef CADASTRE_HARNESS_RUN_TESTING_OP_TEXTS_H_
#define CADASTRE_HARNESS_RUN_TESTING_OP_TEXTS_H_

// Pages from ram+0x100 on are free in each; a has eight pages for tables, but for BARE_VM.
#define TABLES "vm_donate_tables vm=a pfn=ram+0xb8 count=8\n"
#define BARE_PLAIN_VM "vm_create flags=plain ipa_bits=36 meta_pfn=ram+0xb0 root_pfn=ram+0xb2\n"
#define BARE_VM "vm_create flags=protected ipa_bits=36 meta_pfn=ram+0xb0 root_pfn=ram+0xb2\n"
#define PLAIN_VM BARE_PLAIN_VM TABLES
#define PROTECTED_VM BARE_VM TABLES
#define DYING "vm_start_teardown vm=a\n"

#define LIST_PAGE                    \
  "share_hyp pfn=ram+0xae count=1\n" \
  "list_page_set set=1 pfn=ram+0xae\n"
// kListEntries of refusal_cells.h.
#define ENTRIES                                              \
  "list_entry vm=a index=0 pfn=ram+0x100 gfn=0x40 count=2\n" \
  "list_entry vm=a index=1 pfn=ram+0x110 gfn=0x50 count=5\n" \
  "list_entry vm=a index=2 pfn=ram+0x120 gfn=0x60 count=2\n"

#define VCPU                         \
  "share_hyp pfn=ram+0xc8 count=1\n" \
  "vcpu_create vm=a index=0 meta_pfn=ram+0xc9 run_pfn=ram+0xc8 entry=0x80000 context=5\n"
#define LOADED "vcpu_load vm=a index=0\n"
#define RUNNING_VCPU VCPU LOADED "vcpu_run\n"

#endif  // CADASTRE_HARNESS_RUN_TESTING_OP_TEXTS_H_
