// SPDX-License-Identifier: Apache-2.0
// GICv3 redistributors, as far as the host may use them (ARM IHI 0069, 12.9 to 12.11). With LPIs
// on, a redistributor reads and writes tables in memory wherever it is told to, past stage 2: so
// they are no device of the host's. Its accesses trap, and what has to do with LPIs is not there.
#ifndef CADASTRE_SERVICE_EL2_REDISTRIBUTORS_H_
#define CADASTRE_SERVICE_EL2_REDISTRIBUTORS_H_

#include <cstdint>

namespace cadastre::el2 {

class Redistributors {
 public:
  static constexpr std::uint64_t kFrameBytes = 0x2'0000;  // RD_base and SGI_base

  // From `base` on, of at most `limit` CPUs; how many there are GICR_TYPER.Last tells. EL2 has them
  // mapped.
  void Init(std::uint64_t base, unsigned limit);

  bool Contains(std::uint64_t address) const {
    return address >= base_ && address - base_ < frames_ * kFrameBytes;
  }
  // One access of the host. Precondition: Contains(address), a multiple of `bytes`, which is 1, 2,
  // 4 or 8. What is withheld reads as zero, and writes to it are ignored.
  std::uint64_t Load(std::uint64_t address, unsigned bytes) const;
  void Store(std::uint64_t address, unsigned bytes, std::uint64_t value) const;

 private:
  std::uint64_t base_ = 0;
  std::uint64_t frames_ = 0;
};

}  // namespace cadastre::el2

#endif  // CADASTRE_SERVICE_EL2_REDISTRIBUTORS_H_
