// SPDX-License-Identifier: Apache-2.0
// From operations to registers. Classes that depend on state are resolved by the specification
// through Picker; the core is never asked, so that a wrong core cannot steer its own test.
#ifndef CADASTRE_HARNESS_SCRIPT_RESOLVE_H_
#define CADASTRE_HARNESS_SCRIPT_RESOLVE_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "harness/oracle/facts.h"
#include "harness/oracle/oracle.h"
#include "harness/script/script.h"

namespace cadastre::script {

// The questions to the specification: those of oracle::Oracle with these names. oracle_picker.h
// makes one of an Oracle.
class Picker {
 public:
  virtual ~Picker() = default;
  virtual std::optional<std::uint64_t> PickPage(oracle::PageClass page_class,
                                                std::uint64_t index) const = 0;
  virtual std::optional<std::uint64_t> PickVm(oracle::VmClass vm_class,
                                              std::uint64_t index) const = 0;
  virtual std::optional<std::uint64_t> PickGfn(std::uint64_t vm_handle,
                                               std::uint64_t index) const = 0;
  virtual std::optional<std::uint64_t> RunningVm(unsigned cpu) const = 0;
  virtual std::optional<std::uint64_t> ListPage(unsigned cpu) const = 0;
};

// What an operation does to the machine.
struct ResolvedOp {
  enum class What : std::uint8_t {
    kHvc,
    kHostAccess,
    kHostStore,  // of `word_count` words at `address`: none if the CPU has no list page
    kCpuOff,
    kStep,
    kGuestHvc,
    kGuestSmc,
    kGuestWait,
    kGuestAccess,
    kInterrupt,
  };
  What what = What::kHvc;
  unsigned cpu = 0;                // below the machine's number of CPUs
  std::uint16_t schedule = 0;      // as Op's
  std::uint16_t immediate = 0;     // of an HVC
  oracle::Registers registers{};   // x0..x17 of an HVC or SMC
  std::size_t register_count = 0;  // how many of them the guest sets, from x0 on; kHvc: all
  std::uint64_t address = 0;       // of accesses and stores: physical, of a guest intermediate
  oracle::Access access = oracle::Access::kRead;
  // Of accesses: kTlb takes the translation that an operation under way has taken from the tables
  // and not yet from the TLBs, if there is one.
  enum class Through : std::uint8_t { kTables, kTlb };
  Through through = Through::kTables;
  std::array<std::uint64_t, 3> words{};
  std::size_t word_count = 0;
  unsigned steps = 0;                // kStep
  unsigned guest_register = 0;       // kGuestAccess
  std::optional<std::uint64_t> pfn;  // first page that the operation names, for kUsed
  std::optional<std::uint64_t> gfn;  // first gfn likewise
  std::array<std::uint64_t, kMaxOperands> values{};  // of the operands, in their order

  friend bool operator==(const ResolvedOp&, const ResolvedOp&) = default;
};

// What resolution knows of the run so far. One for each run; cheap to clear.
class ResolveContext {
 public:
  // `facts` and `picker` must outlive the context. Precondition: the machine has RAM.
  ResolveContext(const oracle::MachineFacts& facts, const Picker& picker);

  // Forgets the run.
  void Clear();

  // To be called when an operation starts, in script order, with what Resolve returned for it.
  void NoteStart(const ResolvedOp& op);
  // To be called when a host's HVC has ended: learns handles of VMs, in order of success.
  void NoteEnd(const ResolvedOp& op, const oracle::Registers& after);

  struct CreatedVm {
    std::uint64_t handle = 0;
    unsigned ipa_bits = 0;
  };
  const oracle::MachineFacts& facts() const { return *facts_; }
  const Picker& picker() const { return *picker_; }
  const std::vector<CreatedVm>& created() const { return created_; }
  // Of the VM that the script created and that has this handle; the machine's most if there is
  // none.
  unsigned IpaBitsOf(std::uint64_t handle) const;
  const std::vector<std::uint64_t>& used_pfns() const { return used_pfns_; }  // oldest first
  const std::vector<std::uint64_t>& used_gfns() const { return used_gfns_; }

 private:
  const oracle::MachineFacts* facts_;
  const Picker* picker_;
  std::vector<CreatedVm> created_;
  std::vector<std::uint64_t> used_pfns_;
  std::vector<std::uint64_t> used_gfns_;
};

// Registers that the operation does not name hold fixed junk, so that a core that reads beyond a
// call's window shows. Total: a class that finds nothing (no such page, no VM yet) gives the first
// RAM page, handle 0, or gfn 0. A guest's operation means gfns of the VM that runs on its CPU.
ResolvedOp Resolve(const Op& op, const ResolveContext& context);

// The operation with every operand that depends on state written out (`ram+3` or a number, a
// created VM's letter), and the same notes. Resolve of the result is `resolved` wherever the same
// VMs were created in the same order.
Op Concretise(const Op& op, const ResolvedOp& resolved, const ResolveContext& context);

}  // namespace cadastre::script

#endif  // CADASTRE_HARNESS_SCRIPT_RESOLVE_H_
