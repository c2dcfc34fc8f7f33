// SPDX-License-Identifier: Apache-2.0
// cadastre explore: every call in every state of small worlds; or every schedule of two operations.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <span>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "harness/cli/commands.h"
#include "harness/cli/explore_pairs.h"
#include "harness/cli/explore_progress.h"
#include "harness/cli/explore_report.h"
#include "harness/cli/flags.h"
#include "harness/cli/fuzz_interrupt.h"
#include "harness/cli/whole_file.h"
#include "harness/explore/session.h"
#include "harness/explore/worlds.h"

namespace cadastre {
namespace {

constexpr char kMore[] =
    "\nIn each state that a world can reach, up to renaming of pages and of what is alike besides, "
    "every call is made\n"
    "with every class of argument, a call that scrubs in two events with all others in between; "
    "every answer and every\n"
    "word is judged as in `fuzz`. It ends when no call leads to a new state. Counts do not depend "
    "on --jobs.\n"
    "Ctrl-C ends it with exit status 130; with --state the same command goes on later.\n"
    "\nWith --pairs instead: two operations on two CPUs, from a set-up for each legal row and each "
    "stage of a VM's and\n"
    "a vCPU's life, in every schedule with at most two preemptions that does not follow from "
    "another.\n";

// Whole or not at all: written beside it, then renamed.
bool WriteState(const std::string& path, const std::string& text) {
  const std::string beside = path + ".new";
  {
    std::ofstream out(beside, std::ios::binary | std::ios::trunc);
    out << text;
    out.flush();
    if (!out) return false;
  }
  std::error_code error;
  std::filesystem::rename(beside, path, error);
  return !error;
}

int Complain(int status, const std::string& message) {
  std::fprintf(stderr, "cadastre explore: %s\n", message.c_str());
  return status;
}

struct ExploreOptions {
  std::string world = {};
  std::string state = {};
  std::uint64_t jobs = 2;
  bool json = false;
};

int Explore(const ExploreOptions& options) {
  std::vector<std::string_view> names = explore::WorldNames();
  if (!options.world.empty()) names = {options.world};
  explore::Session session(names);
  if (!options.state.empty() && std::filesystem::exists(options.state)) {
    const absl::StatusOr<std::string> saved = ReadWholeFile(options.state);
    if (!saved.ok()) return Complain(kExitBroken, std::string(saved.status().message()));
    if (!session.Restore(*saved)) {
      return Complain(kExitMisuse, absl::StrCat(options.state,
                                                ": no state of these worlds and this ABI; remove "
                                                "it to begin anew"));
    }
  }
  bool is_written = true;
  const InterruptGuard guard;
  ProgressLine line;
  explore::Session::Watcher watcher{
      .wants_stop = [&] { return guard.Interrupted() || !is_written; },
      .show =
          [&](const auto& worlds) {
            line.Show([&](auto taken) { return explore::FormatProgress(worlds, taken); });
          },
      .save = {}};
  if (!options.state.empty()) {
    watcher.save = [&](const std::string& text) {
      is_written = is_written && WriteState(options.state, text);
    };
  }
  session.Run(static_cast<unsigned>(options.jobs), watcher);
  line.Clear();
  const std::chrono::duration<double> taken = line.taken();
  std::printf("%s", options.json ? explore::FormatJson(session, taken.count()).c_str()
                                 : explore::FormatText(session, taken.count()).c_str());
  if (session.FirstFinding() != nullptr) return kExitFound;
  if (!is_written) return Complain(kExitBroken, absl::StrCat("can't write ", options.state));
  return session.Finished() ? kExitOk : kExitInterrupted;
}

}  // namespace

int RunExplore(std::span<const std::string> args) {
  ExploreOptions options;
  bool pairs = false;
  CommandFlags flags("explore", "[FLAGS]",
                     {.ok = "every world came to its end", .found = "a violation"});
  flags.Text("world", "explore this one only", options.world);
  flags.Text("state", "go on from this file, and keep it current", options.state);
  flags.Number("jobs", "worlds at a time", options.jobs);
  flags.Switch("pairs", "the schedules of two operations; not with --world, --state, --jobs",
               pairs);
  flags.Switch("json", "print one JSON object", options.json);
  const absl::StatusOr<ParsedFlags> parsed = flags.Parse(args);
  if (!parsed.ok()) return Complain(kExitMisuse, std::string(parsed.status().message()));
  if (parsed->wish == ParsedFlags::Wish::kHelp) {
    std::printf("%s%s", flags.Help().c_str(), kMore);
    return kExitOk;
  }
  if (!pairs) return Explore(options);
  for (const std::string_view name : {"world", "state", "jobs"}) {
    if (parsed->given.contains(name))
      return Complain(kExitMisuse, "--pairs goes with none of --world, --state and --jobs");
  }
  return ExploreAllPairs(options.json ? ReportForm::kJson : ReportForm::kText);
}

}  // namespace cadastre
