// SPDX-License-Identifier: Apache-2.0
// The digest that EL2 computes from memory is the specification's, after each operation of the
// committed scripts at which nothing is under way.
#include "harness/on_target/state_digest.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "harness/run/runner.h"
#include "harness/run/testing/committed_scripts.h"

namespace cadastre::on_target {
namespace {

const std::uint64_t* PageWords(const void* context, std::uint64_t pfn) {
  return static_cast<const SimMemory*>(context)->PageWords(pfn);
}

class Digester final : public run::Observer {
 public:
  explicit Digester(run::Runner& runner)
      : runner_(runner),
        facts_(runner.facts()),
        machine_{.pa_bits = facts_.pa_bits,
                 .ram = {.ram = facts_.ram, .no_map = facts_.no_map, .devices = facts_.devices},
                 .image = facts_.image,
                 .pool = facts_.pool,
                 .record_base = facts_.record_base,
                 .own_inputs = {}},
        notes_(machine_.ram.Pages()),
        digest_(std::make_unique<StateDigest<SimPlatform>>(machine_, notes_)) {}

  void BeforeOp(const run::Occurrence&) override {}
  void AfterOp(const run::Occurrence& occurrence, const run::Outcome& outcome) override {
    const bool is_hvc = occurrence.resolved.what == script::ResolvedOp::What::kHvc;
    if (is_hvc && IsVmCreate(occurrence.resolved.registers[0]) && outcome.got &&
        outcome.got->answer == script::Expectation::Answer::kSuccess)
      order_.NoteCreated(*outcome.got->x2, ++created_);
    for (unsigned cpu = 0; cpu < facts_.cpus; ++cpu) {
      if (runner_.Busy(cpu)) return;
    }
    ++digests_;
    const auto got = Digest();
    EXPECT_FALSE(got.finding.has_value()) << "after operation " << occurrence.index;
    EXPECT_EQ(got.state, runner_.oracle().StateDigest()) << "after operation " << occurrence.index;
  }

  std::size_t digests() const { return digests_; }

 private:
  StateDigest<SimPlatform>::Result Digest() {
    bool runs_guest[kMaxCpus] = {};
    for (unsigned cpu = 0; cpu < facts_.cpus; ++cpu) runs_guest[cpu] = runner_.RunsGuest(cpu);
    StateDigest<SimPlatform>::Result result;
    const BootInfo info = runner_.machine().profile().Boot();
    SimPlatform& platform = runner_.machine().platform();
    platform.set_load_covers({});  // who looks at a machine at rest takes no locks
    const auto violation = runner_.machine().RunOp(0, [&] {
      result = digest_->Run(platform, runner_.core(),
                            {.page_words = &PageWords, .context = &runner_.machine().memory()},
                            ToPfn(info.host_root).value, ToPfn(info.el2_root).value, order_,
                            {runs_guest, facts_.cpus});
    });
    platform.set_load_covers(runner_.oracle().LoadCovers());
    EXPECT_FALSE(violation.has_value());
    return result;
  }

  run::Runner& runner_;
  const oracle::MachineFacts& facts_;
  oracle::AuditMachine machine_;
  std::vector<oracle::AuditNote> notes_;
  std::unique_ptr<StateDigest<SimPlatform>> digest_;
  CreationOrder order_;
  std::uint64_t created_ = 0;
  std::size_t digests_ = 0;
};

TEST(StateDigest, OfMemoryIsTheSpecificationsAfterEachOperationOfTheCorpus) {
  run::Runners runners;
  std::size_t digests = 0;
  for (const auto& [path, script] : run::testing::CommittedScripts()) {
    SCOPED_TRACE(path);
    run::Runner& runner = runners.For(script.profile);
    Digester digester(runner);
    EXPECT_FALSE(runner.Run(script, run::Expectations::kIgnored, &digester).failure.has_value());
    digests += digester.digests();
  }
  EXPECT_GT(digests, 2'000u);
}

}  // namespace
}  // namespace cadastre::on_target
