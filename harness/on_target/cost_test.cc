// SPDX-License-Identifier: Apache-2.0
// What calls cost at EL2, in instructions: counted, hence the same on every machine. The committed
// table is that of this core, and the limits hold.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <string>

#include "harness/on_target/cost_run.h"
#include "service/abi/guest_calls.h"

namespace cadastre::on_target {
namespace {

const CostFiles kFiles{.image = "service/el2/image.img",
                       .payload = "harness/on_target/cost_payload.img",
                       .plugin = "harness/on_target/count_el2.so"};

class Costs : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    const auto measured = MeasureCosts(kFiles);
    ASSERT_TRUE(measured.ok()) << measured.status();
    costs_ = *measured;
  }
  static std::uint64_t Instructions(const std::string& call) {
    for (const Cost& cost : costs_) {
      if (cost.call == call && cost.pages <= 1 && cost.where != "block") return cost.instructions;
    }
    ADD_FAILURE() << "no cost of " << call;
    return 0;
  }
  static std::vector<Cost> costs_;
};
std::vector<Cost> Costs::costs_;

TEST_F(Costs, AreThoseOfTheManualsTable) {
  std::ifstream stream("service/PERFORMANCE.md");
  const std::string text(std::istreambuf_iterator<char>(stream), {});
  EXPECT_NE(text.find(FormatCosts(costs_)), std::string::npos)
      << "service/PERFORMANCE.md is of another core; harness/cadastre bench --target gives:\n"
      << FormatCosts(costs_);
}

bool IsOf(const std::string& cost, const std::string& call) {
  return cost == call || cost.rfind(call + ",", 0) == 0;
}

TEST_F(Costs, OfEveryCallAreThere) {
  const auto is_there = [](const std::string& call) {
    return std::any_of(costs_.begin(), costs_.end(),
                       [&](const Cost& cost) { return IsOf(cost.call, call); });
  };
  for (const abi::Call& call : abi::kCalls) {
    const bool in_product = call.presence != abi::Presence::kCheckingBuild;
    EXPECT_EQ(is_there(call.name), in_product) << call.name;
  }
  for (const abi::GuestCall& call : abi::kGuestCalls)
    EXPECT_TRUE(is_there(std::string("guest: ") + call.name)) << call.name;
}

// pKVM's 6.1 takes 4,525, 469 and 100 for these (service/PERFORMANCE.md).
TEST_F(Costs, OfTheCallsThatThePeerHasTooStayWhereTheyAre) {
  EXPECT_LE(Instructions("share_hyp") + Instructions("unshare_hyp"), 2'000u);
  EXPECT_LE(Instructions("unshare_hyp, refused (505)"), 300u);
  EXPECT_LE(Instructions("unknown call"), 110u);
}

TEST_F(Costs, AreCountedAgainTheSame) {
  const auto again = MeasureCosts(kFiles);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(FormatCosts(*again), FormatCosts(costs_));
}

TEST(CostRun, WithoutAPayloadIsAnError) {
  CostFiles files = kFiles;
  files.payload = "harness/on_target";
  EXPECT_FALSE(MeasureCosts(files).ok());
}

}  // namespace
}  // namespace cadastre::on_target
