// SPDX-License-Identifier: Apache-2.0
// What the host answers follows the order in which the target's events came, whatever the script's.
#include "harness/on_target/logged_order.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <initializer_list>
#include <string>
#include <vector>

#include "harness/script/text.h"

namespace cadastre::on_target {
namespace {

using testing::HasSubstr;
using Kind = script::Expectation::Answer;

constexpr char kHeader[] = "cadastre-ops 1 profile=small\n";
constexpr char kRunningGuest[] =
    "cpu0 vm_create flags=plain ipa_bits=36 meta_pfn=ram+0xb0 root_pfn=ram+0xb2\n"
    "cpu0 vm_donate_tables vm=a pfn=ram+0xb8 count=8\n"
    "cpu0 share_hyp pfn=ram+0xc8 count=1\n"
    "cpu0 vcpu_create vm=a index=0 meta_pfn=ram+0xc9 run_pfn=ram+0xc8 entry=0x80000 context=0\n"
    "cpu0 vcpu_load vm=a index=0\n"
    "cpu0 vcpu_run\n";

class LoggedOrder : public testing::Test {
 protected:
  LoggedOrder() : runner_(*Profile::Make(0)) {}

  // A trace, and answers as if its operations had come one after another, with two numbers each.
  void Take(const std::string& ops) {
    const auto script = script::Parse(kHeader + ops);
    ASSERT_TRUE(script.ok()) << script.status();
    trace_ = TraceOf(runner_, *script);
    ASSERT_EQ(trace_.reason, "");
    answers_.assign(trace_.ops.size(), {});
    for (std::size_t i = 0; i < answers_.size(); ++i) SetEvents(i, {10 * i});
  }
  void SetEvents(std::size_t op, std::initializer_list<std::uint64_t> events) {
    TargetAnswer& answer = answers_[op];
    answer.event_count = static_cast<std::uint32_t>(events.size());
    std::copy(events.begin(), events.end(), answer.events);
  }
  Kind AnswerOf(std::size_t op) {
    const auto ordered = InLoggedOrder(runner_, trace_, answers_);
    EXPECT_TRUE(ordered.ok()) << ordered.status();
    return ordered.ok() ? ordered->ops[op].expected.answer : Kind::kIdle;
  }

  run::Runner runner_;
  Trace trace_;
  std::vector<TargetAnswer> answers_;
};

TEST_F(LoggedOrder, DecidesWhoComesFirst) {
  Take(
      "cpu0 share_hyp pfn=ram+0x100 count=1\n"
      "cpu1 donate_hyp pfn=ram+0x100 count=1\n");
  EXPECT_EQ(AnswerOf(0), Kind::kSuccess);
  EXPECT_EQ(AnswerOf(1), Kind::kRefusal);
  SetEvents(0, {5});
  SetEvents(1, {4});
  EXPECT_EQ(AnswerOf(0), Kind::kRefusal);
  EXPECT_EQ(AnswerOf(1), Kind::kSuccess);
}

TEST_F(LoggedOrder, PutsACallBetweenTheTwoEventsOfAnother) {
  Take(
      "cpu0 donate_hyp pfn=ram+0x100 count=1\n"
      "cpu0 reclaim_hyp pfn=ram+0x100 count=1\n"
      "cpu1 share_hyp pfn=ram+0x100 count=1\n");
  SetEvents(1, {10, 12});
  SetEvents(2, {13});
  EXPECT_EQ(AnswerOf(2), Kind::kSuccess);
  SetEvents(2, {11});  // the page is in TRANSIT
  EXPECT_EQ(AnswerOf(1), Kind::kSuccess);
  EXPECT_EQ(AnswerOf(2), Kind::kRefusal);
}

TEST_F(LoggedOrder, TakesStatesWhereNothingIsUnderWay) {
  Take(
      "cpu0 donate_hyp pfn=ram+0x100 count=1\n"
      "cpu1 donate_hyp pfn=ram+0x101 count=1\n");
  const std::uint64_t behind_both = trace_.ops[1].state;
  trace_.ops[0].op.is_quiet = 0;
  SetEvents(1, {4});
  SetEvents(0, {5});
  const auto ordered = InLoggedOrder(runner_, trace_, answers_);
  ASSERT_TRUE(ordered.ok()) << ordered.status();
  EXPECT_EQ(ordered->ops[1].state, behind_both);
  EXPECT_NE(ordered->ops[0].state, behind_both);
}

TEST_F(LoggedOrder, HasNoPlaceForAnAccessWithoutEventBesideOnesWithSome) {
  Take(
      "cpu0 share_hyp pfn=ram+0x100 count=1\n"
      "cpu0 host_access pfn=ram+0x100 offset=0 access=read\n"
      "cpu1 donate_hyp pfn=ram+0x101 count=1\n");
  SetEvents(1, {});
  answers_[1].first_event = answers_[1].end_event = 1;
  auto ordered = InLoggedOrder(runner_, trace_, answers_);
  ASSERT_TRUE(ordered.ok()) << ordered.status();
  EXPECT_TRUE(ordered->ops[1].is_compared);
  EXPECT_EQ(ordered->ops[1].expected.answer, Kind::kAllowed);
  answers_[1].began_beside = 1;  // an event that may not have done yet what it is for
  ordered = InLoggedOrder(runner_, trace_, answers_);
  ASSERT_TRUE(ordered.ok()) << ordered.status();
  EXPECT_FALSE(ordered->ops[1].is_compared);
  answers_[1].began_beside = 0;
  answers_[1].end_event = 21;
  ordered = InLoggedOrder(runner_, trace_, answers_);
  ASSERT_TRUE(ordered.ok()) << ordered.status();
  EXPECT_FALSE(ordered->ops[1].is_compared);
}

TEST_F(LoggedOrder, BringsTheHostBackWhereTheTargetDid) {
  Take(std::string(kRunningGuest) + "cpu0 interrupt\ncpu0 share_hyp pfn=ram+0x100 count=1\n");
  ASSERT_EQ(trace_.ops.size(), 8u);
  trace_.ops.erase(trace_.ops.begin() + 6);
  answers_.pop_back();
  SetEvents(6, {70, 71});
  answers_[6].interrupts_guest = 1;
  EXPECT_EQ(AnswerOf(6), Kind::kSuccess);
}

TEST_F(LoggedOrder, TellsWhatTheOracleSaysToIt) {
  Take(std::string(kRunningGuest) + "cpu0 interrupt\ncpu0 share_hyp pfn=ram+0x100 count=1\n");
  trace_.ops.erase(trace_.ops.begin() + 6);  // the host acts, and nothing brought it back
  answers_.pop_back();
  const auto ordered = InLoggedOrder(runner_, trace_, answers_);
  EXPECT_THAT(std::string(ordered.status().message()),
              HasSubstr("operation 8 in the target's order: "));
}

TEST_F(LoggedOrder, RefusesMoreEventsThanAnAnswerHolds) {
  Take("cpu0 share_hyp pfn=ram+0x100 count=1\n");
  answers_[0].event_count = TargetAnswer::kEvents + 1;
  const auto ordered = InLoggedOrder(runner_, trace_, answers_);
  EXPECT_THAT(std::string(ordered.status().message()), HasSubstr("more than 4 events"));
}

}  // namespace
}  // namespace cadastre::on_target
