// SPDX-License-Identifier: Apache-2.0
#include "harness/machine/sim_memory.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

namespace cadastre {
namespace {

constexpr std::uint64_t kPage = 0x40200;
constexpr std::uint64_t kAddress = kPage << 12;

class SimMemoryTest : public testing::Test {
 protected:
  // Every word of RAM that is not zero.
  std::map<std::uint64_t, std::uint64_t> Contents() const {
    std::map<std::uint64_t, std::uint64_t> words;
    for (const PageSpan& region : profile_.ram()) {
      for (std::uint64_t i = 0; i < region.count; ++i) AddPage(region.first.value + i, words);
    }
    return words;
  }
  void AddPage(std::uint64_t pfn, std::map<std::uint64_t, std::uint64_t>& words) const {
    const std::uint64_t* page = memory_.PageWords(pfn);
    for (unsigned i = 0; page != nullptr && i < SimMemory::kWords; ++i) {
      if (page[i] != 0) words[(pfn << 12) + i * 8] = page[i];
    }
  }

  RawDigest DigestAnew() const {
    RawDigest sum;
    for (const auto& [address, word] : Contents()) sum += DigestTerm(address, word);
    return sum;
  }

  Profile profile_ = *Profile::Make(0);
  SimMemory memory_{profile_};
};

TEST_F(SimMemoryTest, PageHasNoBytesUntilWritten) {
  EXPECT_EQ(memory_.PageWords(kPage), nullptr);
  EXPECT_EQ(memory_.Peek(kAddress + 8), 0u);
  EXPECT_EQ(memory_.Write(kAddress + 8, 0), 0u);
  memory_.Fill(kAddress, 0, 0);
  EXPECT_EQ(memory_.PageWords(kPage), nullptr);
  memory_.Write(kAddress + 8, 7);
  ASSERT_NE(memory_.PageWords(kPage), nullptr);
  EXPECT_EQ(memory_.PageWords(kPage)[1], 7u);
  EXPECT_EQ(memory_.PageWords(kPage + 1), nullptr);
}

TEST_F(SimMemoryTest, WriteReturnsTheOldWord) {
  EXPECT_EQ(memory_.Write(kAddress, 5), 0u);
  EXPECT_EQ(memory_.Write(kAddress, 6), 5u);
  EXPECT_EQ(memory_.Peek(kAddress), 6u);
}

TEST_F(SimMemoryTest, FillCountsUp) {
  memory_.Fill(kAddress, 0x7ff, 0x1000);
  EXPECT_EQ(memory_.Peek(kAddress), 0x7ffu);
  EXPECT_EQ(memory_.Peek(kAddress + 511 * 8), 0x7ffu + 511 * 0x1000);
}

TEST_F(SimMemoryTest, KnowsRamNoMapAndHoles) {
  EXPECT_TRUE(memory_.IsOrdinaryRam(kPage));
  EXPECT_FALSE(memory_.IsOrdinaryRam(0x40880));
  EXPECT_TRUE(memory_.IsAnyRam(0x40880));
  for (const std::uint64_t hole : {0x40052ull, 0x40d04ull, 0x41010ull, 0ull, ~0ull >> 12}) {
    EXPECT_FALSE(memory_.IsAnyRam(hole)) << std::hex << hole;
  }
}

TEST_F(SimMemoryTest, RamIndexCountsThroughTheRegions) {
  std::uint64_t expected = 0;
  for (const PageSpan& region : profile_.ram()) {
    for (std::uint64_t i = 0; i < region.count; ++i, ++expected) {
      ASSERT_EQ(memory_.RamIndex(region.first.value + i), expected);
    }
  }
}

TEST_F(SimMemoryTest, DigestIsOfContentsAndNotOfHistory) {
  const RawDigest empty = memory_.digest();
  memory_.Write(kAddress, 1);
  memory_.Write(kAddress + 8, 2);
  const RawDigest both = memory_.digest();
  memory_.Write(kAddress, 2);
  memory_.Write(kAddress + 8, 1);
  EXPECT_NE(memory_.digest(), both) << "words swapped";
  memory_.Fill(kAddress, 0, 0);
  EXPECT_EQ(memory_.digest(), empty);
}

// The journal against raw memory: random stores of every kind, over several rollbacks of one
// snapshot.
TEST_F(SimMemoryTest, RollbackRestoresWhatWasAtTheSnapshot) {
  std::mt19937_64 random(1);
  const auto scribble = [&](unsigned times) {
    for (unsigned i = 0; i < times; ++i) {
      const std::uint64_t page = (kPage + random() % 8) << 12;
      if (random() % 16 == 0) {
        memory_.Fill(page, random() % 3, random() % 3);
      } else {
        memory_.Write(page + random() % 512 * 8, random() % 4);
      }
    }
  };
  scribble(40);
  memory_.Snapshot();
  const auto contents = Contents();
  const RawDigest digest = memory_.digest();
  for (unsigned round = 0; round < 50; ++round) {
    scribble(200);
    ASSERT_EQ(DigestAnew(), memory_.digest());
    ASSERT_TRUE(memory_.IsAsWritten());
    ASSERT_NE(Contents(), contents);
    memory_.Rollback();
    ASSERT_EQ(Contents(), contents);
    ASSERT_EQ(memory_.digest(), digest);
    ASSERT_TRUE(memory_.IsAsWritten());
  }
}

TEST_F(SimMemoryTest, RollbackTakesBytesAwayAgain) {
  memory_.Snapshot();
  memory_.Write(kAddress, 1);
  memory_.Rollback();
  EXPECT_EQ(memory_.PageWords(kPage), nullptr);
  memory_.Write(kAddress + 8, 1);
  EXPECT_EQ(memory_.Peek(kAddress), 0u) << "a reused buffer starts from zero";
}

}  // namespace
}  // namespace cadastre
