// SPDX-License-Identifier: Apache-2.0
// Is the checker worth anything? Bugs are planted in formats, policies, sources and the platform,
// and must be found by random programs from fixed seeds within a budget of programs; the true
// library is silent under the same seeds. Budgets are at least ten times what was measured.
#include "pgtable/testing/checker.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace cadastre::testing {
namespace {

// --- Planted bugs ---

// RelaxPerms and Map let devices be executable.
struct DeviceExecutes : Stage2Format {
  static constexpr bool ProtIsLegal(Prot prot) {
    return Stage2Format::ProtIsLegal(prot) ||
           Stage2Format::ProtIsLegal(Prot(prot.bits & ~Prot::kExecute));
  }
};
// pKVM's RelaxPerms on machines with FEAT_XNX: X becomes what is asked for, even if that is less.
struct RelaxTakesExecute : Stage2Format {
  static constexpr Descriptor WithPerms(Descriptor leaf, Prot add) {
    if (!add.Has(Prot::kExecute)) leaf = Xn::Set(leaf, kExecuteNone);
    return Stage2Format::WithPerms(leaf, add);
  }
};
// RelaxPerms makes the leaf young.
struct RelaxMakesYoung : Stage2Format {
  static constexpr Descriptor WithPerms(Descriptor leaf, Prot add) {
    return WithYoung(Stage2Format::WithPerms(leaf, add));
  }
};
// WrProtect loses a sw bit.
struct WrProtectDropsSw : Stage2Format {
  static constexpr Descriptor WithoutWrite(Descriptor leaf) {
    return WithSw(Stage2Format::WithoutWrite(leaf), std::uint64_t{1} << 57, 0);
  }
};
// The pages of a split block are made young.
struct SplitMakesYoung : Stage2Format {
  static constexpr Descriptor AtLevel(Descriptor leaf, Level level) {
    const Descriptor d = Stage2Format::AtLevel(leaf, level);
    return level == kPageLevel ? WithYoung(d) : d;
  }
};
// Annotations don't count: their tables are freed under them.
struct AnnotationsDoNotCount : FreeingPolicy<2> {
  static constexpr bool Counts(Descriptor d, Level) { return (d.bits & 1) != 0; }
};
// Blocks count as nothing in the table above them.
struct BlocksDoNotCount : FreeingPolicy<2> {
  static constexpr bool Counts(Descriptor d, Level level) {
    return d.bits != 0 && (KindOf(d, level) != EntryKind::kLeaf || level == kPageLevel);
  }
};
// A removed block's deposit is never given back.
template <class P, class G>
class KeepsDeposit : public PagePool<P, G> {
 public:
  void Withdraw(P&) {}
};
// Every page that comes back is lost.
template <class P, class G>
class LosesPages : public PagePool<P, G> {
 public:
  void Give(P& p, PhysAddr page) {
    if (p.log().size() < 64) PagePool<P, G>::Give(p, page);
  }
};
// The source refuses its last page.
template <class P, class G>
class RefusesLastPage : public PagePool<P, G> {
 public:
  std::uint64_t Available(P& p) const {
    const std::uint64_t pages = PagePool<P, G>::Available(p);
    return pages == 1 ? 0 : pages;
  }
};
// Asking whether there are pages stores something.
template <class P, class G>
class StoresOnCheck : public PagePool<P, G> {
 public:
  std::uint64_t Available(P& p) const {
    Shared<std::uint32_t>().Store(p, 1u);
    return PagePool<P, G>::Available(p);
  }
};
// TLBI by address is dropped.
template <class G>
class DropsTlbi : public FakePlatform<G> {
 public:
  using FakePlatform<G>::FakePlatform;
  void TlbiIpas2e1is(Ipa, TlbiLevel) {}
};
// Unmap takes "old" for "in no TLB": no TLBI for leaves whose AF is clear, if nothing else is owed.
template <class G>
class UnmapSkipsOldLeaves : public FakePlatform<G> {
 public:
  using FakePlatform<G>::FakePlatform;
  void Store64(PhysAddr pa, std::uint64_t word) {
    const Descriptor before(this->Peek(pa));
    const bool is_leaf = (before.bits & 1) != 0 && Stage2Format::S2ApRead::Get(before) != 0;
    constexpr std::uint64_t kNotForTlbs = Stage2Format::AccessFlag::kMask | Prot::kSwMask;
    if (is_leaf && word == 0 && !Stage2Format::Young(before)) {
      old_gone_ = true;
    } else if ((before.bits & 1) != 0 && ((before.bits ^ word) & ~kNotForTlbs) != 0) {
      other_owed_ = true;
    }
    FakePlatform<G>::Store64(pa, word);
  }
  void TlbiIpas2e1is(Ipa ipa, TlbiLevel level) {
    if (!Skips()) FakePlatform<G>::TlbiIpas2e1is(ipa, level);
  }
  void TlbiRipas2e1is(Ipa ipa, std::uint64_t pages, TlbiLevel level) {
    if (!Skips()) FakePlatform<G>::TlbiRipas2e1is(ipa, pages, level);
  }
  void TlbiVmalle1is() {  // after the last one by address
    old_gone_ = other_owed_ = false;
    FakePlatform<G>::TlbiVmalle1is();
  }

 private:
  bool Skips() const { return old_gone_ && !other_owed_; }

