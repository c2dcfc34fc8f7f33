// SPDX-License-Identifier: Apache-2.0
#include "harness/machine/machine.h"

namespace cadastre {
namespace {
// Places of the registers in the digest, above those of the object's cells.
constexpr std::uint64_t kVttbrPlace = std::uint64_t{3} << 60;
constexpr std::uint64_t kTtbrPlace = kVttbrPlace + 8;
}  // namespace

void Machine::Snapshot() {
  memory_.Snapshot();
  object_.Snapshot();
  snapshot_registers_ = platform_.registers();
}

void Machine::Rollback() {
  memory_.Rollback();
  object_.Rollback();
  platform_.set_registers(snapshot_registers_);
}

RawDigest Machine::Digest() const {
  RawDigest sum = memory_.digest();
  sum += object_.digest();
  sum += DigestTerm(kVttbrPlace, platform_.registers().vttbr);
  sum += DigestTerm(kTtbrPlace, platform_.registers().ttbr0_el2);
  return sum;
}

std::optional<Violation> Machine::CheckSeam() const {
  if (memory_.RecomputeDigest() != memory_.digest()) {
    return Violation{.id = kSeamBypassed,
                     .detail = "physical memory holds what no store of the core put there",
                     .also = {}};
  }
  if (object_.RecomputeDigest() != object_.digest()) {
    return Violation{.id = kSeamBypassed,
                     .detail = "the hypervisor object holds what no cell store put there",
                     .also = {}};
  }
  return std::nullopt;
}

}  // namespace cadastre
