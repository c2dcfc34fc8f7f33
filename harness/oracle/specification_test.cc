// SPDX-License-Identifier: Apache-2.0
// Every row that a call can refuse with (testing/refusals*.cc), and that no cell of the manual was
// forgotten.
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "harness/oracle/testing/refusals.h"

namespace cadastre::oracle {
namespace {

using testing::RefusalGroup;
using testing::Specification;

std::vector<RefusalGroup> AllGroups() {
  std::vector<RefusalGroup> all;
  for (const auto groups :
       {testing::PageRefusals(), testing::GuestRefusals(), testing::PrivateRefusals(),
        testing::ListRefusals(), testing::VmRefusals(), testing::VcpuRefusals()}) {
    all.insert(all.end(), groups.begin(), groups.end());
  }
  return all;
}

class Refusals : public ::testing::TestWithParam<RefusalGroup> {};

TEST_P(Refusals, HaveTheirRowAndDetail) {
  Specification specification;
  GetParam().check(specification);
}

INSTANTIATE_TEST_SUITE_P(Specification, Refusals, ::testing::ValuesIn(AllGroups()),
                         [](const auto& info) { return std::string(info.param.name); });

TEST(RefusalCells, EveryCellIsSeen) {
  std::set<std::pair<unsigned, unsigned>> reached;
  for (const RefusalGroup& group : AllGroups()) {
    Specification specification;
    group.check(specification);
    reached.insert(specification.reached().begin(), specification.reached().end());
  }
  for (const CallSpecification* call : AllCalls()) {
    for (const RowRule& rule : call->rows) {
      const std::pair<unsigned, unsigned> cell{call->number, rule.row};
      EXPECT_TRUE(reached.contains(cell)) << call->name << " " << rule.row;
    }
  }
}

}  // namespace
}  // namespace cadastre::oracle
