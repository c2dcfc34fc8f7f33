// SPDX-License-Identifier: Apache-2.0
// Text as JSON writes it.
#ifndef CADASTRE_HARNESS_RUN_JSON_H_
#define CADASTRE_HARNESS_RUN_JSON_H_

#include <string>
#include <string_view>

namespace cadastre::run {

// In quotes, with escapes. Bytes from 0x80 on pass as they are: JSON's text is UTF-8.
std::string JsonString(std::string_view text);

}  // namespace cadastre::run

#endif  // CADASTRE_HARNESS_RUN_JSON_H_
