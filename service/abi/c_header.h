// SPDX-License-Identifier: Apache-2.0
// The C header for clients, as text: bazel build //service/abi:cadastre_h.
#ifndef CADASTRE_SERVICE_ABI_C_HEADER_H_
#define CADASTRE_SERVICE_ABI_C_HEADER_H_

#include <string>

namespace cadastre::abi {

// C11, usable from C++ and, but for its types, from assembly.
std::string CHeader();

}  // namespace cadastre::abi

#endif  // CADASTRE_SERVICE_ABI_C_HEADER_H_
