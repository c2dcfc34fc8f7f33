// SPDX-License-Identifier: Apache-2.0
// The AFL and libFuzzer dictionary of binary scripts, from the op table and the favourite operands.
#ifndef CADASTRE_HARNESS_SCRIPT_DICTIONARY_H_
#define CADASTRE_HARNESS_SCRIPT_DICTIONARY_H_

#include <string>

namespace cadastre::script {

// The whole file: one entry a line, NAME="BYTES". Names are unique, so are bytes.
std::string Dictionary();

}  // namespace cadastre::script

#endif  // CADASTRE_HARNESS_SCRIPT_DICTIONARY_H_
