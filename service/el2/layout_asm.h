// SPDX-License-Identifier: Apache-2.0
// Numbers that assembly and C++ share.
#ifndef CADASTRE_SERVICE_EL2_LAYOUT_ASM_H_
#define CADASTRE_SERVICE_EL2_LAYOUT_ASM_H_

#define EL2_CPUS 16              // kMaxCpus
#define EL2_STACK_STRIDE 0x5000  // a guard page below four pages of stack
#define EL2_FRAME_BYTES 160      // sizeof(TrapFrame)

#endif  // CADASTRE_SERVICE_EL2_LAYOUT_ASM_H_
