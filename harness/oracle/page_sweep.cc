// SPDX-License-Identifier: Apache-2.0
// Every page of RAM, checked anew. Most pages are PRIVATE in S and at their default in every view:
// of these no rule of AssertPage speaks, and a sweep passes over them at the cost of a few words.
#include "harness/oracle/address_space.h"
#include "harness/oracle/checks.h"

namespace cadastre::oracle {
namespace {

// What the tables of the host and EL2 say of the 2 MiB around a page.
class SpanViews {
 public:
  SpanViews(const Walker& walker, std::uint64_t pfn)
      : number_(pfn / kEntries),
        host_(walker.WalkSpan({.regime = Regime::kHost}, pfn << kPageShift)),
        el2_(walker.WalkSpan({.regime = Regime::kEl2}, LinearAddress(pfn))) {}

  bool Covers(std::uint64_t pfn) const { return pfn / kEntries == number_; }

  // The host's entry bears no mark: absent, or the default leaf.
  bool IsHostDefault(std::uint64_t pfn) const {
    if (host_.leaves != nullptr)
      return host_.leaves->words[pfn % kEntries] == (kHostDefaultBits | pfn << kPageShift);
    const std::uint64_t base = number_ * kEntries << kPageShift;
    return host_.end.word == 0 ||
           (host_.end.level == kBlockLevel && host_.end.word == (kHostDefaultBlockBits | base));
  }
  bool IsAbsentInEl2(std::uint64_t pfn) const {
    static_assert(LinearAddress(0) % (kEntries << kPageShift) == 0);
    return (el2_.leaves != nullptr ? el2_.leaves->words[pfn % kEntries] : el2_.end.word) == 0;
  }

 private:
  std::uint64_t number_;
  Walker::Span host_;
  Walker::Span el2_;
};

// The records, a page of them at a time.
class Records {
 public:
  explicit Records(const World& world)
      : memory_(world.memory), base_(world.state.facts().record_base) {}

  std::uint64_t At(PageIndex index) {
    const std::uint64_t address = base_ + std::uint64_t{index} * 8;
    if (address >> kPageShift != pfn_) {
      pfn_ = address >> kPageShift;
      words_ = memory_.PageWords(pfn_);
    }
    return words_ == nullptr ? 0 : words_[address / 8 % kEntries];
  }

 private:
  const Memory& memory_;
  std::uint64_t base_;
  std::uint64_t pfn_ = ~std::uint64_t{0};  // of words_
  const std::uint64_t* words_ = nullptr;
};

bool IsAtDefault(const World& world, const SpanViews& span, Records& records, PageIndex index,
                 std::uint64_t pfn) {
  return world.state.page(index) == AbstractPage{} && span.IsHostDefault(pfn) &&
         span.IsAbsentInEl2(pfn) && !world.walker.HadGuestLeaves(index) && records.At(index) == 0 &&
         world.walker.TableAt(index) == nullptr;
}

}  // namespace

void AssertAllPages(const World& world, Report& report) {
  const Ram& ram = world.state.ram();
  if (ram.size() == 0) return;
  Records records(world);
  SpanViews span(world.walker, ram.PfnOf(0));
  for (PageIndex index = 0; index < ram.size(); ++index) {
    const std::uint64_t pfn = ram.PfnOf(index);
    if (!span.Covers(pfn)) span = SpanViews(world.walker, pfn);
    if (!IsAtDefault(world, span, records, index, pfn)) AssertPage(world, index, report);
  }
}

}  // namespace cadastre::oracle
