// SPDX-License-Identifier: Apache-2.0
// The predicates of ABI.md section 5, one function for each way in which a row is read by this
// version's calls.
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

inline Detail When(bool refuse) { return refuse ? Detail(0) : std::nullopt; }

// The index of the first page of [pfn, pfn + count) that fails; `fails` takes a pfn.
template <typename Fails>
Detail FirstPage(const Step& step, Argument base, std::uint64_t count, Fails fails) {
  for (std::uint64_t i = 0; i < count; ++i) {
    if (fails(step[base] + i)) return i;
  }
  return std::nullopt;
}

// The same, by the abstract page; rows that use it stand above 401, so every page is RAM.
template <typename Fails>
Detail FirstRamPage(const Step& step, Argument base, std::uint64_t count, Fails fails) {
  return FirstPage(step, base, count, [&](std::uint64_t pfn) {
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
Detail PagesOutOfSpace(const Step& step);        // 107 of a pfn range
Detail GfnsOutOfSpace(const Step& step);         // 107 of a gfn range
Detail PagesOrGfnsOutOfSpace(const Step& step);  // 107 of both

Detail NoSuchVm(const Step& step);     // 201
Detail GfnBeyondVm(const Step& step);  // 205
Detail GfnAbsent(const Step& step);    // 206
Detail VmNotLive(const Step& step);    // 301
Detail VmNotDying(const Step& step);   // 302
Detail VmNotEmpty(const Step& step);   // 307
Detail NotRam(const Step& step);       // 401 of a pfn range
Detail VmProtected(const Step& step);  // 501
Detail NotPrivate(const Step& step);   // 503 of a pfn range

}  // namespace cadastre::oracle

#endif  // CADASTRE_HARNESS_ORACLE_PREDICATES_H_
