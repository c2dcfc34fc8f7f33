// SPDX-License-Identifier: Apache-2.0
// One operand's value as text and back: the part of `pfn=ram+3` behind the equals sign.
#ifndef CADASTRE_HARNESS_SCRIPT_OPERAND_TEXT_H_
#define CADASTRE_HARNESS_SCRIPT_OPERAND_TEXT_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "harness/script/operand.h"

namespace cadastre::script {

// Precondition: IsLegal(kind, operand).
std::string PrintOperand(OperandKind kind, const Operand& operand);

// The legal operand that `text` names, nullopt if none. Inverse of PrintOperand, and more forgiving
// in how numbers are written (decimal or 0x).
std::optional<Operand> ParseOperand(OperandKind kind, std::string_view text);

// What may stand there, for messages: "a page, such as ram+3, any(private,0), used(1), ram0.before
// or a number".
std::string_view ExpectedOperand(OperandKind kind);

// A number as scripts show it: 0..9 in decimal, others in hexadecimal.
std::string PrintNumber(std::uint64_t value);
// The whole text as a decimal or 0x number of 64 bits, nullopt if it is none.
std::optional<std::uint64_t> ParseNumber(std::string_view text);

}  // namespace cadastre::script

#endif  // CADASTRE_HARNESS_SCRIPT_OPERAND_TEXT_H_