  bool old_gone_ = false;
  bool other_owed_ = false;
};
// A level hint goes with every TLBI, where a removed table must have none.
template <class G>
class AlwaysHints : public FakePlatform<G> {
 public:
  using FakePlatform<G>::FakePlatform;
  void TlbiIpas2e1is(Ipa ipa, TlbiLevel level) {
    FakePlatform<G>::TlbiIpas2e1is(ipa, level == TlbiLevel::kNone ? TlbiLevel::kLevel3 : level);
  }
};
// Counts of table pages stay what they were now and then.
template <class G>
class LosesCounts : public FakePlatform<G> {
 public:
  using FakePlatform<G>::FakePlatform;
  void Store16(PhysAddr pa, std::uint16_t half) {
    if (half != 3) FakePlatform<G>::Store16(pa, half);
  }
};

// --- Running ---

template <class W>
std::optional<Mismatch> RunSeed(std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<std::uint8_t> bytes(320);
  for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(random());
  ByteReader in(bytes);
  constexpr std::uint64_t kStocks[] = {64, 16, 6};
  return RunChecked<W>(in, seed % 2 == 0 ? 40 : 48, kStocks[seed % 3], 48);
}

struct Plant {
  const char* name;
  std::optional<Mismatch> (*run)(std::uint64_t seed);
  const char* rule;  // the one that must fire
  std::uint64_t budget;
};

template <class Format>
using PlantedFormat = World<Format, Granule4K, FreeingPolicy<2>, DepositingSource>;
template <class Policy>
using PlantedPolicy = World<Stage2Format, Granule4K, Policy, DepositingSource>;
template <template <class, class> class Source>
using PlantedSource = World<Stage2Format, Granule4K, FreeingPolicy<2>, Source>;
template <template <class> class ThePlatform>
using PlantedPlatform =
    World<Stage2Format, Granule4K, FreeingPolicy<2>, DepositingSource, ThePlatform>;

constexpr std::uint64_t kMaxBudget = 2200;

class PlantTest : public ::testing::TestWithParam<Plant> {};

TEST_P(PlantTest, IsFoundWithinItsBudget) {
  const Plant& plant = GetParam();
  ASSERT_LE(plant.budget, kMaxBudget);
  for (std::uint64_t seed = 0; seed < plant.budget; ++seed) {
    const std::optional<Mismatch> found = plant.run(seed);
    if (!found) continue;
    EXPECT_EQ(found->name, plant.rule) << found->detail;
    RecordProperty("programs", std::to_string(seed + 1));
    return;
  }
  ADD_FAILURE() << "not found in " << plant.budget << " programs";
}

INSTANTIATE_TEST_SUITE_P(
    Bugs, PlantTest,
    ::testing::Values(
        Plant{"DeviceExecutes", RunSeed<PlantedFormat<DeviceExecutes>>, "ERRNO_DIFFERS", 400},
        Plant{"RelaxTakesExecute", RunSeed<PlantedFormat<RelaxTakesExecute>>, "PAGES_DIFFER", 400},
        Plant{"RelaxMakesYoung", RunSeed<PlantedFormat<RelaxMakesYoung>>, "PAGES_DIFFER", 2200},
        Plant{"WrProtectDropsSw", RunSeed<PlantedFormat<WrProtectDropsSw>>, "PAGES_DIFFER", 2200},
        Plant{"SplitMakesYoung", RunSeed<PlantedFormat<SplitMakesYoung>>, "PAGES_DIFFER", 2200},
        Plant{"AnnotationsDoNotCount", RunSeed<PlantedPolicy<AnnotationsDoNotCount>>,
              "SHAPE_DIFFERS", 400},
        Plant{"BlocksDoNotCount", RunSeed<PlantedPolicy<BlocksDoNotCount>>, "SHAPE_DIFFERS", 400},
        Plant{"KeepsDeposit", RunSeed<PlantedSource<KeepsDeposit>>, "PAGE_LEAKED", 400},
        Plant{"LosesPages", RunSeed<PlantedSource<LosesPages>>, "PAGE_LEAKED", 400},
        Plant{"RefusesLastPage", RunSeed<PlantedSource<RefusesLastPage>>, "ERRNO_DIFFERS", 400},
        Plant{"StoresOnCheck", RunSeed<PlantedSource<StoresOnCheck>>, "REFUSAL_STORED", 400},
        Plant{"DropsTlbi", RunSeed<PlantedPlatform<DropsTlbi>>, "TLBI_MISSING", 400},
        Plant{"UnmapSkipsOldLeaves", RunSeed<PlantedPlatform<UnmapSkipsOldLeaves>>, "TLBI_MISSING",
              2200},
        Plant{"AlwaysHints", RunSeed<PlantedPlatform<AlwaysHints>>, "TLBI_MISSING", 400},
        Plant{"LosesCounts", RunSeed<PlantedPlatform<LosesCounts>>, "COUNT_DIFFERS", 400}),
    [](const auto& info) { return std::string(info.param.name); });

TEST(CheckerTest, TheTrueLibraryIsSilent) {
  for (std::uint64_t seed = 0; seed < kMaxBudget; ++seed) {
    const auto found = RunSeed<PlantedFormat<Stage2Format>>(seed);
    ASSERT_FALSE(found.has_value()) << seed << ": " << found->name << " " << found->detail;
  }
}

}  // namespace
}  // namespace cadastre::testing
