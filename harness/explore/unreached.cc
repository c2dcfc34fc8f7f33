// SPDX-License-Identifier: Apache-2.0
#include "harness/explore/unreached.h"

namespace cadastre::explore {
namespace {

struct Reason {
  std::string_view name;
  std::string_view reason;
};
constexpr Reason kReasons[] = {
    {"vm_create/601 NO_SLOT", "it takes 255 VMs; corpus/ has the script"},
    {"exit NEED_TABLES", "reserved, never occurs"},
};

std::string_view ReasonOf(std::string_view name) {
  for (const Reason& known : kReasons) {
    if (known.name == name) return known.reason;
  }
  return {};
}

}  // namespace

Coverage CoverageOf(const Session& session) {
  std::vector<bool> reached;
  for (std::size_t i = 0; i < session.worlds(); ++i) {
    const std::vector<bool> cells = session.explorer(i).Cells();
    reached.resize(cells.size());
    for (std::size_t cell = 0; cell < cells.size(); ++cell) {
      if (cells[cell]) reached[cell] = true;
    }
  }
  Coverage coverage;
  coverage.cells = reached.size();
  for (std::size_t cell = 0; cell < reached.size(); ++cell) {
    std::string name = session.explorer(0).CellName(cell);
    const bool is_row = name.starts_with("row ");
    coverage.legal_rows += is_row ? 1 : 0;
    if (reached[cell]) {
      ++coverage.reached;
      coverage.legal_rows_reached += is_row ? 1 : 0;
    } else {
      const std::string_view reason = ReasonOf(name);
      coverage.unreached.push_back({std::move(name), reason});
    }
  }
  return coverage;
}

}  // namespace cadastre::explore
