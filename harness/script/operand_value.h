// SPDX-License-Identifier: Apache-2.0
// The value of one operand. Part of resolve.h's implementation.
#ifndef CADASTRE_HARNESS_SCRIPT_OPERAND_VALUE_H_
#define CADASTRE_HARNESS_SCRIPT_OPERAND_VALUE_H_

#include <cstdint>

#include "harness/script/operand.h"
#include "harness/script/resolve.h"

namespace cadastre::script {

// `vm`: the handle that the operation names, for classes that speak of its gfns; 0 if it names
// none.
std::uint64_t OperandValue(OperandKind kind, const Operand& operand, const ResolveContext& context,
                           std::uint64_t vm);

}  // namespace cadastre::script

#endif  // CADASTRE_HARNESS_SCRIPT_OPERAND_VALUE_H_
