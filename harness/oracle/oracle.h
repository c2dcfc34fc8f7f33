// SPDX-License-Identifier: Apache-2.0
// The oracle: judges each operation of the core by the manual alone (service/ABI.md) and by what
// the hardware would see. Nothing in harness/oracle includes a file of pgtable/ or service/.
#ifndef CADASTRE_HARNESS_ORACLE_ORACLE_H_
#define CADASTRE_HARNESS_ORACLE_ORACLE_H_

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "harness/oracle/event.h"
#include "harness/oracle/facts.h"

namespace cadastre::oracle {

// x0..x17 at an HVC.
using Registers = std::array<std::uint64_t, 18>;

// A hypercall by the host on `cpu`, as the hardware delivers it.
struct HypercallInput {
  unsigned cpu = 0;
  std::uint16_t immediate = 0;  // of the HVC instruction
  Registers registers{};
};

enum class Access : std::uint8_t { kRead, kWrite, kExecute };

// A host access to physical (= intermediate) address that aborted to EL2.
struct HostAbortInput {
  unsigned cpu = 0;
  std::uint64_t address = 0;
  Access access = Access::kRead;
};

// What EL2 did with an abort.
enum class AbortOutcome : std::uint8_t { kRetry, kInject };

// What fired. `id` is an invariant's name in words, without digits, at most 33 characters, static
// storage.
struct Violation {
  const char* id = nullptr;
  std::string detail;  // one line for a person: page, expected, got
  std::vector<const char*>
      also;  // other invariants that fired in the same check, in priority order
};

// What S says an operation must answer.
struct Expectation {
  Registers registers{};  // all of x0..x17 after the call
  unsigned row = 0;       // refusing row of ABI.md section 5, 0 for success or unknown call
  bool known = false;     // false: unknown call (x0 = -1, nothing else written)
};

// Classes of operands that a script may ask for ("a live page lent to b"); S picks, never the core.
enum class PageClass : std::uint8_t {
  kPrivate,
  kSharedHyp,
  kPinned,
  kSharedGuests,
  kParked,
  kVmTable,
  kVmMeta,
  kImage,
  kPool,
  kNoMap,
  kDevice,
  kOutside,
};
enum class VmClass : std::uint8_t { kLive, kPlainLive, kProtectedLive, kDying, kStale };

class Oracle {
 public:
  // `memory` must outlive the oracle.
  Oracle(MachineFacts facts, const Memory& memory);
  ~Oracle();
  Oracle(const Oracle&) = delete;
  Oracle& operator=(const Oracle&) = delete;

  // Called once after boot with all events of it: learns the host's and EL2's roots, reads all
  // tables, checks everything.
  std::optional<Violation> AttachAfterBoot(std::span<const Event> boot_events);

  // Back to the state after boot. The caller has rolled memory back. Costs O(what was touched
  // since).
  void Reset();

  // Before the operation: S steps. The expectation may be shown to a person.
  Expectation BeginHypercall(const HypercallInput& input);
  AbortOutcome BeginHostAbort(const HostAbortInput& input);

  // After the operation: all registers as the core left them and all events since Begin. Checks
  // groups A, B and C at the cost of what was touched. After a violation the oracle's state is
  // unspecified until Reset.
  std::optional<Violation> EndHypercall(const Registers& after, std::span<const Event> events);
  std::optional<Violation> EndHostAbort(AbortOutcome outcome, std::span<const Event> events);

  // Walks everything anew from raw memory and checks every page, ignoring all that was cached.
  std::optional<Violation> FullSweep();

  // The index-th (modulo their number, in ascending order) page or VM of a class; nullopt if there
  // is none.
  std::optional<std::uint64_t> PickPage(PageClass page_class, std::uint64_t index) const;
  std::optional<std::uint64_t> PickVm(VmClass vm_class, std::uint64_t index) const;  // a handle
  // The index-th live gfn of the VM of a handle; nullopt if the handle is not good or nothing is
  // mapped.
  std::optional<std::uint64_t> PickGfn(std::uint64_t vm_handle, std::uint64_t index) const;

  // The `state` digest of ABI.md section 2, from S. Same for the same abstract state on any build.
  std::uint64_t StateDigest() const;

  // One line about a page, gfn or VM for a report.
  std::string DescribePage(std::uint64_t pfn) const;

  // Reached (call, row) cells and legal rows since construction, for coverage feedback and reports.
  // `cells` has one counter for each (call, row incl. success) of the manual; never shrinks, not
  // cleared by Reset.
  std::span<const std::uint32_t> CellCounters() const;
  std::string CellName(std::size_t index) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace cadastre::oracle

#endif  // CADASTRE_HARNESS_ORACLE_ORACLE_H_
