// SPDX-License-Identifier: Apache-2.0
// What the call features tells, by id. service/ABI.md section 6.
#ifndef CADASTRE_SERVICE_ABI_FEATURES_H_
#define CADASTRE_SERVICE_ABI_FEATURES_H_

#include <cstddef>
#include <cstdint>

namespace cadastre::abi {

enum class FeatureId : std::uint32_t {
  kCalls = 0,
  kOwnPages = 1,
  kAddressBits = 2,
  kRangePages = 3,
  kLists = 4,
  kVms = 5,
  kSharing = 6,
};

struct Feature {
  FeatureId id;
  const char* name;
  const char* x2;
  const char* x3;
};

inline constexpr Feature kFeatures[] = {
    {FeatureId::kCalls, "calls", "calls present, 0x40 = bit 0", "the same, 0x80 = bit 0"},
    {FeatureId::kOwnPages, "own_pages", "metadata pages of a VM", "pages of a vCPU"},
    {FeatureId::kAddressBits, "address_bits", "largest ipa_bits", "PA bits"},
    {FeatureId::kRangePages, "range_pages", "pages in a range",
     "pages in a range that is scrubbed"},
    {FeatureId::kLists, "lists", "entries of a list", "pages in a list"},
    {FeatureId::kVms, "vms", "VM slots", "vCPUs of a VM"},
    {FeatureId::kSharing, "sharing", "borrowers of a page", "CPUs"},
};

inline constexpr std::size_t kFeatureCount = sizeof(kFeatures) / sizeof(kFeatures[0]);

namespace internal {
constexpr bool FeaturesAreDense() {
  for (std::size_t i = 0; i < kFeatureCount; ++i) {
    if (static_cast<std::size_t>(kFeatures[i].id) != i) return false;
  }
  return true;
}
}  // namespace internal
static_assert(internal::FeaturesAreDense(), "an id is good if it is below the number of features");

}  // namespace cadastre::abi

#endif  // CADASTRE_SERVICE_ABI_FEATURES_H_
