// SPDX-License-Identifier: Apache-2.0
#include "harness/cli/commands.h"

namespace cadastre {
namespace {

constexpr Command kCommands[] = {
#define CADASTRE_COMMAND(name, function, help) {#name, &function, help},
#include "harness/cli/commands.def"
#undef CADASTRE_COMMAND
};

}  // namespace

std::span<const Command> Commands() { return kCommands; }

}  // namespace cadastre
