// SPDX-License-Identifier: Apache-2.0
#include "harness/machine/machine.h"

namespace cadastre {
namespace {
// Places of CPU 0's registers in the digest, above those of the object's cells; the next CPU's lie
// 16 above them.
constexpr std::uint64_t kVttbrPlace = std::uint64_t{3} << 60;
constexpr std::uint64_t kTtbrPlace = kVttbrPlace + 8;
}  // namespace

void Machine::Snapshot() {
  memory_.Snapshot();
  object_.Snapshot();
  snapshot_registers_.clear();
  for (unsigned cpu = 0; cpu < cpus(); ++cpu) snapshot_registers_.push_back(registers(cpu));
}

void Machine::Rollback() {
  platform_.scheduler().Abandon();
  memory_.Rollback();
  object_.Rollback();
  for (unsigned cpu = 0; cpu < cpus(); ++cpu) {
    platform_.set_registers(cpu, snapshot_registers_[cpu]);
  }
}

RawDigest Machine::Digest() const {
  RawDigest sum = memory_.digest();
  sum += object_.digest();
  for (unsigned cpu = 0; cpu < cpus(); ++cpu) {
    sum += DigestTerm(kVttbrPlace + cpu * 16, registers(cpu).vttbr);
    sum += DigestTerm(kTtbrPlace + cpu * 16, registers(cpu).ttbr0_el2);
  }
  return sum;
}

std::optional<Violation> Machine::CheckSeam() const {
  if (!memory_.IsAsWritten()) {
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
