// SPDX-License-Identifier: Apache-2.0
// What the part of the oracle that runs at EL2 sees without S: every corruption of bytes and
// ownership but those that only S can tell.
#include "harness/oracle/table_audit.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>
#include <set>
#include <string>
#include <vector>

#include "harness/oracle/state_audit.h"
#include "harness/oracle/testing/corruption.h"

namespace cadastre::oracle {
namespace {

using testing::Corruption;
using testing::HandCore;

// What the audit says of a hand-made core's memory.
class AuditedCore {
 public:
  explicit AuditedCore(const HandCore& core)
      : core_(core), audit_(core.specification(), core.machine.memory) {}
  std::string Audit() {
    const auto finding =
        audit_.Run(core_.machine.HostTree().root_pfn, core_.machine.El2Tree().root_pfn);
    return finding ? IdOf(finding->invariant) : "silent";
  }
  void PassOver(Regime regime, PageSpan inputs) { audit_.PassOver(regime, inputs); }

 private:
  const HandCore& core_;
  StateAudit audit_;
};

// Corruptions of these groups are edits of raw memory.
std::vector<Corruption> Edits() {
  std::vector<Corruption> edits;
  for (const auto group :
       {testing::CorruptedBytes(), testing::CorruptedOwnership(), testing::CorruptedGuests()})
    edits.insert(edits.end(), group.begin(), group.end());
  return edits;
}

TEST(TableAudit, IsSilentInAWorldWithPagesOfEveryRow) {
  HandCore core;
  AuditedCore audited(core);
  EXPECT_EQ(audited.Audit(), "silent") << "after boot";
  testing::PrepareWorld(core);
  EXPECT_EQ(audited.Audit(), "silent");
  testing::PrepareGuest(core);
  EXPECT_EQ(audited.Audit(), "silent") << "with a protected guest";
}

class Edit : public ::testing::TestWithParam<Corruption> {};

// What only S can tell, and what the audit says of it: nothing, or another rule that it breaks too.
struct NeedsS {
  const char* corruption;
  const char* audit_says;
};
constexpr NeedsS kNeedS[] = {
    {"StoreWithoutAnEvent", "silent"},
    {"SharedBehindTheSpecification", "silent"},
    {"AnnotatedAsAnotherVms", "TABLE_PRIVATE"},
    {"LeftInTransit", "RECORD_AGREES"},
    {"GuestMayExecute", "silent"},
    {"GuestLeafOld", "silent"},
    {"GuestLeafReadOnly", "silent"},
    {"PoisonAtAGfn", "silent"},
    {"LoanIsExecutable", "silent"},
    {"PoisonForgotten", "silent"},
    {"VcpuPageOfAnotherClass", "RECORD_AGREES"},
    {"NotInTransit", "RECORD_AGREES"},
    {"NotScrubbed", "silent"},
};

TEST_P(Edit, IsNamedAsTheWholeOracleNamesItUnlessOnlySKnows) {
  HandCore core;
  testing::PrepareWorld(core);
  ASSERT_TRUE(GetParam().run(core).has_value());
  AuditedCore audited(core);
  const auto needs_s = std::find_if(std::begin(kNeedS), std::end(kNeedS), [](const NeedsS& row) {
    return row.corruption == std::string(GetParam().name);
  });
  const bool by_itself = needs_s == std::end(kNeedS);
  EXPECT_EQ(audited.Audit(), by_itself ? IdOf(GetParam().first) : needs_s->audit_says);
}

TEST(TableAudit, WhatNeedsSIsInTheMatrix) {
  std::set<std::string> names;
  for (const Corruption& edit : Edits()) names.insert(edit.name);
  for (const NeedsS& row : kNeedS) EXPECT_TRUE(names.contains(row.corruption)) << row.corruption;
}

// Where the image maps its text, say: the manual says nothing of these inputs.
TEST(TableAudit, InputsOfTheImagesOwnArePassedOver) {
  HandCore core;
  testing::PrepareWorld(core);
  AuditedCore audited(core);
  constexpr std::uint64_t kInput = 0x8000'0000;
  core.machine.Poke(core.machine.EntryAddress(core.machine.El2Tree(), kInput, 0), 0x1000 | 3);
  EXPECT_EQ(audited.Audit(), "TABLE_PRIVATE");
  audited.PassOver(Regime::kEl2, {.first = 0, .count = std::uint64_t{1} << 27});
  EXPECT_EQ(audited.Audit(), "silent");
}

INSTANTIATE_TEST_SUITE_P(Matrix, Edit, ::testing::ValuesIn(Edits()),
                         [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace cadastre::oracle
