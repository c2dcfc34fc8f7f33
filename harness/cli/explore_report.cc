// SPDX-License-Identifier: Apache-2.0
#include "harness/cli/explore_report.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "harness/explore/unreached.h"
#include "harness/run/json.h"
#include "harness/script/text.h"

namespace cadastre::explore {
namespace {

std::string Clock(double seconds) {
  const auto whole = static_cast<int>(seconds);
  return absl::StrFormat("%02d:%02d", whole / 60, whole % 60);
}

script::Script ScriptOf(const Finding& finding, const World& world) {
  script::Script script;
  script.profile = static_cast<script::Profile>(world.profile.number());
  script.ops = finding.ops;
  script.head = {
      "# SPDX-License-Identifier: Apache-2.0",
      absl::StrCat("# ", finding.failure.violation.id, " in world ", std::string(world.name))};
  return script;
}

std::string FormatFinding(const Finding& finding, const World& world) {
  std::string text =
      absl::StrCat("\nworld ", std::string(world.name), " breaks ", finding.failure.violation.id,
                   " in ", finding.failure.call, ": ", finding.failure.violation.detail, "\n\n",
                   script::Print(ScriptOf(finding, world)), "\n");
  absl::StrAppend(&text, "Kept in a file, `harness/cadastre replay FILE.ops` shows it");
  if (world.machine_note.empty()) return absl::StrCat(text, ".\n");
  return absl::StrCat(
      text, " on a machine like this one but for this: ", std::string(world.machine_note),
      "; exactly it is `harness/cadastre explore --world=", std::string(world.name), "`.\n");
}

std::string FormatWorlds(const Session& session) {
  std::string text =
      absl::StrFormat("%-8s %9s %9s %10s %11s %9s %6s %6s %6s\n", "world", "states", "model",
                      "calls", "succeeded", "to others", "twins", "depth", "time");
  for (std::size_t i = 0; i < session.worlds(); ++i) {
    const Explorer& explorer = session.explorer(i);
    const Counts& counts = explorer.counts();
    absl::StrAppendFormat(&text, "%-8s %9d %9d %9d %10d %11d %9d %6d %6d %6s%s\n",
                          explorer.world().name, explorer.states(),
                          explorer.world().published.states, counts.orbits, counts.tried,
                          counts.succeeded, counts.changed, counts.twins, counts.depth,
                          Clock(session.seconds(i)), explorer.Finished() ? "" : "  not ended");
  }
  text += "\n";
  for (std::size_t i = 0; i < session.worlds(); ++i) {
    const World& world = session.explorer(i).world();
    absl::StrAppendFormat(&text, "%s: %s\n", world.name, world.bounds);
    if (!world.differences.empty()) absl::StrAppendFormat(&text, "    %s\n", world.differences);
  }
  return text;
}

std::string FormatCells(const Session& session) {
  const Coverage coverage = CoverageOf(session);
  std::string text =
      absl::StrFormat("\ncells %d of %d, legal rows %d of %d\n", coverage.reached, coverage.cells,
                      coverage.legal_rows_reached, coverage.legal_rows);
  if (session.worlds() == 1) return text;  // the others reach what this one does not
  for (const Unreached& cell : coverage.unreached) {
    absl::StrAppendFormat(&text, "    not reached: %s%s%s\n", cell.name,
                          cell.reason.empty() ? "" : ": ", cell.reason);
  }
  return text;
}

}  // namespace

std::string FormatProgress(const std::vector<Progress>& worlds,
                           std::chrono::duration<double> taken) {
  std::uint64_t tried = 0;
  std::uint64_t operations = 0;
  std::size_t ended = 0;
  std::string running;
  for (const Progress& world : worlds) {
    tried += world.tried;
    operations += world.operations;
    if (!world.has_begun) continue;
    if (world.taken == world.states) {
      ++ended;
      continue;
    }
    absl::StrAppendFormat(&running, "  %s %d/%d", world.world, world.taken, world.states);
  }
  return absl::StrFormat("%s  worlds %d/%d  calls %d  ops %d (%dk/s)%s", Clock(taken.count()),
                         ended, worlds.size(), tried, operations,
                         static_cast<std::uint64_t>(static_cast<double>(operations) /
                                                    std::max(taken.count(), 0.001) / 1000),
                         running);
}

std::string FormatText(const Session& session, double seconds) {
  std::string text = FormatWorlds(session);
  absl::StrAppend(&text, FormatCells(session));
  for (std::size_t i = 0; i < session.worlds(); ++i) {
    const Explorer& explorer = session.explorer(i);
    if (explorer.finding())
      absl::StrAppend(&text, FormatFinding(*explorer.finding(), explorer.world()));
  }
  absl::StrAppend(&text,
                  session.Finished() ? "every world came to its end" : "stopped before the end",
                  absl::StrFormat(", %s in all\n", Clock(seconds)));
  return text;
}

std::string FormatJson(const Session& session, double seconds) {
  std::string text = absl::StrFormat("{\"version\":1,\"finished\":%s,\"seconds\":%.3f,\"worlds\":[",
                                     session.Finished() ? "true" : "false", seconds);
  for (std::size_t i = 0; i < session.worlds(); ++i) {
    const Explorer& explorer = session.explorer(i);
    const Counts& counts = explorer.counts();
    absl::StrAppendFormat(
        &text,
        "%s{\"name\":\"%s\",\"finished\":%s,\"states\":%d,\"model_states\":%d,\"unnamed\":%d,"
        "\"calls\":%d,"
        "\"succeeded\":%d,\"to_others\":%d,\"twins\":%d,\"depth\":%d,\"operations\":%d,"
        "\"seconds\":%.3f",
        i == 0 ? "" : ",", explorer.world().name, explorer.Finished() ? "true" : "false",
        explorer.states(), explorer.world().published.states, counts.orbits, counts.tried,
        counts.succeeded, counts.changed, counts.twins, counts.depth, counts.operations,
        session.seconds(i));
    if (explorer.finding()) {
      const Finding& finding = *explorer.finding();
      absl::StrAppend(
          &text, ",\"violation\":", run::JsonString(finding.failure.violation.id),
          ",\"detail\":", run::JsonString(finding.failure.violation.detail),
          ",\"script\":", run::JsonString(script::Print(ScriptOf(finding, explorer.world()))));
    }
    text += "}";
  }
  const Coverage coverage = CoverageOf(session);
  absl::StrAppendFormat(&text, "],\"cells\":%d,\"cells_reached\":%d,\"unreached\":[",
                        coverage.cells, coverage.reached);
  for (std::size_t i = 0; i < coverage.unreached.size(); ++i) {
    absl::StrAppend(&text, i == 0 ? "" : ",", run::JsonString(coverage.unreached[i].name));
  }
  return text + "]}\n";
}

}  // namespace cadastre::explore
