// SPDX-License-Identifier: Apache-2.0
// The shape of a stage 2 table with a 4 KiB granule, from the architecture's table (Arm ARM
// D8.2.2).
#ifndef CADASTRE_HARNESS_MACHINE_STAGE_TWO_SHAPE_H_
#define CADASTRE_HARNESS_MACHINE_STAGE_TWO_SHAPE_H_

#include <cstdint>

namespace cadastre {

struct StageTwoStart {
  unsigned level;            // where a walk starts
  std::uint64_t root_pages;  // concatenated, aligned to their number
};

// Up to 16 pages are concatenated before a level is added. `ipa_bits` in 32..48.
constexpr StageTwoStart StageTwoShape(unsigned ipa_bits) {
  const unsigned level = ipa_bits <= 34 ? 2 : ipa_bits <= 43 ? 1 : 0;
  const unsigned resolved = 12 + 9 * (4 - level);  // input bits that one root page resolves
  return {level, ipa_bits > resolved ? std::uint64_t{1} << (ipa_bits - resolved) : 1};
}
static_assert(StageTwoShape(40).level == 1 && StageTwoShape(40).root_pages == 2);
static_assert(StageTwoShape(34).level == 2 && StageTwoShape(34).root_pages == 16);
static_assert(StageTwoShape(35).level == 1 && StageTwoShape(35).root_pages == 1);
static_assert(StageTwoShape(48).level == 0 && StageTwoShape(48).root_pages == 1);

}  // namespace cadastre

#endif  // CADASTRE_HARNESS_MACHINE_STAGE_TWO_SHAPE_H_
