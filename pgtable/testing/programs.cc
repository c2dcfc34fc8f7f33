// SPDX-License-Identifier: Apache-2.0
#include "pgtable/testing/programs.h"

#include "pgtable/testing/checker.h"
#include "pgtable/testing/input.h"
#include "pgtable/testing/world.h"

namespace cadastre::testing {
namespace {

constexpr unsigned kMaxOps = 48;

// Each granule's input sizes: two levels and few pages; one level more; all there are.
template <class G>
constexpr unsigned kInputBits[3] = {
    G::kPageShift + G::kEntryBits + 3,
    G::kPageShift + 2 * G::kEntryBits + 1 < 48 ? G::kPageShift + 2 * G::kEntryBits + 1 : 47,
    48,
};

// Stocks: rich, middling, and so poor that much is refused.
constexpr std::uint64_t kStocks[4] = {64, 16, 6, 2};

template <class Format, class G, class Policy, template <class, class> class Source>
std::optional<Mismatch> Run(ByteReader& in, std::uint8_t size) {
  using TheWorld = World<Format, G, Policy, Source>;
  return RunChecked<TheWorld>(in, kInputBits<G>[size % 3], kStocks[size / 3 % 4], kMaxOps);
}

// Deposits as guests have them; without them as the host's table; blocks as large as can be.
template <class G>
std::optional<Mismatch> RunGranule(ByteReader& in, std::uint8_t kind, std::uint8_t size) {
  constexpr int kLargest = G::kMinBlockLevel.value;
  switch (kind % 4) {
    case 0:
      return Run<Stage2Format, G, FreeingPolicy<2>, DepositingSource>(in, size);
    case 1:
      return Run<Stage2Format, G, KeepingPolicy<kLargest>, FreeSource>(in, size);
    case 2:
      return Run<Stage1Format, G, FreeingPolicy<kLargest>, FreeSource>(in, size);
    default:
      return Run<Stage1Format, G, FreeingPolicy<2>, DepositingSource>(in, size);
  }
}

}  // namespace

std::optional<Mismatch> RunProgram(std::span<const std::uint8_t> bytes) {
  ByteReader in(bytes);
  const std::uint8_t kind = in.Byte();
  const std::uint8_t size = in.Byte();
  switch (kind / 4 % 4) {
    case 2:
      return RunGranule<Granule16K>(in, kind, size);
    case 3:
      return RunGranule<Granule64K>(in, kind, size);
    default:
      return RunGranule<Granule4K>(in, kind, size);
  }
}

}  // namespace cadastre::testing
