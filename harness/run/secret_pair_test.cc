// SPDX-License-Identifier: Apache-2.0
// Pairs of runs that differ in secrets. The true core leaks none, so leaks are made here: an
// observer carries bytes of one page to another behind everybody's back.
#include "harness/run/secret_pair.h"

#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "harness/run/op_mix.h"
#include "harness/run/script_runs.h"

namespace cadastre::run {
namespace {

// In kRunningGuest: lent, given, given; and pages of the host.
constexpr std::uint64_t kLent = 0x40053 + 720;
constexpr std::uint64_t kGiven = kLent + 1;
constexpr std::uint64_t kHostPage = 0x40053 + 730;

// Does something after the operations of a name.
class Meddler final : public Observer {
 public:
  Meddler(std::string_view name, std::function<void()> meddle)
      : name_(name), meddle_(std::move(meddle)) {}
  void BeforeOp(const Occurrence&) override {}
  void AfterOp(const Occurrence& occurrence, const Outcome&) override {
    if (script::InfoOf(occurrence.op.code).name == name_) meddle_();
  }

 private:
  std::string_view name_;
  std::function<void()> meddle_;
};

class SecretPairs : public testing::Test {
 protected:
  // A leak that both runs have: the meddler sees the first run too.
  RunResult Leaking(const std::string& lines, std::string_view after,
                    std::function<void()> meddle) {
    Meddler meddler(after, std::move(meddle));
    return SecretPair(runner_, &meddler).Run(Script(lines));
  }
  std::string Run(const std::string& lines) { return Describe(pair_.Run(Script(lines))); }
  // All guests are subjects.
  static script::Script Script(const std::string& lines) {
    script::Script script = SmallScript(lines);
    while (script.ops.size() % 3 != 0) script.ops.push_back(SmallScript("cpu1 version\n").ops[0]);
    return script;
  }
  std::uint64_t Peek(std::uint64_t pfn, unsigned word = 0) {
    return runner_.machine().memory().Peek((pfn << 12) + 8 * word);
  }
  void Poke(std::uint64_t pfn, std::uint64_t word) {
    runner_.machine().memory().Write(pfn << 12, word);
  }
  const std::string guest_ = kRunningGuest;
  Runner runner_{*cadastre::Profile::Make(0)};
  SecretPair pair_{runner_};
};

TEST_F(SecretPairs, TheTrueCoreKeepsThem) {
  EXPECT_EQ(Run(guest_ + "cpu0 guest_access gfn=0 offset=0 access=write reg=5\n"
                         "cpu0 guest_access gfn=1 offset=8 access=write reg=24\n"
                         "cpu0 guest_access gfn=1 offset=8 access=read reg=2\n"
                         "cpu0 guest_wait\ncpu0 vcpu_run\n"
                         "cpu0 guest_hvc x0=0x82000001 x1=1 x2=2 x3=3 x4=4 x5=5\n"
                         "cpu1 force_reclaim vm=a pfn=ram+720 count=2\n"
                         "cpu1 host_access pfn=ram+720 offset=0 access=read\n"),
            "");
}

// What a guest gives away may be seen, and is the same in both runs.
TEST_F(SecretPairs, WhatIsGivenAwayIsNoSecret) {
  EXPECT_EQ(Run(guest_ + "cpu0 guest_access gfn=0 offset=0 access=write reg=24\n"
                         "cpu0 guest_relinquish gfn=0 keep=1\n"
                         "cpu0 guest_access gfn=1 offset=0 access=write reg=25\n"
                         "cpu0 guest_share_host gfn=1\n"
                         "cpu0 guest_access gfn=1 offset=8 access=write reg=26\n"
                         "cpu0 guest_unshare_host gfn=1\n"
                         "cpu0 guest_access gfn=1 offset=16 access=write reg=27\n"
                         "cpu1 force_reclaim vm=a pfn=ram+721 count=1\n"
                         "cpu0 guest_access gfn=0x300 offset=0 access=write reg=28\n"),
            "");
  EXPECT_NE(Peek(kLent), 0U);
}

// What is stored after a page was taken back differs, what was stored before does not.
TEST_F(SecretPairs, SecretsDifferAndNothingElseDoes) {
  std::vector<std::uint64_t> shared;
  std::vector<std::uint64_t> kept;
  const RunResult result = Leaking(guest_ +
                                       "cpu0 guest_access gfn=1 offset=0 access=write reg=25\n"
                                       "cpu0 guest_share_host gfn=1\n"
                                       "cpu0 guest_unshare_host gfn=1\n"
                                       "cpu0 guest_access gfn=1 offset=8 access=write reg=5\n"
                                       "cpu0 interrupt\n",
                                   "interrupt", [&] {
                                     shared.push_back(Peek(kGiven, 0));
                                     kept.push_back(Peek(kGiven, 1));
                                   });
  EXPECT_EQ(Describe(result), "");
  ASSERT_EQ(shared.size(), 2U);
  EXPECT_EQ(shared[0], shared[1]);
  EXPECT_NE(kept[0], kept[1]);
}

TEST_F(SecretPairs, ALeakIntoAHostsPageIsSeenWhereItHappens) {
  const RunResult result = Leaking("cpu0 share_hyp pfn=ram+730 count=1\n" + guest_ +
                                       "cpu0 guest_access gfn=0 offset=0 access=write reg=5\n"
                                       "cpu0 interrupt\n",
                                   "interrupt", [&] { Poke(kHostPage, Peek(kLent)); });
  ASSERT_TRUE(result.failure.has_value());
  EXPECT_STREQ(result.failure->violation.id, kSecretLeaks);
  EXPECT_EQ(result.failure->call, "interrupt");
  EXPECT_EQ(result.failure->op_index, 11U);
  EXPECT_EQ(result.failure->violation.detail, "page 0x4032d reads otherwise with other secrets");
}

// Other guests look on too, whether or not their own secrets change.
TEST_F(SecretPairs, ALeakIntoAnotherGuestIsSeen) {
  const RunResult result =
      Leaking(guest_ +
                  "cpu1 vm_create flags=protected ipa_bits=36 meta_pfn=ram+740 root_pfn=ram+742\n"
                  "cpu1 vm_donate_tables vm=b pfn=ram+744 count=8\n"
                  "cpu1 lend_guest vm=b pfn=ram+730 gfn=0 count=1 prot=rw -> 0\n"
                  "cpu0 guest_access gfn=0 offset=0 access=write reg=5\n"
                  "cpu0 interrupt\n",
              "interrupt", [&] { Poke(kHostPage, Peek(kLent)); });
  EXPECT_EQ(Describe(result),
            "SECRET_LEAKS at op 13 interrupt: page 0x4032d reads otherwise with other secrets");
}

// A page that no operation touched is looked at in the end.
TEST_F(SecretPairs, ALeakElsewhereIsSeenAtTheEnd) {
  const RunResult result = Leaking(guest_ +
                                       "cpu0 guest_access gfn=0 offset=0 access=write reg=5\n"
                                       "cpu0 interrupt\n",
                                   "interrupt", [&] { Poke(kHostPage, Peek(kLent)); });
  ASSERT_TRUE(result.failure.has_value());
  EXPECT_STREQ(result.failure->violation.id, kSecretLeaks);
  EXPECT_EQ(result.failure->call, "sweep");
}

TEST_F(SecretPairs, El2sParkedPagesAreSecretsToo) {
  const RunResult result = Leaking(
      "cpu0 donate_hyp pfn=ram+720 count=1\ncpu0 share_hyp pfn=ram+730 count=1\ncpu0 version\n",
      "version", [&] {
        for (unsigned i = 0; i < SimMemory::kWords; ++i) {
          if (Peek(kLent, i) != 0) Poke(kHostPage, Peek(kLent, i));
        }
      });
  ASSERT_TRUE(result.failure.has_value());
  EXPECT_STREQ(result.failure->violation.id, kSecretLeaks);
  EXPECT_EQ(Run("cpu0 donate_hyp pfn=ram+720 count=1\ncpu0 reclaim_hyp pfn=ram+720 count=1\n"), "");
}

// What the oracle finds comes first, and the leak beside it.
TEST_F(SecretPairs, AMissingScrubIsBoth) {
  // The scrub is undone as soon as it is done: at the end of another operation meanwhile.
  std::uint64_t secret = 0;
  Meddler meddler("version", [&] {
    if (Peek(kLent) != 0) {
      secret = Peek(kLent);
    } else {
      Poke(kLent, secret);
    }
  });
  std::string steps;
  for (int i = 0; i < 60; ++i) steps += "cpu1 step steps=8\ncpu0 version\n";
  const RunResult result = SecretPair(runner_, &meddler)
                               .Run(Script(guest_ +
                                           "cpu0 guest_access gfn=0 offset=0 access=write reg=5\n"
                                           "cpu0 version\n"
                                           "cpu1 force_reclaim vm=a pfn=ram+720 count=1 sched=8\n" +
                                           steps));
  ASSERT_TRUE(result.failure.has_value());
  EXPECT_STREQ(result.failure->violation.id, "SCRUBBED_CLEAN");
  EXPECT_EQ(result.failure->violation.also.back(), std::string("SECRET_LEAKS"));
}

TEST(Sights, EachThingThatIsSeenCounts) {
  const auto difference = [](const std::function<void(Sight&)>& edit) {
    Sight first;
    first.pages = {{1, 10}};
    Sight second = first;
    edit(second);
    return DifferenceOf(first, second).value_or("none");
  };
  EXPECT_EQ(difference([](Sight&) {}), "none");
  EXPECT_EQ(difference([](Sight& s) { s.registers[9] = 5; }),
            "the host sees x9 = 0x0, and 0x5 with other secrets");
  EXPECT_EQ(difference([](Sight& s) { s.guest.x[0] = 5; }),
            "a guest runs with other registers when another's secrets are others");
  EXPECT_EQ(difference([](Sight& s) { s.is_injected = true; }), "an abort has another outcome");
  EXPECT_EQ(difference([](Sight& s) { s.is_host_next = false; }), "another one runs next");
  EXPECT_EQ(difference([](Sight& s) { s.pages[0].digest = 5; }),
            "page 0x1 reads otherwise with other secrets");
  EXPECT_EQ(difference([](Sight& s) { s.pages.push_back({2, 1}); }),
            "page 0x2 reads otherwise with other secrets");
  EXPECT_EQ(difference([](Sight& s) { s.pages[0] = {2, 10}; }),
            "page 0x1 reads otherwise with other secrets");
  EXPECT_EQ(difference([](Sight& s) { s.index = 1; }), "the runs take operations in another order");
}

TEST_F(SecretPairs, TheTrueCoreKeepsThemInMixedScripts) {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    const script::Script script =
        MakeMixedScript(seed, 62 + seed % 3, script::Profile::kSmall, runner_.facts());
    EXPECT_EQ(Describe(pair_.Run(script)), "") << "seed " << seed;
  }
}

}  // namespace
}  // namespace cadastre::run
