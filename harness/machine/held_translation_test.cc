// SPDX-License-Identifier: Apache-2.0
#include "harness/machine/held_translation.h"

#include <gtest/gtest.h>

#include <vector>

namespace cadastre {
namespace {

using oracle::Event;
using oracle::EventKind;

constexpr std::uint64_t kRoot = 0x40300000;  // level 1, then a table of level 2, then of level 3
constexpr unsigned kBits = 40;
constexpr std::uint64_t kVmid = 3;
constexpr std::uint64_t kVttbr = kVmid << 48 | kRoot;
constexpr std::uint64_t kIpa = 0x5000;
constexpr std::uint64_t kPageLeaf = 0x40a05000 | 0x7ff;
constexpr std::uint64_t kLeafSlot = kRoot + 0x3000 + 5 * 8;
constexpr std::uint64_t kTableSlot = kRoot + 0x2000;
constexpr std::uint64_t kBlockSlot = kRoot + 0x2000 + 8;
constexpr std::uint64_t kBlockIpa = 0x200000 + 0x7000;

constexpr Event kIshst = {.kind = EventKind::kDsbIshst, .cpu = 0};
constexpr Event kIsh = {.kind = EventKind::kDsbIsh, .cpu = 0};
constexpr Event kNsh = {.kind = EventKind::kDsbNsh, .cpu = 0};
constexpr Event kAll = {.kind = EventKind::kTlbiVmalle1is, .cpu = 0};
constexpr Event kBoth = {.kind = EventKind::kTlbiVmalls12e1is, .cpu = 0};
constexpr Event ByIpa(std::uint64_t ipa, unsigned hint) {
  return {.kind = EventKind::kTlbiIpas2e1is, .cpu = 0, .address = ipa, .value = hint};
}
constexpr Event ByRange(std::uint64_t ipa, std::uint64_t pages, unsigned hint) {
  return {.kind = EventKind::kTlbiRipas2e1is,
          .cpu = 0,
          .address = ipa,
          .value = pages,
          .old_value = hint};
}
constexpr Event Vttbr(std::uint64_t value) {
  return {.kind = EventKind::kWriteVttbr, .cpu = 0, .value = value};
}

class Held : public testing::Test {
 protected:
  Held() {
    memory_.Write(kRoot, (kRoot + 0x2000) | 3);
    memory_.Write(kTableSlot, (kRoot + 0x3000) | 3);
    memory_.Write(kLeafSlot, kPageLeaf);
    memory_.Write(kBlockSlot, 0x40200000 | 0x7fd);
  }
  void Store(std::uint64_t address, std::uint64_t word) {
    events_.push_back({.kind = EventKind::kStore,
                       .cpu = 0,
                       .address = address,
                       .value = word,
                       .old_value = memory_.Write(address, word)});
  }
  // Where the access goes after these events besides; 0 if nothing is held.
  std::uint64_t After(std::vector<Event> events, std::uint64_t ipa = kIpa,
                      std::uint64_t at_start = kVttbr) {
    events.insert(events.begin(), events_.begin(), events_.end());
    const auto held = HeldTranslation(memory_, {events, at_start}, kVttbr, kBits, ipa);
    return held ? held->address : 0;
  }

