// SPDX-License-Identifier: Apache-2.0
// The generated header's constants as a C compiler and an assembler evaluate them. For C and C++.
#ifndef CADASTRE_SERVICE_ABI_C_HEADER_PROBE_H_
#define CADASTRE_SERVICE_ABI_C_HEADER_PROBE_H_

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct CadastreProbe {
  const char* name;
  uint64_t value;
};

extern const struct CadastreProbe cadastre_probe_c[];  // ends with a null name
extern const uint64_t cadastre_probe_asm[];            // in the same order

#ifdef __cplusplus
}
#endif

#endif  // CADASTRE_SERVICE_ABI_C_HEADER_PROBE_H_
