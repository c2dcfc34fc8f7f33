// SPDX-License-Identifier: Apache-2.0
// The page in which EL2 shows an exit to the host and the host answers. service/ABI.md section 8.
// The host may read and change it at any time: each word is read at most once and never read back.
#ifndef CADASTRE_SERVICE_RUN_PAGE_H_
#define CADASTRE_SERVICE_RUN_PAGE_H_

#include <cstdint>

#include "pgtable/types.h"
#include "service/guest_registers.h"

namespace cadastre {

// Words from offset 0.
inline constexpr unsigned kRunExit = 0;
inline constexpr unsigned kRunSyndrome = 1;
inline constexpr unsigned kRunIpa = 2;
inline constexpr unsigned kRunData = 3;
inline constexpr unsigned kRunRegisters = 4;  // x0..x30
inline constexpr unsigned kRunPc = kRunRegisters + kGeneralRegisters;
inline constexpr unsigned kRunPstate = kRunPc + 1;
inline constexpr unsigned kRunFlags = kRunPstate + 1;
inline constexpr unsigned kRunWords = kRunFlags + 1;
static_assert(kRunWords == 38);

inline constexpr std::uint64_t kRunEmulated = 1;  // bit of the flags
inline constexpr unsigned kCallResults = 4;       // x0..x3 of an HVC exit
inline constexpr std::uint64_t kInstructionBytes = 4;

template <class P>
class RunPage {
 public:
  RunPage(P& p, PhysAddr page) : p_(p), page_(page) {}

  std::uint64_t Read(unsigned word) const { return p_.ReadHostWord(At(word)); }
  void Write(const std::uint64_t (&words)[kRunWords]) {
    for (unsigned i = 0; i < kRunWords; ++i) p_.WriteHostWord(At(i), words[i]);
  }

 private:
  PhysAddr At(unsigned word) const { return page_ + word * sizeof(std::uint64_t); }

  P& p_;
  PhysAddr page_;
};

}  // namespace cadastre

#endif  // CADASTRE_SERVICE_RUN_PAGE_H_
