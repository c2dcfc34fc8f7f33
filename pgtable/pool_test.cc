// SPDX-License-Identifier: Apache-2.0
#include "pgtable/pool.h"

#include <gtest/gtest.h>

#include <set>

#include "pgtable/pool_impl.h"
#include "pgtable/testing/fake_platform.h"

namespace cadastre::testing {
namespace {

template <class G>
class PoolTest : public ::testing::Test {
 protected:
  static constexpr PhysAddr kBase{0x4000'0000};
  PoolTest() : p(kBase, 8) {}
  PhysAddr Page(std::uint64_t i) const { return kBase + i * G::kPageSize; }

  FakePlatform<G> p;
  PagePool<FakePlatform<G>, G> pool;
};
using Granules = ::testing::Types<Granule4K, Granule16K, Granule64K>;
TYPED_TEST_SUITE(PoolTest, Granules);

TYPED_TEST(PoolTest, TakesEachGivenPageOnce) {
  for (std::uint64_t i = 0; i < 8; ++i) this->pool.Give(this->p, this->Page(i));
  std::set<PhysAddr> taken;
  while (this->pool.Available(this->p) > 0) taken.insert(this->pool.Take(this->p));
  EXPECT_EQ(taken.size(), 8u);
  EXPECT_EQ(*taken.begin(), this->Page(0));
  EXPECT_EQ(*taken.rbegin(), this->Page(7));
}

// All of the page, whatever the granule, and its count.
TYPED_TEST(PoolTest, TakenPageIsClear) {
  const PhysAddr page = this->Page(3);
  this->p.FillTable(page, 1, 1, TypeParam::kEntries);
  this->p.Store16(this->p.TableCountAddress(page), 77);
  this->pool.Give(this->p, page);
  ASSERT_EQ(this->pool.Take(this->p), page);
  for (std::uint64_t i = 0; i < TypeParam::kEntries; ++i) EXPECT_EQ(this->p.Peek(page + i * 8), 0u);
  EXPECT_EQ(this->p.PeekCount(page), 0u);
}

TYPED_TEST(PoolTest, PageTakenToFillIsNotCleared) {
  this->pool.Give(this->p, this->Page(0));
  this->p.ClearLog();
  EXPECT_EQ(this->pool.TakeToFill(this->p), this->Page(0));
  for (const Event& e : this->p.log()) EXPECT_EQ(e.kind, EventKind::kBookkeeping);
}

TYPED_TEST(PoolTest, DepositsAreHeldButNotAvailable) {
  this->pool.Give(this->p, this->Page(0));
  this->pool.Give(this->p, this->Page(1));
  this->pool.Deposit(this->p);
  EXPECT_EQ(this->pool.Available(this->p), 1u);
  EXPECT_EQ(this->pool.Held(this->p), 2u);
  EXPECT_EQ(this->pool.Deposits(this->p), 1u);
  this->pool.Withdraw(this->p);
  EXPECT_EQ(this->pool.Available(this->p), 2u);
}

TYPED_TEST(PoolTest, ClearForgetsAllPages) {
  this->pool.Give(this->p, this->Page(0));
  this->pool.Clear(this->p);
  EXPECT_EQ(this->pool.Held(this->p), 0u);
  this->pool.Give(this->p, this->Page(1));
  EXPECT_EQ(this->pool.Take(this->p), this->Page(1));
}

}  // namespace
}  // namespace cadastre::testing
