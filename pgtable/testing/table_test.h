// SPDX-License-Identifier: Apache-2.0
// The fixture of the operations' tests: one table of every format and granule.
#ifndef CADASTRE_PGTABLE_TESTING_TABLE_TEST_H_
#define CADASTRE_PGTABLE_TESTING_TABLE_TEST_H_

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "pgtable/testing/listing.h"
#include "pgtable/testing/world.h"

namespace cadastre::testing {

// Errnos by the names that the manual uses.
inline constexpr int kOk = 0;
inline constexpr int kENOENT = 2;
inline constexpr int kENOMEM = 12;
inline constexpr int kEEXIST = 17;
inline constexpr int kEINVAL = 22;
inline constexpr int kERANGE = 34;

inline int Code(const Status& status) { return status.ok() ? 0 : static_cast<int>(status.error()); }
template <class T>
int Code(const Result<T>& result) {
  return result.ok() ? 0 : static_cast<int>(result.error());
}

inline constexpr Prot kR{Prot::kRead};
inline constexpr Prot kRw{Prot::kRead | Prot::kWrite};
inline constexpr Prot kRx{Prot::kRead | Prot::kExecute};
inline constexpr Prot kRwx{Prot::kRwx};
inline constexpr Prot kDeviceRw{Prot::kRead | Prot::kWrite | Prot::kDevice};
constexpr Prot Sw(std::uint64_t value) { return Prot(value << Prot::kSwShift); }

// A 48-bit input and a stock of 16 pages. kBlock: pages of a level 2 block. Every operation returns
// its errno, 0 for success, after flushing what it owes; each starts a new log.
template <class W>
class TableTest : public ::testing::Test {
 protected:
  using Format = typename W::Format;
  using G = typename W::G;
  using Input = typename W::Input;
  using Range = typename W::Range;
  using Batch = typename W::Batch;
  static constexpr std::uint64_t kBlock = G::kEntries;
  static constexpr std::uint64_t kStock = 16;
  static constexpr std::uint64_t kSpace = std::uint64_t{1} << (48 - G::kPageShift);

  TableTest() : w(48, kStock) {}

  template <class Operation>
  int Do(Operation operation) {
    w.p.ClearLog();
    Batch batch(w.p, w.pages, W::kVttbr);
    const int code = Code(operation(batch));
    batch.Flush();
    return code;
  }
  int Map(std::uint64_t first, std::uint64_t count, std::uint64_t out, Prot prot,
          Blocks blocks = Blocks::kPagesOnly, Over over = Over::kAbsentOnly) {
    return MapRange(w.Span(first, count), W::Out(out), prot, blocks, over);
  }
  int MapRange(const Range& range, PhysAddr out, Prot prot, Blocks blocks = Blocks::kPagesOnly,
               Over over = Over::kAbsentOnly) {
    return Do([&](Batch&) { return w.table.Map(w.p, w.pages, range, out, prot, blocks, over); });
  }
  int MapBlock(std::uint64_t first, std::uint64_t out, Prot prot) {
    return Map(first, kBlock, out, prot, Blocks::kAllowed);
  }
  int Unmap(std::uint64_t first, std::uint64_t count) {
    return Do([&](Batch& b) { return w.table.Unmap(w.p, w.pages, w.Span(first, count), b); });
  }
  int Annotate(std::uint64_t first, std::uint64_t count, Annotation annotation,
               AnnotationRun run = AnnotationRun::kSame) {
    return Do([&](Batch& b) {
      return w.table.Annotate(w.p, w.pages, w.Span(first, count), annotation, run, b);
    });
  }
  int Relax(std::uint64_t first, std::uint64_t count, Prot prot) {
    return Do(
        [&](Batch& b) { return w.table.RelaxPerms(w.p, w.pages, w.Span(first, count), prot, b); });
  }
  int WrProtect(std::uint64_t first, std::uint64_t count) {
    return Do([&](Batch& b) { return w.table.WrProtect(w.p, w.pages, w.Span(first, count), b); });
  }
  int MkYoung(std::uint64_t first, std::uint64_t count) {
    return Do([&](Batch& b) { return w.table.MkYoung(w.p, w.pages, w.Span(first, count), b); });
  }
  // The number of young pages, or the negative errno.
  std::int64_t TestYoung(std::uint64_t first, std::uint64_t count, Young young) {
    std::int64_t pages = 0;
    const int code = Do([&](Batch& b) {
      const auto result = w.table.TestClearYoung(w.p, w.pages, w.Span(first, count), young, b);
      if (result.ok()) pages = static_cast<std::int64_t>(result.value());
      return result;
    });
    return code == 0 ? pages : -code;
  }
  int SetSw(std::uint64_t first, std::uint64_t count, std::uint64_t mask, Prot value) {
    return Do([&](Batch& b) {
      return w.table.SetSw(w.p, w.pages, w.Span(first, count), mask, value, b);
    });
  }
  int Split(std::uint64_t page, int level) {
    return Do([&](Batch& b) { return w.table.Split(w.p, w.pages, W::At(page), Level{level}, b); });
  }
  int Merge(std::uint64_t page, int level) {
    return Do([&](Batch& b) { return w.table.Merge(w.p, w.pages, W::At(page), Level{level}, b); });
  }

  std::vector<std::string> List() { return testing::List(w); }
  std::string Line(int level, std::uint64_t first, std::uint64_t count, std::uint64_t out,
                   const std::string& prot) {
    return "L" + std::to_string(level) + " " + std::to_string(first) + "+" + std::to_string(count) +
           " -> " + std::to_string(out) + " " + prot;
  }
  std::uint64_t Free() { return w.pages.Available(w.p); }
  // Tables below the root on the way to a page.
  static constexpr std::uint64_t kPath =
      static_cast<std::uint64_t>(3 - W::MakeGeometry(48).start.value);

  W w;
};

// What guests' tables are: every entry counts, blocks deposit, empty tables go back.
template <class Format, class G>
using GuestWorld = World<Format, G, FreeingPolicy<2>, DepositingSource>;
// What the host's table is: nothing is deposited, tables stay.
template <class Format, class G>
using HostWorld = World<Format, G, KeepingPolicy<G::kMinBlockLevel.value>, FreeSource>;

using GuestWorlds =
    ::testing::Types<GuestWorld<Stage2Format, Granule4K>, GuestWorld<Stage2Format, Granule16K>,
                     GuestWorld<Stage2Format, Granule64K>, GuestWorld<Stage1Format, Granule4K>,
                     GuestWorld<Stage1Format, Granule16K>, GuestWorld<Stage1Format, Granule64K>>;
using HostWorlds =
    ::testing::Types<HostWorld<Stage2Format, Granule4K>, HostWorld<Stage2Format, Granule16K>,
                     HostWorld<Stage2Format, Granule64K>, HostWorld<Stage1Format, Granule4K>,
                     HostWorld<Stage1Format, Granule16K>, HostWorld<Stage1Format, Granule64K>>;

}  // namespace cadastre::testing

#endif  // CADASTRE_PGTABLE_TESTING_TABLE_TEST_H_