  Profile profile_ = *Profile::Make(0);
  SimMemory memory_{profile_};
  std::vector<Event> events_;
};

constexpr std::uint64_t kOutput = 0x40a05000;

TEST_F(Held, OnlyWhatTheOperationTookAway) {
  EXPECT_EQ(After({}), 0U);
  Store(kLeafSlot + 8, kPageLeaf);
  EXPECT_EQ(After({}, kIpa + 0x1000), 0U) << "was no leaf before";
  Store(kLeafSlot, 4 << 1);
  EXPECT_EQ(After({}), kOutput);
  EXPECT_EQ(After({}, kIpa + 8), kOutput + 8);
}

TEST_F(Held, SoftwareBitsChangeNoTranslation) {
  Store(kLeafSlot, kPageLeaf | std::uint64_t{1} << 55);
  EXPECT_EQ(After({}), 0U);
  Store(kLeafSlot, 0);
  EXPECT_EQ(After({}), kOutput);
}

TEST_F(Held, UntilTheWholeSequenceIsComplete) {
  Store(kLeafSlot, 0);
  const std::vector<Event> sequence = {kIshst, ByIpa(kIpa, 3), kIsh, kAll, kIsh};
  EXPECT_EQ(After(sequence), 0U);
  for (std::size_t length = 0; length < sequence.size(); ++length) {
    EXPECT_EQ(After({sequence.begin(), sequence.begin() + static_cast<std::ptrdiff_t>(length)}),
              kOutput)
        << length << " steps of it";
  }
  for (std::size_t left_out = 0; left_out < sequence.size(); ++left_out) {
    std::vector<Event> rest = sequence;
    rest.erase(rest.begin() + static_cast<std::ptrdiff_t>(left_out));
    EXPECT_EQ(After(rest), kOutput) << "without step " << left_out;
  }
}

TEST_F(Held, AllOfAVmTakesOneInvalidation) {
  Store(kLeafSlot, 0);
  EXPECT_EQ(After({kIshst, kBoth, kIsh}), 0U);
  EXPECT_EQ(After({kBoth, kIsh}), kOutput) << "no DSB after the store";
  EXPECT_EQ(After({kIshst, kBoth, kNsh}), kOutput) << "complete on this CPU alone";
}

TEST_F(Held, TheVmidCounts) {
  Store(kLeafSlot, 0);
  const std::vector<Event> sequence = {kIshst, ByIpa(kIpa, 3), kIsh, kAll, kIsh};
  EXPECT_EQ(After(sequence, kIpa, 0), kOutput) << "the host's";
  std::vector<Event> switched = sequence;
  switched.insert(switched.begin() + 1, Vttbr(kVttbr));
  EXPECT_EQ(After(switched, kIpa, 0), 0U);
  switched.insert(switched.begin() + 4, Vttbr(0));
  EXPECT_EQ(After(switched, kIpa, 0), kOutput) << "VMALLE1IS with another";
}

TEST_F(Held, AddressAndLevelCount) {
  Store(kLeafSlot, 0);
  const auto after = [&](const Event& tlbi) { return After({kIshst, tlbi, kIsh, kAll, kIsh}); };
  EXPECT_EQ(after(ByIpa(kIpa, 0)), 0U);
  EXPECT_EQ(after(ByIpa(kIpa, 2)), kOutput);
  EXPECT_EQ(after(ByIpa(kIpa + 0x1000, 3)), kOutput);
  EXPECT_EQ(after(ByRange(kIpa - 0x2000, 3, 3)), 0U);
  EXPECT_EQ(after(ByRange(kIpa - 0x2000, 2, 3)), kOutput);
  EXPECT_EQ(after(ByRange(kIpa - 0x2000, 3, 2)), kOutput);
}

TEST_F(Held, ABlockIsMetAnywhereInIt) {
  Store(kBlockSlot, 0);
  EXPECT_EQ(After({}, kBlockIpa), 0x40200000U + 0x7000);
  EXPECT_EQ(After({kIshst, ByIpa(0x3ff000, 2), kIsh, kAll, kIsh}, kBlockIpa), 0U);
  EXPECT_EQ(After({kIshst, ByIpa(0x3ff000, 3), kIsh, kAll, kIsh}, kBlockIpa), 0x40207000U);
}

TEST_F(Held, ThroughATableThatWasTakenOut) {
  Store(kTableSlot, 0);
  EXPECT_EQ(After({}), kOutput);
  EXPECT_EQ(After({kIshst, ByIpa(kIpa, 0), kIsh, kAll, kIsh}), 0U);
  const Event fill = {.kind = EventKind::kFill, .cpu = 0, .address = kRoot + 0x3000};
  EXPECT_EQ(After({fill}), 0U) << "what stood there can't be told";
}

}  // namespace
}  // namespace cadastre
