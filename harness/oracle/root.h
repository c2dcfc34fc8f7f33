// SPDX-License-Identifier: Apache-2.0
// The trees of tables that the hardware walks.
#ifndef CADASTRE_HARNESS_ORACLE_ROOT_H_
#define CADASTRE_HARNESS_ORACLE_ROOT_H_

#include <cstdint>

#include "harness/oracle/descriptor.h"

namespace cadastre::oracle {

enum class Regime : std::uint8_t { kHost, kEl2, kGuest };
enum class GuestKind : std::uint8_t { kPlain, kProtected };

// A tree of tables. `slot` counts for guests only.
struct Root {
  Regime regime = Regime::kHost;
  unsigned slot = 0;
  constexpr Stage stage() const { return regime == Regime::kEl2 ? Stage::kOne : Stage::kTwo; }
  friend bool operator==(const Root&, const Root&) = default;
};

}  // namespace cadastre::oracle

#endif  // CADASTRE_HARNESS_ORACLE_ROOT_H_
