// SPDX-License-Identifier: Apache-2.0
// The automaton of the may-hold set, as a table: what is stale, what the CPU does, what is missing.
#include "harness/oracle/may_hold.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace cadastre::oracle {
namespace {

using ::testing::HasSubstr;

constexpr Root kGuest = {.regime = Regime::kGuest, .slot = 3};  // VMID 4
constexpr Root kHost = {.regime = Regime::kHost};               // VMID 0
constexpr Root kEl2 = {.regime = Regime::kEl2};

// What a store took away: `pages` translations of `level` from page number `first` on.
struct Taken {
  Root root = kGuest;
  HeldKind kind = HeldKind::kLeaf;
  unsigned level = kPageLevel;
  std::uint64_t first = 0x400;
  std::uint64_t count = 1;
};
constexpr Taken kPage = {};
constexpr Taken kPages = {.count = 4};
constexpr Taken kBlock = {.level = kBlockLevel};
constexpr Taken kTable = {.kind = HeldKind::kPartialWalk, .level = kBlockLevel};
constexpr Taken kHostPage = {.root = kHost};
constexpr Taken kEl2Page = {.root = kEl2};
constexpr Taken kEl2Pages = {.root = kEl2, .count = 3};
constexpr Taken kEl2Table = {.root = kEl2, .kind = HeldKind::kPartialWalk, .level = kBlockLevel};

MayHold HeldOf(const Taken& taken, Removal removal = Removal::kStored) {
  MayHold held;
  for (std::uint64_t i = 0; i < taken.count; ++i) {
    const std::uint64_t input = (taken.first << kPageShift) + (i << LevelShift(taken.level));
    held.Add(taken.root, taken.kind, taken.level, input, removal);
  }
  return held;
}

struct Form {
  std::string_view name;
  EventKind kind;
};
constexpr Form kForms[] = {
    {"ishst", EventKind::kDsbIshst},      {"ish", EventKind::kDsbIsh},
    {"nsh", EventKind::kDsbNsh},          {"isb", EventKind::kIsb},
    {"ipas", EventKind::kTlbiIpas2e1is},  {"ripas", EventKind::kTlbiRipas2e1is},
    {"e1", EventKind::kTlbiVmalle1is},    {"s12", EventKind::kTlbiVmalls12e1is},
    {"vale", EventKind::kTlbiVale2is},    {"vae", EventKind::kTlbiVae2is},
    {"e1local", EventKind::kTlbiVmalle1}, {"iallu", EventKind::kIcIallu},
};

// Runs words: "vm4" writes VTTBR_EL2 with VMID 4; a TLBI by address is name/level@page+pages, in
// hexadecimal. VTTBR_EL2 begins with VMID 0.
class Cpu {
 public:
  explicit Cpu(MayHold held) : held_(std::move(held)) {}

  void Run(const std::string& words) {
    std::istringstream stream(words);
    for (std::string word; stream >> word;) Step(word);
  }
  std::string Missing() const { return held_.IsEmpty() ? "" : Describe(*held_.First()); }

 private:
  static std::uint64_t Number(const std::string& word, char mark) {
    const std::size_t at = word.find(mark);
    return at == std::string::npos ? 0 : std::stoull(word.substr(at + 1), nullptr, 16);
  }
  void Step(const std::string& word) {
    if (word.starts_with("vm")) {
      context_ = {.vmid = std::stoull(word.substr(2)), .is_synchronised = false};
      return;
    }
    if (word == "isb") context_.is_synchronised = true;
    held_.Follow(EventOf(word), context_);
  }
  static Event EventOf(const std::string& word) {
    const std::string name = word.substr(0, word.find_first_of("/@"));
    for (const Form& form : kForms) {
      if (form.name != name) continue;
      Event event{.kind = form.kind, .cpu = 0, .address = Number(word, '@') << kPageShift};
      const bool by_range = form.kind == EventKind::kTlbiRipas2e1is;
      event.value = by_range ? Number(word, '+') : Number(word, '/');
      event.old_value = by_range ? Number(word, '/') : 0;
      return event;
    }
    ADD_FAILURE() << "no such word: " << word;
    return {};
  }

