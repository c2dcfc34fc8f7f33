// SPDX-License-Identifier: Apache-2.0
#include "harness/oracle/report.h"

#include <cstdarg>
#include <cstdio>
#include <utility>

namespace cadastre::oracle {

std::string Format(const char* format, ...) {
  char line[320];
  std::va_list arguments;
  va_start(arguments, format);
  std::vsnprintf(line, sizeof(line), format, arguments);
  va_end(arguments);
  return line;
}

void Report::Fire(Invariant invariant, std::string detail) {
  if (HasFired(invariant)) return;
  fired_ |= std::uint64_t{1} << static_cast<unsigned>(invariant);
  details_[static_cast<std::size_t>(invariant)] = std::move(detail);
}

std::optional<Violation> Report::Take() {
  if (!HasFired()) return std::nullopt;
  Violation violation;
  for (const InvariantEntry& entry : InvariantRegistry()) {
    if (!HasFired(entry.invariant)) continue;
    if (violation.id == nullptr) {
      violation.id = entry.id;
      violation.detail = std::move(details_[static_cast<std::size_t>(entry.invariant)]);
    } else {
      violation.also.push_back(entry.id);
    }
  }
  fired_ = 0;
  return violation;
}

}  // namespace cadastre::oracle
