// SPDX-License-Identifier: Apache-2.0
// What fired in one check.
#ifndef CADASTRE_HARNESS_ORACLE_REPORT_H_
#define CADASTRE_HARNESS_ORACLE_REPORT_H_

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "harness/oracle/invariants.h"
#include "harness/oracle/oracle.h"

namespace cadastre::oracle {

// printf into a string.
[[gnu::format(printf, 1, 2)]] std::string Format(const char* format, ...);

class Report {
 public:
  bool HasFired() const { return fired_ != 0; }
  bool HasFired(Invariant invariant) const {
    return (fired_ >> static_cast<unsigned>(invariant) & 1) != 0;
  }

  // The first detail of each invariant is kept.
  void Fire(Invariant invariant, std::string detail);

  // The violation of highest priority with all others in `also`, and an empty report; nullopt if
  // nothing fired.
  std::optional<Violation> Take();

 private:
  std::uint64_t fired_ = 0;
  std::array<std::string, kInvariants> details_;
};
static_assert(kInvariants <= 64);

}  // namespace cadastre::oracle

#endif  // CADASTRE_HARNESS_ORACLE_REPORT_H_
