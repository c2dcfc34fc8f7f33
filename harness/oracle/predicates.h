// SPDX-License-Identifier: Apache-2.0
// The predicates of ABI.md section 5, one function for each way in which a row is read. Those of
// pages and gfns work on the ranges of the call, so that list forms share them with single forms:
// detail = entry << 16 | index, and a single form is entry 0.
#ifndef CADASTRE_HARNESS_ORACLE_PREDICATES_H_
#define CADASTRE_HARNESS_ORACLE_PREDICATES_H_

#include <cstdint>
#include <optional>
#include <utility>

#include "harness/oracle/specification.h"

namespace cadastre::oracle {

using Detail = std::optional<std::uint64_t>;

inline constexpr std::uint64_t kGfnSpace = std::uint64_t{1} << 36;
inline constexpr std::uint64_t kRangeLimit = 512;  // pages in a range
inline constexpr std::uint64_t kScrubLimit = 64;   // where the call scrubs
inline constexpr std::uint64_t kListLimit = 64;    // entries of a list
inline constexpr unsigned kDetailEntryShift = 16;

inline constexpr AbstractPage kPrivatePageState = {.row = Row::kPrivate};

inline Detail When(bool refuse) { return refuse ? Detail(0) : std::nullopt; }

constexpr std::uint64_t DetailAt(std::size_t entry, std::uint64_t index) {
  return std::uint64_t{entry} << kDetailEntryShift | index;
}

// The index of the first page of [pfn, pfn + count) that fails; `fails` takes a pfn.
template <typename Fails>
Detail FirstOf(std::uint64_t pfn, std::uint64_t count, Fails fails) {
  for (std::uint64_t i = 0; i < count; ++i) {
    if (fails(pfn + i)) return i;
  }
  return std::nullopt;
}

// The first entry for which `judge` of its range gives an index.
template <typename Judge>
Detail FirstEntry(const Step& step, Judge judge) {
  for (std::size_t entry = 0; entry < step.ranges.size(); ++entry) {
    if (const Detail index = judge(step.ranges[entry])) return DetailAt(entry, *index);
  }
  return std::nullopt;
}

// The first page of the call that fails; `fails` takes a pfn.
template <typename Fails>
Detail FirstPage(const Step& step, Fails fails) {
  return FirstEntry(step,
                    [&](const Range& range) { return FirstOf(range.pfn, range.count, fails); });
}

// The same, by the abstract page; rows that use it stand above 401, so every page is RAM.
template <typename Fails>
Detail FirstRamPage(const Step& step, Fails fails) {
  return FirstPage(step, [&](std::uint64_t pfn) {
    return fails(step.state.page(*step.state.ram().IndexOf(pfn)));
  });
}

// A width or range check that many calls share.
Detail ReservedBits(const Step& step);  // 101, by the width of each argument
Detail BadProt(const Step& step);       // 103: other bits, or no R
template <std::uint64_t limit>
Detail BadCount(const Step& step) {  // 104
  return When(step[Argument::kCount] == 0 || step[Argument::kCount] > limit);
}
std::uint64_t PfnSpace(const Step& step);
bool EndsAbove(std::uint64_t first, std::uint64_t count, std::uint64_t space);
Detail MisalignedIpa(const Step& step);          // 105 of a guest's call
Detail PagesOutOfSpace(const Step& step);        // 107 of a pfn range
Detail GfnsOutOfSpace(const Step& step);         // 107 of a gfn range
Detail PagesOrGfnsOutOfSpace(const Step& step);  // 107 of both

// The list rows.
Detail BadListCount(const Step& step);     // 104
Detail NoListPage(const Step& step);       // 110
Detail ListPfnReserved(const Step& step);  // 111 where pfn words are not used
Detail ListGfnReserved(const Step& step);  // 111 where gfn words are not used
Detail ListBadCount(const Step& step);     // 112
template <ListWords words>
Detail ListOverlap(const Step& step);  // 113
template <ListWords words>
Detail ListOutOfSpace(const Step& step);  // 114

Detail NoSuchVm(const Step& step);       // 201
Detail GfnBeyondVm(const Step& step);    // 205
Detail GfnAbsent(const Step& step);      // 206
Detail VmNotLive(const Step& step);      // 301
Detail VmNotDying(const Step& step);     // 302
Detail VmNotEmpty(const Step& step);     // 307
Detail NotRam(const Step& step);         // 401 of a pfn range
Detail VmProtected(const Step& step);    // 501
Detail VmPlain(const Step& step);        // 502
Detail NotPrivate(const Step& step);     // 503 of a pfn range
Detail GfnInUse(const Step& step);       // 521
Detail GfnPoison(const Step& step);      // 531
Detail TablesMissing(const Step& step);  // 603

// Updates that several calls share.

// Each page of the call becomes `next`.
void SetPages(Step& step, Effect& effect, const AbstractPage& next);
// A page waits for event 2.
void SetTransit(Step& step, Effect& effect, PageIndex page);
// The entries of the call's gfns may be stored, and tables made and taken apart.
void NameGfns(const Step& step, Effect& effect);
// The same of one gfn more.
void NameGfn(const Step& step, Effect& effect, std::uint64_t gfn);
// A leaf 10 on the page is gone: at none it becomes PRIVATE.
void LoseBorrower(State& state, PageIndex page);
// `change` on the pins of a page.
void AddPins(State& state, PageIndex page, int change);

}  // namespace cadastre::oracle

#endif  // CADASTRE_HARNESS_ORACLE_PREDICATES_H_
