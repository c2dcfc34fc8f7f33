// SPDX-License-Identifier: Apache-2.0
// cadastre bench: how many operations and pages a second one core checks, on the committed op mix.
#include <chrono>
#include <cstdio>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "harness/cli/bench_run.h"
#include "harness/cli/bench_target.h"
#include "harness/cli/commands.h"
#include "harness/cli/flags.h"

namespace cadastre {
namespace {

constexpr char kMore[] =
    "\nThe mix is deterministic (harness/run/op_mix.h): at least half of the operations succeed, a "
    "tenth of those that\n"
    "take a count have more than one page, and a quarter run beside those of the other CPU. Every "
    "operation is judged\n"
    "by the oracle; full sweeps, seam checks and the reset after each script count into the "
    "time. How long a reset\n"
    "takes is measured apart.\n";

void PrintText(const BenchResult& r) {
  std::printf(
      "%.0f ops/s, %.0f pages/s: %llu operations (%.1f%% done, %.1f%% of ranges above one page, "
      "%.1f%% beside others) and %llu pages "
      "in %.2f s, %llu scripts of %llu; median reset %.1f us\n",
      static_cast<double>(r.ops) / r.seconds, static_cast<double>(r.pages) / r.seconds,
      static_cast<unsigned long long>(r.ops), r.Percent(r.successes, r.ops),
      r.Percent(r.longer, r.ranges), r.Percent(r.beside, r.ops),
      static_cast<unsigned long long>(r.pages), r.seconds,
      static_cast<unsigned long long>(r.scripts), static_cast<unsigned long long>(r.ops_per_script),
      r.reset_microseconds);
}

void PrintJson(const BenchResult& r) {
  std::printf(
      "{\"version\":1,\"ops_per_second\":%.0f,\"pages_per_second\":%.0f,\"ops\":%llu,\"pages\":%"
      "llu,"
      "\"successes\":%llu,\"ranges\":%llu,\"ranges_above_one_page\":%llu,\"beside_others\":%llu,"
      "\"scripts\":%llu,"
      "\"ops_per_script\":%llu,\"seconds\":%.3f,\"median_reset_microseconds\":%.1f}\n",
      static_cast<double>(r.ops) / r.seconds, static_cast<double>(r.pages) / r.seconds,
      static_cast<unsigned long long>(r.ops), static_cast<unsigned long long>(r.pages),
      static_cast<unsigned long long>(r.successes), static_cast<unsigned long long>(r.ranges),
      static_cast<unsigned long long>(r.longer), static_cast<unsigned long long>(r.beside),
      static_cast<unsigned long long>(r.scripts), static_cast<unsigned long long>(r.ops_per_script),
      r.seconds, r.reset_microseconds);
}

}  // namespace

int RunBench(std::span<const std::string> args) {
  std::uint64_t seconds = 5;
  std::uint64_t ops = 64;
  bool json = false;
  bool target = false;
  CommandFlags flags("bench", "[FLAGS]", {.ok = "measured", .found = "a violation"});
  flags.Number("seconds", "how long to measure", seconds);
  flags.Number("ops", "operations of each script", ops);
  flags.Switch("json", "print one JSON object", json);
  flags.Switch("target", "instead: what each call costs at EL2 of QEMU, counted", target);
  const absl::StatusOr<ParsedFlags> parsed = flags.Parse(args);
  if (!parsed.ok()) {
    std::fprintf(stderr, "cadastre bench: %s\n", std::string(parsed.status().message()).c_str());
    return kExitMisuse;
  }
  if (parsed->wish == ParsedFlags::Wish::kHelp) {
    std::printf("%s%s", flags.Help().c_str(), kMore);
    return kExitOk;
  }
  if (target) {
    for (const std::string_view name : {"seconds", "ops", "json"}) {
      if (!parsed->given.contains(name)) continue;
      std::fprintf(stderr, "cadastre bench: --target goes with no other flag\n");
      return kExitMisuse;
    }
    return BenchTarget();
  }
  const BenchResult result = Measure(std::chrono::seconds(seconds), ops);
  if (result.failure) {
    std::fprintf(stderr, "cadastre bench: seed %llu breaks %s: %s\n",
                 static_cast<unsigned long long>(result.failing_seed), result.failure->violation.id,
                 result.failure->violation.detail.c_str());
    return kExitFound;
  }
  json ? PrintJson(result) : PrintText(result);
  return kExitOk;
}

}  // namespace cadastre
