// SPDX-License-Identifier: Apache-2.0
#include "harness/cli/fuzz_options.h"

#include <cstdint>
#include <cstdio>

#include "absl/strings/str_cat.h"

namespace cadastre {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kLongest = 30ULL * 24 * 3600;
constexpr std::uint64_t kMostJobs = 256;

constexpr char kHelpTail[] = R"(
The target is built, started from its seeds and from what earlier runs kept, and watched. It stops
after --seconds, at Ctrl-C, or at the first violation. Everything it writes is below
out/fuzz/TARGET-ENGINE/: corpus/, crashes/ and a log per job.

Exit status: 0 nothing found, 1 a violation (its file and how to show it are printed), 2 misuse,
3 the build or the engine failed.
)";

bool IsTargetName(const std::string& name) {
  return name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == std::string::npos;
}

}  // namespace

const char* NameOf(FuzzEngine engine) {
  switch (engine) {
    case FuzzEngine::kLibFuzzer:
      return "libfuzzer";
    case FuzzEngine::kAfl:
      return "afl";
  }
  __builtin_unreachable();
}

absl::StatusOr<std::optional<FuzzOptions>> ParseFuzzOptions(std::span<const std::string> args) {
  FuzzOptions options;
  std::string engine = NameOf(options.engine);
  std::string corpus;
  std::uint64_t seconds = static_cast<std::uint64_t>(options.duration.count());
  std::uint64_t jobs = options.jobs;
  bool json = false;
  CommandFlags flags("fuzz [FLAGS]");
  flags.Choice("engine", "who mutates", {"libfuzzer", "afl"}, engine)
      .Text("target", "a fuzz target of fuzz/BUILD", options.target)
      .Number("seconds", "how long", 1, kLongest, seconds)
      .Number("jobs", "processes that share one corpus", 1, kMostJobs, jobs)
      .Text("corpus", "a folder of binary inputs to start from as well; only read", corpus)
      .Switch("json", "print the summary as one JSON object", json);
  const absl::StatusOr<ParsedFlags> parsed = flags.Parse(args, FileArguments::kNone);
  if (!parsed.ok()) return parsed.status();
  if (parsed->wish == ParsedFlags::Wish::kHelp) {
    std::printf("%s%s", flags.Help().c_str(), kHelpTail);
    return std::nullopt;
  }
  if (!IsTargetName(options.target)) {
    return absl::InvalidArgumentError(
        absl::StrCat("'", options.target, "' is no name of a fuzz target"));
  }
  std::error_code error;
  if (!corpus.empty() && !fs::is_directory(corpus, error)) {
    return absl::InvalidArgumentError(absl::StrCat("--corpus: no folder '", corpus, "'"));
  }
  if (!corpus.empty() && fs::is_empty(corpus, error)) {
    return absl::InvalidArgumentError(absl::StrCat("--corpus: nothing in '", corpus, "'"));
  }
  if (error) {
    return absl::InvalidArgumentError(absl::StrCat("--corpus: ", corpus, ": ", error.message()));
  }
  options.engine = engine == NameOf(FuzzEngine::kAfl) ? FuzzEngine::kAfl : FuzzEngine::kLibFuzzer;
  options.duration = std::chrono::seconds(seconds);
  options.jobs = jobs;
  if (!corpus.empty()) options.corpus = fs::absolute(corpus);
  options.report = json ? FuzzReport::kJson : FuzzReport::kText;
  return options;
}

}  // namespace cadastre
