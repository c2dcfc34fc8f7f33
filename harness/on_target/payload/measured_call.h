// SPDX-License-Identifier: Apache-2.0
// Calls whose cost is asked for: each behind the marker that count_el2 looks for, HINT #126, and
// named on the console, "cost NAME PAGES WHERE", in the order of the counts.
#ifndef CADASTRE_HARNESS_ON_TARGET_PAYLOAD_MEASURED_CALL_H_
#define CADASTRE_HARNESS_ON_TARGET_PAYLOAD_MEASURED_CALL_H_

#include <cstdint>

#include "service/el2/payload/payload.h"

namespace cadastre::on_target {

struct Measured {
  const char* name;
  std::uint64_t pages;
  const char* where;
};
void Name(const Measured& what);

// An HVC behind the marker, not named yet.
payload::Answer MarkedHvc(std::uint64_t id, std::uint64_t a = 0, std::uint64_t b = 0,
                          std::uint64_t c = 0, std::uint64_t d = 0, std::uint64_t e = 0,
                          std::uint64_t f = 0);

// The call and its name. One that is refused would make nonsense of all that follows, and ends it:
// so does one of Do, which prepares another. x2 of the answer.
std::uint64_t Cost(const Measured& what, std::uint64_t id, std::uint64_t a = 0, std::uint64_t b = 0,
                   std::uint64_t c = 0, std::uint64_t d = 0, std::uint64_t e = 0,
                   std::uint64_t f = 0);
std::uint64_t Do(std::uint64_t id, std::uint64_t a = 0, std::uint64_t b = 0, std::uint64_t c = 0,
                 std::uint64_t d = 0, std::uint64_t e = 0, std::uint64_t f = 0);

}  // namespace cadastre::on_target

#endif  // CADASTRE_HARNESS_ON_TARGET_PAYLOAD_MEASURED_CALL_H_
