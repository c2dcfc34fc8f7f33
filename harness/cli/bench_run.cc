// SPDX-License-Identifier: Apache-2.0
#include "harness/cli/bench_run.h"

#include <vector>

#include "harness/run/op_mix.h"

namespace cadastre {
namespace {

constexpr std::uint64_t kScripts = 256;  // made before the clock starts, then run round and round

class MixCounter final : public run::Observer {
 public:
  explicit MixCounter(BenchResult& result) : result_(result) {}
  void BeforeOp(std::size_t, const script::Op&, const script::ResolvedOp&) override {}
  void AfterOp(std::size_t, const script::Op& op, const script::ResolvedOp& resolved,
               const run::Outcome& outcome) override {
    const bool is_hvc = resolved.what == script::ResolvedOp::What::kHvc;
    const bool done = is_hvc ? outcome.after[0] == 0 && outcome.after[1] == 0
                             : outcome.access == run::AccessResult::kAllowed;
    ++result_.ops;
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
  return result;
}

}  // namespace cadastre
