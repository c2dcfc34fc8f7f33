// SPDX-License-Identifier: Apache-2.0
// Accesses through translations that an operation under way has taken away. The true core completes
// its invalidations in time; here they are struck from what the machine remembers, and the accesses
// that this allows are found out.
#include <gtest/gtest.h>

#include <algorithm>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "harness/run/script_runs.h"
#include "harness/run/transcript.h"

namespace cadastre::run {
namespace {

using oracle::EventKind;

bool Invalidates(EventKind kind) {
  return kind == EventKind::kTlbiIpas2e1is || kind == EventKind::kTlbiRipas2e1is ||
         kind == EventKind::kTlbiVmalle1is || kind == EventKind::kTlbiVmalls12e1is;
}

// Strikes the invalidations of CPU 0 while an operation of a name is carried out, and gives them
// back: the oracle is to judge what CPU 0 did.
class Forgetting final : public Observer {
 public:
  Forgetting(Runner& runner, std::string_view name) : runner_(runner), name_(name) {}
  void BeforeOp(const Occurrence& occurrence) override {
    if (script::InfoOf(occurrence.op.code).name != name_) return;
    const auto events = Events();
    for (std::size_t i = 0; i < events.size(); ++i) {
      if (!Invalidates(events[i].kind)) continue;
      struck_.emplace_back(i, events[i].kind);
      events[i].kind = EventKind::kIsb;
    }
  }
  void AfterOp(const Occurrence&, const Outcome&) override {
    for (const auto& [i, kind] : struck_) Events()[i].kind = kind;
    struck_.clear();
  }

 private:
  std::span<oracle::Event> Events() {
    return runner_.machine().platform().scheduler().cpu(0).events.events();
  }

  Runner& runner_;
  std::string_view name_;
  std::vector<std::pair<std::size_t, EventKind>> struck_;
};

constexpr unsigned kMostSteps = 400;

class StaleAccesses : public testing::Test {
 protected:
  // Where the access of `line` leads beside `call`, after each number of steps of that: "a"
  // allowed, "i" injected, "g" the guest goes on, "x" it exits.
  std::string Beside(const std::string& opening, const std::string& call, const std::string& line) {
    std::string out;
    for (unsigned steps = 1; steps < kMostSteps; ++steps) {
      Transcript transcript(runner_);
      const script::Script script =
          SmallScript(opening + call + " sched=" + std::to_string(steps) + "\n" + line + "\n");
      EXPECT_EQ(Describe(runner_.Run(script, Expectations::kIgnored, &transcript)), "") << steps;
      out += Letter(*transcript.lines().back().outcome.got);
    }
    return out;
  }
  static char Letter(const script::Expectation& got) {
    switch (got.answer) {
      case script::Expectation::Answer::kAllowed:
        return 'a';
      case script::Expectation::Answer::kInjected:
        return 'i';
      case script::Expectation::Answer::kGuest:
        return 'g';
      default:
        return 'x';
    }
  }
  // The violation of the first number of steps at which there is one, other than what the oracle
  // says of the struck events themselves where the access waits for CPU 0 and so lets it run on.
  std::string FirstFound(const std::string& opening, const std::string& call,
                         const std::string& line, std::string_view op) {
    for (unsigned steps = 1; steps < kMostSteps; ++steps) {
      Forgetting forgetting(runner_, op);
      const script::Script script =
          SmallScript(opening + call + " sched=" + std::to_string(steps) + "\n" + line + "\n");
      const RunResult result = runner_.Run(script, Expectations::kIgnored, &forgetting);
      const std::string id = result.failure ? result.failure->violation.id : "";
      if (id != "" && id != "STALE_TRANSLATION") return id;
    }
    return "silent";
  }

  // The guest of kRunningGuest runs on CPU 1, and has stored to its pages.
  const std::string guest_ = std::string(kRunningGuest) +
                             "cpu0 interrupt\ncpu0 vcpu_put\ncpu1 vcpu_load vm=a index=0\n"
                             "cpu1 vcpu_run\n"
                             "cpu1 guest_access gfn=0 offset=0 access=write reg=0\n"
                             "cpu1 guest_access gfn=1 offset=0 access=write reg=0\n";
  const std::string host_ = "cpu1 host_access pfn=ram+730 offset=0 access=write\n";
  Runner runner_{*cadastre::Profile::Make(0)};
};

std::size_t Count(const std::string& text, char letter) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), letter));
}

