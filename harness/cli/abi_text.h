// SPDX-License-Identifier: Apache-2.0
// The hypercall tables as text for people and as JSON for tools.
#ifndef CADASTRE_HARNESS_CLI_ABI_TEXT_H_
#define CADASTRE_HARNESS_CLI_ABI_TEXT_H_

#include <string>
#include <string_view>

namespace cadastre {

// Every call: id, caller, arguments by register, refusals in order; then the rows by number.
std::string AbiTable();

// One call, each argument and each row on a line of its own. Empty if there is no such call.
std::string AbiCall(std::string_view name);

// One line: calls, rows, constants.
std::string AbiJson();

}  // namespace cadastre

#endif  // CADASTRE_HARNESS_CLI_ABI_TEXT_H_