  MayHold held_;
  TlbiContext context_;
};

std::string MissingAfter(const Taken& taken, const std::string& words) {
  Cpu cpu(HeldOf(taken));
  cpu.Run(words);
  return cpu.Missing();
}

// Sequences that remove what was taken; each step is needed, and so is their order.
struct Removing {
  const char* name;
  Taken taken;
  std::vector<std::string> words;
};
const std::vector<Removing>& AllRemoving() {
  static const std::vector<Removing> all = {
      {"GuestPage", kPage, {"ishst", "vm4", "isb", "ipas/3@400", "ish", "e1", "ish"}},
      {"GuestPageWithoutHint", kPage, {"ish", "vm4", "isb", "ipas@400", "ish", "e1", "ish"}},
      {"GuestPagesOneByOne",
       kPages,
       {"ishst", "vm4", "isb", "ipas/3@400", "ipas/3@401", "ipas/3@402", "ipas/3@403", "ish", "e1",
        "ish"}},
      {"GuestPagesByRange", kPages, {"ishst", "vm4", "isb", "ripas/3@400+4", "ish", "e1", "ish"}},
      {"GuestPageWholeVmid", kPage, {"ishst", "vm4", "isb", "s12", "ish"}},
      {"GuestBlock", kBlock, {"ishst", "vm4", "isb", "ipas/2@5ff", "ish", "e1", "ish"}},
      {"GuestTable", kTable, {"ishst", "vm4", "isb", "ipas@433", "ish", "e1", "ish"}},
      {"GuestTableByRange", kTable, {"ishst", "vm4", "isb", "ripas@400+200", "ish", "e1", "ish"}},
      {"GuestTableWholeVmid", kTable, {"ishst", "vm4", "isb", "s12", "ish"}},
      {"HostPage", kHostPage, {"ishst", "ipas/3@400", "ish", "e1", "ish"}},
      {"ElTwoPage", kEl2Page, {"ishst", "vale@400", "ish", "isb"}},
      {"ElTwoPages", kEl2Pages, {"ishst", "vale@400", "vale@401", "vale@402", "ish", "isb"}},
      {"ElTwoTable", kEl2Table, {"ishst", "vae@4ff", "ish", "isb"}},
  };
  return all;
}

std::string Joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += word + " ";
  return text;
}

bool IsByAddress(const std::string& word) { return word.find('@') != std::string::npos; }

class Removes : public ::testing::TestWithParam<Removing> {};

TEST_P(Removes, Wholly) { EXPECT_EQ(MissingAfter(GetParam().taken, Joined(GetParam().words)), ""); }

TEST_P(Removes, NothingWithoutOneOfTheSteps) {
  for (std::size_t i = 0; i < GetParam().words.size(); ++i) {
    auto words = GetParam().words;
    words.erase(words.begin() + static_cast<std::ptrdiff_t>(i));
    EXPECT_NE(MissingAfter(GetParam().taken, Joined(words)), "") << "without step " << i;
  }
}

// But that TLBIs of several pages may stand in any order, and VTTBR_EL2 may be written before the
// first DSB.
TEST_P(Removes, NothingInAnotherOrder) {
  for (std::size_t i = 0; i + 1 < GetParam().words.size(); ++i) {
    auto words = GetParam().words;
    if (IsByAddress(words[i]) && IsByAddress(words[i + 1])) continue;
    if (i == 0 && words[1] == "vm4") continue;
    std::swap(words[i], words[i + 1]);
    EXPECT_NE(MissingAfter(GetParam().taken, Joined(words)), "") << "steps swapped at " << i;
  }
}

TEST_P(Removes, NothingOfAnotherVmid) {
  if (GetParam().taken.root == kEl2) return;
  std::string words;
  for (const std::string& word : GetParam().words) {
    if (word != "vm4") words += word + " ";
  }
  EXPECT_NE(MissingAfter(GetParam().taken, "vm5 isb " + words), "");
}

INSTANTIATE_TEST_SUITE_P(MayHold, Removes, ::testing::ValuesIn(AllRemoving()),
                         [](const auto& info) { return std::string(info.param.name); });

