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

#include "harness/oracle/canonical.h"
#include "harness/oracle/event.h"
#include "harness/oracle/facts.h"

namespace cadastre::oracle {

// x0..x17 at an HVC.
using Registers = std::array<std::uint64_t, 18>;

// A guest's x0..x30, PC and PSTATE.
struct GuestRegisters {
  std::array<std::uint64_t, 31> x{};
  std::uint64_t pc = 0;
  std::uint64_t pstate = 0;
  friend bool operator==(const GuestRegisters&, const GuestRegisters&) = default;
};

enum class Access : std::uint8_t { kRead, kWrite, kExecute };

// What brings a CPU to EL2, as the hardware delivers it.
enum class Trap : std::uint8_t {
  kHostHvc,     // immediate, registers
  kHostAbort,   // address (physical = intermediate), access
  kCpuOff,      // the host's physical PSCI CPU_OFF
  kGuestHvc,    // immediate, guest: PC is behind the HVC
  kGuestSmc,    // guest: PC is at the SMC
  kGuestWait,   // WFI or WFE. guest: PC is at it
  kGuestAbort,  // address (intermediate), syndrome (ESR_EL2), guest: PC is at the instruction
  kInterrupt,   // while a guest runs. guest
};

// Guest traps come from the vCPU that runs on the CPU.
struct Operation {
  Trap trap = Trap::kHostHvc;
  unsigned cpu = 0;
  std::uint16_t immediate = 0;
  Registers registers{};
  GuestRegisters guest{};
  std::uint64_t address = 0;
  Access access = Access::kRead;
  std::uint64_t syndrome = 0;
};

// What EL2 did with a host abort.
enum class AbortOutcome : std::uint8_t { kRetry, kInject };
// Who runs next on the CPU.
enum class Next : std::uint8_t { kHost, kGuest };

// What the core made of an operation; and what S says that it must make of it.
struct Answer {
  Next next = Next::kHost;
  Registers
      registers{};  // if the host runs next after an HVC, its own or its guest's exit: x0..x17
  GuestRegisters guest{};                     // if the guest runs next: what it runs with
  AbortOutcome abort = AbortOutcome::kRetry;  // of kHostAbort
};

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
  Answer answer;
  unsigned row = 0;   // refusing row of ABI.md section 5, 0 for success or unknown call
  bool known = true;  // false: unknown call (x0 = -1, nothing else written)
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
  kGiven,
  kGuestShared,
  kLent,
  kVmVcpu,
};
enum class VmClass : std::uint8_t { kLive, kPlainLive, kProtectedLive, kDying, kStale };

// The lock that covers a page: 1 + slot for a VM's, or one of the following.
using Cover = std::uint16_t;
inline constexpr Cover kNoCover = 0;
inline constexpr Cover kHostCover = 0x100;
inline constexpr Cover kEl2Cover = 0x101;
inline constexpr Cover kPoolCover = 0x102;
// What S and the colours say of a page, for those who watch what the host can see.
enum class Content : std::uint8_t { kZero, kPublic, kSecret };
struct PageUse {
  bool is_host_readable = false;
  bool is_parked = false;
  std::optional<std::uint64_t> guest;  // the protected guest that can read it, by its handle
  Content content = Content::kZero;
};

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

  // Operations of several CPUs may overlap, one on each CPU; a CPU's own follow each other. S steps
  // while the operation holds all its locks, which is its linearisation point:
  //
  //   Begin           the CPU arrives at EL2
  //   BeforeRelease   the core is about to release the first of the locks that it holds: S steps
  //   (by
  //                   event 1 of a call that scrubs, or of its event 2 when it comes a second
  //                   time), and groups A, B and C are checked over what this operation touched
  //   End             the core returns. S steps here if the operation took no lock
  //
  // `events` are this operation's so far, its reads of host memory among them: S is fed with what
  // the core read, each word as it was when it was read. After a violation the oracle's state is
  // unspecified until Reset.
  void Begin(const Operation& operation);
  std::optional<Violation> BeforeRelease(unsigned cpu, std::span<const Event> events);
  std::optional<Violation> End(unsigned cpu, const Answer& answer, std::span<const Event> events);

  // For each RAM page, in the order of the page records, the lock that must be held to load a word
  // of it. Kept up to date by AttachAfterBoot, Reset and the steps of S; its place never changes.
  // The page records themselves are not judged here: their fields have locks of their own.
  std::span<const Cover> LoadCovers() const;
  // Group E. The host, or the guest that S says runs on the CPU, is about to access a page without
  // a trap; what is not RAM is no matter. Before it stores.
  std::optional<Violation> NoteAccess(unsigned cpu, std::uint64_t pfn, Access access);
  // Before an access by another CPU, which may meet what an operation under way has done so far.
  void NoteProgress(unsigned cpu, std::span<const Event> events);
  // Whether S grants who runs on the CPU a store to a page, which it reaches at its own page number
  // `input`: for accesses through a translation that the tables do not hold any more.
  bool GrantsStore(unsigned cpu, std::uint64_t input, std::uint64_t pfn) const;
  // Whether the VM with the handle is protected.
  bool KeepsSecrets(std::uint64_t handle) const;
  // Of a page of RAM; of any other nothing is so.
  PageUse UseOf(std::uint64_t pfn) const;
  // Page numbers of all pages that S has changed since Reset.
  void ListTouchedPages(std::vector<std::uint64_t>& pfns) const;
  // Whose bytes a page of RAM holds, in words.
  std::string DescribeContents(std::uint64_t pfn) const;

  // What S said of the CPU's last operation; to be shown to a person after End, or after a
  // violation of it (then as far as S had stepped).
  const Expectation& expectation(unsigned cpu) const;

  // The VM whose vCPU runs on the CPU, as a handle; nullopt if the host runs there.
  std::optional<std::uint64_t> RunningVm(unsigned cpu) const;
  // The list page of the CPU, as a page number.
  std::optional<std::uint64_t> ListPage(unsigned cpu) const;

  // Walks everything anew from raw memory and checks every page, ignoring all that was cached. Only
  // while no operation is between Begin and End.
  std::optional<Violation> FullSweep();

  // What the part of the oracle that runs at EL2 too says of memory: what breaks first, as its id;
  // nullptr if nothing does. Only while no operation is between Begin and End.
  const char* Audit();

  // The index-th (modulo their number, in ascending order) page or VM of a class; nullopt if there
  // is none.
  std::optional<std::uint64_t> PickPage(PageClass page_class, std::uint64_t index) const;
  std::optional<std::uint64_t> PickVm(VmClass vm_class, std::uint64_t index) const;  // a handle
  // The index-th live gfn of the VM of a handle; nullopt if the handle is not good or nothing is
  // mapped.
  std::optional<std::uint64_t> PickGfn(std::uint64_t vm_handle, std::uint64_t index) const;

  // The `state` digest of ABI.md section 2, from S. Same for the same abstract state on any build.
  std::uint64_t StateDigest() const;

  // The state up to renaming; for explorers.
  CanonicalDigest Canonical(const CanonicalScope& scope, const Naming& naming) const;
  // The CPU's call has taken its pages and waits for its event 2.
  bool AwaitsSecondEvent(unsigned cpu) const;

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
