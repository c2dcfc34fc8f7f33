// SPDX-License-Identifier: Apache-2.0
// cadastre replay: runs scripts and fuzzers' inputs once, in words.
#include <algorithm>
#include <cstdio>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "harness/cli/commands.h"
#include "harness/cli/flags.h"
#include "harness/cli/replay_on_target.h"
#include "harness/cli/replay_program.h"
#include "harness/cli/replay_table.h"
#include "harness/cli/script_file.h"
#include "harness/cli/whole_file.h"
#include "harness/interleave/program.h"
#include "harness/run/raw_call_run.h"
#include "harness/run/report.h"
#include "harness/run/runner.h"
#include "harness/run/secret_pair.h"
#include "harness/run/transcript.h"
#include "harness/script/codec.h"
#include "pgtable/testing/programs.h"

namespace cadastre {
namespace {

struct ReplayOptions {
  // Whose input the bytes are; empty: scripts in either form.
  std::string fuzzer = {};
  bool any = false;
  bool json = false;
  bool on_target = false;
  std::uint64_t cpus = 2;
  std::string model = "cortex-a57";
};

// Flags that say nothing together are refused, given at their default or not.
absl::Status RefuseConflicts(const ReplayOptions& options, const ParsedFlags& parsed) {
  const auto refuse = [&](std::initializer_list<std::string_view> names, const char* why) {
    for (const std::string_view name : names) {
      if (parsed.given.contains(name))
        return absl::InvalidArgumentError("--" + std::string(name) + why);
    }
    return absl::OkStatus();
  };
  return options.on_target ? refuse({"fuzzer", "any", "json"}, " says nothing with --target")
                           : refuse({"cpus", "model"}, " needs --target");
}

int Complain(const absl::Status& status) {
  std::fprintf(stderr, "cadastre replay: %s\n", std::string(status.message()).c_str());
  return kExitMisuse;
}

int Show(const std::string& path, script::Profile profile, const run::RunResult& result,
         const std::vector<run::TranscriptLine>& lines, const ReplayOptions& options) {
  if (options.json) {
    std::printf("%s\n", run::FormatJson(path, result, lines).c_str());
  } else {
    std::printf("%s: machine %s\n%s%s\n", path.c_str(),
                std::string(script::NameOf(profile)).c_str(), FormatTable(lines).c_str(),
                FormatVerdict(result, lines).c_str());
  }
  return result.failure ? kExitFound : kExitOk;
}

int ReplayScript(const std::string& path, const script::Script& script,
                 const ReplayOptions& options, run::Runners& runners) {
  run::Runner& runner = runners.For(script.profile);
  run::Transcript transcript(runner);
  const run::RunResult result = runner.Run(script, run::Expectations::kChecked, &transcript);
  return Show(path, script.profile, result, transcript.lines(), options);
}

int ReplayRawCalls(const std::string& path, std::span<const std::uint8_t> bytes,
                   const ReplayOptions& options, run::Runners& runners) {
  const script::Script& prefix = run::RawCallPrefix();
  run::Runner& runner = runners.For(prefix.profile);
  run::Transcript transcript(runner);
  const std::vector<run::RawCall> calls = run::DecodeRawCalls(bytes, runner.facts().cpus);
  run::RunResult result;
  result.failure = run::RunRawCalls(runner, prefix, calls, &transcript);
  result.ops = runner.steps();
  result.raw = runner.machine().Digest();
  if (!result.failure) result.state = runner.oracle().StateDigest();
  return Show(path, prefix.profile, result, transcript.lines(), options);
}

// The second of the two runs is shown.
int ReplaySecretPair(const std::string& path, const script::Script& script,
                     const ReplayOptions& options, run::Runners& runners) {
  run::Runner& runner = runners.For(script.profile);
  run::Transcript transcript(runner);
  const run::RunResult result = run::SecretPair(runner).Run(script, &transcript);
  return Show(path, script.profile, result, transcript.lines(), options);
}

// As the script that says what the CPUs did.
int ReplayInterleaved(const std::string& path, std::span<const std::uint8_t> bytes,
                      const ReplayOptions& options, run::Runners& runners) {
  const interleave::Input input = interleave::DecodeInput(bytes);
  run::Runner& runner = runners.For(input.script.profile);
  return ReplayScript(path, interleave::RunInput(runner, input).script, options, runners);
}

int ReplayProgram(const std::string& path, std::span<const std::uint8_t> bytes,
                  const ReplayOptions& options) {
  const ProgramText program = DescribeProgram(bytes);
  const std::optional<testing::Mismatch> found = testing::RunProgram(bytes);
  std::printf("%s\n", (options.json ? FormatProgramJson(path, program, found)
                                    : FormatProgram(path, program, found))
                          .c_str());
  return found ? kExitFound : kExitOk;
}

// A file that is no script stops nothing but itself.
int ReplayFile(const std::string& path, const ReplayOptions& options, run::Runners& runners) {
  if (options.fuzzer.empty()) {
    const absl::StatusOr<script::Script> script =
        ReadScriptFile(path, options.any ? Bytes::kAny : Bytes::kCanonical);
    if (!script.ok()) return Complain(script.status());
    return ReplayScript(path, *script, options, runners);
  }
  const absl::StatusOr<std::string> content = ReadWholeFile(path);
  if (!content.ok()) return Complain(content.status());
  const std::vector<std::uint8_t> bytes(content->begin(), content->end());
  if (options.fuzzer == "dispatch_fuzz") return ReplayRawCalls(path, bytes, options, runners);
  if (options.fuzzer == "secret_fuzz") {
    return ReplaySecretPair(path, script::DecodeAny(bytes), options, runners);
  }
  if (options.fuzzer == "interleave_fuzz") return ReplayInterleaved(path, bytes, options, runners);
  if (options.fuzzer == "pgtable_fuzz") return ReplayProgram(path, bytes, options);
  return ReplayScript(path, script::DecodeAny(bytes), options, runners);
}

}  // namespace

int RunReplay(std::span<const std::string> args) {
  ReplayOptions options;
  CommandFlags flags(
      "replay", "[FLAGS] FILE...",
      {.ok = "no violation", .found = "a violation or an answer that the script did not expect"});
  flags.Text("fuzzer", "take bytes as this fuzz target does; for crash files", options.fuzzer);
  flags.Switch("any", "take any bytes as a script, as hypercall_fuzz does", options.any);
  flags.Switch("json", "one JSON object a file, one a line", options.json);
  flags.Switch("target", "run scripts at EL2 of QEMU too, and say where the answers differ",
               options.on_target);
  flags.Number("cpus", "with --target: CPUs of the machine, there and here", options.cpus);
  flags.Text("model", "with --target: QEMU's CPU model", options.model);
  const absl::StatusOr<ParsedFlags> parsed = flags.Parse(args);
  if (!parsed.ok()) return Complain(parsed.status());
  if (parsed->wish == ParsedFlags::Wish::kHelp) {
    std::printf("%sA file that is no script is misuse.\n", flags.Help().c_str());
    return kExitOk;
  }
  if (const absl::Status conflict = RefuseConflicts(options, *parsed); !conflict.ok())
    return Complain(conflict);
  if (options.on_target) {
    return ReplayOnTarget(parsed->files,
                          {.cpus = static_cast<unsigned>(options.cpus), .model = options.model});
  }
  run::Runners runners;
  int worst = kExitOk;
  for (const std::string& file : parsed->files)
    worst = std::max(worst, ReplayFile(file, options, runners));
  return worst;
}

}  // namespace cadastre