// The host still reaches the page between EL2's store and the end of the invalidation.
TEST_F(StaleAccesses, ReachLongerThanTheTables) {
  const std::string call = "cpu0 donate_hyp pfn=ram+730 count=1";
  const std::string walked =
      Beside(host_, call, "cpu1 host_access pfn=ram+730 offset=0 access=read");
  const std::string stale =
      Beside(host_, call, "cpu1 host_access pfn=ram+730 offset=0 access=stale_read");
  EXPECT_GT(Count(stale, 'a'), Count(walked, 'a'));
  EXPECT_GT(Count(stale, 'i'), 0U);
}

TEST_F(StaleAccesses, OfGuestsReachTheirPagesLonger) {
  const std::string call = "cpu0 force_reclaim vm=a pfn=ram+720 count=2";
  const std::string walked =
      Beside(guest_, call, "cpu1 guest_access gfn=1 offset=0 access=read reg=3");
  for (const char* access : {"stale_read", "stale_write", "stale_execute"}) {
    const std::string stale = Beside(
        guest_, call, std::string("cpu1 guest_access gfn=1 offset=0 access=") + access + " reg=3");
    EXPECT_GT(Count(stale, 'g'), Count(walked, 'g')) << access;
    EXPECT_GT(Count(stale, 'x'), 0U) << access;
  }
}

// With nothing under way they are like any other.
TEST_F(StaleAccesses, WithoutAnOperationAreOrdinary) {
  Transcript transcript(runner_);
  const std::string lines = guest_ +
                            "cpu1 guest_access gfn=1 offset=0 access=stale_read reg=3\n"
                            "cpu0 host_access pfn=ram+720 offset=0 access=stale_read\n"
                            "cpu0 host_access pfn=ram+730 offset=0 access=stale_write\n";
  EXPECT_EQ(Describe(runner_.Run(SmallScript(lines), Expectations::kIgnored, &transcript)), "");
  std::string letters;
  for (std::size_t i = transcript.lines().size() - 3; i < transcript.lines().size(); ++i)
    letters += Letter(*transcript.lines()[i].outcome.got);
  EXPECT_EQ(letters, "gia");
}

TEST_F(StaleAccesses, AGuestsStoreToAPageThatItLostIsForbidden) {
  EXPECT_EQ(FirstFound(guest_, "cpu0 force_reclaim vm=a pfn=ram+720 count=2",
                       "cpu1 guest_access gfn=1 offset=0 access=stale_write reg=3", "guest_access"),
            kGuestAccessForbidden);
}

TEST_F(StaleAccesses, AHostsStoreToAPageThatItLostIsForbidden) {
  EXPECT_EQ(FirstFound(host_, "cpu0 donate_hyp pfn=ram+730 count=1",
                       "cpu1 host_access pfn=ram+730 offset=0 access=stale_write", "host_access"),
            kHostAccessForbidden);
}

// A vCPU's registers are in the page before the host's translation of it is gone.
TEST_F(StaleAccesses, TheHostReadsNothingThatEl2Stored) {
  const std::string opening = std::string(kRunningGuest) + "cpu0 interrupt\n" + host_ +
                              "cpu0 share_hyp pfn=ram+731 count=1\n";
  const std::string call =
      "cpu0 vcpu_create vm=a index=2 meta_pfn=ram+730 run_pfn=ram+731 entry=0 context=0";
  const std::string line = "cpu1 host_access pfn=ram+730 offset=0 access=stale_read";
  EXPECT_EQ(FirstFound(opening, call, line, "host_access"), "FORBIDDEN_READ");
  EXPECT_EQ(FirstFound(opening, call, line, "no operation"), "silent");
}

}  // namespace
}  // namespace cadastre::run
