// SPDX-License-Identifier: Apache-2.0
// Refusals of the list forms: the list's own rows, and that the rows of the single forms have the
// entry in their detail.
#include <gtest/gtest.h>

#include "harness/oracle/predicates.h"
#include "harness/oracle/testing/refusals.h"

namespace cadastre::oracle::testing {
namespace {

constexpr std::uint64_t kEnd = std::uint64_t{1} << 20;
constexpr std::uint64_t kMax = ~std::uint64_t{0};

struct Form {
  unsigned number;
  std::uint64_t vm;
  bool has_pfns;
  bool has_gfns;
};
constexpr Form kForms[] = {
    {0x52, kPlain, true, true},  {0x53, kPlain, false, true},  {0x54, kSecret, true, true},
    {0x55, kSecret, true, true}, {0x58, kSecret, true, false},
};

// An entry with only the words that the form uses.
Range Entry(const Form& form, std::uint64_t pfn, std::uint64_t gfn, std::uint64_t count) {
  return {form.has_pfns ? pfn : 0, form.has_gfns ? gfn : 0, count};
}

void ListShape(Specification& s) {
  for (const Form& form : kForms) {
    const auto entry = [&](std::uint64_t pfn, std::uint64_t gfn, std::uint64_t count) {
      return Entry(form, pfn, gfn, count);
    };
    const unsigned number = form.number;
    s.Refuses(101, 0, number, {form.vm | kHigh, 1, 3});
    s.Refuses(104, 0, number, {form.vm, 0, 3});
    s.Refuses(104, 0, number, {form.vm, 65, 3});
    s.Refuses(104, 0, number, {form.vm, kMax, 3}, 2);
    s.Refuses(110, 0, number, {form.vm, 1, 3}, 2);
    s.RefusesList(112, 1, number, {form.vm, 2, 3}, {entry(kClear, 0x100, 1)});
    s.RefusesList(112, 2, number, {form.vm, 3, 3},
                  {entry(kClear, 1, 500), entry(kClear, 1, 12), entry(kClear, 1, 1)});
    s.RefusesList(112, 0, number, {form.vm, 1, 3}, {entry(kClear, 0x100, kMax)});
    s.RefusesList(
        113, 2, number, {form.vm, 3, 3},
        {entry(kClear, 0x100, 2), entry(kClear + 9, 0x109, 1), entry(kClear + 1, 0x101, 1)});
    s.RefusesList(114, 1, number, {form.vm, 2, 3}, {entry(kClear, 0x100, 1), entry(kMax, kMax, 2)});
    s.RefusesList(201, 0, number, {kNoVm, 1, 3}, {entry(kClear, 0x100, 1)});
  }
}

void ListOverlaps(Specification& s) {
  // Sharing a pfn or a gfn is enough, even where two single calls would be legal.
  s.RefusesList(113, 1, 0x52, {kPlain, 2, 3}, {{kClear, 0x100, 2}, {kClear + 1, 0x110, 1}});
  s.RefusesList(113, 1, 0x52, {kPlain, 2, 3}, {{kClear, 0x100, 2}, {kClear + 8, 0x101, 1}});
  s.RefusesList(111, 1, 0x53, {kPlain, 2}, {{0, 0x10, 1}, {1, 0x11, 1}});
  s.RefusesList(111, 0, 0x58, {kSecret, 2}, {{kClear, 1, 1}, {kClear, 0, 0}});
  // Where the words are not used they do not overlap.
  s.RefusesList(206, 1 << 16, 0x53, {kPlain, 2}, {{0, 0x10, 1}, {0, 0x18, 1}});
  s.RefusesList(301, 0, 0x58, {kFading, 2}, {{kClear, 0, 1}, {kClear + 1, 0, 1}});
}

void ListPages(Specification& s) {
  for (const unsigned number : {0x52U, 0x54U}) {
    s.Refuses(103, 0, number, {kPlain, 1, 2});
    s.Refuses(103, 0, number, {kPlain, 65, 9}, 2);
  }
  for (const Form& form : kForms) {
    const bool gives = form.number != 0x53;
    if (form.has_gfns)
      s.RefusesList(205, 1 << 16 | 2, form.number, {form.vm, 2, 3},
                    {Entry(form, kClear, 0x10, 1), Entry(form, kClear + 1, kEnd - 2, 4)});
    if (gives) {
      s.RefusesList(301, 0, form.number, {kFading, 1, 3}, {Entry(form, kClear, 0x100, 1)});
      s.RefusesList(401, 1 << 16 | 16, form.number, {form.vm, 2, 3},
                    {Entry(form, kClear, 0x100, 1), Entry(form, kRamB, 0x110, 32)});
    }
  }
  s.RefusesList(501, 0, 0x52, {kSecret, 1, 3}, {{kClear, 0x100, 1}});
  s.RefusesList(501, 0, 0x53, {kSecret, 1, 3}, {{0, 0x10, 1}});
  s.RefusesList(504, 1 << 16 | 1, 0x52, {kPlain, 2, 3},
                {{kClear, 0x100, 1}, {kSharedHyp - 1, 0x110, 2}});
  s.RefusesList(521, 1 << 16 | 2, 0x52, {kPlain, 2, 3}, {{kClear, 0x100, 1}, {kClear + 9, 0xE, 4}});
  s.RefusesList(602, 1 << 16, 0x52, {kPlain, 2, 3}, {{kClear, 0x100, 1}, {kTwice, 0x110, 1}});
  s.RefusesList(603, 1, 0x52, {kPlain, 3, 3},
                {{kClear, 0x1FF, 2}, {kClear + 4, 0x5FF, 2}, {kClear + 8, 0x9FF, 1}});
  for (const unsigned number : {0x54U, 0x55U}) {
    s.RefusesList(502, 0, number, {kPlain, 1, 3}, {{kClear, 0x100, 1}});
    s.RefusesList(503, 1 << 16 | 1, number, {kSecret, 2, 3},
                  {{kClear, 0x100, 1}, {kGiven - 1, 0x110, 2}});
    s.RefusesList(521, 1 << 16, number, {kSecret, 2, 3},
                  {{kClear, 0x100, 1}, {kClear + 9, 0x10, 1}});
    s.RefusesList(531, 1 << 16, number, {kSecret, 2, 3},
                  {{kClear, 0x100, 1}, {kClear + 9, kPoisonGfn, 2}});
    s.RefusesList(603, 1, number, {kSecret, 2, 3}, {{kClear, 0x3FF, 2}, {kClear + 9, 0x7FF, 2}});
  }
  s.RefusesList(503, 1 << 16, 0x58, {kSecret, 2}, {{kClear, 0, 1}, {kParked, 0, 1}});
}

// A list is as good as its entries one by one.
void ListsSucceed(Specification& s) {
  s.list.entries = {{kClear, 0x100, 2}, {kClear + 4, 0x1FF, 2}};
  s.Do(0x52, {kPlain, 2, 3});
  s.list.entries = {{0, 0x1FF, 2}, {0, 0x100, 1}};
  s.Do(0x53, {kPlain, 2});
  s.list.entries = {{kClear + 0x10, 0x100, 2}, {kClear + 0x20, 0x80, 1}};
  s.Do(0x54, {kSecret, 2, 1});
  s.list.entries = {{kClear + 0x30, 0x110, 2}};
  s.Do(0x55, {kSecret, 1});
  s.list.entries = {{kClear + 0x40, 0, 2}, {kClear + 0x50, 0, 3}};
  s.Do(0x58, {kSecret, 2});
  EXPECT_EQ(s.state().vm(3).donated, 9U);
  EXPECT_EQ(s.state().vm(0).map.Slice(0x100, 0x200).size(), 1U);
  EXPECT_EQ(s.state().vm(3).map.Slice(0x80, 0x100).size(), 5U);
}

constexpr RefusalGroup kGroups[] = {
    {"ListShape", ListShape},
    {"ListOverlaps", ListOverlaps},
    {"ListPages", ListPages},
    {"ListsSucceed", ListsSucceed},
};

}  // namespace

std::span<const RefusalGroup> ListRefusals() { return kGroups; }

}  // namespace cadastre::oracle::testing
