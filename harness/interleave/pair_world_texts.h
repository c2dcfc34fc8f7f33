// SPDX-License-Identifier: Apache-2.0
// The pair worlds in lines of op scripts.
#ifndef CADASTRE_HARNESS_INTERLEAVE_PAIR_WORLD_TEXTS_H_
#define CADASTRE_HARNESS_INTERLEAVE_PAIR_WORLD_TEXTS_H_

#include <array>
#include <span>
#include <string>
#include <string_view>

namespace cadastre::interleave {

struct PairWorldText {
  std::string_view name;
  std::string setup;
  std::array<std::string, 2> ops;  // by CPU, without one; see PairWorld
};

std::span<const PairWorldText> PairWorldTexts();

}  // namespace cadastre::interleave

#endif  // CADASTRE_HARNESS_INTERLEAVE_PAIR_WORLD_TEXTS_H_
