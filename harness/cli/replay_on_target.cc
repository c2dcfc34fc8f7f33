// SPDX-License-Identifier: Apache-2.0
#include "harness/cli/replay_on_target.h"

#include <cstdio>
#include <filesystem>
#include <map>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "harness/cli/built_files.h"
#include "harness/cli/commands.h"
#include "harness/cli/script_file.h"
#include "harness/on_target/logged_order.h"
#include "harness/on_target/target_run.h"

namespace cadastre {
namespace {

struct NamedTrace {
  std::string path;
  on_target::Trace trace;
};

int Complain(const absl::Status& status, int exit) {
  std::fprintf(stderr, "cadastre replay: %s\n", std::string(status.message()).c_str());
  return exit;
}

on_target::Trace TraceOfScript(run::Runner& runner, const script::Script& script) {
  if (script.profile != script::Profile::kSmall) {
    return {.ops = {},
            .reason = absl::StrCat("machine ", std::string(script::NameOf(script.profile)),
                                   " is none that the target can be")};
  }
  return on_target::TraceOf(runner, script);
}

// Prints the line of one script. Does it differ?
bool Show(run::Runner& runner, const NamedTrace& named,
          std::span<const on_target::TargetAnswer> answers) {
  if (!named.trace.reason.empty()) {
    std::printf("%s: not carried over: %s\n", named.path.c_str(), named.trace.reason.c_str());
    return false;
  }
  const on_target::Verdict verdict = on_target::Judge(runner, named.trace, answers);
  if (!verdict.difference.empty()) {
    std::printf("%s: DIFFERS at\n%s\n", named.path.c_str(), verdict.difference.c_str());
    return true;
  }
  std::printf("%s: %zu operations agree", named.path.c_str(),
              named.trace.ops.size() - verdict.not_compared);
  if (named.trace.overlaps) std::printf(", in the order in which the target ran them");
  if (verdict.not_compared != 0)
    std::printf("; %zu accesses beside calls have no place in it", verdict.not_compared);
  std::printf("\n");
  return false;
}

int ShowAll(run::Runner& runner, const std::vector<NamedTrace>& scripts,
            const std::vector<std::vector<on_target::TargetAnswer>>& answers) {
  std::size_t differ = 0;
  std::size_t carried = 0;
  std::size_t ops = 0;
  std::map<std::string, std::size_t> reasons;
  for (std::size_t i = 0; i < scripts.size(); ++i) {
    differ += Show(runner, scripts[i], answers[i]) ? 1 : 0;
    ops += scripts[i].trace.ops.size();
    if (scripts[i].trace.reason.empty()) {
      ++carried;
    } else {
      ++reasons[scripts[i].trace.reason];
    }
  }
  std::printf("%zu scripts on the target, %zu operations: %zu differ\n", carried, ops, differ);
  for (const auto& [reason, count] : reasons)
    std::printf("%zu not carried over: %s\n", count, reason.c_str());
  return differ == 0 ? kExitOk : kExitFound;
}

}  // namespace

int ReplayOnTarget(std::span<const std::string> files, const OnTargetOptions& options) {
  const Profile profile = Profile::Make(0)->WithCpus(options.cpus);
  run::Runner runner(profile);
  std::vector<NamedTrace> scripts;
  for (const std::string& file : files) {
    const absl::StatusOr<script::Script> script = ReadScriptFile(file, Bytes::kCanonical);
    if (!script.ok()) return Complain(script.status(), kExitMisuse);
    scripts.push_back({.path = file, .trace = TraceOfScript(runner, *script)});
  }
  const absl::StatusOr<std::filesystem::path> root = SourceRoot();
  if (!root.ok()) return Complain(root.status(), kExitBroken);
  const absl::StatusOr<std::filesystem::path> built =
      BuildFiles(*root, {"//harness/on_target:image", "//harness/on_target:payload"});
  if (!built.ok()) return Complain(built.status(), kExitBroken);
  const on_target::Target target{.image = *built / "harness/on_target/image.img",
                                 .payload = *built / "harness/on_target/payload.img",
                                 .cpu_model = options.model};
  std::vector<on_target::Trace> traces;
  for (const NamedTrace& script : scripts) traces.push_back(script.trace);
  const auto answers = on_target::RunOnTarget(target, on_target::MachineFor(profile), traces);
  if (!answers.ok()) return Complain(answers.status(), kExitBroken);
  return ShowAll(runner, scripts, *answers);
}

}  // namespace cadastre
