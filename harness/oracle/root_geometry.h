// SPDX-License-Identifier: Apache-2.0
// Where a stage 2 table begins (ABI.md section 3).
#ifndef CADASTRE_HARNESS_ORACLE_ROOT_GEOMETRY_H_
#define CADASTRE_HARNESS_ORACLE_ROOT_GEOMETRY_H_

namespace cadastre::oracle {

// Root pages and start level of a stage 2 table.
struct RootGeometry {
  unsigned start_level;
  unsigned pages;
};

// `ipa_bits` in 32..48.
constexpr RootGeometry RootGeometryOf(unsigned ipa_bits) {
  switch (ipa_bits) {
    case 32:
      return {2, 4};
    case 33:
      return {2, 8};
    case 34:
      return {2, 16};
    case 40:
      return {1, 2};
    case 41:
      return {1, 4};
    case 42:
      return {1, 8};
    case 43:
      return {1, 16};
    default:
      return {ipa_bits <= 39 ? 1U : 0U, 1};
  }
}

}  // namespace cadastre::oracle

#endif  // CADASTRE_HARNESS_ORACLE_ROOT_GEOMETRY_H_
