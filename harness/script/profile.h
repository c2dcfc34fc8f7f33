// SPDX-License-Identifier: Apache-2.0
// The machine profiles that a script can name. What each machine looks like is harness/machine's.
#ifndef CADASTRE_HARNESS_SCRIPT_PROFILE_H_
#define CADASTRE_HARNESS_SCRIPT_PROFILE_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace cadastre::script {

// Numbers stand in binary scripts: append only. 0 is what bytes without a header run on.
enum class Profile : std::uint8_t { kSmall = 0, kPlain = 1, kWide = 2 };

// Names by number, as in `cadastre-ops 1 profile=small`.
inline constexpr std::array<std::string_view, 3> kProfileNames = {"small", "plain", "wide"};

constexpr std::string_view NameOf(Profile profile) {
  return kProfileNames[static_cast<std::size_t>(profile)];
}

}  // namespace cadastre::script

#endif  // CADASTRE_HARNESS_SCRIPT_PROFILE_H_