// Sequences that leave something, and what they lack.
struct Lacking {
  const char* name;
  Taken taken;
  const char* words;
  const char* missing;
};
constexpr Lacking kLacking[] = {
    {"Nothing", kPage, "", "no DSB after the store"},
    {"BarrierOfThisCpuAlone", kPage, "nsh vm4 isb s12 ish", "store not ordered before the TLBI"},
    {"StoreAfterTlbi", kPage, "vm4 isb ipas/3@400 ish e1 ish", "store not ordered before the TLBI"},
    {"OtherVmid", kPage, "ishst vm5 isb ipas/3@400 ish e1 ish", "no TLBI under VMID 4"},
    {"OtherVmidWhole", kPage, "ishst vm5 isb s12 ish", "no TLBI under VMID 4"},
    {"VttbrNotSynchronised", kPage, "ishst vm4 s12 ish", "no ISB between"},
    {"LevelOfABlock", kPage, "ishst vm4 isb ipas/2@400 ish e1 ish", "level hint 2 on a level 3"},
    {"LevelOfAPage", kBlock, "ishst vm4 isb ipas/3@400 ish e1 ish", "level hint 3 on a level 2"},
    {"LevelOfARange", kBlock, "ishst vm4 isb ripas/3@400+200 ish e1 ish",
     "level hint 3 on a level 2"},
    {"HintLeavesTable", kTable, "ishst vm4 isb ipas/3@400 ish e1 ish", "leaves only"},
    {"HintOfItsLevelLeavesTable", kTable, "ishst vm4 isb ipas/2@400 ish e1 ish", "leaves only"},
    {"NextPage", kPage, "ishst vm4 isb ipas/3@401 ish e1 ish", "no TLBI under VMID 4"},
    {"NextBlock", kBlock, "ishst vm4 isb ipas/2@600 ish e1 ish", "no TLBI under VMID 4"},
    {"RangeOnePageShort", kPages, "ishst vm4 isb ripas/3@400+3 ish e1 ish",
     "input 0x403000 (1), leaf: no TLBI"},
    {"RangeOnePageLate", kPages, "ishst vm4 isb ripas/3@401+4 ish e1 ish",
     "input 0x400000 (1), leaf: no TLBI"},
    {"OnePageBetweenLeftOut", kPages, "ishst vm4 isb ipas@400 ipas@401 ipas@403 ish e1 ish",
     "input 0x402000 (1), leaf: no TLBI"},
    {"TlbiNotCompleted", kPage, "ishst vm4 isb ipas/3@400 e1 ish",
     "combined entries: no VMALLE1IS"},
    {"TlbiCompletedForStoresAlone", kPage, "ishst vm4 isb ipas/3@400 ishst e1 ish",
     "combined entries: no VMALLE1IS"},
    {"TlbiCompletedForStoresAtTheEnd", kPage, "ishst vm4 isb s12 ishst", "no DSB ISH after"},
    {"NoCompletionAtAll", kPage, "ishst vm4 isb ipas/3@400", "no DSB ISH after the TLBI"},
    {"CombinedLeft", kPage, "ishst vm4 isb ipas/3@400 ish", "combined entries: no VMALLE1IS"},
    {"CombinedOfAnotherVmid", kPage, "ishst vm4 isb ipas/3@400 ish vm0 isb e1 ish",
     "combined entries: no VMALLE1IS"},
    {"CombinedHereAlone", kPage, "ishst vm4 isb ipas/3@400 ish e1local nsh ish",
     "VMALLE1 of this CPU alone"},
    {"CombinedNotCompleted", kPage, "ishst vm4 isb ipas/3@400 ish e1",
     "no DSB ISH after VMALLE1IS"},
    {"CombinedAlone", kPage, "ishst vm4 isb e1 ish", "no TLBI under VMID 4"},
    {"ElTwoLeavesOfATable", kEl2Table, "ishst vale@400 ish isb", "leaves only"},
    {"ElTwoOtherPage", kEl2Page, "ishst vale@401 ish isb", "no TLBI by its VA"},
    {"ElTwoByIpa", kEl2Page, "ishst ipas/3@400 ish e1 ish isb", "no TLBI by its VA"},
    {"ElTwoWholeVmid", kEl2Page, "ishst s12 ish isb", "no TLBI by its VA"},
    {"ElTwoNotSynchronised", kEl2Page, "ishst vale@400 ish", "no ISB after the DSB"},
    {"HostByGuestsVmid", kHostPage, "ishst vm4 isb s12 ish", "no TLBI under VMID 0"},
};

class Lacks : public ::testing::TestWithParam<Lacking> {};

TEST_P(Lacks, AndSaysWhat) {
  EXPECT_THAT(MissingAfter(GetParam().taken, GetParam().words), HasSubstr(GetParam().missing));
}

INSTANTIATE_TEST_SUITE_P(MayHold, Lacks, ::testing::ValuesIn(kLacking),
                         [](const auto& info) { return std::string(info.param.name); });

TEST(MayHoldTest, AFinishedVmidGoesOnlyAsAWhole) {
  for (const auto& [words, gone] :
       {std::pair("vm4 isb s12 ish", true), std::pair("vm4 isb e1 ish", false),
        std::pair("vm4 isb ripas@0+1000000 ish e1 ish", false)}) {
    Cpu cpu(HeldOf({.kind = HeldKind::kRoot, .level = 0, .first = 0}, Removal::kOrdered));
    cpu.Run(words);
    EXPECT_EQ(cpu.Missing().empty(), gone) << words << ": " << cpu.Missing();
  }
}

TEST(MayHoldTest, ANewEntryMeetsWhatIsHeldOfItsOwnTreeAndInputs) {
  const MayHold held = HeldOf(kPages);
  EXPECT_EQ(held.Overlap(kGuest, 0x3FF000, 0x1000), nullptr);
  EXPECT_NE(held.Overlap(kGuest, 0x400000, 0x1000), nullptr);
  EXPECT_NE(held.Overlap(kGuest, 0x403000, 0x1000), nullptr);
  EXPECT_EQ(held.Overlap(kGuest, 0x404000, 0x1000), nullptr);
  EXPECT_NE(held.Overlap(kGuest, 0x400000, 0x200000), nullptr);
  EXPECT_EQ(held.Overlap(kHost, 0x400000, 0x1000), nullptr);
  EXPECT_NE(HeldOf(kTable).Overlap(kGuest, 0x5FF000, 0x1000), nullptr);
}

// Between its DSB and its ISB an entry of EL2 may be made anew: no TLB has the old one.
TEST(MayHoldTest, AnElTwoEntryThatAwaitsItsIsbIsHeldByNoTlb) {
  MayHold held = HeldOf(kEl2Page, Removal::kAwaitsIsb);
  EXPECT_EQ(held.Overlap(kEl2, 0x400000, 0x1000), nullptr);
  EXPECT_FALSE(held.IsEmpty());
}

}  // namespace
}  // namespace cadastre::oracle
