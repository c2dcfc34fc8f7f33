// SPDX-License-Identifier: Apache-2.0
// A world in which S alone is asked, no tables involved, and the refusals that are expected of it:
// errno, row and detail, with the bad page or gfn at the first, a middle and the last place of the
// range.
#ifndef CADASTRE_HARNESS_ORACLE_TESTING_REFUSALS_H_
#define CADASTRE_HARNESS_ORACLE_TESTING_REFUSALS_H_

#include <initializer_list>
#include <set>
#include <span>
#include <utility>
#include <vector>

#include "harness/oracle/specification.h"
#include "harness/oracle/testing/raw_machine.h"

namespace cadastre::oracle::testing {

inline constexpr std::uint64_t kFiller = 0x5A5A'5A5A'5A5A'5A5A;
inline constexpr std::uint64_t kHigh = std::uint64_t{1} << 32;
inline constexpr std::uint64_t kPfnEnd = std::uint64_t{1} << 24;  // of a 36-bit machine
inline constexpr std::uint64_t kNoVm = 0x105;                     // above all slots

// Plain VMs. kPlain: 32 IPA bits, 4 table pages, gfns 0x10..0x1F but 0x18, pages kShared + i.
inline constexpr std::uint64_t kPlain = 0x100;
inline constexpr std::uint64_t kDying = 0x102;  // gfn 0x10 live, 2 table pages from kDyingTables
// Protected VMs. kSecret: 32 IPA bits, 4 table pages, gfns 0x10..0x19 in groups as below, vCPU 0
// runs on CPU 1, vCPU 1 is OFF. kFading: DYING, gfns 0x10 to 0x12, 4 table pages.
inline constexpr std::uint64_t kProtected = 0x101;  // has nothing
inline constexpr std::uint64_t kSecret = 0x103;
inline constexpr std::uint64_t kFading = 0x104;

inline constexpr std::uint64_t kShared = kFreeA + 0x100;
inline constexpr std::uint64_t kTwice = kFreeA + 0x140;      // 3 with max_borrowers borrowers
inline constexpr std::uint64_t kSharedHyp = kFreeA + 0x150;  // 4, the third pinned by CPU 0
inline constexpr std::uint64_t kParked = kFreeA + 0x160;     // 4
inline constexpr std::uint64_t kVcpuPages = kFreeA + 0x164;  // 2
inline constexpr std::uint64_t kRunPage = kFreeA + 0x168;
inline constexpr std::uint64_t kGiven = kFreeA + 0x170;        // 4, at gfn 0x10
inline constexpr std::uint64_t kLent = kFreeA + 0x174;         // 4, at gfn 0x14
inline constexpr std::uint64_t kGuestShared = kFreeA + 0x178;  // at gfn 0x18
inline constexpr std::uint64_t kPoisonGfn = 0x19;
inline constexpr std::uint64_t kFadingLent = kFreeA + 0x17A;   // 2, at gfn 0x10
inline constexpr std::uint64_t kFadingGiven = kFreeA + 0x17C;  // at gfn 0x12
inline constexpr std::uint64_t kDyingTables = kFreeA + 0x60;
inline constexpr std::uint64_t kFadingTables = kFreeA + 0x4C;
inline constexpr std::uint64_t kClear = kFreeA + 0x180;  // private, 0x80 pages

// What the list page holds, whatever its address.
class GivenWords final : public HostWords {
 public:
  std::vector<Range> entries;
  std::uint64_t Read(std::uint64_t address) override;
};

class Specification {
 public:
  Specification();

  Judgement Step(unsigned number, std::initializer_list<std::uint64_t> arguments, unsigned cpu = 0);
  // An HVC of the guest on CPU 1 with x0, x1, ...
  Judgement GuestStep(std::uint64_t x0, std::initializer_list<std::uint64_t> arguments = {});
  // The call succeeds.
  void Do(unsigned number, std::initializer_list<std::uint64_t> arguments, unsigned cpu = 0);
  // The call is refused by `row` with `detail`, and S does not move.
  void Refuses(unsigned row, std::uint64_t detail, unsigned number,
               std::initializer_list<std::uint64_t> arguments, unsigned cpu = 0);
  // The same of a list form with these entries.
  void RefusesList(unsigned row, std::uint64_t detail, unsigned number,
                   std::initializer_list<std::uint64_t> arguments,
                   std::initializer_list<Range> entries);
  // The guest's call is answered by -3 for `row`.
  void GuestRefuses(unsigned row, unsigned number, std::initializer_list<std::uint64_t> arguments);

  // Cells (call, row) that a refusal was seen in.
  const std::set<std::pair<unsigned, unsigned>>& reached() const { return reached_; }
  const State& state() const { return state_; }
  GivenWords list;

 private:
  Judgement Run(const Operation& operation);

  MachineFacts facts_;
  Ram ram_;
  State state_;
  std::set<std::pair<unsigned, unsigned>> reached_;
};

struct Refused {
  unsigned number;
  std::initializer_list<std::uint64_t> arguments;
  unsigned row;  // 0: it succeeds
  std::uint64_t detail;
};
void CheckAll(Specification& s, std::span<const Refused> calls);

struct RefusalGroup {
  const char* name;
  void (*check)(Specification&);
};
std::span<const RefusalGroup> PageRefusals();
std::span<const RefusalGroup> GuestRefusals();
std::span<const RefusalGroup> PrivateRefusals();
std::span<const RefusalGroup> ListRefusals();
std::span<const RefusalGroup> VmRefusals();
std::span<const RefusalGroup> VcpuRefusals();

}  // namespace cadastre::oracle::testing

#endif  // CADASTRE_HARNESS_ORACLE_TESTING_REFUSALS_H_
