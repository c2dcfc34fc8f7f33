// SPDX-License-Identifier: Apache-2.0
// What EL2 does behind the last step of S, when its locks are released, is judged like what it did
// before: each rule that such a store breaks is named.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "harness/oracle/testing/corruption.h"

namespace cadastre::oracle {
namespace {

using ::testing::Contains;
using testing::HandCore;
using testing::kPrivatePage;
using testing::kSharedHypPage;

class LateStores : public ::testing::Test {
 protected:
  LateStores() { testing::PrepareWorld(core_); }
  // What fires when `late` runs after the locks of a call were released; `number` and `arguments`
  // are the call's.
  std::vector<std::string> After(unsigned number, std::initializer_list<std::uint64_t> arguments,
                                 const std::function<void()>& late) {
    const auto violation =
        core_.Run(HandCore::Hypercall(0, number, arguments), {.late = [&](Answer&) { late(); }})
            .violation;
    if (!violation) return {};
    std::vector<std::string> fired = {violation->id};
    fired.insert(fired.end(), violation->also.begin(), violation->also.end());
    return fired;
  }
  HandCore core_;
};

TEST_F(LateStores, ToAPageOfTheHostAreNoWriteOutsideHyp) {
  EXPECT_THAT(After(0x42, {kPrivatePage, 1},
                    [&] { core_.machine.Store((kPrivatePage + 8) << kPageShift, 1); }),
              Contains("NO_WRITE_OUTSIDE_HYP"));
}

TEST_F(LateStores, OfARefusedCallAreRefusalUnchanged) {
  // share_hyp of a page that is shared already.
  EXPECT_THAT(After(0x42, {kSharedHypPage, 1},
                    [&] {
                      const std::uint64_t record = core_.machine.RecordAddress(kSharedHypPage);
                      core_.machine.Store(record, core_.machine.Read(record));
                    }),
              Contains("REFUSAL_UNCHANGED"));
}

TEST_F(LateStores, ThatBreakATableAreSeenAtOnce) {
  EXPECT_THAT(After(0x42, {kPrivatePage, 1},
                    [&] {
                      const std::uint64_t record = core_.machine.RecordAddress(kPrivatePage + 8);
                      core_.machine.Store(record, 1);  // a borrower that there is not
                    }),
              Contains("BORROWERS_COUNTED"));
}

TEST_F(LateStores, OfAnEntryThatIsNoneAreSeenAtOnce) {
  EXPECT_THAT(After(0x42, {kPrivatePage, 1},
                    [&] {
                      const std::uint64_t entry = core_.machine.HostEntry(kPrivatePage + 8);
                      core_.machine.Store(entry, core_.machine.Read(entry) ^ 1ULL << 60);
                    }),
              Contains("DECODABLE_ENTRY"));
}

TEST_F(LateStores, VttbrBehindTheLastStepIsJudged) {
  EXPECT_THAT(
      After(
          0x42, {kPrivatePage, 1},
          [&] { core_.machine.Log(EventKind::kWriteVttbr, 0, std::uint64_t{7} << 48 | 0x40000); }),
      Contains("VTTBR_AGREES"));
}

// An annotation on what can have no owner: a no-map page has views that tell, a device only its
// entry.
TEST_F(LateStores, OfAnAnnotationOfANoMapPageAreNonRamUnowned) {
  EXPECT_THAT(After(0x42, {kPrivatePage, 1},
                    [&] {
                      const std::uint64_t entry = core_.machine.HostEntry(testing::kNoMap);
                      core_.machine.Store(entry, testing::HypAnnotation(6, 0));
                    }),
              Contains("NON_RAM_UNOWNED"));
}

TEST_F(LateStores, OfAnAnnotationOfADeviceAreNonRamUnowned) {
  EXPECT_THAT(
      After(0x42, {kPrivatePage, 1},
            [&] { core_.machine.SetHost(testing::kDevicePages, testing::HypAnnotation(6, 0)); }),
      Contains("NON_RAM_UNOWNED"));
}

}  // namespace
}  // namespace cadastre::oracle
