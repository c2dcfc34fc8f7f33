// SPDX-License-Identifier: Apache-2.0
// Operand values that a blind mutator should meet often: what DecodeAny makes of classes that a
// kind does not have, and what mutators and dictionaries may draw from.
#ifndef CADASTRE_HARNESS_SCRIPT_FAVOURITES_H_
#define CADASTRE_HARNESS_SCRIPT_FAVOURITES_H_

#include <span>

#include "harness/script/operand.h"

namespace cadastre::script {

// Legal operands of the kind, at least one.
std::span<const Operand> FavouritesOf(OperandKind kind);

}  // namespace cadastre::script

#endif  // CADASTRE_HARNESS_SCRIPT_FAVOURITES_H_
