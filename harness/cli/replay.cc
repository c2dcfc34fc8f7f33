// SPDX-License-Identifier: Apache-2.0
// cadastre replay: runs scripts once, in words.
#include <algorithm>
#include <cstdio>
#include <span>
#include <string>

#include "absl/status/statusor.h"
#include "harness/cli/commands.h"
#include "harness/cli/flags.h"
#include "harness/cli/replay_table.h"
#include "harness/cli/script_file.h"
#include "harness/run/report.h"
#include "harness/run/runner.h"
#include "harness/run/transcript.h"

namespace cadastre {
namespace {

enum class Output : std::uint8_t { kTable, kJson };

// A file that is no script stops nothing but itself.
int ReplayFile(const std::string& path, Bytes bytes, Output output, run::Runners& runners) {
  const absl::StatusOr<script::Script> script = ReadScriptFile(path, bytes);
  if (!script.ok()) {
    std::fprintf(stderr, "cadastre replay: %s\n", std::string(script.status().message()).c_str());
    return kExitMisuse;
  }
  run::Runner& runner = runners.For(script->profile);
  run::Transcript transcript(runner);
  const run::RunResult result = runner.Run(*script, run::Expectations::kChecked, &transcript);
  if (output == Output::kJson) {
    std::printf("%s\n", run::FormatJson(path, result, transcript.lines()).c_str());
  } else {
    std::printf("%s: machine %s\n%s%s\n", path.c_str(),
                std::string(script::NameOf(script->profile)).c_str(),
                FormatTable(transcript.lines()).c_str(),
                FormatVerdict(result, transcript.lines()).c_str());
  }
  return result.failure ? kExitFound : kExitOk;
}

}  // namespace

int RunReplay(std::span<const std::string> args) {
  bool any = false;
  bool json = false;
  CommandFlags flags("replay FILE...");
  flags.Switch("any", "take any bytes as a script, as a fuzz target does; for crash files", any);
  flags.Switch("json", "one JSON object a file, one a line", json);
  const absl::StatusOr<ParsedFlags> parsed = flags.Parse(args, FileArguments::kAny);
  if (!parsed.ok()) {
    std::fprintf(stderr, "cadastre replay: %s\n", std::string(parsed.status().message()).c_str());
    return kExitMisuse;
  }
  if (parsed->wish == ParsedFlags::Wish::kHelp) {
    std::printf(
        "%s\nExit status: 0 no violation, 1 a violation or an answer that the script did not "
        "expect, 2 a file "
        "that is no script.\n",
        flags.Help().c_str());
    return kExitOk;
  }
  if (parsed->files.empty()) {
    std::fprintf(stderr, "cadastre replay: no file given (an *.ops script or a fuzzer's input)\n");
    return kExitMisuse;
  }
  run::Runners runners;
  int worst = kExitOk;
  for (const std::string& file : parsed->files) {
    worst = std::max(worst, ReplayFile(file, any ? Bytes::kAny : Bytes::kCanonical,
                                       json ? Output::kJson : Output::kTable, runners));
  }
  return worst;
}

}  // namespace cadastre
