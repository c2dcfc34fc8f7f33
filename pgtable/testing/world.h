// SPDX-License-Identifier: Apache-2.0
// A table with its stock of pages on the fake platform.
#ifndef CADASTRE_PGTABLE_TESTING_WORLD_H_
#define CADASTRE_PGTABLE_TESTING_WORLD_H_

#include <cstdint>

#include "pgtable/page_table.h"
#include "pgtable/page_table_impl.h"
#include "pgtable/pool.h"
#include "pgtable/pool_impl.h"
#include "pgtable/stage1_format.h"
#include "pgtable/stage2_format.h"
#include "pgtable/testing/fake_platform.h"
#include "pgtable/testing/free_source.h"
#include "pgtable/testing/policies.h"
#include "pgtable/tlb_batch_impl.h"

namespace cadastre::testing {

template <class F, class Gr, class Po, template <class, class> class Source,
          template <class> class ThePlatform = FakePlatform>
struct World {
  using Format = F;
  using G = Gr;
  using Policy = Po;
  using P = ThePlatform<G>;
  using Pages = Source<P, G>;
  using Batch = TlbBatch<Format, G, Pages, P>;
  using Table = PageTable<Format, G, Policy, Pages, P>;
  using Input = typename Format::Input;
  using Range = AddressRange<Input>;

  static constexpr PhysAddr kBase{0x4000'0000};
  static constexpr std::uint64_t kVttbr = 0x0005'0000'4000'0000;

  World(unsigned input_bits, std::uint64_t stock_pages)
      : geometry(MakeGeometry(input_bits)),
        p(kBase, geometry.root_pages + stock_pages),
        table(kBase, geometry) {
    for (std::uint64_t i = stock_pages; i > 0; --i) pages.Give(p, StockPage(i - 1));
    p.ClearLog();
  }

  PhysAddr StockPage(std::uint64_t i) const {
    return kBase + (geometry.root_pages + i) * G::kPageSize;
  }
  static constexpr Geometry MakeGeometry(unsigned input_bits) {
    return Format::kIsStage2 ? Stage2Geometry<G>(input_bits).value()
                             : Stage1Geometry<G>(input_bits).value();
  }
  // `count` pages from page number `first` on.
  Range Span(std::uint64_t first, std::uint64_t count) const {
    return Range::Make(Input(first << G::kPageShift), count, G::kPageShift, 48).value();
  }
  static Input At(std::uint64_t page) { return Input(page << G::kPageShift); }
  static PhysAddr Out(std::uint64_t page) { return PhysAddr(page << G::kPageShift); }

  Geometry geometry;
  P p;
  Pages pages;
  Table table;
};

template <class P, class G>
using DepositingSource = PagePool<P, G>;

}  // namespace cadastre::testing

#endif  // CADASTRE_PGTABLE_TESTING_WORLD_H_
