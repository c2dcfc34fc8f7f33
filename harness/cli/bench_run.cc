// SPDX-License-Identifier: Apache-2.0
#include "harness/cli/bench_run.h"

#include <algorithm>
#include <cstddef>
#include <span>
#include <vector>

#include "harness/run/expectation.h"
#include "harness/run/op_mix.h"

namespace cadastre {
namespace {

constexpr std::uint64_t kScripts = 256;  // made before the clock starts, then run round and round
constexpr std::size_t kResets = 64;      // of the first scripts

class MixCounter final : public run::Observer {
 public:
  explicit MixCounter(BenchResult& result) : result_(result) {}
  void BeforeOp(const run::Occurrence&) override {}
  void AfterOp(const run::Occurrence& occurrence, const run::Outcome& outcome) override {
    if (occurrence.origin == run::Origin::kImplied) return;
    const script::Op& op = occurrence.op;
    const bool done = outcome.got && run::IsSuccess(op.code, *outcome.got);
    ++result_.ops;
    result_.beside += op.schedule != 0 ? 1 : 0;
    result_.successes += done ? 1 : 0;
    const script::OpInfo& info = script::InfoOf(op.code);
    for (std::size_t i = 0; i < info.operand_count; ++i) {
      if (info.operands()[i].kind != script::OperandKind::kCount) continue;
      const std::uint64_t count = op.operands[i].index;  // the mix names counts as numbers
      ++result_.ranges;
      result_.longer += count > 1 ? 1 : 0;
      result_.pages += done ? count : 0;
    }
  }

 private:
  BenchResult& result_;
};

// How long a reset takes after each of the scripts.
void MeasureResets(run::Runner& runner, std::span<const script::Script> scripts,
                   BenchResult& result) {
  std::vector<double> taken;
  for (std::uint64_t seed = 0; seed < scripts.size() && !result.failure; ++seed) {
    result.failure = runner.Run(scripts[seed], run::Expectations::kIgnored).failure;
    result.failing_seed = seed;
    const auto start = std::chrono::steady_clock::now();
    runner.Reset();
    const std::chrono::duration<double, std::micro> time = std::chrono::steady_clock::now() - start;
    taken.push_back(time.count());
  }
  const auto middle = taken.begin() + static_cast<std::ptrdiff_t>(taken.size() / 2);
  std::nth_element(taken.begin(), middle, taken.end());
  result.reset_microseconds = *middle;
}

}  // namespace

BenchResult Measure(std::chrono::milliseconds time, std::uint64_t ops) {
  run::Runner runner(*Profile::Make(0));
  std::vector<script::Script> scripts;
  for (std::uint64_t seed = 0; seed < kScripts; ++seed) {
    scripts.push_back(run::MakeMixedScript(seed, ops, script::Profile::kSmall, runner.facts()));
  }
  BenchResult result;
  result.ops_per_script = ops;
  MixCounter counter(result);
  const auto start = std::chrono::steady_clock::now();
  std::chrono::duration<double> taken{};
  do {
    const std::uint64_t seed = result.scripts % kScripts;
    result.failure = runner.Run(scripts[seed], run::Expectations::kIgnored, &counter).failure;
    result.failing_seed = seed;
    ++result.scripts;
    taken = std::chrono::steady_clock::now() - start;
  } while (!result.failure && taken < time);
  result.seconds = taken.count();
  if (!result.failure) MeasureResets(runner, std::span(scripts).first(kResets), result);
  return result;
}

}  // namespace cadastre
