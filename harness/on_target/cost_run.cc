// SPDX-License-Identifier: Apache-2.0
#include "harness/on_target/cost_run.h"

#include <fstream>
#include <map>
#include <string_view>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "harness/on_target/qemu.h"
#include "harness/on_target/scratch_directory.h"
#include "harness/process/process.h"

namespace cadastre::on_target {
namespace {

namespace fs = std::filesystem;

// "cost NAME PAGES WHERE"; a name may have spaces.
bool ParseName(const std::string& line, Cost* cost) {
  std::vector<std::string> words = absl::StrSplit(line, ' ');
  if (words.size() < 4 || words[0] != "cost") return false;
  cost->where = words.back();
  words.pop_back();
  if (!absl::SimpleAtoi(words.back(), &cost->pages)) return false;
  words.pop_back();
  cost->call.clear();
  for (std::size_t i = 1; i < words.size(); ++i)
    absl::StrAppend(&cost->call, i == 1 ? "" : " ", words[i]);
  return true;
}

absl::StatusOr<std::vector<Cost>> Join(const std::string& console, const fs::path& counts) {
  std::ifstream in(counts);
  std::vector<Cost> costs;
  for (const auto& piece : absl::StrSplit(console, '\n')) {
    std::string line(piece);
    while (!line.empty() && line.back() == '\r') line.pop_back();
    Cost cost;
    if (!ParseName(line, &cost)) continue;
    if (!(in >> cost.instructions >> cost.invalidations >> cost.barriers))
      return absl::InternalError("QEMU counted fewer calls than the payload made");
    costs.push_back(std::move(cost));
  }
  std::uint64_t more;
  if (in >> more) return absl::InternalError("QEMU counted more calls than the payload made");
  return costs;
}

using Row = std::pair<std::string, std::string>;  // call, where

std::string Cell(const Cost* cost) {
  if (cost == nullptr) return "";
  return absl::StrFormat("%d / %d / %d", cost->instructions, cost->invalidations, cost->barriers);
}

}  // namespace

absl::StatusOr<std::vector<Cost>> MeasureCosts(const CostFiles& files) {
  absl::StatusOr<ScratchDirectory> scratch = ScratchDirectory::Make();
  if (!scratch.ok()) return scratch.status();
  CommandLine command{.words = QemuCommand({.model = "cortex-a76",
                                            .cpus = 1,
                                            .image = fs::absolute(files.image),
                                            .files = {{fs::absolute(files.payload), kHostImage}}}),
                      .environment = {},
                      .directory = scratch->path()};
  command.words.insert(command.words.end(),
                       {"-icount", "shift=0,sleep=off", "-plugin",
                        absl::StrCat(fs::absolute(files.plugin).string(),
                                     ",first=0x40200000,end=0x40400000,costs=costs")});
  const absl::StatusOr<std::string> console = RunForOutput(command);
  if (!console.ok()) return console.status();
  if (console->find("costs are complete") == std::string::npos)
    return absl::InternalError(absl::StrCat("the payload did not come to its end:\n", *console));
  return Join(*console, scratch->path() / "costs");
}

std::string FormatCosts(const std::vector<Cost>& costs) {
  std::vector<Row> rows;
  std::map<Row, std::map<std::uint64_t, const Cost*>> cells;
  for (const Cost& cost : costs) {
    const Row row(cost.call, cost.where);
    if (!cells.contains(row)) rows.push_back(row);
    cells[row][cost.pages] = &cost;
  }
  std::string ranges = "| call | where | 1 page | 8 | 64 | 512 |\n|---|---|---|---|---|---|\n";
  std::string others = "| call | pages or entries | cost |\n|---|---|---|\n";
  for (const Row& row : rows) {
    const auto& by_pages = cells[row];
    if (by_pages.size() == 1) {
      const auto& [pages, cost] = *by_pages.begin();
      absl::StrAppend(&others, "| ", row.first, " | ", pages == 0 ? "-" : absl::StrCat(pages),
                      " | ", Cell(cost), " |\n");
      continue;
    }
    absl::StrAppend(&ranges, "| ", row.first, " | ", row.second, " |");
    for (const std::uint64_t pages : {1, 8, 64, 512}) {
      const auto at = by_pages.find(pages);
      absl::StrAppend(&ranges, " ", Cell(at == by_pages.end() ? nullptr : at->second), " |");
    }
    absl::StrAppend(&ranges, "\n");
  }
  return absl::StrCat(ranges, "\n", others);
}

}  // namespace cadastre::on_target
