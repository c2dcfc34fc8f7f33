// SPDX-License-Identifier: Apache-2.0
// The part of the oracle that runs at EL2 finds nothing wrong wherever the whole oracle finds
// nothing: after each operation of the committed scripts and of the mix at which nothing is under
// way.
#include <gtest/gtest.h>

#include <cstddef>
#include <string>

#include "harness/run/op_mix.h"
#include "harness/run/runner.h"
#include "harness/run/testing/committed_scripts.h"

namespace cadastre::run {
namespace {

class Auditor final : public Observer {
 public:
  explicit Auditor(Runner& runner) : runner_(runner) {}
  void BeforeOp(const Occurrence&) override {}
  void AfterOp(const Occurrence& occurrence, const Outcome&) override {
    for (unsigned cpu = 0; cpu < runner_.facts().cpus; ++cpu) {
      if (runner_.Busy(cpu)) return;
    }
    ++audits_;
    const char* finding = runner_.Audit();
    EXPECT_EQ(finding, nullptr) << "after operation " << occurrence.index << ": " << finding;
  }
  std::size_t audits() const { return audits_; }

 private:
  Runner& runner_;
  std::size_t audits_ = 0;
};

// How many audits a run took.
std::size_t AuditRun(Runner& runner, const script::Script& script) {
  Auditor auditor(runner);
  const RunResult result = runner.Run(script, Expectations::kIgnored, &auditor);
  EXPECT_FALSE(result.failure.has_value());
  return auditor.audits();
}

TEST(TableAudit, IsSilentAfterEachOperationOfTheCorpus) {
  Runners runners;
  std::size_t audits = 0;
  for (const auto& [path, script] : testing::CommittedScripts()) {
    SCOPED_TRACE(path);
    audits += AuditRun(runners.For(script.profile), script);
  }
  EXPECT_GT(audits, 2'000u);
}

TEST(TableAudit, IsSilentAfterEachOperationOfTheMix) {
  for (unsigned profile = 0; profile < Profile::kCount; ++profile) {
    Runner runner(*Profile::Make(profile));
    for (std::uint64_t seed = 0; seed < 8; ++seed) {
      SCOPED_TRACE("machine " + std::to_string(profile) + ", seed " + std::to_string(seed));
      const script::Script script =
          MakeMixedScript(seed, 150, static_cast<script::Profile>(profile), runner.facts());
      EXPECT_GT(AuditRun(runner, script), 50u);
    }
  }
}

}  // namespace
}  // namespace cadastre::run
