// SPDX-License-Identifier: Apache-2.0
// System registers by name, as the assembler knows them or as S<op0>_<op1>_C<n>_C<m>_<op2>.
#ifndef CADASTRE_SERVICE_EL2_SYSREG_H_
#define CADASTRE_SERVICE_EL2_SYSREG_H_

#include <cstdint>

// The name is part of the instruction: no function could take it.
#define CADASTRE_READ_SYSREG(name)                       \
  ({                                                     \
    std::uint64_t sysreg_value;                          \
    asm volatile("mrs %0, " #name : "=r"(sysreg_value)); \
    sysreg_value;                                        \
  })
#define CADASTRE_WRITE_SYSREG(name, value)                                \
  do {                                                                    \
    const std::uint64_t sysreg_written = (value);                         \
    asm volatile("msr " #name ", %0" : : "r"(sysreg_written) : "memory"); \
  } while (false)

#endif  // CADASTRE_SERVICE_EL2_SYSREG_H_
