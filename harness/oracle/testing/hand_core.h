// SPDX-License-Identifier: Apache-2.0
// A hand-made stand-in for the core: it steps a specification of its own, and writes what that says
// of each page and gfn into raw memory, entry by entry. So the oracle can be driven through every
// call, on several CPUs at once, and lied to in exactly one word.
#ifndef CADASTRE_HARNESS_ORACLE_TESTING_HAND_CORE_H_
#define CADASTRE_HARNESS_ORACLE_TESTING_HAND_CORE_H_

#include <functional>
#include <initializer_list>
#include <map>
#include <optional>
#include <vector>

#include "harness/oracle/oracle.h"
#include "harness/oracle/specification.h"
#include "harness/oracle/testing/raw_machine.h"

namespace cadastre::oracle::testing {

struct CallResult {
  Expectation expected;
  std::optional<Violation> violation;

  std::uint64_t x(unsigned index) const { return expected.answer.registers[index]; }
  std::uint64_t guest_x(unsigned index) const { return expected.answer.guest.x[index]; }
  unsigned row() const { return expected.row; }
};

// Each may change memory, events and the answer.
struct CoreHooks {
  std::function<void(Answer&)> scrubbing{};       // between the two events of a call that scrubs
  std::function<void(Answer&)> early{};           // before the first locks are released
  std::function<void(Answer&)> before_release{};  // before the last locks are released
  std::function<void(Answer&)> late{};            // after that
};

class HandCore {
 public:
  HandCore();

  // Runs call 0xC6000000 + number on `cpu` with x1, x2, ... and reports what the oracle says
  // afterwards. Before the last locks are released, `meddle` may change memory, events and
  // registers.
  using Meddle = std::function<void(Registers& after)>;
  CallResult Call(unsigned number, std::initializer_list<std::uint64_t> arguments,
                  const Meddle& meddle = {});
  CallResult CallOn(unsigned cpu, unsigned number, std::initializer_list<std::uint64_t> arguments,
                    const Meddle& meddle = {});

  // Any operation.
  using Hooks = CoreHooks;
  CallResult Run(const Operation& operation, const Hooks& hooks = {});

  // The same in pieces, so that operations of several CPUs overlap: Start, then Commit for each
  // event, then Finish. Commit is Change and Release; while a CPU is between these two it holds the
  // locks that Change gives, and the caller starts nothing that needs one of them.
  void Start(const Operation& operation);
  std::optional<Violation> Commit(unsigned cpu, const Hooks& hooks = {});
  std::vector<std::uint64_t> Change(unsigned cpu, const Hooks& hooks = {});
  std::optional<Violation> Release(unsigned cpu);
  std::optional<Violation> Finish(unsigned cpu, const Hooks& hooks = {});
  bool IsCommitted(unsigned cpu) const {
    return under_way_.at(cpu).judgement.progress == Progress::kOver;
  }

  static Operation Hypercall(unsigned cpu, unsigned number,
                             std::initializer_list<std::uint64_t> arguments);

  // A host abort, carried out as section 10 says.
  std::optional<Violation> Abort(std::uint64_t address, Access access, const Hooks& hooks = {});

  // Traps of the guest that runs on CPU 0, or `cpu`. Its registers are those it was resumed with.
  CallResult GuestHvc(std::initializer_list<std::uint64_t> registers, const Hooks& hooks = {});
  CallResult GuestTrap(Operation operation, const Hooks& hooks = {});
  GuestRegisters guest;  // of the guest that ran last

  // A VM with `tables` table pages from `tables_pfn`, its metadata at `meta_pfn` and root at
  // `root_pfn`. Its handle.
  std::uint64_t MakeVm(std::uint64_t flags, std::uint64_t ipa_bits, std::uint64_t meta_pfn,
                       std::uint64_t root_pfn, std::uint64_t tables_pfn, std::uint64_t tables);

  // The host writes (pfn, gfn, count) entries to a page from its offset 0.
  void WriteList(std::uint64_t page, std::initializer_list<Range> entries);

  // Memory and machine as after boot, and the oracle's Reset.
  void Reset();

  Tree VmTree(unsigned slot) const { return vm_trees_.at(slot); }
  const State& specification() const { return state_; }
  RawMachine machine;
  std::optional<Violation> attached;
  std::optional<Oracle> oracle;

 private:
  struct UnderWay {
    Operation operation;
    Judgement judgement;
    std::vector<Event> events;
    std::vector<std::uint64_t> locks;  // held
  };
  void Render(const Operation& operation, const Judgement& judgement);
  void RenderPage(PageIndex index);
  void RenderRecord(PageIndex index);
  void RenderGfns(unsigned slot, const GfnSpan& span);
  void RenderGfns(const Effect& effect);
  void RenderPages(const Effect& effect);
  void CleanPages(const Operation& operation, const Judgement& judgement);
  void RenderRun(const Operation& operation, const Judgement& judgement);
  void RenderAbort(const Operation& operation, const Judgement& judgement);
  Answer AnswerOf(const Judgement& judgement) const;
  std::vector<std::uint64_t> LocksOf(const Operation& operation, const Judgement& judgement,
                                     bool is_second) const;

  MachineFacts facts_;
  Ram ram_;
  State state_;
  std::map<unsigned, UnderWay> under_way_;  // by CPU
  std::map<unsigned, Tree> vm_trees_;
  std::optional<RawMachine> after_boot_;
};

}  // namespace cadastre::oracle::testing

#endif  // CADASTRE_HARNESS_ORACLE_TESTING_HAND_CORE_H_
