// SPDX-License-Identifier: Apache-2.0
#include "harness/cli/fuzz_options.h"

#include <cstdint>
#include <cstdio>

namespace cadastre {
namespace {

namespace fs = std::filesystem;

constexpr char kHelpTail[] = R"(
The target is built, started from its seeds and from what earlier runs kept, and watched. It stops
after --seconds, at Ctrl-C, or at the first violation. Everything it writes is below
out/fuzz/TARGET-ENGINE/: corpus/, crashes/ and a log per job. A violation's file and the command
that shows it are printed.
)";

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
  CommandFlags flags("fuzz", "[FLAGS]", {.ok = "nothing found", .found = "a violation"});
  flags.Text("engine", "who mutates", engine)
      .Text("target", "a fuzz target of fuzz/BUILD", options.target)
      .Number("seconds", "how long", seconds)
      .Number("jobs", "processes that share one corpus", jobs)
      .Text("corpus", "a folder of binary inputs to start from as well; only read", corpus)
      .Switch("json", "print the summary as one JSON object", json);
  const absl::StatusOr<ParsedFlags> parsed = flags.Parse(args);
  if (!parsed.ok()) return parsed.status();
  if (parsed->wish == ParsedFlags::Wish::kHelp) {
    std::printf("%s%s", flags.Help().c_str(), kHelpTail);
    return std::nullopt;
  }
  options.engine = engine == NameOf(FuzzEngine::kAfl) ? FuzzEngine::kAfl : FuzzEngine::kLibFuzzer;
  options.duration = std::chrono::seconds(seconds);
  options.jobs = jobs;
  if (!corpus.empty()) options.corpus = fs::absolute(corpus);
  options.report = json ? FuzzReport::kJson : FuzzReport::kText;
  return options;
}

}  // namespace cadastre
