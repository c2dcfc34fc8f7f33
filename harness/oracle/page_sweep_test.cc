// SPDX-License-Identifier: Apache-2.0
// A sweep passes over groups of pages and entries that stand at their default or in the pool. Here
// one bit of one of them is another, each bit in turn, and no group may hide it.
#include <gtest/gtest.h>

#include <string>

#include "harness/oracle/testing/corruption.h"

namespace cadastre::oracle::testing {
namespace {

class PageSweepTest : public ::testing::Test {
 protected:
  PageSweepTest() { PrepareWorld(core_); }

  // What a sweep says, memory being as it is.
  std::string Sweep() {
    const std::optional<Violation> violation = core_.oracle->FullSweep();
    return violation ? violation->id : "silent";
  }
  // No bit of the word but `free_bits` may change unseen. INCREMENTAL_DISAGREES does not count: it
  // fires for a table whose words the walker was not told of, whatever a sweep passes over.
  void ExpectEveryBitSeen(std::uint64_t address, const char* what, std::uint64_t free_bits = 0) {
    const std::uint64_t word = core_.machine.Read(address);
    for (unsigned bit = 0; bit < 64; ++bit) {
      if ((free_bits >> bit & 1) != 0) continue;
      core_.machine.Poke(address, word ^ std::uint64_t{1} << bit);
      const std::string id = Sweep();
      EXPECT_TRUE(id != "silent" && id != IdOf(Invariant::kIncrementalDisagrees))
          << what << ", bit " << bit << ": " << id;
    }
    core_.machine.Poke(address, word);
    EXPECT_EQ(Sweep(), "silent") << what;
  }
  void ExpectPageSeen(std::uint64_t pfn, std::uint64_t free_bits_of_host = 0) {
    SCOPED_TRACE(::testing::Message() << std::hex << "page 0x" << pfn);
    ExpectEveryBitSeen(core_.machine.HostEntry(pfn), "the host's entry", free_bits_of_host);
    ExpectEveryBitSeen(core_.machine.El2Entry(pfn), "EL2's entry");
    ExpectEveryBitSeen(core_.machine.RecordAddress(pfn), "the record");
  }

  static constexpr std::uint64_t kGroup = 32;  // pages that a sweep takes at once
  HandCore core_;
};

TEST_F(PageSweepTest, SeesEveryBitOfPrivatePages) {
  constexpr std::uint64_t first = kPrivatePage / kGroup * kGroup;
  for (const std::uint64_t pfn : {first, kPrivatePage, first + kGroup - 1}) ExpectPageSeen(pfn);
}

TEST_F(PageSweepTest, SeesEveryBitOfFreePoolPages) {
  ASSERT_GE(core_.machine.pool_free.size(), kGroup) << "a whole group of them";
  const std::uint64_t last = *core_.machine.pool_free.rbegin();
  // The host's annotation may say either use of a pool page: its record says which it has.
  constexpr std::uint64_t either_use = HypAnnotation(2, 0) ^ HypAnnotation(3, 0);
  for (const std::uint64_t pfn : {last / kGroup * kGroup, last}) ExpectPageSeen(pfn, either_use);
}

}  // namespace
}  // namespace cadastre::oracle::testing
